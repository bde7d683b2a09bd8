"""The one question whose answer decides between a rule's outcomes, where nobody gave that fact.

A table tells cases apart by a measure (days ahead, weight), by a kind (how it was paid, which ticket) or by
a state (opened or not); two sentences may do the same. Where neither the talk nor the records say it, the
row that would be said is a guess: the customer is asked instead, once, for exactly that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from copilot.language import detect_language, fold, in_script, quotable
from copilot.quantities import Bound, Quantity, find_bounds, find_quantities
from copilot.signals.stock_phrase import context_of, label_reply
from copilot.suggestion import wording
from copilot.suggestion.asking_words import Measure, asking_words
from copilot.suggestion.concepts import concepts_in
from copilot.suggestion.elapsed import AHEAD
from copilot.suggestion.evidence import grams, rarity
from copilot.suggestion.frame import Frame
from copilot.suggestion.rule_choice import Rule, condition_of
from copilot.suggestion.wording import plain
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
# An agent whose words hold this share of the question has asked it already.
_ASKED = 0.6
# Options and headers longer than this are sentences, not names.
_NAME_CHARACTERS = {"zh-Hans": 10, "zh-Hant": 10, "en": 24}
# How long words before a colon may be to be a condition, and how far before a state its negation stands.
_CONDITION, _NEGATION = 28, 4
_TIMES = frozenset({"minutes", "days", "workdays"})
# The clock is always known, a percentage is never the customer's to give.
_ASKABLE = _TIMES | {"weight", "metres", "age", "floor", "people", "seats", "pieces", "times", "money"}


@dataclass(frozen=True, slots=True)
class MissingFact:
    """The question, and the rules that must not be said as if they were this case's."""

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
    talk = _talk(case)
    best = chosen[0]
    near = [rule for rule in chosen[:_FIRST] if rule.score >= best.score - _NEAR]
    for rule in near:
        if wording.is_internal(rule.passage) or not _is_asked_about(rule, best, case):
            continue
        for text, undecided in _asked_for(rule, rules, case, talk):
            put = in_script(text, case.language)
            if _can_be_put(put, case, talk):
                return MissingFact(put, undecided)
    return None


def _can_be_put(put: str, case: Frame, talk: _Talk) -> bool:
    """Whether the question is short, not put before, and moves the case on by our own yardstick."""
    if len(quotable(put)) > MAX_QUESTION[case.language] or talk.was_asked(put):
        return False
    return label_reply(put, context_of(case.conversation), case.facts).label == "substantive"


# -- what the talk holds


@dataclass(frozen=True, slots=True)
class _Talk:
    """Everything that was said or shown, by whomever: what stands here is never asked for."""

    text: str
    words: frozenset[str]
    quantities: tuple[Quantity, ...]
    agent: tuple[str, ...]

    def says(self, pattern: str) -> bool:
        return bool(pattern) and re.search(pattern, self.text) is not None

    def agent_asked(self, pattern: str) -> bool:
        return bool(pattern) and any(re.search(pattern, told) for told in self.agent)

    def was_asked(self, put: str) -> bool:
        """Whether an agent has put this question, in nearly the same words, already."""
        wanted = grams(put)
        return any(len(wanted & grams(told)) >= _ASKED * len(wanted) for told in self.agent)


def _talk(case: Frame) -> _Talk:
    turns = case.conversation.turns
    agent = tuple(fold(turn.text) for turn in turns if turn.role == "agent")
    text = "\n".join(fold(turn.text) for turn in turns)
    told = tuple(q for words in agent for q in find_quantities(words))
    return _Talk(text, grams(text), (*case.evidence.quantities, *told), agent)


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


def _asked_for(
    rule: Rule, rules: Sequence[Rule], case: Frame, talk: _Talk
) -> Iterator[tuple[str, tuple[Rule, ...]]]:
    if rule.passage.kind != "row":
        yield from _of_sentence(rule, rules, case, talk)
        return
    table = _Table.of(rule, case)
    found = (*_of_rows(table, case, talk), *_of_columns(table, case, talk))
    yield from ((text, (rule,)) for text in found)


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


