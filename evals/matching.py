"""Whether a text says something: the string rules that the data sets of the contract are judged by.

Substring matching is a floor, not a verdict: the report shows every failing text so that it can be read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_DASHES = re.compile(r"[‐-―−〜～~]")
_THOUSANDS = re.compile(r"\d{3}(?!\d)")
_DROPPED = re.compile(r"\s+|(?<=\d),(?=\d{3}(?!\d))")
_NEGATED_CHINESE = re.compile(
    r"不(?!过|過|仅|僅|但|好意思|便|同|管|少)|没(?!问题|关系|事)|沒(?!問題|關係|事)"
    r"|无(?!论|忧)|無(?!論|憂)|未(?!来|來)"
    r"|勿|(?<![特分个級级])别|(?<![特分個級])別|非(?!常)|否|莫|拒|而非|禁止|避免"
)
_NEGATED_ENGLISH = re.compile(
    r"\b(not|no|never|nor|cannot|can't|couldn't|don't|doesn't|didn't|isn't|aren't|won't|wouldn't|unable|"
    r"without|whether|if|avoid|refuse[ds]?|rather than)\b"
)
_CLAUSE_END = re.compile(r"[。！？!?;；，\n]|(?<!\d)[.,](?!\d)|[.,](?=\s)")
_CHINESE_REACH = 14  # characters before the words within which a Chinese negation counts
_CLAUSE_REACH = 60  # characters before the words that may belong to their clause

LONGEST_SUGGESTION = {"zh-Hans": 240, "zh-Hant": 240, "en": 450}
LONGEST_ESCALATION = {"zh-Hans": 600, "zh-Hant": 600, "en": 1200}


@dataclass(frozen=True, slots=True)
class _Squeezed:
    """A text without white space and thousands commas; `origin[i]` is where character i stood."""

    text: str
    origin: tuple[int, ...]


def _level(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return _DASHES.sub("-", folded)


def _is_thousands_comma(text: str, index: int) -> bool:
    before = text[index - 1] if index else ""
    return text[index] == "," and before.isdigit() and bool(_THOUSANDS.match(text[index + 1 : index + 5]))


def _squeeze(text: str) -> _Squeezed:
    kept = tuple(i for i, c in enumerate(text) if not c.isspace() and not _is_thousands_comma(text, i))
    return _Squeezed("".join(text[i] for i in kept), kept)


def normalise(text: str) -> str:
    """Return `text` as it is compared: NFKC, casefolded, one dash, no white space, no 1,000 commas."""
    return _DROPPED.sub("", _level(text))


def hits(text: str, alternatives: Iterable[str]) -> tuple[str, ...]:
    """Return those alternatives that `text` contains."""
    normal = normalise(text)
    return tuple(alternative for alternative in alternatives if normalise(alternative) in normal)


def missing_groups(text: str, groups: Iterable[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Return the groups of which `text` contains no alternative."""
    return tuple(tuple(group) for group in groups if not hits(text, group))


def _is_asked(needle: str, before: str) -> bool:
    """有没有X, 支不支持X: the words are asked, not said."""
    if needle[0] in "没沒":
        return before == "有"
    return needle[0] == "不" and len(needle) > 1 and before == needle[1]


def _cuts_number(text: str, needle: str, start: int) -> bool:
    """Whether the needle is only a part of a longer number (5 in 15, 20 in 200)."""
    before = text[start - 1] if start else ""
    after = text[start + len(needle) : start + len(needle) + 1]
    return (needle[0].isdigit() and (before.isdigit() or before == ".")) or (
        needle[-1].isdigit() and after.isdigit()
    )


def _is_negated(raw: str, position: int) -> bool:
    clause = _CLAUSE_END.split(raw[max(0, position - _CLAUSE_REACH) : position])[-1]
    return bool(_NEGATED_CHINESE.search(clause[-_CHINESE_REACH:]) or _NEGATED_ENGLISH.search(clause))


def said_at(text: str, needle: str) -> int:
    """Return where the normalised `text` says `needle` un-negated and unquestioned, -1 when nowhere."""
    wanted = normalise(needle)
    if not wanted:
        return -1
    raw = _level(text)
    squeezed = _squeeze(raw)
    start = squeezed.text.find(wanted)
    while start >= 0:
        before = squeezed.text[start - 1] if start else ""
        excused = (
            _is_asked(wanted, before)
            or _cuts_number(squeezed.text, wanted, start)
            or _is_negated(raw, squeezed.origin[start])
        )
        if not excused:
            return start
        start = squeezed.text.find(wanted, start + 1)
    return -1


def said(text: str, needles: Iterable[str]) -> tuple[str, ...]:
    """Return those needles that `text` says un-negated."""
    return tuple(needle for needle in needles if said_at(text, needle) >= 0)


def too_long(text: str, limits: dict[str, int], lang: str) -> bool:
    """Whether `text` exceeds the limit of its language, white space aside."""
    return len(normalise(text)) > limits.get(lang, limits["zh-Hans"])
