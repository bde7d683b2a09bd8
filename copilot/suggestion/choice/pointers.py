"""Where articles send a case to: 「车主取消看 XC-202」 says what XC-202 is for, and what its own is not.

The authors of a knowledge base tell its borders themselves. What stands before such a reference is held
against the case: the article that it names gains by it, the one that it stands in loses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from copilot.suggestion.case.evidence import Evidence, Rarity
from copilot.suggestion.case.memory import PerVersion
from knowledge.model import Article, ClientKnowledge

# The case that is sent away, right before the name of the article: a clause and a verb.
_SENDS = re.compile(
    r"([^，,。.;；：:\n()（）|]{2,60}?)[，,]?\s*"
    r"(?:看|见|見|按|走|转|轉|适用|適用|依|照|参见|\bsee|\bunder|\bgo to|\buse)\s*[「《\"“]?$"
)
# How far before the name the clause may begin.
_REACH = 70


@dataclass(frozen=True, slots=True)
class Pointer:
    """`case` in words, sent by the article `source` to the article `target`."""

    source: str
    target: str
    case: str


_POINTERS = PerVersion[tuple[Pointer, ...]]()


def pointers(knowledge: ClientKnowledge) -> tuple[Pointer, ...]:
    """Return every reference between this client's articles that says for which case it is."""
    return _POINTERS.of(knowledge, _pointers)


def _pointers(knowledge: ClientKnowledge) -> tuple[Pointer, ...]:
    # The longest names first: XC-101-2025 is no XC-101.
    ids = sorted((re.escape(article_id) for article_id in knowledge.articles), key=len, reverse=True)
    if not ids:
        return ()
    named = re.compile(rf"(?<![\w-])(?:{'|'.join(ids)})(?![\w-])")
    return tuple(p for article in knowledge.articles.values() for p in _in_article(article, named))


def _in_article(article: Article, named: re.Pattern[str]) -> Iterator[Pointer]:
    for match in named.finditer(article.body):
        before = article.body[max(0, match.start() - _REACH) : match.start()]
        sends = _SENDS.search(before)
        if sends is not None and match.group() != article.id:
            yield Pointer(article.id, match.group(), sends[1].strip())


def pointed(article: Article, found: Sequence[Pointer], evidence: Evidence, rare: Rarity) -> float:
    """Return how surely others send this case here, less how surely it is sent away, -1 to 1."""
    here = [p.case for p in found if p.target == article.id]
    away = [p.case for p in found if p.source == article.id]
    return _said(here, evidence, rare) - _said(away, evidence, rare)


# So much of a case is said by the way: measured, the order of articles is best between 0 and 0.2.
_BY_THE_WAY = 0.2


def _said(cases: Sequence[str], evidence: Evidence, rare: Rarity) -> float:
    most = max((evidence.share(case, rare) for case in cases), default=0.0)
    return max(most - _BY_THE_WAY, 0.0)


def speaking(found: Sequence[Pointer], knowledge: ClientKnowledge, on: date) -> tuple[Pointer, ...]:
    """Return the references of articles that are valid on `on`."""
    return tuple(p for p in found if knowledge.articles[p.source].valid_on(on))
