"""Which of an article's rules fits this conversation: conditions against quantities, rows against rows.

A rule that the conversation contradicts is left out; of a table's rows only the one that fits speaks.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import lru_cache
from importlib.resources import files
from math import log

import yaml

from copilot.language import fold
from copilot.quantities import Bound, Quantity, bound_holds, clause_around, find_bounds
from copilot.suggestion.case.elapsed import AHEAD, BETWEEN, SINCE
from copilot.suggestion.case.evidence import Evidence, Rarity, grams
from copilot.suggestion.case.regions import regions_of
from copilot.suggestion.choice.calendar_rows import Window, windows_of
from copilot.suggestion.choice.polarity import disagree
from copilot.suggestion.choice.rivals import of_others, silenced
from copilot.suggestion.reply import wording
from copilot.suggestion.reply.wording import plain
from knowledge.model import Article, Passage

_CONTRADICTED = 1.6
# A rule below this balance of met and broken conditions is somebody else's.
_MIN_FIT = -1.0
# Hours are compared with hours where there are any: a day is too coarse for 「24 小时内」.
_OTHER_UNIT = 0.25
# A thing that is over is measured from its beginning to its end before it is measured until now.
_LASTED = 0.15
# What others are said to have told counts only where nothing else was said.
_HEARSAY = 0.6
# A span is rather measured from the moment that the rule names.
_BEGINS = 0.1
_COMPARABLE = {"minutes", "days", "metres", "percent", "people", "seats", "pieces", "age", "weight", "times",
               "floor", "clock", "degrees", "money", "volume", "area", "inches"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fit:
    """How the conditions of a rule meet the conversation; `unknown` ones could not be compared.

    `held` and `missed` are the bounds behind `met` and `broken`.
    """

    met: float = 0.0
    broken: float = 0.0
    unknown: int = 0
    held: tuple[Bound, ...] = ()
    missed: tuple[Bound, ...] = ()

    @property
    def value(self) -> float:
        """Return met minus broken conditions, a broken one counting more."""
        return self.met - _CONTRADICTED * self.broken


@dataclass(frozen=True, slots=True)
class RuleFeatures:
    """What speaks for a rule in this case. Shares are 0..1 by rarity; flags are 0 or 1.

    `dense`: the cosine above the article's mean, in tenths. `share`, `open_share`: how much of the rule the
    case (the open request) says; `overlap`: how much of the case the rule takes up; `heading`: how much of
    its heading the case says. `met`, `broken`: conditions on quantities. `condition`: how much of its
    condition clause the case says, less what is expected (0 where it has none). `disagrees`: the condition
    (the case of a row) denies what the talk says, or the other way round.
    """

    dense: float
    share: float
    open_share: float
    overlap: float
    heading: float
    met: float
    broken: float
    condition: float
    row_case: float
    case: float
    outcome: float
    refuses: float
    hands_over: float
    agent_step: float
    internal: float
    same_amount: float
    disagrees: float
    length: float


NAMES = tuple(field.name for field in fields(RuleFeatures))


@dataclass(frozen=True, slots=True)
class Rule:
    """A passage with its worth for this conversation.

    `columns` are the cells of a row that apply, `unmet` those of them whose own condition is not met
    (「开场前 24 小时以上，每张 5 元」 six hours before).
    """

    article: Article
    passage: Passage
    score: float
    fit: Fit
    features: RuleFeatures
    columns: tuple[int, ...] = ()
    unmet: tuple[int, ...] = ()


@lru_cache(maxsize=1)
def _weights() -> Mapping[str, float]:
    text = files("copilot.suggestion.choice").joinpath("rule_choice.yaml").read_text(encoding="utf-8")
    weights: dict[str, float] = yaml.safe_load(text)
    return weights


def rank_rules(
    article: Article,
    passages: Sequence[Passage],
    similarity: Mapping[str, float],
    evidence: Evidence,
    rare: Rarity,
) -> tuple[Rule, ...]:
    """Return the article's rules that the conversation does not contradict, best first.

    `similarity` is the cosine of each passage id with the question; of each table only the row that
    fits best remains.
    """
    evidence = _counted_to_the_hour(article, evidence)
    passages = _named_rows(passages)
    floor = min(similarity.values(), default=0.0)
    mean = sum(similarity.values()) / len(similarity) if similarity else 0.0
    firsts = Counter(_row_key(p) for p in passages)
    banded = _banded(passages)
    windows = windows_of(passages)
    rules = []
    for passage in passages:
        cosine = (similarity.get(passage.id, floor) - mean) * 10
        own = (
            _fit_row(passage, evidence, twin=firsts[_row_key(passage)] > 1 or _table_of(passage) in banded)
            if passage.kind == "row"
            else _fit_text(passage, evidence)
        )
        if (window := windows.get(passage.id)) is not None:
            own = _fit_window(window, evidence.today)
        fit = _below_heading(own, passage, evidence)
        found = _features(passage, cosine, fit, evidence, rare)
        rules.append(_rule(article, passage, fit, found, evidence))
    best = _best_rows(_consistent(rules), evidence)
    fitting = _without_sisters(best, evidence, rare)
    kept = [rule for rule in fitting if rule.fit.value > _MIN_FIT]
    return tuple(sorted(kept, key=lambda rule: -rule.score))


# 「退票按离使用日 08:30 还有多久算」: of a day that is only named, the moment from which an article counts.
_COUNTED_TO = re.compile(r"(?:离|距|按)[^。|\n\d]{0,8}[日天]\s*(\d{1,2}):(\d{2})")


def _counted_to_the_hour(article: Article, evidence: Evidence) -> Evidence:
    """The evidence with minutes for each day ahead, where the article says the hour that something is due."""
    found = _COUNTED_TO.search(fold(article.body))
    now = next((q.value for q in evidence.quantities if q.dimension == "clock" and q.derived), None)
    if found is None or now is None:
        return evidence
    due = int(found[1]) * 60 + int(found[2])
    days = [q for q in evidence.quantities if q.derived and q.dimension == "days"]
    ahead = [(q, q.value * 1440 + due - now) for q in days if AHEAD in q.label or q.value == 0]
    counted = [
        replace(q, value=abs(left), dimension="minutes", label=q.label.removesuffix(SINCE) + SINCE)
        if left < 0
        else replace(q, value=left, dimension="minutes")
        for q, left in ahead
    ]
    return replace(evidence, quantities=(*evidence.quantities, *counted))


def _without_sisters(rules: Sequence[Rule], evidence: Evidence, rare: Rarity) -> list[Rule]:
    """Leave out the sentences for a case whose sister the talk names."""
    unsaid = silenced([condition_of(rule.passage) for rule in rules], evidence, rare)
    others = of_others([plain(rule.passage.text) for rule in rules if rule.passage.kind != "row"], evidence)
    return [
        rule
        for rule in rules
        if condition_of(rule.passage) not in unsaid and plain(rule.passage.text) not in others
    ]


_SAME_AS_ABOVE = frozenset({"同上", "〃", "″", '"', "ditto", "same as above", "same"})


def _says_same(passage: Passage) -> bool:
    return (
        passage.kind == "row" and len(passage.cells) > 1 and fold(passage.cells[0].strip()) in _SAME_AS_ABOVE
    )


def _named_rows(passages: Sequence[Passage]) -> list[Passage]:
    """Give a row that only says 「同上」 (or nothing) in its first cell the name of the row above it."""
    named: list[Passage] = []
    for passage in passages:
        above = named[-1] if named else None
        same = above is not None and above.header == passage.header and _says_same(passage)
        named.append(
            replace(passage, cells=(above.cells[0], *passage.cells[1:])) if above and same else passage
        )
    return named


def _row_key(passage: Passage) -> tuple[str, ...]:
    return (*passage.heading, *passage.header, passage.cells[0] if passage.cells else passage.id)


def _table_of(passage: Passage) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return passage.heading, passage.header


def _banded(passages: Sequence[Passage]) -> frozenset[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The tables whose second column divides a measure into bands (「第一档｜0–360 立方米」)."""
    tables: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Passage]] = {}
    for passage in passages:
        if passage.kind == "row" and len(passage.cells) > _CELLS_OF_BANDS:
            tables.setdefault(_table_of(passage), []).append(passage)
    return frozenset(table for table, rows in tables.items() if _are_bands([row.cells[1] for row in rows]))


