"""A rule in one language, for a customer of another, where no model translates: by a reviewed grammar.

A piece of the sentence is said in the customer's language only where patterns and glossary read it whole,
with every number, currency and negation kept. What they cannot read stays as it is written, in quotes: a
wrong rule would be worse than a foreign one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from copilot.language import in_script
from copilot.suggestion.crossing.grammar import Direction, parse

Side = Literal["en", "zh"]
# Share of the content words that must be said in the other language; what is left is a name or a quoted head.
COVERED = 0.85
# Below this share a mixture of two languages is harder to read than the original alone.
_READABLE = 0.5
_LONGEST = 400
_MAX_JOINED = 4

_HAN = re.compile(r"[㐀-鿿]")
_LATIN = re.compile(r"[A-Za-z]")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_PARTS: dict[Direction, re.Pattern[str]] = {
    "en-zh": re.compile(r"\s*(?:[;:](?=\s|$)|,(?=\s)|\.(?=\s|$)|[–—](?=\s))\s*|\s*(?=\()|(?<=\))\s*(?=\w)"),
    "zh-en": re.compile(r"[；。：，;]|:(?=[^\d])|,(?=[^\d])|(?=（)|(?<=）)(?=[^；。：，;])"),
}
_QUOTE_EDGE = re.compile(r"(?<=[\w.,;:%)])(?=“)|(?<=”)(?=\w)")
_BRACKETS = re.compile(r"[（(][^（()）]*[)）]")
_MARKS: dict[Direction, dict[str, str]] = {
    "en-zh": {";": "；", ":": "：", ",": "，", ".": "。", "–": "，", "—": "，", "": ""},
    "zh-en": {"；": "; ", ";": "; ", "。": ". ", "：": ": ", ":": ": ", "，": ", ", ",": ", ", "": ""},
}
_WORDS: dict[Direction, re.Pattern[str]] = {
    "en-zh": re.compile(r"[A-Za-z][A-Za-z'’-]*|\d+"),
    "zh-en": re.compile(r"[㐀-鿿]|\d+|[A-Za-z]+"),
}
_CURRENCY = re.compile(
    r"SGD|USD|HKD|TWD|CNY|EUR|GBP|JPY|AUD|MYR|THB|KRW|CAD|NZD|MOP|HK\$|NT\$|US\$|S\$|[$¥€£]|%"
)
_NEGATION: dict[Side, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:not|no|never|none|nothing|nobody|cannot|without|neither|nor|unless|except|non|less|fewer|under|"
        r"below|free|waived?|invalid|excluded|within|at most|un\w+|in(?:complete|correct))\b|n't\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"[不没無无未非勿别莫]|除|拒|禁|免|作废"),
}
_DENIAL: dict[Side, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:not|never|none|nothing|nobody|cannot|neither|nor|unless|except)\b|n't\b|"
        r"\bno\b(?! (?:more|less|later|fewer|longer|earlier) than)",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"(?<!最)[不没无未勿](?!超过|满|足|到\d|少于|晚于|低于|高于|多于|早于|论|管)"),
}
_SIDES: dict[Direction, tuple[Side, Side]] = {"en-zh": ("en", "zh"), "zh-en": ("zh", "en")}
_OPENING: dict[Side, str] = {"en": "The rule in Chinese: “{text}”", "zh": "规定原文：“{text}”"}


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of the sentence between two marks: its words, their translation if any, the mark after it."""

    source: str
    target: str | None
    mark: str


def sentence_for(text: str, language: str, currency: str = "CNY") -> str:
    """Return `text` for a reader of `language`: as it is, translated, partly so, or quoted as the original.

    `currency` is what an amount in 元 is in, towards readers of English.
    """
    direction = direction_for(text, language)
    if direction is None:
        return text
    whole = into(text, language, currency)
    if whole is not None:
        return whole
    pieces = _pieces(text, direction)
    if _share(pieces, direction) >= _READABLE:
        return in_script(_joined(pieces, direction, currency), language)
    frame = _OPENING["en" if direction == "zh-en" else "zh"]
    return in_script(frame, language).format(text=text)


def into(text: str, language: str, currency: str = "CNY") -> str | None:
    """Return the translation of a short rule sentence or table row; None where it is not covered.

    Names in Latin letters stay, and a quoted piece of at most the share that `COVERED` leaves.
    """
    direction = direction_for(text, language)
    if direction is None:
        return text
    if len(text) > _LONGEST:
        return None
    pieces = _pieces(text, direction)
    if _share(pieces, direction) < COVERED:
        return None
    joined = _joined(pieces, direction, currency)
    return in_script(joined, language) if _faithful(text, joined, direction) else None


