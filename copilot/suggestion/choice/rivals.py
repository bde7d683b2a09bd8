"""Sentences for sister cases (「预付订单：」, 「到店付订单：」): only the one that was told speaks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from copilot.suggestion.case.evidence import Evidence, Rarity

# By how much of its words one label must be better said than its sister.
_CLEARLY = 0.15
_LONGEST = 14
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
    return alike and one != other and all(2 < len(name) <= _LONGEST for name in (one, other))