_CELLS_OF_BANDS = 2


def _are_bands(cells: Sequence[str]) -> bool:
    """Whether the cells are ranges of one measure, one after the other."""
    found = [[b for b in find_bounds(cell) if not b.exact] for cell in cells]
    if len(cells) <= 1 or any(len(bounds) != 1 for bounds in found):
        return False
    bands = sorted((bounds[0] for bounds in found), key=lambda bound: bound.low)
    follows = all(one.high <= other.low for one, other in itertools.pairwise(bands))
    return follows and len({bound.dimension for bound in bands}) == 1


def _rule(article: Article, passage: Passage, fit: Fit, found: RuleFeatures, evidence: Evidence) -> Rule:
    score = sum(weight * getattr(found, name) for name, weight in _weights().items())
    columns = _columns(passage, evidence) if passage.kind == "row" else ()
    unmet = tuple(i for i in columns if _is_unmet(passage, i, evidence))
    return Rule(article, passage, round(score, 5), fit, found, columns, unmet)


OTHERWISE = re.compile(
    r"^\s*(?:没做到|不符合|没达到|达不到|不满足|没满足|做不到|否则|不然|没有做到|"
    r"otherwise|failing that|if not)"
)


def _consistent(rules: Sequence[Rule]) -> list[Rule]:
    """Leave out what speaks for the opposite case of a rule that holds (「没做到的，…」, 「超过 350 元」)."""
    kept: list[Rule] = []
    before: Rule | None = None
    for rule in rules:
        opposite = OTHERWISE.match(fold(plain(rule.passage.text)))
        holds = before is not None and before.fit.met > 0 and not before.fit.broken
        if not (opposite and holds) and not _excluded(rule, rules):
            kept.append(rule)
        before = before if opposite else rule
    return kept


