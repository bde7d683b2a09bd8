"""What the customer (or a system turn) gave: each fact with its turn and its exact words.

Identifiers, times, places, people and amounts are cut out; demand, loss, evidence, what was tried and
what somebody said are kept as the clause they stand in. A customer who corrects himself replaces the
earlier value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from copilot.answer import Fact
from copilot.conversation import Conversation, Turn
from copilot.language import fold
from copilot.quantities import counts_pieces
from copilot.signals.material import Sifted, material
from copilot.signals.numerals import parse_number, plain
from copilot.signals.text import MAX_CHARACTERS, Span, all_clauses
from copilot.signals.times import TimeMention, find_times

# Earlier slots win where two would take the same characters (a phone is no order number).
_IDENTIFIERS = (
    "email",
    "plate",
    "phone",
    "card",
    "badge",
    "vehicle",
    "tracking_number",
    "tax_id",
    "order_id",
    "reference",
)
_THINGS = ("distance", "route", "place", "people", "organization", "quote")
_CLAUSES = ("demand", "loss", "injury", "evidence", "tried", "third_party_channel", "statement", "safety")
# What is only asked or supposed did not happen.
_HAPPENED = frozenset({"loss", "injury", "evidence", "tried"})
# An hour is neither a place nor a way (六点二十打到现在).
_NO_HOURS = frozenset({"place", "route"})
_CORRECTABLE = frozenset({*_IDENTIFIERS, *_THINGS, "amount", "quantity", "time"})
_IDENTIFYING = re.compile(r"[\d@]")
_BARE_NUMBER = re.compile(r"\s*(?:好[,，\s]*)?(?:是|就是)?\s*([A-Za-z]{0,5}-?\d{3,20})(?![\d.:/点元块年月])")
_CURRENCIES = {
    "$": "USD", "us$": "USD", "usd": "USD", "美元": "USD", "美金": "USD", "dollars": "USD", "dollar": "USD",
    "nt$": "TWD", "nt": "TWD", "twd": "TWD", "ntd": "TWD", "台币": "TWD", "新台币": "TWD", "hk$": "HKD",
    "hkd": "HKD", "港币": "HKD", "港元": "HKD", "蚊": "HKD", "€": "EUR",
    "eur": "EUR", "euros": "EUR", "欧元": "EUR",
    "£": "GBP", "gbp": "GBP", "pounds": "GBP", "英镑": "GBP", "日元": "JPY",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the agent's turn right before asked for: a bare number then answers it."""

    order: bool
    phone: bool


def find_facts(conversation: Conversation, timezone: str | None = None) -> tuple[Fact, ...]:
    """Return the facts in the order they were given; `timezone` (IANA) reads relative times."""
    zone = timezone or _zone_of(conversation)
    facts: list[Fact] = []
    before = ""
    for turn in conversation.turns:
        if turn.role == "agent":
            before = turn.text
            continue
        found = _in_turn(turn, turn.at or conversation.now, before, zone)
        if turn.role == "customer" and _corrects(turn.text):
            facts = _without_replaced(facts, found)
        facts += found
    return _unique(facts)


@lru_cache(maxsize=2048)
def _corrects(text: str) -> bool:
    return _matches("correction", text)


