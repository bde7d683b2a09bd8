"""What the draft starts from: everything that the earlier steps found, and the case it makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from copilot.answer import Abstention, Alert, Fact, Priority, Promise, Suggestion
from copilot.conversation import Conversation, Turn
from copilot.escalation.words import concepts_in, concepts_of_category, is_about, stamp
from copilot.signals.text import MAX_CHARACTERS, sentences
from knowledge.model import ArticleHit, ClientKnowledge

# Hours of the client's day in which somebody without a ride or a bed is stranded.
_NIGHT_FROM, _NIGHT_UNTIL = 20, 6
# Turns that are read of a longer conversation.
_FIRST, _LAST = 30, 170


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that the earlier steps found, as the draft needs it.

    `hits` are the articles for the case, best first: in an emergency nothing is suggested to the
    agent, yet the client's own rules still say who is told and what is done. `request` is the unit vector
    of what is open now, `nearness` how near it is to each level's definition (nearness.py).
    """

    alerts: tuple[Alert, ...]
    facts: tuple[Fact, ...]
    promises: tuple[Promise, ...]
    suggestion: Suggestion | None
    abstained: Abstention | None
    hits: tuple[ArticleHit, ...] = ()
    request: NDArray[np.float32] | None = field(default=None, compare=False)
    nearness: Mapping[Priority, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """The conversation as a case for this client: what is said, found, and what it is about.

    `turns` hold no text that speaks to a machine; `ignored` says whether some was left out. `facts`
    are those of these turns.
    """

    conversation: Conversation
    knowledge: ClientKnowledge
    found: Findings
    turns: tuple[Turn, ...]
    ignored: bool
    concepts: frozenset[str]
    facts: tuple[Fact, ...]
    by_turn: Mapping[int, tuple[Fact, ...]]

    @property
    def language(self) -> str:
        """The client's language."""
        return self.knowledge.settings.language

    @property
    def timezone(self) -> str:
        """The client's IANA zone."""
        return self.knowledge.settings.timezone

    @property
    def said(self) -> str:
        """What the customer and the helpdesk's records say."""
        return "\n".join(turn.text for turn in self.turns if turn.role != "agent")

    @property
    def danger_since(self) -> int:
        """The turn in which an emergency was first told of; 0 where there is none."""
        return min((a.turn_index for a in self.found.alerts if a.level == "emergency"), default=0)

    def facts_of(self, turn_index: int) -> tuple[Fact, ...]:
        """Return the facts that one turn gave."""
        return self.by_turn.get(turn_index, ())

    def excerpt(self) -> Conversation:
        """Return the turns that count as a conversation of their own, numbered anew."""
        turns = tuple(replace(turn, index=index) for index, turn in enumerate(self.turns))
        return replace(self.conversation, turns=turns)

    def values(self, *slots: str) -> tuple[str, ...]:
        """Return the values of the facts in `slots`, each once."""
        return tuple(dict.fromkeys(f.value for f in self.facts if f.slot in slots))


def case_of(conversation: Conversation, knowledge: ClientKnowledge, found: Findings) -> Case:
    """Return the case that `conversation` makes."""
    read = _ends(conversation.turns)
    turns = tuple(cleaned for turn in read if (cleaned := _without_instructions(turn)))
    facts = _facts_in(turns, found.facts)
    return Case(
        conversation=conversation,
        knowledge=knowledge,
        found=found,
        turns=turns,
        ignored=[turn.text for turn in read] != [turn.text for turn in turns],
        concepts=_concepts(turns, conversation, knowledge, found),
        facts=facts,
        by_turn=_by_turn(facts),
    )


def _ends(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """How it began and what was said last: nobody reads more in thirty seconds."""
    read = turns if len(turns) <= _FIRST + _LAST else (*turns[:_FIRST], *turns[-_LAST:])
    return tuple(replace(turn, text=turn.text[:MAX_CHARACTERS]) for turn in read)


def _facts_in(turns: tuple[Turn, ...], facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    text = {turn.index: turn.text for turn in turns}
    return tuple(fact for fact in facts if fact.quote in text.get(fact.turn_index, ""))


def _by_turn(facts: tuple[Fact, ...]) -> dict[int, tuple[Fact, ...]]:
    found: dict[int, tuple[Fact, ...]] = {}
    for fact in facts:
        found[fact.turn_index] = (*found.get(fact.turn_index, ()), fact)
    return found


def _concepts(
    turns: tuple[Turn, ...], conversation: Conversation, knowledge: ClientKnowledge, found: Findings
) -> frozenset[str]:
    said = "\n".join(turn.text for turn in turns if turn.role != "agent")
    about = concepts_in(said).union(*(concepts_of_category(a.category) for a in found.alerts))
    return about | {"late_night"} if _is_late(conversation, knowledge.settings.timezone) else about


def _is_late(conversation: Conversation, timezone: str) -> bool:
    hour = int(stamp(conversation.now, timezone)[-5:-3])
    return hour >= _NIGHT_FROM or hour < _NIGHT_UNTIL


def _without_instructions(turn: Turn) -> Turn | None:
    """A note that instructs a machine goes as a whole, of a customer's message only those sentences."""
    if not is_about("instructions", turn.text):
        return turn
    if turn.role == "system":
        return None
    kept = [s.text for s in sentences(turn.text) if not is_about("instructions", s.text)]
    return Turn(turn.index, turn.role, "。".join(kept), turn.at) if kept else None