def _excluded(rule: Rule, rules: Sequence[Rule]) -> bool:
    """Whether another rule holds whose bound begins where a missed bound of this one ends."""
    if rule.passage.kind == "row" or not rule.fit.missed or rule.fit.held:
        return False
    held = [b for other in rules if other.passage.kind != "row" for b in other.fit.held]
    return any(touching(mine, theirs) for mine in rule.fit.missed for theirs in held)


def touching(one: Bound, other: Bound) -> bool:
    """Whether one bound begins where the other ends."""
    meets = one.low == other.high or one.high == other.low
    return one.dimension == other.dimension and meets


_OUTCOME = re.compile(
    r"退|补|赔|免|不收|可以|换|送|券|购物金|全额|自动|refund|free|waive|replace|credit|automatic"
)
_REFUSES = re.compile(
    r"不能|不可|不退|不赔|不补|不予|不受理|不支持|无法|不属于|不算|不承担|不得|"
    r"cannot|can't|not (?:be )?(?:refund|cover|eligib|possible)|no refund"
)
_HANDS_OVER = re.compile(
    r"提交|转交|交由|交给|上报|报给|升级|审核|审批|(?:^|[,，;；。:： ])(?:报|交|送|转)(?!货|款|账|钱|费|到)|"
    r"submit|escalate|goes to|refer"
)


def _features(passage: Passage, cosine: float, fit: Fit, evidence: Evidence, rare: Rarity) -> RuleFeatures:
    folded = fold(passage.text)
    row = passage.kind == "row"
    said = passage.cells[0] if row and passage.cells else passage.text
    condition = condition_of(passage)
    heading = " ".join(passage.heading[-1:])
    return RuleFeatures(
        dense=cosine,
        share=evidence.share(said, rare),
        open_share=evidence.open_share(said, rare),
        overlap=min(evidence.overlap(passage.text, rare) / 20, 1.5),
        heading=evidence.share(heading, rare) if heading else 0.0,
        met=min(fit.met, 1.5),
        broken=min(fit.broken, 1.5),
        condition=min(_said_of(condition, evidence, rare), 0.8) - 0.3 if condition else 0.0,
        row_case=_said_of_row(said, evidence, rare) if row else 0.0,
        case=float(wording.is_case(passage)),
        outcome=float(_OUTCOME.search(folded) is not None),
        refuses=float(_REFUSES.search(folded) is not None),
        hands_over=float(_HANDS_OVER.search(folded) is not None),
        agent_step=float(wording.is_agent_step(passage.text)),
        internal=float(wording.is_internal(passage)),
        same_amount=float(row and _says_same_amount(passage, evidence)),
        disagrees=float(disagree(said if row else condition, evidence.text)),
        length=min(len(passage.text) / 60, 2.0),
    )


def _said_of_row(case: str, evidence: Evidence, rare: Rarity) -> float:
    """How much of a row's case is said, the regions of the named places counted as said."""
    told = grams(case)
    within = told & grams(regions_of(evidence.text))
    total = sum(rare.of(g) for g in told)
    if not within:
        return evidence.share(case, rare)
    return sum(rare.of(g) * (1.0 if g in within else evidence.weights.get(g, 0.0)) for g in told) / total


