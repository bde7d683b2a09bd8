"""What a text says is not so (「无合约」, 「没开罐」), and where a rule and a case disagree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from copilot.language import fold

_NEGATED = re.compile(
    r"(?:没有?|冇|无(?!法|论|需|须|人|关|线|锡|忧)|未(?!来|必|能|读)|非(?!常|要|得|法)|(?<!是)不是)"
    r"(?:任何|过|在|被)?([一-鿿]{2,3})"
)


# A record says so behind the name (「采购：未开始」, 「保价：无」); an unfinished thing is there.
_RECORDED = re.compile(
    r"(?<![一-鿿])([一-鿿]{2,4})\s*[:：]\s*(?:未开始|未开通|未办理?|未购买?|未用|未发生|没有?|无|否|0\b)(?![一-鿿\d.])"
)


@dataclass(frozen=True, slots=True)
class Polarity:
    """The pairs of characters that a text denies."""

    denied: frozenset[str]
    text: str

    def asserts(self, pair: str) -> bool:
        """Whether the text says `pair` and nowhere denies it."""
        return pair in self.text and pair not in self.denied


@lru_cache(maxsize=8192)
def polarity_of(text: str) -> Polarity:
    """Return what `text` denies; of what a negation covers the first word counts."""
    folded = fold(text)
    denied = {match[1][:2] for match in _NEGATED.finditer(folded)}
    recorded = {match[1][:2] for match in _RECORDED.finditer(folded)}
    return Polarity(frozenset(denied | recorded), folded)


def disagree(rule: str, case: str) -> bool:
    """Whether one denies what the other says."""
    mine, theirs = polarity_of(rule), polarity_of(case)
    return any(theirs.asserts(pair) for pair in mine.denied) or any(
        mine.asserts(pair) for pair in theirs.denied
    )
