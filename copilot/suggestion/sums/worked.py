"""The first result of a case: what the rule that fits best computes from the case's own numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from copilot.language import fold
from copilot.quantities import Quantity, find_quantities
from copilot.suggestion.case.evidence import grams, rarity
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.choice.rule_choice import Rule
from copilot.suggestion.reply import wording
from copilot.suggestion.sums.asked import claimed, missing_price
from copilot.suggestion.sums.calculation import CELL, Calculation, calculate
from copilot.suggestion.sums.certain import is_certain
from copilot.suggestion.sums.part import part_given_up
from copilot.suggestion.sums.periods import by_the_day, daily_terms, defines_term, overrun
from copilot.suggestion.sums.rates import by_night, months_of, rated
from copilot.suggestion.sums.record import labelled, named_numbers
from copilot.suggestion.sums.remainder import unused_part
from copilot.suggestion.sums.shares import parts_of, share_of
from copilot.suggestion.sums.stepped import is_stepped, stepped
from copilot.suggestion.sums.units import all_units, nights_told, operands_of, units_told
from knowledge.model import Passage

# A share of an amount is only computed where the rule's own condition is known to hold.
_CONDITION_MET = 0.2
# … or where the conversation says this much of its case.
_CASE_SAID = 0.25


@dataclass(frozen=True, slots=True)
class Worked:
    """A calculation with the rule that stated it; `final`: nothing follows from it (no price less it).

    `term`: the rule only says what a day of something is.
    """

    rule: Rule
    calculation: Calculation
    fair_price: bool = False
    final: bool = False
    term: bool = False


def first_result(chosen: Sequence[Rule], case: Frame) -> Worked | None:
    """Return what the first rule that states a computation comes to, None where none can be worked out."""
    # What this case's own numbers chose says more than a sentence for everybody: the best rule, then rows.
    ordered = sorted(
        chosen, key=lambda r: not (r.fit.met > 0 and (r is chosen[0] or r.passage.kind == "row"))
    )
    for rule in ordered:
        worked = _worked(rule, chosen, case)
        # What a day of something is leads to the sum, where another rule takes it further.
        if worked is not None and not worked.term:
            return worked
        if worked is None and _is_share_of_case(rule):
            return None
    return None


def _is_of_case(rule: Rule, *, best: bool) -> bool:
    return rule.fit.met > 0 and (best or rule.passage.kind == "row")


def _is_share_of_case(rule: Rule) -> bool:
    """Whether a row that this case's own numbers chose states a share: no other rule's takes its place."""
    numbers = rule.passage.kind == "row" and rule.fit.met >= _CONDITION_MET and not rule.fit.broken
    return numbers and _PERCENT.search(fold(said_by(rule))) is not None


def _worked(rule: Rule, chosen: Sequence[Rule], case: Frame) -> Worked | None:
    best, said = rule is chosen[0], said_by(rule)
    dated = _by_period(rule, said, case) if holds(rule, best=best) or best or len(chosen) > 1 else None
    if dated is not None:
        return Worked(rule, dated, final=True)
    stated = _formula_with(rule, case) or calculate(said, _operands(chosen, case))
    stated = stated or _with_terms(rule, said, chosen, case)
    if stated is not None:
        return Worked(rule, stated, term=defines_term(said))
    rest = unused_part(said, case) if best or holds(rule, best=best) else None
    if rest is not None and not rule.fit.broken:
        return Worked(rule, rest, final=True)
    return _by_rate(rule, case, best=best) or _by_share(rule, said, chosen, case)


def _by_period(rule: Rule, said: str, case: Frame) -> Calculation | None:
    """What is due by the day, or for every period that something is late."""
    beside = _beside(rule, case)
    terms = daily_terms(beside.split("\n"), named_numbers(case))
    found = by_the_day(said, terms, case.evidence.quantities)
    return found or overrun(said, beside, terms, case.evidence.quantities)


def _by_rate(rule: Rule, case: Frame, *, best: bool) -> Worked | None:
    row = rule.passage.kind == "row"
    told = f"{rule.passage.cells[0]}，{said_by(rule)}" if row else wording.plain(rule.passage.text)
    # The price of a further unit is no price of all of them.
    tariff = stepped if is_stepped(told) else rated
    beside = _beside(rule, case)
    price = tariff(told, case.evidence.quantities, beside)
    price = price or by_night(told, nights_told(case), beside)
    if price is None or not holds(rule, best=best):
        return None
    return Worked(rule, price, fair_price=True)


def _by_share(rule: Rule, said: str, chosen: Sequence[Rule], case: Frame) -> Worked | None:
    part = part_given_up(case) or all_units(case)
    base = claimed(case) or (part.whole if part is not None else None)
    known = holds(rule, best=rule is chosen[0]) or (not rule.fit.broken and _case_named(rule, case))
    if base is None or not known or not (is_certain(rule, case) or _case_named(rule, case)):
        return None
    told = _with_points(said, chosen, case)
    share = share_of(told, base, case.evidence.quantities, part)
    if share is not None:
        return Worked(rule, share)
    final = months_of(said, case.evidence.quantities) or parts_of(said, case.evidence.quantities)
    return Worked(rule, final, final=True) if final is not None else None


_POINTS = re.compile(r"([^,，。;；|\n]{3,})[,，][^。;；|\n]{0,24}?加\s*(\d+(?:\.\d+)?)\s*个?百分点")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)(?=\s*[%％])")


def _with_points(said: str, chosen: Sequence[Rule], case: Frame) -> str:
    """The rule's words with its one percentage raised by the points that another rule adds in this case."""
    percents = _PERCENT.findall(said)
    found = (_POINTS.search(fold(rule.passage.text)) for rule in chosen)
    points = next((match for match in found if match), None)
    if points is None or len(percents) != 1:
        return said
    done = _DONE.search(points[1])
    told = case.evidence.share(points[1], rarity(case.knowledge)) >= _CASE_SAID
    known = told or (done is not None and f"已{done[1]}" in fold(case.evidence.text))
    return _PERCENT.sub(f"{float(percents[0]) + float(points[2]):g}", said) if known else said