_ALTERNATIVES = re.compile(r"[、/()（）]|或者?|\bor\b")


def _said_of(condition: str, evidence: Evidence, rare: Rarity) -> float:
    """How much of the condition the case says; of listed alternatives the most said."""
    parts = [part for part in _ALTERNATIVES.split(condition) if len(part) > 1]
    return max((evidence.share(part, rare) for part in [condition, *parts]), default=0.0)


_CONDITION_CLAUSE = re.compile(
    r"^(?:[^,，。;；:：]{2,28}?(?:的|时|後|后|者|的话|情况下|訂單|订单))(?=[,，:：])|"
    r"^(?:如|若|如果|要是|凡|超过|逾期|已经|没有?|未|不符合|仍)[^,，。;；:：]{1,28}(?=[,，:：])|"
    r"^[^,，。;；]{1,8}(?:不上|不了|不到|不成|不符|不清|失败)(?=[,，])|"
    r"^(?:if|when|where|unless|once|in case)\b[^,.;]{3,80}(?=,)|"
    # A label is what its sentence is about (「抬头写错：」), unless it names what every rule has.
    r"^(?!.{0,6}(?:时限|条件|起算|金额|做法|流程|说明|适用|范围|材料|注意|步骤|处理|规则|标准|时间|费用|期限|方式|"
    r"收费|权益|先))[^,，。;；:：]{2,14}(?=[:：])|"
    r"^[a-z][a-z' -]{2,40}(?=: )"
)


def condition_of(passage: Passage) -> str:
    """Return the clause that says when a sentence applies (「查不到的，…」), empty where there is none."""
    return "" if passage.kind == "row" else condition_in(passage.text)


def condition_in(text: str) -> str:
    """Return the condition that opens `text`, empty where there is none."""
    match = _CONDITION_CLAUSE.search(_EXCEPTION.sub("", fold(_MARK.sub("", text))))
    return match.group() if match else ""


_EXCEPTION = re.compile(r"^(?:例外|除外|exceptions?)[:：]\s*")
_MARK = re.compile(r"^\s*(?:[-*+•]|\d+[.、)）](?!\d))\s*")


def _says_same_amount(passage: Passage, evidence: Evidence) -> bool:
    """Whether a cell names an amount that the conversation names too (「三楼350」)."""
    amounts = {q.value for q in evidence.quantities if q.dimension == "money" and q.value > 0}
    cells = " ".join(passage.cells[1:])
    return any(b.dimension == "money" and b.exact and b.low in amounts for b in find_bounds(cells))


def _best_rows(rules: Sequence[Rule], evidence: Evidence) -> list[Rule]:
    """Keep, of every table, the row that fits best."""
    tables: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Rule]] = {}
    kept = [rule for rule in rules if rule.passage.kind != "row"]
    for rule in rules:
        if rule.passage.kind == "row":
            tables.setdefault((rule.passage.heading, rule.passage.header), []).append(rule)
    for rows in tables.values():
        tight = [rule for rule in rows if not any(_is_looser(rule, other) for other in rows)]
        near = _characters_said([rule.passage.cells[0] for rule in tight], evidence.text)
        _, row = max(
            enumerate(tight),
            key=lambda pair: _telling(pair[1], near[pair[0]]) + _BAND * _is_the_band(pair[1], rows),
        )
        kept.append(row)
    return kept


# Where a table goes by bands (「24–72 小时」) and the case tells which, a row beside them (「已入园」)
# needs words of its own.
_BAND = 0.3
_PERIODS = {"minutes", "days", "workdays"}


def _is_the_band(rule: Rule, rows: Sequence[Rule]) -> bool:
    """Whether a row's band of time holds, where another row of its table is ruled out by such a band."""
    held = {bound.dimension for bound in rule.fit.held} & _PERIODS
    missed = {bound.dimension for row in rows for bound in row.fit.missed}
    return not rule.fit.broken and bool(held & missed)


# What tells the rows of one table apart beside their scores: the vector weighs more among texts of one
# kind, and short cells share single characters with the talk (「掉珠」 with 「掉了五颗珠子」). Of the 403
# tables of the development conversations whose rows differ in needed facts 312 were right before, 319 after.
_ROW_DENSE = 0.8
_ROW_CHARACTERS = 0.07
_MOST_CHARACTERS = 9.0
_LIGHT = frozenset("的了吗呢吧啊和或以内上下不没有在是一个人天日元月时分小后前可到")


