"""Which of an article's rules fits this conversation: conditions against quantities, rows against rows.

A rule that the conversation contradicts is left out; of a table's rows only the one that fits speaks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from copilot.language import fold
from copilot.suggestion.evidence import Evidence, Rarity, grams
from copilot.quantities import Bound, Quantity, bound_holds, clause_around, find_bounds
from knowledge.model import Article, Passage

# Weights of the parts of a rule's score; fitted by hand on the development conversations.
_DENSE, _SHARE, _OVERLAP, _FIT = 2.2, 0.9, 0.5, 0.9
_CONTRADICTED = 1.6
_SAME_AMOUNT = 0.15
# A row whose case nobody mentioned, and a sentence whose condition nobody mentioned, are somebody else's.
_FOREIGN_ROW, _CONDITION, _CONDITION_EXPECTED = 0.5, 0.9, 0.3
_COMPARABLE = {"minutes", "days", "metres", "percent", "people", "seats", "pieces", "age", "weight", "times",
               "floor", "clock", "money"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fit:
    """How the conditions of a rule meet the conversation; `unknown` ones could not be compared."""

    met: float = 0.0
    broken: float = 0.0
    unknown: int = 0

    @property
    def value(self) -> float:
        """Return met minus broken conditions, a broken one counting more."""
        return self.met - _CONTRADICTED * self.broken


@dataclass(frozen=True, slots=True)
class Rule:
    """A passage with its worth for this conversation; `columns` are the cells of a row that apply."""

    article: Article
    passage: Passage
    score: float
    fit: Fit
    columns: tuple[int, ...] = ()


def rank_rules(
    article: Article,
    passages: Iterable[Passage],
    similarity: Mapping[str, float],
    evidence: Evidence,
    rare: Rarity,
) -> tuple[Rule, ...]:
    """Return the article's rules that the conversation does not contradict, best first.

    `similarity` is the cosine of each passage id with the question; of each table only the rows that
    fit best remain.
    """
    floor = min(similarity.values(), default=0.0)
    rules = [
        _score(article, passage, similarity.get(passage.id, floor), evidence, rare)
        for passage in passages
        if passage.kind != "lead" or len(passage.text) > 12
    ]
    kept = [rule for rule in _best_rows(rules) if rule.fit.value > -1.0]
    return tuple(sorted(kept, key=lambda rule: -rule.score))


def _score(
    article: Article, passage: Passage, cosine: float, evidence: Evidence, rare: Rarity
) -> Rule:
    said = _condition_text(passage)
    fit = _fit_row(passage, evidence) if passage.kind == "row" else _fit_text(passage, evidence)
    share = evidence.share(said, rare)
    overlap = evidence.overlap(passage.text, rare)
    score = (
        _DENSE * (cosine - 0.8) * 5
        + _SHARE * share
        + _OVERLAP * min(overlap / 20, 1.5)
        + _FIT * max(min(fit.value, 1.5), -2.0)
    )
    columns = _columns(passage, evidence) if passage.kind == "row" else ()
    if passage.kind == "row" and fit.met < _CONDITION_EXPECTED and share < _CONDITION_EXPECTED:
        score -= _FOREIGN_ROW
    condition = condition_of(passage)
    if condition:
        score += _CONDITION * (min(evidence.share(condition, rare), 0.8) - _CONDITION_EXPECTED)
    if passage.kind == "row" and _says_same_amount(passage, evidence):
        score += _SAME_AMOUNT
    return Rule(article, passage, round(score, 5), fit, columns)


_CONDITION_CLAUSE = re.compile(
    r"^(?:[^,，。;；:：]{2,28}?(?:的|时|後|后|者|的话|情况下|訂單|订单))(?=[,，:：])|"
    r"^(?:如|若|如果|要是|凡|超过|逾期|已经|没有?|未|不符合|仍)[^,，。;；]{1,28}(?=[,，])|"
    r"^(?:if|when|where|unless|once|in case)\b[^,.;]{3,80}(?=,)"
)


def condition_of(passage: Passage) -> str:
    """Return the clause that says when a sentence applies (「查不到的，…」), empty where there is none."""
    if passage.kind == "row":
        return ""
    match = _CONDITION_CLAUSE.search(fold(_MARK.sub("", passage.text)))
    return match.group() if match else ""


_MARK = re.compile(r"^\s*(?:[-*+•]|\d+[.、)）](?!\d))\s*")


def _says_same_amount(passage: Passage, evidence: Evidence) -> bool:
    """Whether a cell names an amount that the conversation names too (「三楼350」)."""
    amounts = {q.value for q in evidence.quantities if q.dimension == "money" and q.value > 0}
    cells = " ".join(passage.cells[1:])
    return any(b.dimension == "money" and b.exact and b.low in amounts for b in find_bounds(cells))


def _condition_text(passage: Passage) -> str:
    return passage.cells[0] if passage.kind == "row" and passage.cells else passage.text


def _best_rows(rules: Sequence[Rule]) -> list[Rule]:
    """Keep, of every table, the best row (and a second one only where it is as good)."""
    tables: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Rule]] = {}
    kept = [rule for rule in rules if rule.passage.kind != "row"]
    for rule in rules:
        if rule.passage.kind == "row":
            tables.setdefault((rule.passage.heading, rule.passage.header), []).append(rule)
    for rows in tables.values():
        ordered = sorted(rows, key=lambda rule: -rule.score)
        kept += [replace(ordered[0], score=ordered[0].score + _lead_over(ordered))]
    return kept


def _lead_over(ordered: Sequence[Rule]) -> float:
    """A row that stands out is a better answer than one of many that fit alike."""
    if len(ordered) < 2:
        return 0.0
    return min(0.4, max(0.0, ordered[0].score - ordered[1].score)) - 0.1


def _fit_row(passage: Passage, evidence: Evidence) -> Fit:
    if not passage.cells:
        return Fit()
    context = passage.header[0] if passage.header else ""
    return _fit(passage.cells[0], context + " ".join(passage.heading[-1:]), evidence, in_row=True)


def _fit_text(passage: Passage, evidence: Evidence) -> Fit:
    return _fit(passage.text, " ".join(passage.heading[-1:]), evidence, in_row=False)


def _fit(text: str, context: str, evidence: Evidence, *, in_row: bool) -> Fit:
    met = broken = 0.0
    unknown = 0
    for bound in find_bounds(text):
        if bound.dimension not in _COMPARABLE or (bound.exact and not in_row):
            continue
        clause = clause_around(fold(text), bound.start, bound.end)
        verdict = _compare(bound, clause + " " + fold(context), evidence.quantities, in_row=in_row)
        if verdict is None:
            unknown += 1
        elif verdict > 0:
            met += verdict
        else:
            broken -= verdict
    return Fit(met, broken, unknown)


def _compare(bound: Bound, context: str, quantities: Sequence[Quantity], *, in_row: bool) -> float | None:
    """Return how surely the bound is met (positive) or broken (negative); None where nothing compares."""
    words = grams(context)
    best: tuple[float, bool] | None = None
    said = Counter((q.dimension, q.value) for q in quantities)
    for recency, quantity in enumerate(quantities):
        holds = bound_holds(bound, quantity)
        if holds is None:
            continue
        near = len(words & grams(quantity.label)) / (len(words) or 1)
        often = 0.1 * (said[quantity.dimension, quantity.value] - 1)
        weight = near + often + 0.001 * recency - (0.05 if quantity.derived else 0.0)
        if best is None or weight > best[0]:
            best = (weight, holds)
    if best is None:
        return None
    sure = min(1.0, (0.5 if in_row else 0.15) + 1.5 * max(best[0], 0.0))
    return sure if best[1] else -sure


def _columns(passage: Passage, evidence: Evidence) -> tuple[int, ...]:
    """The cells of a row that apply: a header that names this case (「優享」, 「22:00–7:00」) rules out its rivals."""
    cells = range(1, len(passage.cells))
    if len(passage.header) != len(passage.cells):
        return tuple(cells)
    named = [i for i in cells if _names_case(passage.header[i], evidence)]
    rivals = [i for i in cells if _is_case(passage.header[i])]
    if not named or not rivals:
        return tuple(cells)
    return tuple(i for i in cells if i in named or i not in rivals)


def _is_case(header: str) -> bool:
    """A header that stands for a kind of case rather than for what the cell says."""
    return any(b.dimension == "clock" for b in find_bounds(header)) or not any(
        word in fold(header) for word in _WHAT_A_CELL_SAYS
    )


_WHAT_A_CELL_SAYS = (
    "费", "金额", "时间", "处理", "做法", "怎么", "方式", "其他", "备注", "说明", "时限", "封顶", "上限", "比例",
    "要不要", "能不能", "可否", "是否", "谁", "级别", "优先", "赔", "补", "退", "购物金", "券", "凭证", "材料", "条件",
    "结果", "多久", "工作日", "fee", "time", "amount", "how", "what", "note", "limit", "action", "max", "refund",
    "compensation", "who", "step", "deadline", "evidence", "required",
)  # fmt: skip


def _names_case(header: str, evidence: Evidence) -> bool:
    clocks = [b for b in find_bounds(header) if b.dimension == "clock"]
    if clocks:
        return any(
            bound_holds(bound, q) for bound in clocks for q in evidence.quantities if q.dimension == "clock"
        )
    said = grams(header)
    return bool(said) and all(evidence.weights.get(g, 0.0) > 0 for g in said)