# 「改签过的」, 「改签过一次的」 is what a record calls 「已改签」.
_DONE = re.compile(r"([一-鿿]{2})过(?:[一1]\s*次)?的")


def holds(rule: Rule, *, best: bool) -> bool:
    """Return whether the rule's condition is known to hold: by quantities, or by words where it fits best."""
    sentence = rule.features.share if best else rule.features.condition
    said = rule.features.row_case if rule.passage.kind == "row" else sentence
    return not rule.fit.broken and (rule.fit.met >= _CONDITION_MET or said >= _CASE_SAID)


_FIRST_TIME = re.compile(r"^(?:首次|初次|第[一1]次|(?:the )?first (?:time|occurrence|incident))")
_FIRST_SAID = re.compile(r"第[一1]次|头一[回次]|首次|从来没|first time|never (?:happened|done)")
_EXAMPLES = re.compile(r"^[^:：()（）]{2,60}[(（]([^)）]+)[)）][^:：]{0,60}[:：]")
_SHORT_WORD = 4


def _case_named(rule: Rule, case: Frame) -> bool:
    """Whether the customer names the rule's case: the first time, or one of its examples (in brackets)."""
    told, said = fold(rule.passage.text), fold(case.evidence.text)
    if _FIRST_TIME.search(told):
        return _FIRST_SAID.search(said) is not None
    found = _EXAMPLES.search(told)
    words = [w.strip() for w in re.split(r"[、,，/]|\bor\b|或", found[1])] if found else []
    return any(len(w) >= (_SHORT_WORD if w.isascii() else 2) and w in said for w in words)


def said_by(rule: Rule) -> str:
    """Return the rule in one line; the cells of a row follow their headers."""
    passage = rule.passage
    if passage.kind != "row":
        return passage.text
    headers = passage.header if len(passage.header) == len(passage.cells) else ("",) * len(passage.cells)
    return "，".join(
        f"{_UNIT_OF_HEADER.sub('', headers[i])}{cell_with_unit(passage, i)}" for i in columns_of(rule)
    )


# Tables name the unit of their numbers once, at the head: 「续重每公斤（元） | 6」.
_UNIT_OF_HEADER = re.compile(r"[(（]\s*(元|块|HK\$|NT\$|US\$|A?\$|[¥£€]|%)\s*[)）]\s*$")
_BARE = re.compile(r"\s*\d+(?:,\d{3})*(?:\.\d+)?\s*")


