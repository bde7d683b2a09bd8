"""The customer's words made comparable, with the way back to every original position."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from copilot.language import fold

MAX_CHARACTERS = 4_000  # longer turns are pasted documents; their head and tail are read
_HAN = re.compile(r"[㐀-鿿]")
_JOINERS = " \t\u3000.·•*-_/|~^`'"
# Joiners only pull two Chinese characters apart (自 杀, 救.命).
_BETWEEN_HAN = re.compile(rf"(?<=[㐀-鿿])[{re.escape(_JOINERS)}]+(?=[㐀-鿿])")
_CLAUSE_END = re.compile(r"[。！？!?;；\n…]+|\.(?=\s|$)")
# Cyrillic and Greek letters that are drawn like Latin ones: they hide English words from matching.
_HOMOGLYPHS = str.maketrans("аеорсухіјѕԁһԛԝɡαοрνκιτε", "aeopcyxijsdhqwgaopvkite")
_HOMOGLYPH = re.compile("[аеорсухіјѕԁһԛԝɡαοрνκιτε]")


@dataclass(frozen=True, slots=True)
class Normalised:
    """`text` for matching; `positions[i]` is where its i-th character stood in `original`."""

    original: str
    text: str
    positions: tuple[int, ...]

    def quote(self, start: int, end: int) -> str:
        """The customer's own words behind `text[start:end]`, an exact substring of `original`."""
        if not self.positions or start >= end:
            return self.original
        return self.original[self.positions[start] : self.positions[min(end, len(self.positions)) - 1] + 1]


@lru_cache(maxsize=1 << 16)
def _invisible(character: str) -> bool:
    return unicodedata.category(character) in {"Cf", "Mn", "Me", "Cc"} and character not in "\n\t"


def _clipped(text: str) -> tuple[str, int]:
    """Head and tail of an overlong text, and how many characters are left out between them."""
    if len(text) <= MAX_CHARACTERS:
        return text, 0
    half = MAX_CHARACTERS // 2
    return text[:half] + text[-half:], len(text) - MAX_CHARACTERS


@lru_cache(maxsize=4096)
def normalise(text: str) -> Normalised:
    """Return `text` folded, without invisible characters, Chinese characters brought together."""
    clipped, gap = _clipped(text)
    folded = fold(clipped)
    if _HOMOGLYPH.search(folded):  # the table is slow, and hardly ever needed
        folded = folded.translate(_HOMOGLYPHS)
    kept = _kept(folded)
    half = MAX_CHARACTERS // 2
    whole = folded if len(kept) == len(folded) else "".join([folded[index] for index in kept])
    return Normalised(
        original=text,
        text=whole.replace("’", "'"),
        positions=tuple(index + gap if index >= half else index for index in kept) if gap else tuple(kept),
    )


def _kept(folded: str) -> Sequence[int]:
    """Where the characters that count stand: none that is invisible or pulls Chinese words apart."""
    invisible = {character for character in set(folded) if _invisible(character)}
    # A space between Chinese words stands for a comma: it parts clauses, not words.
    gaps = [gap.span() for gap in _BETWEEN_HAN.finditer(folded)]
    if not gaps and not invisible:
        return range(len(folded))
    starts, ends = [0, *(end for _, end in gaps)], [*(start for start, _ in gaps), len(folded)]
    kept = [index for start, end in zip(starts, ends, strict=True) for index in range(start, end)]
    return [index for index in kept if folded[index] not in invisible] if invisible else kept


def sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Bounds of the sentence of `text` that holds `text[start:end]`."""
    left = 0
    for mark in _CLAUSE_END.finditer(text):
        if mark.end() <= start:
            left = mark.end()
        elif mark.start() >= end:
            return left, mark.start()
    return left, len(text)