def direction_for(text: str, language: str) -> Direction | None:
    """Return how `text` must be crossed for a reader of `language`; None where he reads it anyway."""
    han, latin = len(_HAN.findall(text)), len(_LATIN.findall(text))
    if language == "en":
        return "zh-en" if han else None
    return "en-zh" if latin > 2 * han else None


@lru_cache(maxsize=1024)
def _pieces(text: str, direction: Direction) -> tuple[_Piece, ...]:
    plain = text if direction == "en-zh" else in_script(text, "zh-Hans")
    parts, marks = _split(plain, direction)
    written, _ = _split(text, direction)
    pieces: list[_Piece] = []
    start = 0
    while start < len(parts):
        piece, end = _longest(parts, marks, start, direction)
        if piece.target is None and len(written) == len(parts):
            piece = replace(piece, source=written[start])  # quoted in the script of the article
        pieces.append(piece)
        start = end
    return tuple(pieces)


def _split(text: str, direction: Direction) -> tuple[list[str], list[str]]:
    parts: list[str] = []
    marks: list[str] = []
    begin = 0
    brackets = [match.span() for match in _BRACKETS.finditer(text)]
    for match in _PARTS[direction].finditer(text):
        if any(low < match.start() and match.end() < high for low, high in brackets):
            continue
        if match.start() > begin or match.group():
            parts.append(text[begin : match.start()])
            marks.append(match.group().strip())
            begin = match.end()
    parts.append(text[begin:])
    marks.append("")
    return parts, marks


def _longest(
    parts: Sequence[str], marks: Sequence[str], start: int, direction: Direction
) -> tuple[_Piece, int]:
    """The longest run of parts that reads as one phrase; a part alone, untranslated, where none does."""
    for end in range(min(len(parts), start + _MAX_JOINED), start, -1):
        if any(mark not in {",", "，"} for mark in marks[start : end - 1]):
            continue
        source = _run(parts, marks, start, end, direction)
        target = _translated(source, direction)
        if target is not None:
            return _Piece(source, target, marks[end - 1]), end
    return _Piece(parts[start], None, marks[start]), start + 1


def _run(parts: Sequence[str], marks: Sequence[str], start: int, end: int, direction: Direction) -> str:
    joint = " " if direction == "en-zh" else ""
    between = [f"{parts[i]}{marks[i]}{joint}" for i in range(start, end - 1)]
    return "".join(between) + parts[end - 1]


def _translated(source: str, direction: Direction) -> str | None:
    bare = source.strip()
    inner = bare[1:-1] if bare[:1] in "(（" and bare[-1:] in ")）" else bare
    if not _WORDS[direction].search(inner):
        return bare
    target = parse(inner, direction)
    if target is None or not _faithful(inner, target, direction):
        return None
    if inner is bare:
        return target
    return f"（{target}）" if direction == "en-zh" else f" ({target})"


def _share(pieces: Sequence[_Piece], direction: Direction) -> float:
    words = _WORDS[direction]
    sizes = [(len(words.findall(piece.source)), piece.target is not None) for piece in pieces]
    whole = sum(size for size, _ in sizes)
    return sum(size for size, said in sizes if said) / whole if whole else 1.0


def _joined(pieces: Sequence[_Piece], direction: Direction, currency: str) -> str:
    marks = _MARKS[direction]
    text = "".join(
        (piece.target if piece.target is not None else f"“{piece.source.strip()}”") + marks[piece.mark]
        for piece in pieces
    )
    text = text.replace("¤", currency).strip()
    if direction == "zh-en":
        text = _QUOTE_EDGE.sub(" ", text)
        text = re.sub(r"\s+([,.;:)])", r"\1", re.sub(r"\s{2,}", " ", text))
        return text[:1].upper() + text[1:]
    return text


def _faithful(source: str, target: str, direction: Direction) -> bool:
    """Whether every number, currency and negation of the source stands in the target, and no other."""
    before, after = _SIDES[direction]
    if Counter(_NUMBER.findall(source)) != Counter(_NUMBER.findall(target)):
        return False
    if direction == "en-zh" and Counter(_CURRENCY.findall(source)) != Counter(_CURRENCY.findall(target)):
        return False
    if _DENIAL[before].search(source) and not _NEGATION[after].search(target):
        return False
    return not (_DENIAL[after].search(target) and not _NEGATION[before].search(source))
