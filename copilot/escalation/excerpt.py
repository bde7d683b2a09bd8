"""What of a rule is about this case: the other cases that it lists beside it are left out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from copilot.escalation.findings import Case
from copilot.suggestion.case.evidence import Rarity, grams, rarity

# How much of a listed case (by rarity of its words) must be said before it is this one.
_SAID = 0.3
# A condition stands before the colon; longer texts before one are rules of their own.
_LONGEST_CONDITION = 60
# A sentence that lost its beginning, or all but a word or two, says nothing by itself.
_BEGINNING, _LEAST = 4, 4
_COLON = re.compile(r"：|:\s")
_SENTENCE = re.compile(r"(?<=[。；;!！])|(?<=\.)\s")
# So many things in a row are a list of cases.
_MANY = 3
_CLAUSE = re.compile(r"(?<=[，,；;。])")
_LISTED = re.compile(r"[、/]|或者?|\bor\b")
_ENDS = "。；;、/，, "


@dataclass(frozen=True, slots=True)
class Heard:
    """The words of the case, and how telling each is in this client's articles."""

    words: frozenset[str]
    rare: Rarity

    def share(self, text: str) -> float:
        """Return how much of `text` is said (0..1); a text without words says nothing."""
        wanted = grams(text)
        total = sum(self.rare.of(gram) for gram in wanted)
        return sum(self.rare.of(gram) for gram in wanted & self.words) / total if total else 0.0

    def tells(self, text: str) -> bool:
        """Whether `text` speaks of this case."""
        return self.share(text) >= _SAID


@dataclass(frozen=True, slots=True)
class Ruling:
    """A rule in two: for which case (empty: for any), and what is done then."""

    condition: str
    act: str


def heard_in(case: Case) -> Heard:
    """Return what `case` says, to hold rules against."""
    return Heard(grams(case.said), rarity(case.knowledge))


def ruling_of(rule: str) -> Ruling:
    """Return `rule` cut at the colon behind its condition."""
    found = _COLON.search(rule)
    if found is None or found.start() > _LONGEST_CONDITION:
        return Ruling("", rule.strip())
    return Ruling(rule[: found.start()].strip(), rule[found.end() :].strip())


def meets(ruling: Ruling, heard: Heard) -> bool:
    """Whether the rule is for any case, or one that its condition lists is this one."""
    return not ruling.condition or any(heard.tells(item) for item in _items(ruling.condition))


def lists_cases(ruling: Ruling) -> bool:
    """Whether the condition names so many cases that most are others'."""
    return len(_items(ruling.condition)) >= _MANY


def excerpt(rule: str, heard: Heard) -> str:
    """Return what of `rule` is about the case, empty where nothing is."""
    told = (_told(sentence, heard) for sentence in _SENTENCE.split(_as_sentence(rule)))
    return "；".join(part for part in told if part)


def narrowed(text: str, heard: Heard) -> str:
    """Return `text` where a clause that lists cases names those that are said; one of many others goes."""
    return "".join(_narrowed(part, heard) for part in _CLAUSE.split(text))


def _narrowed(clause: str, heard: Heard) -> str:
    items = clause.split("、")
    said = [item for item in items if heard.tells(item)]
    if not said and len(items) >= _MANY:
        return ""
    if not said or len(said) == len(items):
        return clause
    # 「住院、外派、服役的」: what is left is still one of those.
    of_those = "的" if items[-1].endswith("的") and not said[-1].endswith("的") else ""
    return "、".join(said) + of_those


def _as_sentence(rule: str) -> str:
    """A row of a table names its case in the first cell; the others say what is done."""
    first, *others = re.split(r"\s*\|\s*", rule)
    return f"{first}：{'，'.join(cell for cell in others if cell.strip('-–— '))}" if others else rule


def _told(sentence: str, heard: Heard) -> str:
    ruling = ruling_of(sentence.strip(_ENDS))
    if not ruling.condition:
        kept = _without_others(ruling.act, heard)
        whole = ruling.act.startswith(kept[:_BEGINNING]) and len(grams(kept)) >= _LEAST
        return kept if whole and heard.tells(kept) else ""
    if not meets(ruling, heard):
        return ""
    return f"{_without_others(ruling.condition, heard)}：{_without_others(ruling.act, heard)}"


def _without_others(text: str, heard: Heard) -> str:
    """The text with only those of its listed cases that are said, where some are and some are not."""
    items = _items(text)
    said = [item for item in items if heard.tells(item)]
    return text if not said or len(said) == len(items) else "、".join(said)


def _items(text: str) -> list[str]:
    return [item for part in _LISTED.split(text) if (item := part.strip(_ENDS))]
