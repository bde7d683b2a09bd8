"""What an answer tells of a model's call."""

from __future__ import annotations

from collections.abc import Mapping

from copilot.answer import ModelUse
from copilot.models.chat import ChatRequest
from copilot.models.speaker import Usage


def use_of(request: ChatRequest, usage: Usage, cut: Mapping[str, int] | None = None) -> ModelUse:
    """Return the record of one call; `cut` counts sentences that were not shown, by reason."""
    return ModelUse(
        purpose=request.purpose,
        model=usage.model,
        prompt=request.prompt,
        tokens_in=usage.tokens_in,
        tokens_out=usage.tokens_out,
        first_token_ms=usage.first_token_ms,
        total_ms=usage.total_ms,
        cached=usage.cached,
        cut=dict(cut or {}),
    )
