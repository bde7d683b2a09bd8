"""What the draft starts from: everything that the earlier steps found, and the case it makes."""

from __future__ import annotations

from dataclasses import dataclass

from copilot.answer import Abstention, Alert, Fact, Promise, Suggestion
from copilot.conversation import Conversation, Turn
from copilot.escalation.words import concepts_in, concepts_of_category, is_about, stamp
from copilot.signals.text import sentences
from knowledge.model import ArticleHit, ClientKnowledge

# Hours of the client's day in which somebody without a ride or a bed is stranded.
_NIGHT_FROM, _NIGHT_UNTIL = 20, 6


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that the earlier steps found, as the draft needs it.

    `hits` are the articles for the case, best first: in an emergency nothing is suggested to the
    agent, yet the client's own rules still say who is told and what is done.
    """

    alerts: tuple[Alert, ...]
    facts: tuple[Fact, ...]
    promises: tuple[Promise, ...]
    suggestion: Suggestion | None
    abstained: Abstention | None
    hits: tuple[ArticleHit, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """The conversation as a case for this client: what is said, found, and what it is about.

    `turns` hold no text that speaks to a machine; `ignored` says whether some was left out.
    """

    conversation: Conversation
    knowledge: ClientKnowledge
    found: Findings
    turns: tuple[Turn, ...]
    ignored: bool
    concepts: frozenset[str]

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
    def facts(self) -> tuple[Fact, ...]:
        """The facts of the turns that count."""
        kept = {turn.index: turn.text for turn in self.turns}
        return tuple(f for f in self.found.facts if f.quote in kept.get(f.turn_index, ""))

    def values(self, *slots: str) -> tuple[str, ...]:
        """Return the values of the facts in `slots`, each once."""
        return tuple(dict.fromkeys(f.value for f in self.facts if f.slot in slots))


def case_of(conversation: Conversation, knowledge: ClientKnowledge, found: Findings) -> Case:
    """Return the case that `conversation` makes."""
    turns = tuple(cleaned for turn in conversation.turns if (cleaned := _without_instructions(turn)))
    said = "\n".join(turn.text for turn in turns if turn.role != "agent")
    about = concepts_in(said).union(*(concepts_of_category(a.category) for a in found.alerts))
    if _is_late(conversation, knowledge.settings.timezone):
        about |= {"late_night"}
    return Case(
        conversation=conversation,
        knowledge=knowledge,
        found=found,
        turns=turns,
        ignored=any(kept.text != turn.text for turn, kept in _pairs(conversation, turns)),
        concepts=about,
    )


def _is_late(conversation: Conversation, timezone: str) -> bool:
    hour = int(stamp(conversation.now, timezone)[-5:-3])
    return hour >= _NIGHT_FROM or hour < _NIGHT_UNTIL


def _pairs(conversation: Conversation, turns: tuple[Turn, ...]) -> tuple[tuple[Turn, Turn], ...]:
    kept = {turn.index: turn for turn in turns}
    return tuple((turn, kept.get(turn.index, Turn(turn.index, turn.role, ""))) for turn in conversation.turns)


def _without_instructions(turn: Turn) -> Turn | None:
    """A note that instructs a machine goes as a whole, of a customer's message only those sentences."""
    if not is_about("instructions", turn.text):
        return turn
    if turn.role == "system":
        return None
    kept = [s.text for s in sentences(turn.text) if not is_about("instructions", s.text)]
    return Turn(turn.index, turn.role, "。".join(kept), turn.at) if kept else None
