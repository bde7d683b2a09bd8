"""A second model's opinion on whether sentences follow from their sources; it may only cut."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from copilot.answer import ModelUse
from copilot.models.chat import Cancellation, ChatRequest, Message, ModelError
from copilot.models.speaker import Speaker
from copilot.models.uses import use_of
from copilot.privacy.masking import mask
from copilot.suggestion.model.material import fence_of
from copilot.suggestion.model.sentence_checks import Grounds, Kept
from prompts import load

SCHEMA = {
    "type": "object",
    "properties": {"unsupported": {"type": "array", "items": {"type": "integer"}}},
    "required": ["unsupported"],
    "additionalProperties": False,
}
_LIST = re.compile(r'"unsupported"\s*:\s*(\[[\d\s,]{0,200}\])')


@dataclass(frozen=True, slots=True)
class Judgement:
    """Positions of the sentences that do not follow, and what the call took."""

    unsupported: frozenset[int]
    use: ModelUse


def judge(kept: Sequence[Kept], grounds: Grounds, judge_: Speaker, cancel: Cancellation | None) -> Judgement:
    """Return which sentences the judge finds unsupported. Raise ModelError, also for an unreadable answer."""
    sources = [p.text for p in (*grounds.material.conclusions, *grounds.material.passages)]
    masked = mask([*sources, *(k.text for k in kept)]).texts
    shown = "\n".join(masked[: len(sources)])
    asked = "\n".join(f"{n} {text}" for n, text in enumerate(masked[len(sources) :]))
    prompt = load("judge").render({"fence": fence_of(shown, asked), "sources": shown, "sentences": asked})
    messages = (Message("system", prompt.system), Message("user", prompt.user))
    client = grounds.case.knowledge.settings.id
    request = ChatRequest("judge", client, prompt.label, messages, 60, SCHEMA)
    talk = judge_.ask(request, cancel)
    found = _LIST.search("".join(talk))
    if found is None:
        raise ModelError("malformed")
    return Judgement(frozenset(json.loads(found[1])), use_of(request, talk.usage))
