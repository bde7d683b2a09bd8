"""The suggestion is itself a stock phrase: nothing in it that the customer can check."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evals.scorers.lexicon import lexicon, pattern
from evals.scorers.mark import Mark, Seen, harm
from evals.scorers.reading import suggestions_of, talk_of

_SENTENCE_END = re.compile(r"[。！？!?\n；;，,]|\.(?=\s|$)")
_GREETING = re.compile(r"^(您好|你好|亲|親|hi|hello|dear)", re.IGNORECASE)


def empty_sentences(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (empty, other) sentences; a sentence with a digit is never empty."""
    empty: list[str] = []
    other: list[str] = []
    for part in (sentence.strip() for sentence in _SENTENCE_END.split(text)):
        if not part or _GREETING.fullmatch(part):
            continue
        says_nothing = not any(c.isdigit() for c in part) and any(
            pattern(expression).search(part) for expression in lexicon().empty
        )
        (empty if says_nothing else other).append(part)
    return tuple(empty), tuple(other)


def score(seen: Seen) -> Iterator[Mark]:
    """Mark each suggestion of which every sentence is empty, and those that carry an empty sentence."""
    if talk_of(seen) is None:
        return
    for suggestion in suggestions_of(seen):
        empty, other = empty_sentences(suggestion.reply)
        yield harm("empty_phrase", not other, f"nothing to check in “{suggestion.reply}”")
        yield harm("padded_reply", bool(empty and other), f"padding: {', '.join(empty)}")