def _telling(row: Rule, characters: float) -> float:
    return row.score + _ROW_DENSE * row.features.dense + _ROW_CHARACTERS * min(characters, _MOST_CHARACTERS)


def _characters_said(cells: Sequence[str], said: str) -> list[float]:
    """How many characters of each cell the talk has, those of few cells counting more."""
    spoken = set(fold(said))
    written = [{c for c in fold(cell) if "一" <= c <= "鿿"} - _LIGHT for cell in cells]
    common = Counter(c for characters in written for c in characters)
    return [sum(log(1 + len(cells) / common[c]) for c in characters & spoken) for characters in written]


def _is_looser(rule: Rule, other: Rule) -> bool:
    """Whether another row holds too and asks for more of the same (「2 小时以上」 beside 「4 小时以上」)."""
    if len(rule.fit.held) != 1 or len(other.fit.held) != 1 or other.fit.broken:
        return False
    (mine,), (theirs,) = rule.fit.held, other.fit.held
    within = mine.low <= theirs.low and theirs.high <= mine.high
    same = mine.dimension == theirs.dimension and (mine.low, mine.high) != (theirs.low, theirs.high)
    rest = grams(_DIGITS.sub(" ", rule.passage.cells[0])), grams(_DIGITS.sub(" ", other.passage.cells[0]))
    return within and same and rest[0] == rest[1]


def _fit_row(passage: Passage, evidence: Evidence, *, twin: bool) -> Fit:
    """Compare the first cell; of rows that share it, the first cell that tells them apart as well."""
    if not passage.cells:
        return Fit()
    context = passage.header[0] if passage.header else ""
    said = f"{passage.cells[0]}，{passage.cells[1]}" if twin and len(passage.cells) > 2 else passage.cells[0]
    return _fit(said, context + " ".join(passage.heading[-1:]), evidence, in_row=True)


def _fit_window(window: Window, today: date | None) -> Fit:
    """What a row bound to the calendar is worth today; its numbers are no periods."""
    holds = window.holds(today) if today is not None else None
    if holds is None:
        return Fit(unknown=1)
    return Fit(met=1.0) if holds else Fit(broken=1.0)


def _fit_text(passage: Passage, evidence: Evidence) -> Fit:
    return _fit(passage.text, " ".join(passage.heading[-1:]), evidence, in_row=False)


# A heading is a condition of its own (「超过 7 天」) where little else stands in it.
_BARE = 3
# … and what stands below one that is not met is not said, whatever else holds.
_HEADING_BROKEN = 2.0


def _below_heading(fit: Fit, passage: Passage, evidence: Evidence) -> Fit:
    """Return `fit`, broken where the heading above is a condition that the case does not meet."""
    heading = " ".join(passage.heading[-1:])
    folded = fold(heading)
    for bound in find_bounds(heading):
        bare = len(folded.strip()) - (bound.end - bound.start) <= _BARE
        if bound.dimension not in _BY_TIME or bound.exact or not bare:
            continue
        verdict = _verdict(bound, folded, "", evidence, in_row=True)
        if verdict is not None and verdict < 0:
            return replace(fit, broken=fit.broken + _HEADING_BROKEN, missed=(*fit.missed, bound))
    return fit


_NEGATED = re.compile(r"(?:不在|没在|未在|不满足|不符合|not within)[^,，;；。、]{0,6}$")
_OR = re.compile(r"或|or\b|、")


def _fit(text: str, context: str, evidence: Evidence, *, in_row: bool) -> Fit:
    folded = fold(text)
    met = broken = 0.0
    unknown = 0
    held: list[Bound] = []
    missed: list[Bound] = []
    for bounds in _alternatives(folded, text, in_row=in_row):
        found = [
            (v, b) for b in bounds if (v := _verdict(b, folded, context, evidence, in_row=in_row)) is not None
        ]
        if not found:
            unknown += 1
            continue
        verdict, bound = max(found, key=lambda pair: pair[0])
        if verdict < 0 and _OR_ELSE.match(folded, bound.end):
            unknown += 1
            continue
        met += max(verdict, 0.0)
        broken += max(-verdict, 0.0)
        (held if verdict > 0 else missed).append(bound)
    return Fit(met, broken, unknown, tuple(held), tuple(missed))


