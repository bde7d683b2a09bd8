"""What tells cases apart, as a question: by a measure, by a state, by a kind; empty where the talk tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

from copilot.language import detect_language, fold
from copilot.quantities import Bound, Quantity, find_bounds, find_quantities
from copilot.suggestion.asking.words import Measure, asking_words
from copilot.suggestion.case.elapsed import AHEAD
from copilot.suggestion.case.evidence import grams
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.reply.wording import plain

# An agent whose words hold this share of the question has asked it already.
_ASKED = 0.6
# Options longer than this are sentences, not names.
_NAME_CHARACTERS = {"zh-Hans": 10, "zh-Hant": 10, "en": 24}
# Up to so many days people count days.
_DAYS = 60
# How far before a state its negation stands.
_NEGATION = 4
_TIMES = frozenset({"minutes", "days", "workdays"})
# Of these one is meant where nobody says how many; of money somebody always names a sum.
_COUNTED = frozenset({"people", "pieces", "times", "money"})
# The clock is always known, a percentage is never the customer's to give.
_ASKABLE = _TIMES | _COUNTED | {"weight", "metres", "age", "floor", "seats"}


# -- what the talk holds


@dataclass(frozen=True, slots=True)
class Talk:
    """Everything that was said or shown, by whomever: what stands here is never asked for."""

    text: str
    words: frozenset[str]
    quantities: tuple[Quantity, ...]
    agent: tuple[str, ...]

    def says(self, pattern: str) -> bool:
        """Whether `pattern` is found in any turn; an empty one never is."""
        return bool(pattern) and re.search(pattern, self.text) is not None

    def agent_asked(self, pattern: str) -> bool:
        """Whether `pattern` is found in what an agent said; an empty one never is."""
        return bool(pattern) and any(re.search(pattern, told) for told in self.agent)

    def was_asked(self, put: str) -> bool:
        """Whether an agent has put this question, in nearly the same words, already."""
        wanted = grams(put)
        return any(len(wanted & grams(told)) >= _ASKED * len(wanted) for told in self.agent)


def talk_of(case: Frame) -> Talk:
    """Return everything that was said and shown in the case."""
    turns = case.conversation.turns
    agent = tuple(fold(turn.text) for turn in turns if turn.role == "agent")
    text = "\n".join(fold(turn.text) for turn in turns)
    told = tuple(q for words in agent for q in find_quantities(words))
    return Talk(text, grams(text), (*case.evidence.quantities, *told), agent)


# -- by a measure


def by_measure(cases: Sequence[str], header: str, case: Frame, talk: Talk) -> str:
    """Return the question for the measure by which the first of `cases` differs from the others."""
    bounds = _differing(cases)
    if not bounds:
        return ""
    edges = [edge for b in bounds for edge in (b.low, b.high) if abs(edge) < inf]
    in_days = all(b.dimension != "minutes" for b in bounds) and max(edges) <= _DAYS
    context = fold(f"{header} {cases[0]}")
    for measure, found in _measures(pooled(bounds[0]), context):
        if put := measure.question(found, case.language, in_days=in_days):
            return "" if _is_told(measure, talk) else put
    return ""


def is_guessed(cases: Sequence[str], header: str, talk: Talk) -> bool:
    """Whether nothing of the talk says which of `cases` it is by their measure."""
    bounds = _differing(cases)
    if not bounds or pooled(bounds[0]) in _COUNTED:
        return False
    context = fold(f"{header} {cases[0]}")
    measure = next((m for m, _ in _measures(pooled(bounds[0]), context)), None)
    return measure is not None and not _is_told(measure, talk)


def _differing(cases: Sequence[str]) -> list[Bound]:
    """The bounds on one measure by which the first case differs from the others, its own first."""
    own, *others = ([b for b in find_bounds(text) if b.dimension in _ASKABLE] for text in cases)
    if not own:
        return []
    bounds = [own[0], *(b for rival in others for b in rival if pooled(b) == pooled(own[0]))]
    return bounds if len({(b.low, b.high) for b in bounds}) > 1 else []


def _measures(dimension: str, context: str) -> Iterator[tuple[Measure, re.Match[str]]]:
    """The entries for a dimension whose words stand in `context`, the most particular first."""
    for measure in asking_words().measures:
        if measure.dimension == dimension and (found := measure.rule.search(context)):
            yield measure, found


def is_measured(text: str) -> bool:
    """Whether `text` bounds anything that a customer can be asked for."""
    return any(bound.dimension in _ASKABLE for bound in find_bounds(text))


def pooled(bound: Bound) -> str:
    """Return the dimension of `bound`, `time` for minutes, days and workdays."""
    return "time" if bound.dimension in _TIMES else bound.dimension


def _is_told(measure: Measure, talk: Talk) -> bool:
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


def by_unit(cases: Sequence[str], header: str, case: Frame, talk: Talk) -> str:
    """Return the question for a number in a unit that no quantity is read in (litres, inches, GB)."""
    words = asking_words()
    found = [unit for text in cases if (unit := words.units.search(fold(text)))]
    if len(found) < 2 or len(found) < len(cases) or len({unit[1] for unit in found}) > 1:
        return ""
    if words.units.search(talk.text) or (case.language == "en") != found[0][1].isascii():
        return ""
    return _in(case.language, words.unit, words.unit_english).format(
        what=fold(header).strip(), unit=found[0][1]
    )


# -- by a state


def by_state(cases: Sequence[str], case: Frame, talk: Talk) -> str:
    """Return the question for the state of which the first of `cases` names one side, another the other."""
    for state in asking_words().states:
        sides = [_side(state.rule, text) for text in cases]
        if sides[0] is not None and any(side not in (None, sides[0]) for side in sides[1:]):
            return "" if talk.says(state.said) else _in(case.language, state.ask, state.english)
    return ""


def _in(language: str, chinese: str, english: str) -> str:
    return english if language == "en" else chinese


def _side(state: re.Pattern[str], text: str) -> bool | None:
    """Which side of a state `text` names: True where it is negated, None where it names neither."""
    folded = fold(text)
    found = state.search(folded)
    if found is None:
        return None
    near = folded[max(0, found.start() - _NEGATION) : found.end()]
    return asking_words().negated.search(near) is not None


# -- by a kind


def by_kind(cases: Sequence[str], header: str, case: Frame, talk: Talk) -> str:
    """Return the question which of the listed kinds it is, where the column names one that customers know."""
    told = fold(header).strip()
    kind = next((k for k in asking_words().kinds if k.header.search(told)), None)
    if kind is None or talk.says(kind.said) or talk.agent_asked(kind.asked):
        return ""
    if any(_NUMBER.search(text) for text in cases) or _names_one(cases, talk):
        return ""
    many = _in(case.language, kind.many, kind.english)
    return _options(cases, case.language) or many.format(header=told)


_NUMBER = re.compile(r"\d")


def by_name(headers: Sequence[str], case: Frame, talk: Talk) -> str:
    """Return the question which of the columns it is, where their headers are few and short."""
    if any(_NUMBER.search(text) for text in headers) or _names_one(headers, talk):
        return ""
    return _options(headers, case.language)


def _names_one(cases: Sequence[str], talk: Talk) -> bool:
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
    pattern = _in(language, words.options, words.options_english)
    return pattern.format(first=_in(language, "、", ", ").join(names[:-1]), last=names[-1])