def _of_rows(table: _Table, case: Frame, talk: _Talk) -> Iterator[str]:
    """What tells this row from its rivals, where nothing says which of them applies."""
    own = table.case_of(table.own)
    rivals = [table.case_of(row) for row in table.rivals()]
    if _is_looked_up(f"{table.header} {own}", table.rule, case):
        return
    alike = [rival for rival in rivals if _same_case(own, rival)]
    yield from _of_measure([own, *alike], table.header, case, talk)
    measured = [text for text in rivals if any(b.dimension in _ASKABLE for b in find_bounds(text))]
    if (
        measured
        and not find_bounds(own)
        and table.rule.features.row_case < _STRAY
        and len(measured) >= len(rivals) / 2
    ):
        yield from _of_measure(measured, table.header, case, talk)
    yield from _of_state([own, *rivals], case, talk)
    firsts = list(dict.fromkeys(row.cells[0] for row in (table.own, *table.rows)))
    yield from _of_kind(firsts, table.own.header[0] if table.own.header else "", case, talk)


def _of_columns(table: _Table, case: Frame, talk: _Talk) -> Iterator[str]:
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
    yield from _of_state(headers, case, talk)
    if _alike(cells):
        yield from _of_measure(headers, own.header[0], case, talk)
        yield from _of_names(headers, case, talk)


def _alike(cells: Sequence[str]) -> bool:
    """Whether the cells answer one question: all sums, all periods, all shares."""
    dimensions = [{_pooled(bound) for bound in find_bounds(cell)} for cell in cells]
    return bool(frozenset.intersection(*map(frozenset, dimensions)))


def _names_sum(cells: Sequence[str], talk: _Talk) -> bool:
    """Whether the talk names a sum of one of the cells: then it is known which of them is meant."""
    sums = {bound.low for cell in cells for bound in find_bounds(cell) if bound.dimension == "money"}
    return any(q.dimension == "money" and q.value in sums for q in talk.quantities)


def _says_what(header: str) -> bool:
    return not find_bounds(header) and asking_words().answers.search(fold(header)) is not None


def _of_sentence(
    rule: Rule, rules: Sequence[Rule], case: Frame, talk: _Talk
) -> Iterator[tuple[str, tuple[Rule, ...]]]:
    """What tells this sentence from one beside it that speaks of the opposite case."""
    for other in rules:
        if other is rule or other.passage.kind == "row" or other.passage.heading != rule.passage.heading:
            continue
        pair = [_condition(rule), _condition(other)]
        if not all(pair) or _is_looked_up(" ".join(pair), rule, case):
            continue
        found = list(_of_state(pair, case, talk))
        if rule.fit.unknown and other.fit.unknown and _touch(*pair):
            found += _of_measure(pair, "", case, talk)
        yield from ((text, (rule, other)) for text in found)


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
    about = grams(words)
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


# -- by a measure


def _of_measure(cases: Sequence[str], header: str, case: Frame, talk: _Talk) -> Iterator[str]:
    """Ask for the measure by which the first of `cases` differs from the others."""
    own, *others = ([b for b in find_bounds(text) if b.dimension in _ASKABLE] for text in cases)
    if not own:
        return
    dimension = _pooled(own[0])
    bounds = [own[0], *(b for rival in others for b in rival if _pooled(b) == dimension)]
    if len({(b.low, b.high) for b in bounds}) < 2:
        return
    in_days = all(b.dimension != "minutes" for b in bounds)
    context = fold(f"{header} {cases[0]}")
    for measure in asking_words().measures:
        found = measure.rule.search(context) if measure.dimension == dimension else None
        put = measure.question(found, case.language, in_days=in_days) if found else ""
        if put:
            if not _is_measured(measure, talk):
                yield put
            return