# What a missed bound leaves open (「中断超过 40 分钟，或者没恢复」).
_OR_ELSE = re.compile(r"[^,，。;；:：|]{0,10}[,，、]?\s*(?:或者?(?!更)|or)\s*[^\d\s]")


# A period or a time by which something is done is what the rule gives, not what it asks.
_PROMISED = re.compile(
    r"\s*(?:内)?\s*(?:完成|办完|办结|到账|答复|回复|回电|处理|送出|寄出|出货|发出|发货|审完|退回|退款)"
)


_CAP = re.compile(r"\s*(?:最高|封顶|最多|至多|up to|at most|max)")


def _alternatives(folded: str, text: str, *, in_row: bool) -> list[list[Bound]]:
    """The bounds of a rule; those joined by 「或」 demand only one of them (「12 岁以下或 65 岁以上」)."""
    groups: list[list[Bound]] = []
    for bound in find_bounds(text):
        if bound.dimension not in _COMPARABLE or (bound.exact and not in_row):
            continue
        if not in_row and (_PROMISED.match(folded, bound.end) or _CAP.match(folded, bound.start)):
            continue
        last = groups[-1][-1] if groups else None
        if last and (_same_way(last, bound, folded) or _joined_by_or(last, bound, folded)):
            groups[-1].append(bound)
        else:
            groups.append([bound])
    return groups


def _joined_by_or(one: Bound, other: Bound, folded: str) -> bool:
    return one.dimension == other.dimension and _OR.search(folded[one.end : other.start]) is not None


_APART = re.compile(r"[;；。]")


def _same_way(one: Bound, other: Bound, folded: str) -> bool:
    """Whether two bounds limit one thing on the same side: together one of them would say nothing."""
    ends = one.low == other.low or one.high == other.high
    apart = one.exact or other.exact or _APART.search(folded[one.end : other.start])
    return one.dimension == other.dimension and ends and not apart


# A rule's own number is no word that tells which of the case's numbers it means.
_DIGITS = re.compile(r"\d+(?:\.\d+)?")


def _verdict(bound: Bound, folded: str, context: str, evidence: Evidence, *, in_row: bool) -> float | None:
    clause = clause_around(folded, bound.start, bound.end)
    own = folded[bound.start : bound.end]
    around = clause.replace(own, _DIGITS.sub(" ", own))
    ordinal = bound.dimension == "times" and _ORDINAL.search(folded[: bound.start]) is not None
    measure = _Measure(bound, f"{around} {fold(context)}", _anchor(folded, bound), in_row, ordinal)
    verdict = _compare(measure, evidence.quantities)
    negated = verdict is not None and _NEGATED.search(folded[: bound.start])
    return -verdict if verdict is not None and negated else verdict


@dataclass(frozen=True, slots=True)
class _Measure:
    """A bound with the words around it; `anchor`: the words of the moment from which it counts.

    `ordinal`: it counts how often something is done with this time (「第 3 次起」).
    """

    bound: Bound
    context: str
    anchor: frozenset[str]
    in_row: bool
    ordinal: bool = False


# What stands between the moment and the number (「签收后」, 「付款日起」, "of purchase").
_COUNTS_FROM = re.compile(r"([一-鿿]{2})(?:之?日)?(?:之?后|起|前|的)?\s*$")
_COUNTED_FROM = re.compile(r"\s*(?:of|after|from|since|before)\s+(?:the |your |an? )?([a-z]{3,})")


def _anchor(folded: str, bound: Bound) -> frozenset[str]:
    """The words of the moment from which a bound counts; empty where none stands beside it."""
    left = clause_around(folded, bound.start, bound.start)
    before = folded[max(0, bound.start - len(left)) : bound.start]
    found = _COUNTS_FROM.search(before) or _COUNTED_FROM.match(folded, bound.end)
    return grams(found[1]) if found else frozenset()