def _zone_of(conversation: Conversation) -> str:
    """Without the client's zone the offset of the moments decides."""
    moment = next((turn.at for turn in conversation.turns if turn.at is not None), conversation.now)
    offset = moment.utcoffset() or timedelta(0)
    hours = int(offset.total_seconds() // 3600)
    return "Asia/Shanghai" if hours == 8 else f"Etc/GMT{-hours:+d}" if hours else "UTC"


def _unique(facts: list[Fact]) -> tuple[Fact, ...]:
    seen: dict[tuple[str, str], Fact] = {}
    for fact in facts:
        seen.setdefault((fact.slot, fact.value), fact)
    return tuple(seen.values())


@lru_cache(maxsize=2048)  # a growing conversation reads its earlier turns again with every new one
def _in_turn(turn: Turn, moment: datetime, before: str, zone: str) -> tuple[Fact, ...]:
    """The facts of one turn, each once; `before` is what the agent had said last."""
    return _unique(list(_of_turn(turn, moment, before, zone)))


def _of_turn(turn: Turn, moment: datetime, before: str, zone: str) -> Iterator[Fact]:
    text = turn.text[:MAX_CHARACTERS]
    sifted = material("facts").sifted(fold(text))
    times = find_times(text, moment, zone)
    taken: list[tuple[int, int]] = []
    yield from _identifiers(text, turn, sifted, taken)
    yield from _bare_answer(text, turn, before, taken)
    yield from _times(text, turn, times, taken)
    yield from _amounts(text, turn, sifted, taken)
    yield from _things(text, turn, sifted, taken, [(time.start, time.end) for time in times])
    yield from _clauses(text, turn, sifted, times, taken)


# -- identifiers


def _identifiers(text: str, turn: Turn, sifted: Sifted, taken: list[tuple[int, int]]) -> Iterator[Fact]:
    folded = fold(text)
    if not _IDENTIFYING.search(folded):
        return
    for slot in _IDENTIFIERS:
        for pattern in sifted.alternatives("slots", slot):
            for found in pattern.finditer(folded):
                span = found.span("v")
                if _is_free(span, taken):
                    taken.append(span)
                    value = _identifier_value(slot, text[span[0] : span[1]])
                    yield _fact(slot, value, turn, text, found.span())


def _identifier_value(slot: str, words: str) -> str:
    if slot == "plate":
        return re.sub(r"[·.・•\s-]", "", words).upper()
    if slot == "phone":
        return re.sub(r"(?<=\d)[\s-](?=\d)", "", words)
    return words.strip()


def _asked(before: str) -> _Asked:
    return _Asked(order=_matches("asks_order", before), phone=_matches("asks_phone", before))


def _bare_answer(text: str, turn: Turn, before: str, taken: list[tuple[int, int]]) -> Iterator[Fact]:
    """「3046 刚下车这单」 after 「订单尾号是多少」."""
    found = _BARE_NUMBER.match(text)
    if found is None or not _is_free(found.span(1), taken):
        return
    asked = _asked(before)
    if not (asked.order or asked.phone):
        return
    taken.append(found.span(1))
    yield _fact("order_id" if asked.order else "phone", found[1], turn, text, found.span(1))


# -- times and amounts


def _times(
    text: str, turn: Turn, times: tuple[TimeMention, ...], taken: list[tuple[int, int]]
) -> Iterator[Fact]:
    for time in times:
        span = (time.start, time.end)
        if time.kind == "vague" or not _is_free(span, taken):
            continue
        taken.append(span)
        slot = "duration" if time.kind in {"length", "workdays"} else "time"
        yield _fact(slot, time.value, turn, text, span)


def _amounts(text: str, turn: Turn, sifted: Sifted, taken: list[tuple[int, int]]) -> Iterator[Fact]:
    folded = fold(text)
    for key in ("explicit", "implied"):
        for pattern in sifted.alternatives("money", key):
            for found in pattern.finditer(folded):
                value = _amount_value(found)
                if value is None or value == "0" or _counts_pieces(found, value):
                    continue
                if _is_free(found.span("v"), taken):
                    taken.append(found.span("v"))
                    start, end = found.span() if key == "explicit" else found.span("v")
                    yield _fact("amount", value, turn, text, (start, end))


def _counts_pieces(found: re.Match[str], value: str) -> bool:
    return counts_pieces(found.string, found.start(), found.end(), float(value.split(maxsplit=1)[0]))


def _amount_value(found: re.Match[str]) -> str | None:
    """67块7 → 67.7, 1.2万 → 12000, US$30 → 30 USD. The local currency stays unnamed."""
    groups = found.groupdict()
    number = parse_number(found["v"])
    if number is None:
        return None
    if groups.get("wan"):
        number *= 10000
    if dime := groups.get("dime"):
        tenth = parse_number(dime)
        number += (tenth or Decimal(0)) / 10
    if found[0].endswith(("毛", "毛钱")):
        number /= 10
    currency = _CURRENCIES.get((groups.get("cur") or "").strip())
    return f"{plain(number)} {currency}" if currency else plain(number)


# -- things and people


def _things(
    text: str, turn: Turn, sifted: Sifted, taken: list[tuple[int, int]], hours: list[tuple[int, int]]
) -> Iterator[Fact]:
    folded = fold(text)
    for slot in _THINGS:
        spans = [*hours] if slot in _NO_HOURS else []
        for pattern in sifted.alternatives("slots", slot):
            for found in pattern.finditer(folded):
                span = found.span("v")
                if _is_free(span, spans):
                    spans.append(span)
                    taken += [span] if slot == "people" else []
                    yield _fact(slot, text[span[0] : span[1]].strip(), turn, text, span)
    for found in material("facts").pattern("named_place").finditer(text):  # capitals tell a name
        yield _fact("place", found["v"], turn, text, found.span("v"))
    for found in sifted.pattern("quantity").finditer(folded) if sifted.may("quantity") else ():
        if _is_free(found.span(), taken):
            yield _fact("quantity", found[0].replace(" ", ""), turn, text, found.span())


# -- clauses


def _clauses(
    text: str,
    turn: Turn,
    sifted: Sifted,
    times: tuple[TimeMention, ...],
    taken: list[tuple[int, int]],
) -> Iterator[Fact]:
    may = sifted.keys("sentences")
    slots = [slot for slot in _CLAUSES if slot in may]
    for clause in all_clauses(text):
        folded = clause.folded
        for slot in slots:
            if sifted.has(folded, "sentences", slot) and not _is_refused(slot, folded, sifted):
                if slot == "third_party_channel":
                    yield from _channels(clause, turn, sifted)
                elif turn.role == "customer" or slot == "evidence":
                    yield _fact(slot, clause.text, turn, text, (clause.start, clause.end))
        yield from _subject(clause, turn, sifted, taken)
        if turn.role == "customer" and times:
            yield from _deadline(clause, turn, sifted, times)


def _is_refused(slot: str, folded: str, sifted: Sifted) -> bool:
    if slot in _HAPPENED and sifted.has(folded, "conditions", "not_told"):
        return True
    condition = {"evidence": "not_evidence", "demand": "rhetorical"}.get(slot)
    return condition is not None and sifted.has(folded, "conditions", condition)


def _channels(clause: Span, turn: Turn, sifted: Sifted) -> Iterator[Fact]:
    for found in sifted.pattern("sentences", "third_party_channel").finditer(clause.folded):
        start, end = clause.start + found.start(), clause.start + found.end()
        yield _fact("third_party_channel", clause.original[start:end], turn, clause.original, (start, end))


def _subject(clause: Span, turn: Turn, sifted: Sifted, taken: list[tuple[int, int]]) -> Iterator[Fact]:
    """The roles that are spoken of; 吕师傅 is somebody by name already."""
    if not sifted.may("roles"):
        return
    for found in sifted.pattern("roles").finditer(clause.folded):
        start, end = clause.start + found.start(), clause.start + found.end()
        if _is_free((start, end), taken):
            yield _fact("subject", clause.original[start:end], turn, clause.original, (start, end))


def _deadline(clause: Span, turn: Turn, sifted: Sifted, times: tuple[TimeMention, ...]) -> Iterator[Fact]:
    """The customer's own deadline: a time to come, with what hangs on it (6点半要下锅)."""
    inside = [t for t in times if clause.start <= t.start < clause.end and t.kind != "vague" and not t.past]
    if inside and sifted.has(clause.folded, "conditions", "deadline"):
        due = inside[-1].due
        value = (
            due.isoformat()
            if due and inside[-1].value[:1].isdigit() and "T" in inside[-1].value
            else clause.text
        )
        yield _fact("deadline", value, turn, clause.original, (clause.start, clause.end))


# -- corrections


def _without_replaced(facts: list[Fact] | tuple[Fact, ...], found: tuple[Fact, ...]) -> list[Fact]:
    """Drop the last earlier value of each slot that the correcting turn gives anew."""
    kept = list(facts)
    for new in found:
        if new.slot not in _CORRECTABLE:
            continue
        earlier = [fact for fact in kept if fact.slot == new.slot and fact.value != new.value]
        if earlier:
            kept.remove(earlier[-1])
    return kept


# -- small helpers


def _fact(slot: str, value: str, turn: Turn, text: str, span: tuple[int, int]) -> Fact:
    return Fact(slot=slot, value=value, turn_index=turn.index, quote=text[span[0] : span[1]].strip())


def _is_free(span: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    return all(span[1] <= start or end <= span[0] for start, end in taken)


def _matches(condition: str, text: str) -> bool:
    folded = fold(text)
    return material("facts").sifted(folded).has(folded, "conditions", condition)
