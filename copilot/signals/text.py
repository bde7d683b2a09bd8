"""Sentences and clauses of a turn, as spans, so that every quote is cut from the speaker's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from copilot.language import fold

# A full stop ends a sentence unless it stands in a number, an address or an abbreviation.
_SENTENCE_END = re.compile(r"[。！？!?；;\n…]+|(?<![0-9a-z]\.[a-z])\.(?=\s|$)|(?<=[\u4e00-\u9fff])\.+")
# Marks inside a number (2,960 or 18:00) do not cut; a space after a number cuts unless a unit follows.
_CLAUSE_END = re.compile(
    r",(?!\d{3}(?!\d))|、|:(?!\d)|[|]|——|--| - "
    r"|(?<=[\u4e00-\u9fff)”\"」])[ \u3000]+(?=[\u4e00-\u9fff“\"(「])"
    r"|(?<=[\da-z])[ \u3000]+(?=[\u4e00-\u9fff“「])"
    r"(?![个公里米元块点分小时天日号月年位件张座人次楼层级折条档岁斤万千百度项箱工钟周台本瓶])"
)


# What is read of one turn. Longer ones are pasted logs: their head tells what they are, and an
# answer within a millisecond must not depend on what a stranger pastes.
MAX_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of `original`, `start`..`end`; `folded` is the same piece for matching."""

    original: str
    start: int
    end: int

    @property
    def text(self) -> str:
        """The words as written."""
        return self.original[self.start : self.end]

    @property
    def folded(self) -> str:
        """The words for matching; as long as `text`."""
        return fold(self.original)[self.start : self.end]

    @property
    def ending(self) -> str:
        """What stands right after the span (`？`, `。`, or nothing)."""
        return self.original[self.end : self.end + 1]


@lru_cache(maxsize=2048)  # every signal cuts the same turns
def sentences(text: str) -> tuple[Span, ...]:
    """Return the sentences of `text` without their closing marks."""
    return tuple(_cut(text, 0, len(text), _SENTENCE_END))


@lru_cache(maxsize=4096)
def clauses(sentence: Span) -> tuple[Span, ...]:
    """Return the clauses of one sentence, cut at commas, colons and the spaces between Chinese words."""
    return tuple(_cut(sentence.original, sentence.start, sentence.end, _CLAUSE_END))


def all_clauses(text: str) -> tuple[Span, ...]:
    """Return every clause of `text` in order."""
    return tuple(clause for sentence in sentences(text) for clause in clauses(sentence))


def _cut(text: str, start: int, end: int, mark: re.Pattern[str]) -> Iterator[Span]:
    folded = fold(text)
    position = start
    for found in mark.finditer(folded, start, end):
        if (span := _stripped(text, position, found.start())) is not None:
            yield span
        position = found.end()
    if (span := _stripped(text, position, end)) is not None:
        yield span


def _stripped(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(text, start, end) if start < end else None