def _pooled(bound: Bound) -> str:
    return "time" if bound.dimension in _TIMES else bound.dimension


def _is_measured(measure: Measure, talk: _Talk) -> bool:
    """Whether the talk gives the measure, in numbers, by dates or in words, or was asked for it."""
    if talk.says(measure.said) or talk.agent_asked(measure.asked):
        return True
    if measure.dimension != "time":
        return any(q.dimension == measure.dimension for q in talk.quantities)
    return any(_tells(q, measure.needs) for q in talk.quantities if q.dimension in _TIMES)


def _tells(span: Quantity, needs: str) -> bool:
    """Whether a span of time is of the kind that a rule counts: what lies ahead, or what is over."""
    if needs == "any":
        # 「今天还没到」 names a day and no period.
        return span.value > 0
    ahead = AHEAD in span.label
    if needs == "ahead":
        # What happens today lies ahead and behind; of a spoken span the words tell.
        return ahead or not (span.value if span.derived else asking_words().past.search(span.label))
    return not (span.derived and ahead)


# -- by a state


def _of_state(cases: Sequence[str], case: Frame, talk: _Talk) -> Iterator[str]:
    """Ask for the state of which the first of `cases` names one side and another the other side."""
    words = asking_words()
    for state in words.states:
        sides = [_side(state.rule, text) for text in cases]
        if sides[0] is None or not any(side not in (None, sides[0]) for side in sides[1:]):
            continue
        if not talk.says(state.said):
            yield state.english if case.language == "en" else state.ask
        return


def _side(state: re.Pattern[str], text: str) -> bool | None:
    """Which side of a state `text` names: True where it is negated, None where it names neither."""
    folded = fold(text)
    found = state.search(folded)
    if found is None:
        return None
    near = folded[max(0, found.start() - _NEGATION) : found.end()]
    return asking_words().negated.search(near) is not None


# -- by a kind


def _of_kind(cases: Sequence[str], header: str, case: Frame, talk: _Talk) -> Iterator[str]:
    """Ask which of the listed kinds it is, where the column names one that customers know."""
    told = fold(header)
    kind = next((k for k in asking_words().kinds if k.header.search(told)), None)
    if kind is None or talk.says(kind.said) or talk.agent_asked(kind.asked):
        return
    if any(find_bounds(text) or re.search(r"\d", text) for text in cases) or _names_one(cases, talk):
        return
    named = _options(cases, case.language)
    many = kind.english if case.language == "en" else kind.many
    yield named or many.format(header=told.strip())


def _of_names(headers: Sequence[str], case: Frame, talk: _Talk) -> Iterator[str]:
    """Ask which of the columns it is, where their headers are few and short."""
    if any(find_bounds(text) for text in headers) or _names_one(headers, talk):
        return
    if named := _options(headers, case.language):
        yield named


def _names_one(cases: Sequence[str], talk: _Talk) -> bool:
    """Whether the talk names any of the cases by a word that the others do not share."""
    found = [grams(text) for text in cases]
    shared = frozenset.intersection(*found) if found else frozenset()
    return any((words - shared) & talk.words for words in found)


def _options(cases: Sequence[str], language: str) -> str:
    """The question that names the options, empty where they are too many, too long or in another language."""
    words = asking_words()
    names = list(dict.fromkeys(plain(text) for text in cases))
    if len(names) > words.most_options:
        names = [name for name in names if len(name) <= _NAME_CHARACTERS[language]]
    foreign = (detect_language("".join(names)) == "en") != (language == "en")
    if not 2 <= len(names) <= words.most_options or foreign:
        return ""
    if any(len(name) > _NAME_CHARACTERS[language] or re.search(r"[、,，;；\d]", name) for name in names):
        return ""
    pattern = words.options_english if language == "en" else words.options
    return pattern.format(first=(", " if language == "en" else "、").join(names[:-1]), last=names[-1])
