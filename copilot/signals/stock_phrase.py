"""Empty words told from checkable ones, by what a reply *lacks*.

A reply is cut into clauses; each clause is read for substance (an act, an amount, a time, a place, a
person, a rule, a refusal with its reason, a needed question) and for filler (apology, empathy,
holding, reassurance, vague escalation). Two small linear models over these counts decide; their
weights are data (`stock_phrase_weights.yaml`), fitted by `python -m evals.bench.fit_stock_phrases`.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from operator import add
from typing import Literal

from copilot.answer import Check, Fact, StockLabel
from copilot.conversation import Agent, Conversation, Turn
from copilot.language import fold
from copilot.signals.facts import find_facts
from copilot.signals.material import Sifted, material
from copilot.signals.reasked import asked_slots
from copilot.signals.text import MAX_CHARACTERS, Span, all_clauses
from copilot.signals.times import find_times

_FILLERS = (
    "apology", "empathy", "holding", "escalation", "reassurance", "thanks", "slogan", "excuse", "deflection",
    "english",
)  # fmt: skip
_SUBSTANCES = (
    "path", "act", "rule", "refusal", "answer", "choice", "place", "english_act", "english_path",
    "english_rule",
)  # fmt: skip
# What a customer can check by itself; an act or a rule alone may still be empty.
_FIRM = frozenset({"quantity", "time", "person", "path", "english_path", "refusal", "answer"})
_GREETING_CHARACTERS = 60
_NUMBER = re.compile(r"\d+(?:[.:]\d+)?")
# How far back the customer's words make a reply an echo or a question superfluous.
_CONTEXT_TURNS = 12
# Any moment will do: only whether a time is named matters here, not when it ends.
_ANY_MOMENT = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ReplyLabel:
    """What a reply is, which elements of substance it lacks, and which it has."""

    label: StockLabel
    missing: tuple[str, ...]
    has: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Words:
    """What may stand in a reply: its patterns, the kinds of substance and filler, and the words before it."""

    sifted: Sifted
    substances: tuple[str, ...]
    fillers: tuple[str, ...]
    known: str


@dataclass(frozen=True, slots=True)
class ClauseReading:
    """One clause: which kinds of substance and filler stand in it."""

    substance: frozenset[str]
    filler: frozenset[str]
    asks: bool
    length: int


def label_reply(text: str, context: Sequence[Turn] | Sequence[str], facts: Sequence[Fact] = ()) -> ReplyLabel:
    """Return whether `text` is stock, mixed or substantive after `context` (turns or their texts)."""
    said = tuple(_text_of(turn)[:MAX_CHARACTERS] for turn in context[-_CONTEXT_TURNS:])
    text = text[:MAX_CHARACTERS]
    return _label(text, said, _known_already(text, said, facts))


@lru_cache(maxsize=2048)  # a growing conversation reads its earlier replies again with every turn
def _label(text: str, said: tuple[str, ...], given: frozenset[str]) -> ReplyLabel:
    readings = read_clauses(text, said)
    has = _has(readings)
    values = _features(text, said, given, readings)
    label: StockLabel
    # What is missing and nobody gave must be asked for: that alone moves the case on.
    if _score("substance", values) < 0 and not values["asks_needed"]:
        label = "stock"
    else:
        label = "mixed" if _score("filler", values) > 0 else "substantive"
    return ReplyLabel(label=label, missing=_missing(has, label), has=has)


def check_replies(conversation: Conversation, facts: Sequence[Fact]) -> tuple[Check, ...]:
    """Return a check for every stock or mixed agent turn, for repeats, and for the draft."""
    checks: list[Check] = []
    in_a_row = 0
    for turn in conversation.turns:
        if turn.role != "agent" or not turn.text.strip():
            continue
        known = facts[: bisect_left(facts, turn.index, key=_turn_index)]
        label = label_reply(turn.text, context_of(conversation, turn.index), known)
        in_a_row = in_a_row + 1 if label.label == "stock" and not is_greeting(turn.text) else 0
        checks += _checks(turn.text, turn.index, label, in_a_row)
    if conversation.draft and conversation.draft.strip():
        label = label_reply(conversation.draft, context_of(conversation), facts)
        in_a_row = in_a_row + 1 if label.label == "stock" else 0
        checks += _checks(conversation.draft, None, label, in_a_row)
    return tuple(checks)


def context_of(conversation: Conversation, turn_index: int | None = None) -> tuple[Turn, ...]:
    """Return the turns that a reply at `turn_index` (None: the draft) is read against."""
    end = len(conversation.turns) if turn_index is None else turn_index
    return conversation.turns[max(0, end - _CONTEXT_TURNS) : end]


def _turn_index(fact: Fact) -> int:
    return fact.turn_index


def _text_of(turn: Turn | str) -> str:
    return turn.text if isinstance(turn, Turn) else turn


@lru_cache(maxsize=2048)
def is_greeting(text: str) -> bool:
    """Whether an opening is all that stands here (您好，请问有什么可以帮您？): empty, and in order."""
    if len(text) > _GREETING_CHARACTERS:
        return False
    return material("stock_phrase").pattern("greeting").fullmatch(fold(text).strip()) is not None


@lru_cache(maxsize=2048)  # what was remarked on in earlier turns is remarked on again with every new one
def _checks(text: str, turn_index: int | None, label: ReplyLabel, in_a_row: int) -> tuple[Check, ...]:
    if label.label == "substantive" or (turn_index is not None and is_greeting(text)):
        return ()
    where: Literal["turn", "draft"] = "draft" if turn_index is None else "turn"
    quote = text.strip()[:MAX_CHARACTERS]
    first = Check(
        kind="stock_phrase", where=where, turn_index=turn_index, quote=quote, label=label.label,
        missing=label.missing, message=_message(label),
    )  # fmt: skip
    if in_a_row < 2:
        return (first,)
    return (
        first,
        Check(
            kind="repeated_stock", where=where, turn_index=turn_index, quote=quote, label="stock",
            missing=label.missing, message=_repeated_message(in_a_row),
        ),
    )  # fmt: skip


def _repeated_message(in_a_row: int) -> str:
    return str(material("stock_phrase").data["messages"]["repeated"]).format(count=in_a_row)


def _message(label: ReplyLabel) -> str:
    messages = material("stock_phrase").data["messages"]
    names = "、".join(messages["elements"][element] for element in label.missing)
    return str(messages[label.label]).format(missing=names)


# -- reading clauses


def read_clauses(text: str, context: Sequence[str]) -> tuple[ClauseReading, ...]:
    """Return what each clause of `text` holds; numbers and names of `context` are echoes, not news."""
    return _read_clauses(text, tuple(context))


@lru_cache(maxsize=2048)  # a reply is read with the facts and without them
def _read_clauses(text: str, context: tuple[str, ...]) -> tuple[ClauseReading, ...]:
    timed = {span.start for span in _clauses_with_times(text)}
    sifted = material("stock_phrase").sifted(fold(text))
    kinds = tuple(kind for kind in sifted.keys("substance") if kind in _SUBSTANCES)
    words = _Words(sifted, kinds, sifted.keys("filler"), _folded("\n", context))
    return tuple(_read(span, words, timed=span.start in timed) for span in all_clauses(text))


def _clauses_with_times(text: str) -> list[Span]:
    folded = fold(text)
    sifted = material("stock_phrase").sifted(folded)
    if sifted.may("numbers", "boilerplate"):  # 24小时在线 names no time
        empty_times = sifted.pattern("numbers", "boilerplate")
        folded = empty_times.sub(lambda found: " " * len(found[0]), folded)
    times = [time for time in find_times(folded, _ANY_MOMENT, "UTC") if time.kind != "vague"]
    return [span for span in all_clauses(text) if any(span.start <= time.start < span.end for time in times)]


def _read(span: Span, words: _Words, *, timed: bool) -> ClauseReading:
    folded, sifted = span.folded, words.sifted
    substance = {kind for kind in words.substances if sifted.has(folded, "substance", kind)}
    if "act" in substance and (sifted.has(folded, "generic") or not sifted.has(folded, "committed")):
        substance.discard("act")
    quantity = _news(folded, words)
    if quantity:
        substance.add("quantity")
    if timed and not (quantity is False and _is_echo(folded, words.known)):
        substance.add("time")
    if sifted.has(folded, "person"):
        substance.add("person")
    filler = frozenset(kind for kind in words.fillers if sifted.has(folded, "filler", kind))
    asks = _is_question(folded, span, sifted)
    return ClauseReading(frozenset(substance), filler, asks, len(folded))


def _is_question(folded: str, span: Span, sifted: Sifted) -> bool:
    """A question that asks for something, not 有什么可以帮您 and not the word 什么 in a statement."""
    marked = span.ending in {"?", "？"} or folded.endswith(("吗", "么", "呢", "没"))
    if not (marked and sifted.pattern("substance", "question").search(folded + "?")):
        return False
    return not sifted.has(folded, "substance", "generic_question")


def _news(folded: str, words: _Words) -> bool:
    """Whether a number stands here that the context does not hold."""
    sifted = words.sifted
    if not sifted.may("numbers", "boilerplate") and not sifted.may("numbers", "quantity"):
        return False
    said = sifted.pattern("numbers", "boilerplate").sub(" ", folded)
    numbers = sifted.pattern("numbers", "quantity").finditer(said)
    return any(_digits(found[0]) not in words.known for found in numbers)


def _digits(words: str) -> str:
    """What of a number must recur to be an echo: its digits, else the words (2800元 echoes 2800)."""
    found = _NUMBER.search(words)
    return found[0] if found else words.strip()


def _is_echo(folded: str, known: str) -> bool:
    said = [pair for pair in map(add, folded, folded[1:]) if pair in known]
    return len(said) > 0.6 * max(1, len(folded) - 1)


# -- the linear models


def features(text: str, context: Sequence[str], facts: Sequence[Fact] = ()) -> dict[str, float]:
    """Return the named counts that the linear models weigh."""
    given = _known_already(text, context, facts)
    return _features(text, context, given, read_clauses(text, context))


def _features(
    text: str, context: Sequence[str], given: frozenset[str], readings: Sequence[ClauseReading]
) -> dict[str, float]:
    substance = _counts(reading.substance for reading in readings)
    pure = _counts(reading.substance for reading in readings if not reading.filler)
    filler = _counts(reading.filler for reading in readings)
    values = {"bias": 1.0}
    for kind in (*_SUBSTANCES, "quantity", "time", "person"):
        in_all, alone = substance.get(kind, 0), pure.get(kind, 0)
        values[kind] = math.log1p(alone + 0.4 * (in_all - alone)) if in_all else 0.0
    for kind in _FILLERS:
        values[f"f_{kind}"] = math.log1p(filler.get(kind, 0))
    return values | _totals(text, context, given, readings)


def _counts(groups: Iterable[frozenset[str]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for kind in chain.from_iterable(groups):
        counts[kind] = counts.get(kind, 0) + 1
    return counts


def _known_already(text: str, context: Sequence[str], facts: Sequence[Fact]) -> frozenset[str]:
    """What the reply asks for although the facts hold it, or where there are none, the context."""
    asked = asked_slots(text)
    if not asked:
        return frozenset()
    given = {fact.slot for fact in facts} or {slot for said in context for slot in _slots_in(said)}
    return frozenset(given.intersection(asked))


def _asks_known(text: str, context: Sequence[str], given: frozenset[str]) -> bool:
    """Whether the reply asks for what the context or the facts hold, or what was already handed in."""
    folded, known = fold(text), _folded("\n", context)
    sifted = material("stock_phrase").sifted(folded)
    nouns = sifted.pattern("asked_noun").finditer(folded) if sifted.may("asked_noun") else ()
    if any(found["noun"] in known for found in nouns):
        return True
    if not asked_slots(text):
        return False
    return bool(given) or sifted.pattern("given").search(known) is not None


def _is_prodded(context: Sequence[str]) -> bool:
    """Whether the customer's last words only press for an answer: a question now comes too late."""
    return (
        bool(context)
        and material("stock_phrase").pattern("prods").search(fold(context[-1]).strip()) is not None
    )


