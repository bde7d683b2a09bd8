"""Sentences for sister cases (「预付订单：」, 「到店付订单：」): only the one that was told speaks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from copilot.language import fold
from copilot.suggestion.case.evidence import Evidence, Rarity

# By how much of its words one label must be better said than its sister.
_CLEARLY = 0.15
_LONGEST, _LONGEST_LATIN = 14, 40
_MARKS = re.compile(r"[*_#\s]|(?:的话|[的时后者])$")


def silenced(labels: Sequence[str], evidence: Evidence, rare: Rarity) -> frozenset[str]:
    """Return the labels a sister of which the case says clearly better; an empty label has no sister."""
    names = {label: _MARKS.sub("", label) for label in labels if label}
    said = {label: evidence.share(name, rare) for label, name in names.items()}
    return frozenset(
        label
        for label, name in names.items()
        if any(
            _are_sisters(name, other) and said[label] < said[rival] - _CLEARLY
            for rival, other in names.items()
        )
    )


def _are_sisters(one: str, other: str) -> bool:
    """Whether two labels begin or end alike and are not the same."""
    alike = one[-2:] == other[-2:] or one[:2] == other[:2]
    return alike and one != other and all(2 < len(name) <= _longest(name) for name in (one, other))


def _longest(name: str) -> int:
    return _LONGEST_LATIN if name.isascii() else _LONGEST


# What a sentence is about, where it opens with it: one kind, or a list of kinds (「季卡、月卡不能…」).
_SUBJECT = re.compile(
    r"^([一-鿿]{2,4}?(?:[、和及或与][一-鿿]{2,4}?){0,3})(?=每|累计|不能|不可|不得|不支持|可以?|须|需|免|一律|另|按)"
)
_JOINED = re.compile(r"[、和及或与]")


def of_others(sentences: Sequence[str], evidence: Evidence) -> frozenset[str]:
    """Return the sentences about other kinds than the one the case names, where a sister is about that.

    「季卡、月卡不能停卡」 says nothing to a customer with a 年卡 beside 「年卡每年可停…」.
    """
    kinds = {sentence: _kinds(sentence) for sentence in sentences}
    named = {kind for found in kinds.values() for kind in found if kind in evidence.text}
    return frozenset(
        sentence
        for sentence, found in kinds.items()
        if found
        and not named.intersection(found)
        and any(kind[-1] == other[-1] for kind in named for other in found)
    )


def _kinds(sentence: str) -> tuple[str, ...]:
    subject = _SUBJECT.match(fold(sentence))
    return tuple(_JOINED.split(subject[1])) if subject else ()