def cell_with_unit(passage: Passage, index: int) -> str:
    """Return a cell with the unit that its header names in brackets, where the cell is a bare number."""
    cell = passage.cells[index]
    head = passage.header[index] if len(passage.header) == len(passage.cells) else ""
    unit = _UNIT_OF_HEADER.search(head)
    if unit is None or not _BARE.fullmatch(cell):
        return cell
    return f"{unit[1]}{cell.strip()}" if unit[1][-1] in "$¥£€" else f"{cell.strip()} {unit[1]}"


def columns_of(rule: Rule) -> Sequence[int]:
    """Return the cells of a row that apply."""
    return rule.columns or range(1, len(rule.passage.cells))


def _beside(rule: Rule, case: Frame) -> str:
    """What the rule's article says besides: what is free of a rate, how it is rounded."""
    passages = case.knowledge.passages.values()
    return "\n".join(p.text for p in passages if p.article_id == rule.article.id and p.kind != "row")


# --- formulas ------------------------------------------------------------------------------------

_STATED = re.compile(r"[=＝]")


def _formula_with(rule: Rule, case: Frame) -> Calculation | None:
    """What the article's formula comes to with this row's own cell for one of its names (「× 比例」)."""
    passage = rule.passage
    if passage.kind != "row" or not holds(rule, best=False):
        return None
    headers = [h.strip() for h in passage.header[1:] if h.strip()]
    formulas = [
        p.text
        for p in case.knowledge.passages.values()
        if p.article_id == rule.article.id and p.kind != "row" and _STATED.search(p.text)
    ]
    told = next((t for t in formulas if any(fold(h) in fold(t.partition("=")[2]) for h in headers)), None)
    sentence = next((s for s in re.split(r"[。\n]", told or "") if _STATED.search(s)), "")
    return calculate(sentence, (*named_numbers(case), *_cells(rule))) if sentence else None


def _operands(chosen: Sequence[Rule], case: Frame) -> tuple[Quantity, ...]:
    """The numbers of the case, those of the best row by their headers, and the price of the thing meant."""
    row = next((rule for rule in chosen if rule.passage.kind == "row"), None)
    cells = tuple(_cells(row)) if row is not None and holds(row, best=row is chosen[0]) else ()
    thing = missing_price(case)
    meant = (Quantity(thing, "money", 0, 0, "该样那件标价", CELL),) if thing is not None else ()
    units = () if gives_all_first(chosen, case) else operands_of(units_told(case))
    return (*named_numbers(case), *cells, *meant, *units)


_ALL = re.compile(r"全额|全部退|全退|in full|full refund")
_LABEL = re.compile(r"^([^:：,，。]{2,16})[:：]")
_FIRST_RULES = 3


def gives_all_first(chosen: Sequence[Rule], case: Frame) -> bool:
    """Return whether one of the first rules gives all of it back in a case that the customer speaks of."""
    said = grams(case.evidence.text)
    told = (r for r in chosen[:_FIRST_RULES] if r.fit.value >= 0 and _ALL.search(fold(r.passage.text)))
    labels = (_LABEL.search(fold(rule.passage.text)) for rule in told)
    return any(label is None or grams(label[1]) & said for label in labels)


def _with_terms(rule: Rule, said: str, chosen: Sequence[Rule], case: Frame) -> Calculation | None:
    """What a formula comes to with the numbers of the sister rule that the customer's case is under.

    「违约金 = 补贴款 × 剩余日数 ÷ 总日数」 beside 「光纤合约（730 日）补贴款 6,000 元」.
    """
    if not _STATED.search(fold(said)):
        return None
    spoken = grams(case.evidence.text)
    sisters = (r for r in chosen if r is not rule and r.article.id == rule.article.id and r.fit.value >= 0)
    for sister in sisters:
        terms = labelled(fold(sister.passage.text), CELL)
        if any(q.dimension == "money" for q in terms) and grams(sister.passage.text) & spoken:
            return calculate(said, (*named_numbers(case), *terms))
    return None


def _cells(rule: Rule) -> Iterator[Quantity]:
    """The numbers in a row's cells, each under its header."""
    passage = rule.passage
    if len(passage.header) != len(passage.cells):
        return
    for header, cell in zip(passage.header[1:], passage.cells[1:], strict=True):
        found = [q for q in find_quantities(cell) if q.dimension in {"money", "percent"}]
        if len(found) == 1:
            yield Quantity(found[0].value, found[0].dimension, 0, 0, fold(header), CELL)