def _folded(joint: str, context: Sequence[str]) -> str:
    """The texts of the context joined, folded each for itself: each is known from its own turn."""
    return joint.join(map(fold, context))


@lru_cache(maxsize=2048)
def _slots_in(said: str) -> frozenset[str]:
    """The slots that a text fills, whoever says it."""
    alone = Conversation("-", Agent("-", "-"), (Turn(0, "customer", said),), _ANY_MOMENT)
    return frozenset(fact.slot for fact in find_facts(alone, "UTC"))


def _totals(
    text: str, context: Sequence[str], given: frozenset[str], readings: Sequence[ClauseReading]
) -> dict[str, float]:
    solid = [reading for reading in readings if reading.substance and not reading.filler]
    firm = [reading for reading in readings if reading.substance & _FIRM]
    empty = [
        reading
        for reading in readings
        if reading.filler and not (reading.substance & {"quantity", "time", "person"})
    ]
    plain = [
        reading for reading in readings if not reading.filler and not reading.substance and reading.length > 3
    ]
    total = sum(reading.length for reading in readings) or 1
    folded = fold(text)
    sifted = material("stock_phrase").sifted(folded)
    known = _asks_known(text, context, given)
    asks = any(reading.asks for reading in readings) or bool(asked_slots(text))
    needed = asks and not known and not _is_prodded(context)
    return {
        "any_firm": float(bool(firm) or needed),
        "soft": math.log1p(sum(not (r.substance & _FIRM) for r in solid)),
        "firm": math.log1p(len(firm)),
        "empty": math.log1p(len(empty)),
        "plain": math.log1p(len(plain)),
        "empty_share": sum(reading.length for reading in empty) / total,
        "solid_share": sum(reading.length for reading in solid) / total,
        "asks_new": float(needed),
        "asks_needed": float(needed and (bool(asked_slots(text)) or not empty)),
        "asks_known": float(known or (asks and _is_prodded(context))),
        "asks_generic": float(sifted.has(folded, "substance", "generic_question")),
        "echo": float(_is_echo(folded, _folded(" ", context))),
        "length": math.log1p(len(folded)) / 4,
    }


@lru_cache(maxsize=2)
def _weights(model: str) -> tuple[tuple[str, float], ...]:
    weights = material("stock_phrase_weights").data[model]
    return tuple((name, float(weight)) for name, weight in weights.items())


def _score(model: str, values: dict[str, float]) -> float:
    return sum(weight * values[name] for name, weight in _weights(model) if values.get(name))


# -- what is missing


def _has(readings: Sequence[ClauseReading]) -> tuple[str, ...]:
    found = {kind for reading in readings for kind in reading.substance}
    named = {
        "action": {"act", "path", "english_act", "english_path"},
        "amount": {"quantity"},
        "deadline": {"time"},
        "owner": {"person"},
        "place": {"place"},
        "rule": {"rule", "refusal", "english_rule"},
    }
    return tuple(name for name, kinds in named.items() if found & kinds)


def _missing(has: Sequence[str], label: StockLabel) -> tuple[str, ...]:
    if label == "substantive":
        return ()
    return tuple(name for name in ("action", "owner", "deadline") if name not in has)
