"""What every composition of one answer shares, and how long an answer may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from copilot.answer import Fact
from copilot.authority import contact_name
from copilot.conversation import Conversation
from copilot.language import detect_language, language_of
from copilot.suggestion.case.evidence import Evidence, gather
from copilot.suggestion.reply import wording
from knowledge.model import ClientKnowledge

MAX_CHARACTERS = {"zh-Hans": 240, "zh-Hant": 240, "en": 450}


@dataclass(frozen=True, slots=True)
class Frame:
    """What every composition of one answer shares.

    `alerted`: an alert stands, so somebody with authority must act, whatever the rules leave to the agent;
    `dangers`: the categories of the alerts.
    `request`: the unit vector of what is open now, `asked` that of the customer's own open words alone;
    None where nothing could be embedded.
    """

    conversation: Conversation
    knowledge: ClientKnowledge
    evidence: Evidence
    facts: tuple[Fact, ...]
    language: str
    alerted: bool = False
    request: NDArray[np.float32] | None = field(default=None, compare=False)
    asked: NDArray[np.float32] | None = field(default=None, compare=False)
    dangers: tuple[str, ...] = ()

    @property
    def tiers(self) -> dict[str, str]:
        """How tiers are called towards the customer."""
        return wording.tier_names(self.knowledge.settings, self.knowledge.authority.tiers, self.language)


def frame(  # noqa: PLR0913 - what a case consists of
    conversation: Conversation,
    knowledge: ClientKnowledge,
    facts: Sequence[Fact],
    *,
    alerted: bool = False,
    dangers: Sequence[str] = (),
    request: NDArray[np.float32] | None = None,
    asked: NDArray[np.float32] | None = None,
) -> Frame:
    """Return the shared frame; the language is the asked one, else the customer's."""
    said = "".join(turn.text for turn in conversation.customer_turns)
    return Frame(
        conversation=conversation,
        knowledge=knowledge,
        evidence=gather(conversation, facts),
        facts=tuple(facts),
        language=conversation.language or detect_language(said, language_of(knowledge.settings.language)),
        alerted=alerted,
        request=request,
        asked=asked,
        dangers=tuple(dangers),
    )


def called(key: str, case: Frame) -> str:
    """Return how a tier or a contact is called towards the customer, in words that he can read."""
    name = case.tiers.get(key) or contact_name(key, case.knowledge.settings)
    return wording.readable(name, case.language)
