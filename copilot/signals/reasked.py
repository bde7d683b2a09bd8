"""The agent asks for what the customer or a system turn already gave."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from copilot.answer import Check, Fact
from copilot.conversation import Conversation, Turn
from copilot.language import fold
from copilot.signals.material import Sifted, material
from copilot.signals.text import MAX_CHARACTERS, Span, sentences

# A problem is told when the customer wrote at least this much about it (a greeting is shorter).
_TOLD_CHARACTERS = 12
# How many turns back a question counts as asked before.
_REMEMBERED = 30
# Slots of which a conversation names many: only a repeated question for the same one is a re-asking,
# so a later question (when did the second parcel come?) must not be blamed.
_MANY_VALUED = frozenset({"time", "place", "amount", "people"})


def find_reasked(conversation: Conversation, facts: Sequence[Fact]) -> tuple[Check, ...]:
    """Return a `reasked_fact` check for each question whose answer stood in an earlier turn."""
    checks: list[Check] = []
    for turn in conversation.turns:
        if turn.role == "agent":
            checks += _in_text(turn.text, turn.index, conversation, facts)
    if conversation.draft:
        checks += _in_text(conversation.draft, None, conversation, facts)
    return tuple(checks)


@dataclass(frozen=True, slots=True)
class _Question:
    """A sentence that asks the customer for something: for what."""

    sentence: Span
    slots: tuple[str, ...]


@lru_cache(maxsize=2048)
def asked_slots(text: str) -> tuple[str, ...]:
    """Return the slots that `text` asks the customer for."""
    return tuple(dict.fromkeys(slot for question in _questions(text) for slot in question.slots))


@lru_cache(maxsize=2048)  # every later turn reads the earlier ones again
def _questions(text: str) -> tuple[_Question, ...]:
    text = text[:MAX_CHARACTERS]
    sifted = material("reasked").sifted(fold(text))
    if not sifted.may("conditions", "asks"):
        return ()
    asked = (_Question(sentence, tuple(_slots_of(sentence, sifted))) for sentence in sentences(text))
    return tuple(question for question in asked if question.slots)


def _in_text(
    text: str, turn_index: int | None, conversation: Conversation, facts: Sequence[Fact]
) -> Iterator[Check]:
    before = conversation.turns if turn_index is None else conversation.turns[:turn_index]
    seen: set[str] = set()
    for question in _questions(text):
        for slot in question.slots:
            known = _known(slot, before, facts)
            if known is not None and slot not in seen:
                seen.add(slot)
                yield _check(question.sentence, slot, known, turn_index)


def _slots_of(sentence: Span, sifted: Sifted) -> Iterator[str]:
    folded = sentence.folded + sentence.ending.replace("？", "?").strip()
    if not sifted.has(folded, "conditions", "asks"):
        return
    if any(sifted.has(folded, "conditions", calm) for calm in ("confirms", "not_asking")):
        return
    for slot, entry in material("reasked").data["slots"].items():
        if re.search(entry["about"], folded):
            yield slot


def _known(slot: str, before: Sequence[Turn], facts: Sequence[Fact]) -> Fact | None:
    """The fact that answers the question, from the turns before it."""
    if slot == "problem":
        return _told_problem(before)
    if slot == "injury":
        return _told_injury(before)
    count = len(before)
    same = {slot, "order_id"} if slot == "tracking_number" else {slot}
    found = [fact for fact in facts if fact.slot in same and fact.turn_index < count]
    if slot in _MANY_VALUED and not _asked_before(slot, before):
        return None
    return found[-1] if found else None


def _asked_before(slot: str, before: Sequence[Turn]) -> bool:
    return any(slot in asked_slots(turn.text) for turn in before[-_REMEMBERED:] if turn.role == "agent")


def _told_problem(before: Sequence[Turn]) -> Fact | None:
    told = [
        turn
        for turn in before[-_REMEMBERED:]
        if turn.role == "customer" and len(turn.text.strip()) >= _TOLD_CHARACTERS
    ]
    return _as_fact("problem", told[-1]) if told else None


def _told_injury(before: Sequence[Turn]) -> Fact | None:
    told = [
        turn
        for turn in before[-_REMEMBERED:]
        if turn.role == "customer" and _tells_of_injury(fold(turn.text))
    ]
    return _as_fact("injury", told[-1]) if told else None


def _as_fact(slot: str, turn: Turn) -> Fact:
    return Fact(slot=slot, value=turn.text, turn_index=turn.index, quote=turn.text)


def _check(sentence: Span, slot: str, known: Fact, turn_index: int | None) -> Check:
    messages = material("reasked").data["messages"]
    template = messages["problem" if slot == "problem" else "reasked"]
    return Check(
        kind="reasked_fact",
        where="draft" if turn_index is None else "turn",
        turn_index=turn_index,
        quote=sentence.text,
        missing=(),
        message=template.format(turn=known.turn_index, quote=known.quote[:30]),
    )


def _tells_of_injury(folded: str) -> bool:
    return material("reasked").sifted(folded).has(folded, "conditions", "given_injury")