def _compare(measure: _Measure, quantities: Sequence[Quantity]) -> float | None:
    """Return how surely the bound is met (positive) or broken (negative); None where nothing compares."""
    bound, context = measure.bound, measure.context
    words = grams(context)
    best: tuple[float, bool] | None = None
    turned = _other_way(context)
    by_now = bound.dimension == "clock" and (bound.low == 0 or bound.high == _MIDNIGHT)
    now = next((q.value for q in quantities if q.dimension == "clock" and q.derived), 0.0)
    said = Counter((q.dimension, q.value) for q in quantities)
    for recency, told in enumerate(quantities):
        quantity = _next_time(told) if measure.ordinal else told
        holds = bound_holds(bound, quantity)
        other_way = turned in quantity.label or (turned == AHEAD and _SAID_AHEAD.search(quantity.label))
        if holds is None or (turned and other_way):
            continue
        near = len(words & grams(quantity.label)) / (len(words) or 1)
        often = 0.1 * (said[quantity.dimension, quantity.value] - 1)
        weight = near + often + 0.001 * recency - (0.05 if quantity.derived else 0.0)
        weight -= _HEARSAY if quantity.reported else 0.0
        weight -= _OTHER_UNIT if quantity.dimension != bound.dimension else 0.0
        weight += _lasting(quantity.label, measure.anchor or words, context)
        weight -= _NOT_NOW if by_now and not quantity.derived and _is_other_time(quantity, now) else 0.0
        if best is None or weight > best[0]:
            best = (weight, holds)
    if best is None:
        return None
    sure = min(1.0, (0.5 if measure.in_row else 0.15) + 1.5 * max(best[0], 0.0))
    return sure if best[1] else -sure


_LATENESS = re.compile(r"晚|迟|遲|误|誤|超时|逾期|late|delay")


def _lasting(label: str, words: frozenset[str], context: str) -> float:
    """What speaks for a span between two moments: it begins with the one that the rule counts from.

    One that only ends there (「下单 ↔ 接单」 for 「接单 3 分钟内」) is another span; before an event the
    rule counts the other way, and lateness ends with what came late.
    """
    first, between, second = label.partition(BETWEEN)
    if not between:
        return 0.0
    begins, ends = words & grams(first), words & grams(second)
    if _LATENESS.search(context):
        return _LASTED + (_BEGINS if begins else 0.0)
    right, wrong = (ends, begins) if _other_way(context) == SINCE else (begins, ends)
    if wrong and not right:
        return -_LASTED
    return _LASTED + (_BEGINS if right else 0.0)


_ORDINAL = re.compile(r"第\s*$")
_DONE = re.compile(r"已|过(?!期|后)|過|累计|次数|次數|免过|so far|already|used")


def _next_time(told: Quantity) -> Quantity:
    """Return which time this is, where it is told how often it was done (「本月已更正 2 次」: the third)."""
    counted = told.dimension == "times" and not told.derived
    if counted and (told.value == 0 or _DONE.search(told.label)):
        return replace(told, value=told.value + 1)
    return told


_BEFORE_IT = re.compile(r"(?<![目当以])前(?![台往后])|距|离.{0,8}(?:还有|开始)|before|ahead|prior to")
_AFTER_IT = re.compile(r"后(?![台续])|过约定|逾期|超期|迟到|延误|after|since|overdue")
# 「走之前五十分钟」 was said ahead of it.
_SAID_AHEAD = re.compile(r"(?:之前|提前|以前)\s*[\d一二两三四五六七八九十半]")


def _other_way(context: str) -> str:
    """What marks the periods that run the other way: ahead of an event, or since it; empty where both may."""
    before, after = _BEFORE_IT.search(context) is not None, _AFTER_IT.search(context) is not None
    if before == after:
        return ""
    return SINCE if before else AHEAD


# 「21:30 以前」 asks when the customer asks: neither a lesson tonight nor what happened on a date counts.
_NOT_NOW = 0.3
_MIDNIGHT = 1440
_DATED = re.compile(r"\d{1,2}[-/月]\d{1,2}|昨|前天|yesterday")


def _is_other_time(clock: Quantity, now: float) -> bool:
    return clock.value > now or _DATED.search(clock.label) is not None


def _columns(passage: Passage, evidence: Evidence) -> tuple[int, ...]:
    """The cells of a row that apply: a header that names this case (「優享」) rules out its rivals."""
    cells: Sequence[int] = range(1, len(passage.cells))
    if len(passage.header) != len(passage.cells):
        return tuple(cells)
    cells = _without_holidays(passage, cells, evidence)
    named = [i for i in cells if _names_case(passage.header[i], evidence)]
    rivals = [i for i in cells if _is_case(passage.header[i])]
    if not named or not rivals:
        return tuple(cells)
    return tuple(i for i in cells if i in named or i not in rivals)


# How surely a cell's own condition must be broken before it is said to be.
_SURELY_BROKEN = -0.3
_BY_TIME = {"minutes", "days"}
_BEFORE = re.compile(r"前|before|ahead|prior")


