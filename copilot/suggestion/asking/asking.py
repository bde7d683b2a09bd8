"""The one question whose answer decides between a rule's outcomes, where nobody gave that fact.

A table tells cases apart by a measure (days ahead, weight), by a kind (how it was paid, which ticket) or by
a state (opened or not); two sentences may do the same. Where neither the talk nor the records say it, the
row that would be said is a guess: the customer is asked instead, once, for exactly that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from copilot.language import fold, in_script, quotable
from copilot.quantities import find_bounds
from copilot.signals.stock_phrase import context_of, label_reply
from copilot.suggestion.asking.differences import (
    Talk,
    by_kind,
    by_measure,
    by_name,
    by_state,
    by_unit,
    is_guessed,
    is_measured,
    pooled,
    talk_of,
)
from copilot.suggestion.asking.words import asking_words
from copilot.suggestion.case.evidence import grams, rarity
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.choice.concepts import concepts_in
from copilot.suggestion.choice.rule_choice import Rule, condition_of
from copilot.suggestion.reply import wording
from copilot.suggestion.reply.wording import plain
from knowledge.model import Passage

# The longest question, white space aside.
MAX_QUESTION = {"zh-Hans": 40, "zh-Hant": 40, "en": 80}
# A rule further behind the best one, or further down, is not what the customer asks about.
_NEAR, _FIRST = 0.9, 8
# How much of a table's headings the case must say where it names nothing of the article's matter; a rule so
# far above its article's mean (cosine, in tenths) is meant, whatever words it uses; so is the best rule of an
# article of whose title this much is said.
_SAID_ALONE, _MEANT, _NAMED = 0.12, 0.2, 0.15
# A row of whose case this little is said was chosen for want of another.
_STRAY = 0.1
# Rows of one table are rivals when their words, numbers aside, agree at least this much.
_SAME_CASE = 0.5
# How long words before a colon may be to be a condition.
_CONDITION = 28


@dataclass(frozen=True, slots=True)
class MissingFact:
    """The question, and the rules that must not be said as if they were this case's.

    A row that names both outcomes in its columns, or a sentence with its condition, may still be said.
    """

    question: str
    undecided: tuple[Rule, ...]


def question(chosen: Sequence[Rule], rules: Sequence[Rule], case: Frame) -> str | None:
    """Return the one question whose answer decides between outcomes, None where nothing needed is missing."""
    found = missing_fact(chosen, rules, case)
    return found.question if found else None


def missing_fact(chosen: Sequence[Rule], rules: Sequence[Rule], case: Frame) -> MissingFact | None:
    """Return the missing fact that decides between outcomes; `rules` are all ranked rules of the article."""
    if case.alerted or not chosen:
        return None
    talk, best = talk_of(case), chosen[0]
    near = [rule for rule in chosen[:_FIRST] if rule.score >= best.score - _NEAR]
    for rule in near:
        if wording.is_internal(rule.passage) or not _is_asked_about(rule, best, case):
            continue
        for asked in _asked_for(rule, rules, case, talk):
            put = in_script(asked.question, case.language)
            if _can_be_put(put, case, talk):
                others = [other for other in guesses(chosen, case) if other not in asked.undecided]
                return MissingFact(put, (*asked.undecided, *others))
    return None


def guesses(chosen: Sequence[Rule], case: Frame) -> tuple[Rule, ...]:
    """Return the rows that were chosen though nothing gives the measure which their table turns on.

    They are nobody's case, whether or not it is asked for the measure.
    """
    talk = talk_of(case)
    return tuple(rule for rule in chosen if rule.passage.kind == "row" and _is_guess(rule, case, talk))


def _is_guess(rule: Rule, case: Frame, talk: Talk) -> bool:
    table = _Table.of(rule, case)
    return is_guessed([table.case_of(table.own), *table.alike()], table.header, talk)


def _can_be_put(put: str, case: Frame, talk: Talk) -> bool:
    """Whether the question is short, not put before, and moves the case on by our own yardstick."""
    if len(quotable(put)) > MAX_QUESTION[case.language] or talk.was_asked(put):
        return False
    return label_reply(put, context_of(case.conversation), case.facts).label == "substantive"


# -- what a rule turns on


def _is_asked_about(rule: Rule, best: Rule, case: Frame) -> bool:
    """Whether the open request is about what the rule tells; of a stray rule nothing is asked."""
    if not asking_words().requests.search(fold(case.evidence.open_text)):
        return False
    passage, evidence, words = rule.passage, case.evidence, asking_words()
    around = _NUMBERS.sub(" ", " ".join((*passage.heading[-1:], passage.lead_in, *passage.header)))
    title = concepts_in(rule.article.title) - words.common
    if (title | (concepts_in(around) - words.common)) & concepts_in(evidence.open_text):
        return True
    rare = rarity(case.knowledge)
    named = rule is best and evidence.share(rule.article.title, rare) >= _NAMED
    if named or rule.features.dense >= _MEANT:
        return True
    said = evidence.share(around, rare)
    return said > 0 if title & evidence.concepts.keys() else said >= _SAID_ALONE


def _asked_for(rule: Rule, rules: Sequence[Rule], case: Frame, talk: Talk) -> Iterator[MissingFact]:
    """What may be asked for because of `rule`, the surest way of telling cases apart first."""
    if rule.passage.kind != "row":
        yield from (MissingFact(text, ()) for text in _of_sentence(rule, rules, case, talk) if text)
        return
    table = _Table.of(rule, case)
    yield from (MissingFact(text, (rule,)) for text in _of_rows(table, case, talk) if text)
    yield from (MissingFact(text, ()) for text in _of_columns(table, case, talk) if text)


@dataclass(frozen=True, slots=True)
class _Table:
    """The row that would be said among the rows of its table; the first `keys` cells tell rows apart."""

    rule: Rule
    rows: tuple[Passage, ...]
    keys: int

    @classmethod
    def of(cls, rule: Rule, case: Frame) -> _Table:
        own = rule.passage
        rows = tuple(
            p
            for p in case.knowledge.passages.values()
            if (p.article_id, p.kind, p.heading, p.header) == (own.article_id, "row", own.heading, own.header)
        )
        twins = sum(row.cells[:1] == own.cells[:1] for row in rows) > 1 and len(own.cells) > 2
        return cls(rule, rows, 2 if twins else 1)

    @property
    def own(self) -> Passage:
        return self.rule.passage

    @property
    def header(self) -> str:
        return " ".join(self.own.header[: self.keys])

    def case_of(self, row: Passage) -> str:
        return "，".join(row.cells[: self.keys])

    def rivals(self) -> tuple[Passage, ...]:
        """The other rows that end otherwise than this one."""
        mine = self.own.cells[self.keys :]
        return tuple(row for row in self.rows if row.cells[self.keys :] != mine)

    def alike(self) -> list[str]:
        """The cases of the rivals that differ from this one by their numbers alone, or nearly so."""
        own = self.case_of(self.own)
        return [told for row in self.rivals() if _same_case(own, told := self.case_of(row))]


def _of_rows(table: _Table, case: Frame, talk: Talk) -> Iterator[str]:
    """What tells this row from its rivals, where nothing says which of them applies."""
    own = table.case_of(table.own)
    rivals = [table.case_of(row) for row in table.rivals()]
    if _is_looked_up(f"{table.header} {own}", table.rule, case):
        return
    yield by_measure([own, *table.alike()], table.header, case, talk)
    measured = [text for text in rivals if is_measured(text)]
    stray = not find_bounds(own) and table.rule.features.row_case < _STRAY
    if measured and stray and len(measured) >= len(rivals) / 2:
        yield by_measure(measured, table.header, case, talk)
    yield by_unit([own, *table.alike()], table.header, case, talk)
    yield by_state([own, *rivals], case, talk)
    firsts = list(dict.fromkeys(row.cells[0] for row in (table.own, *table.rows)))
    yield by_kind(firsts, " ".join(table.own.header[:1]), case, talk)


def _of_columns(table: _Table, case: Frame, talk: Talk) -> Iterator[str]:
    """What tells the columns of a row apart that the case has found (「挂机」 or 「柜机」)."""
    own = table.own
    if len(own.header) != len(own.cells) or table.rule.features.row_case <= 0:
        return
    columns = [i for i in table.rule.columns if i >= table.keys and not _says_what(own.header[i])]
    headers, cells = [own.header[i] for i in columns], [own.cells[i] for i in columns]
    if len(set(cells)) < max(len(cells), 2) or _names_sum(cells, talk):
        return
    if _is_looked_up(" ".join(headers), table.rule, case):
        return
    yield by_state(headers, case, talk)
    if _alike(cells):
        yield by_measure(headers, own.header[0], case, talk)
        yield by_name(headers, case, talk)


def _alike(cells: Sequence[str]) -> bool:
    """Whether the cells answer one question: all sums, all periods, all shares."""
    dimensions = [{pooled(bound) for bound in find_bounds(cell)} for cell in cells]
    return bool(frozenset.intersection(*map(frozenset, dimensions)))


def _names_sum(cells: Sequence[str], talk: Talk) -> bool:
    """Whether the talk names a sum of one of the cells: then it is known which of them is meant."""
    sums = {bound.low for cell in cells for bound in find_bounds(cell) if bound.dimension == "money"}
    return any(q.dimension == "money" and q.value in sums for q in talk.quantities)


def _says_what(header: str) -> bool:
    return not find_bounds(header) and asking_words().answers.search(fold(header)) is not None


def _of_sentence(rule: Rule, rules: Sequence[Rule], case: Frame, talk: Talk) -> Iterator[str]:
    """What tells this sentence from one beside it that speaks of the opposite case."""
    own = _condition(rule)
    if not own or _is_looked_up(own, rule, case):
        return
    for other in rules:
        if other is rule or other.passage.kind == "row" or other.passage.heading != rule.passage.heading:
            continue
        if opposite := _condition(other):
            yield by_state([own, opposite], case, talk)
            if rule.fit.unknown and other.fit.unknown and _touch(own, opposite):
                yield by_measure([own, opposite], "", case, talk)


def _condition(rule: Rule) -> str:
    """What a sentence asks: its opening condition, else what stands before its colon."""
    before, colon, _ = plain(rule.passage.text).replace("：", ":").partition(":")
    return condition_of(rule.passage) or (before if colon and len(before) <= _CONDITION else "")


def _touch(one: str, other: str) -> bool:
    """Whether a bound of one begins where a bound of the other ends."""
    ends = {(b.dimension, b.high) for b in find_bounds(one)} | {
        (b.dimension, b.low) for b in find_bounds(one)
    }
    return any((b.dimension, edge) in ends for b in find_bounds(other) for edge in (b.low, b.high))


def _is_looked_up(words: str, rule: Rule, case: Frame) -> bool:
    """Whether the agent sees it himself: the rule, or a sentence of its article, names where."""
    seen = asking_words().looked_up
    if seen.search(fold(words)) or asking_words().order_state.search(fold(words)):
        return True
    about = grams(_NUMBERS.sub(" ", words))
    texts = (p.text for p in case.knowledge.passages.values() if p.article_id == rule.article.id)
    return any(seen.search(part) and about & grams(part) for text in texts for part in _sentences(text))


def _sentences(text: str) -> list[str]:
    return [part for part in re.split(r"[。;；\n|]|\.\s", fold(text)) if part.strip()]


_NUMBERS = re.compile(r"[\d.,:–—~-]+")


def _same_case(one: str, other: str) -> bool:
    """Whether two cases differ by their numbers alone, or nearly so."""
    mine, theirs = (grams(_NUMBERS.sub(" ", fold(text))) for text in (one, other))
    both = mine | theirs
    return not both or len(mine & theirs) / len(both) >= _SAME_CASE or min(len(mine), len(theirs)) <= 2
