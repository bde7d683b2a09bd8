"""Who is told and what is done, as the client's own rules say it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from copilot.answer import Priority
from copilot.authority import contacts_named
from copilot.escalation.excerpt import ruling_of
from copilot.escalation.findings import Case
from copilot.escalation.words import concepts_in, one_line
from copilot.language import fold
from copilot.suggestion.case.evidence import Evidence, gather, grams, rarity
from knowledge.model import Article, Passage

# Articles that are read for rules on whom to tell; later ones are rarely about this case.
_ARTICLES = 3
# What the rank of an article costs a rule of it.
_BY_RANK = (1.0, 0.6, 0.45)
# A cell this short needs its header to be understood.
_SHORT_CELL = 8
_BASES = 2
# What it counts that the case is about what a rule's condition names, in whatever words.
_ABOUT = 0.3
# A second rule is shown when it fits nearly as well; an article not suggested only when it is sure.
_CLOSE, _SURE = 0.7, 0.5
_LEVEL = re.compile(r"(?<![a-z0-9])p([0-3])(?![0-9a-z])")
_SENDS = re.compile(
    r"报|交|送|转|由|提交|回电|答复|回复|回覆|审|批|核|处理|接手|send|submit|answer|call|within|report|handed?|decides?"
)


@dataclass(frozen=True, slots=True)
class Handover:
    """A rule that names contacts: its words, the level it gives, and how well it fits (0 and more).

    `passage` is the text in the article.
    """

    article: Article
    text: str
    contacts: tuple[str, ...]
    level: Priority | None
    fit: float
    passage: str


@dataclass(frozen=True, slots=True)
class Basis:
    """A rule in the article's own words."""

    article_id: str
    quote: str


def handovers(case: Case) -> tuple[Handover, ...]:
    """Return the rules of the case's articles that say who is told, best fitting first."""
    evidence = gather(case.excerpt())
    found = [
        rule
        for rank, article in enumerate(_articles(case))
        for rule in _of_article(article, case, evidence, _BY_RANK[rank])
    ]
    return tuple(sorted(found, key=lambda rule: -rule.fit))


def bases(case: Case) -> tuple[Basis, ...]:
    """Return the rules that the case rests on, best fitting first: the suggestion's, else the best article's.

    Where the knowledge does not answer there are none.
    """
    found = case.found
    if found.abstained is not None:
        return ()
    evidence, rare = gather(case.excerpt()), rarity(case.knowledge)
    cited = found.suggestion.citations if found.suggestion else ()
    nearest = [hit.article for hit in found.hits[:1] if hit.confidence >= _SURE]
    rules = [Basis(c.article_id, c.quote) for c in cited] or [
        Basis(article.id, passage.text) for article in nearest for passage in _passages(article, case)
    ]
    fits = {rule: evidence.overlap(rule.quote, rare) for rule in rules}
    best = max(fits.values(), default=0.0)
    close = [rule for rule in fits if best and fits[rule] >= _CLOSE * best]
    return tuple(sorted(close, key=lambda rule: -fits[rule]))[:_BASES]


def _passages(article: Article, case: Case) -> tuple[Passage, ...]:
    return tuple(p for p in case.knowledge.passages.values() if p.article_id == article.id)


def _articles(case: Case) -> tuple[Article, ...]:
    """The suggestion's articles first, then what else was found."""
    articles = case.knowledge.articles
    used = [c.article_id for c in case.found.suggestion.citations] if case.found.suggestion else []
    ids = dict.fromkeys([*used, *(hit.article.id for hit in case.found.hits)])
    return tuple(articles[i] for i in ids if i in articles)[:_ARTICLES]


def _of_article(article: Article, case: Case, evidence: Evidence, weight: float) -> Iterator[Handover]:
    rare = rarity(case.knowledge)
    settings, tiers = case.knowledge.settings, case.knowledge.authority.tiers
    for passage in _passages(article, case):
        words = rule_words(passage)
        contacts = contacts_named(words, settings, tiers)
        if contacts and _SENDS.search(fold(words)):
            share = evidence.overlap(passage.text, rare) / (4 + len(grams(passage.text))) ** 0.5
            share += _ABOUT * bool(concepts_in(ruling_of(words).condition) & case.concepts)
            yield Handover(article, words, contacts, _level(words), weight * (1 + share), passage.text)


def rule_words(passage: Passage) -> str:
    """Return a rule as one line; cells of a row keep the header that gives them sense."""
    if passage.kind != "row" or not passage.cells:
        return without_examples(re.sub(r"^\s*(?:[-*+•]|\d+[.、)）])\s*", "", passage.text))
    first, *rest = passage.cells
    headers = passage.header[1:] if len(passage.header) == len(passage.cells) else ("",) * len(rest)
    cells = [(header, cell) for header, cell in zip(headers, rest, strict=True) if cell.strip("-—– ")]
    said = [f"{header} {cell}" if header and len(cell) <= _SHORT_CELL else cell for header, cell in cells]
    return without_examples(f"{first}：{'，'.join(said)}" if said else first)


def without_examples(rule: str) -> str:
    """Return a rule on one line without its examples in brackets: they are other cases' words."""
    return one_line(re.sub(r"[（(][^（）()]*[、,，][^（）()]*[）)]", "…", rule))


def _level(words: str) -> Priority | None:
    found = _LEVEL.search(fold(words))
    match found[1] if found else None:
        case "0":
            return "P0"
        case "1":
            return "P1"
        case "2":
            return "P2"
        case "3":
            return "P3"
        case _:
            return None