def _is_unmet(passage: Passage, column: int, evidence: Evidence) -> bool:
    """Whether a cell allows something until a time before an event, and that time is over."""
    cell = passage.cells[column]
    folded = fold(cell)
    header = passage.header[column] if len(passage.header) == len(passage.cells) else ""
    for bound in find_bounds(cell):
        lower = bound.dimension in _BY_TIME and bound.high == float("inf")
        if not lower or not _BEFORE.search(clause_around(folded, bound.start, bound.end)):
            continue
        verdict = _verdict(bound, folded, header, evidence, in_row=False)
        if verdict is not None and verdict <= _SURELY_BROKEN:
            return True
    return False


_HOLIDAY = re.compile(r"连假|节假日|假日|旺季|春节|国庆|holiday|peak")
_SAYS_HOLIDAY = re.compile(
    rf"{_HOLIDAY.pattern}|元旦|除夕|大年|过年|初[一二三四五六七]|清明|五一|劳动节|端午|中秋|十一(?=放假|期间|假)|黄金周|小长假|"
    r"圣诞|跨年|new year|christmas|easter|bank holiday"
)
_ORDINARY = re.compile(r"平日|工作日|淡季|一般|非节假日|weekday|ordinary|regular|off.?peak")


def _without_holidays(passage: Passage, cells: Sequence[int], evidence: Evidence) -> Sequence[int]:
    """Beside a column for ordinary days, the one for holidays speaks where somebody speaks of holidays."""
    headers = {i: fold(passage.header[i]) for i in cells}
    ordinary = [i for i in cells if _ORDINARY.search(headers[i])]
    holiday = [i for i in cells if _HOLIDAY.search(headers[i]) and i not in ordinary]
    if not ordinary or not holiday or _SAYS_HOLIDAY.search(fold(evidence.text)):
        return cells
    return [i for i in cells if i not in holiday]


def _is_case(header: str) -> bool:
    """A header that stands for a kind of case rather than for what the cell says."""
    return any(b.dimension == "clock" for b in find_bounds(header)) or not any(
        word in fold(header) for word in _WHAT_A_CELL_SAYS
    )


_WHAT_A_CELL_SAYS = (
    "费", "金额", "时间", "处理", "做法", "怎么", "方式", "其他", "备注", "说明", "时限", "封顶", "上限",
    "比例", "要不要", "能不能", "可否", "是否", "谁", "级别", "优先", "赔", "补", "退", "购物金", "券",
    "凭证", "材料", "条件", "结果", "多久", "工作日", "fee", "time", "amount", "how", "what", "note",
    "limit", "action", "max", "refund", "compensation", "who", "step", "deadline", "evidence", "required",
)  # fmt: skip


def _names_case(header: str, evidence: Evidence) -> bool:
    clocks = [b for b in find_bounds(header) if b.dimension == "clock"]
    if clocks:
        return any(
            bound_holds(bound, q) for bound in clocks for q in evidence.quantities if q.dimension == "clock"
        )
    ordinals = _ordinals_in(header)
    if ordinals:
        return any(bound.holds(time) for bound in ordinals for time in _which_time(evidence))
    parts = [grams(part) for part in _ALTERNATIVES.split(header) if part.strip()]
    return any(said and all(evidence.weights.get(g, 0.0) > 0 for g in said) for said in parts)


def _ordinals_in(header: str) -> list[Bound]:
    """The bounds of a header that say the how manieth time it is (「第 3 次起」)."""
    folded = fold(header)
    times = (b for b in find_bounds(header) if b.dimension == "times")
    return [bound for bound in times if _ORDINAL.search(folded[: bound.start])]


_FIRST_TIME = re.compile(r"首次|第一[次回]|头一?[次回]|头一遭|first time")
# How often somebody called or asked is told, too.
_OF_CONTACTS = re.compile(r"打|问|找|催|联系|投诉|反馈|客服|call|contact|ask|chas")


def _which_time(evidence: Evidence) -> set[float]:
    """Which time it is with this one, as far as it is told: counts of what was done, ordinals, 「头一回」."""
    told = [q for q in evidence.quantities if q.dimension == "times" and not _OF_CONTACTS.search(q.label)]
    counted = {_next_time(q).value for q in told if q.derived or _next_time(q) is not q}
    first = _FIRST_TIME.search(fold(evidence.text)) is not None
    return counted or ({1.0} if first else set())
