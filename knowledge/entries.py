"""What a client's search runs over: one entry a passage, and one for the article as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from knowledge.model import Article, Passage
from knowledge.passages import plain, searchable


@dataclass(frozen=True, slots=True)
class Entry:
    """A searchable text. `passage_id` is None for the entry of the article as a whole."""

    article_id: str
    passage_id: str | None
    text: str


def entries_of(articles: Mapping[str, Article], passages: Iterable[Passage]) -> tuple[Entry, ...]:
    """Return the entries of all articles, the whole ones first."""
    by_passage = tuple(
        Entry(passage.article_id, passage.id, searchable(articles[passage.article_id].title, passage))
        for passage in passages
    )
    return (*(Entry(article.id, None, overview(article)) for article in articles.values()), *by_passage)


def overview(article: Article) -> str:
    """Return what the article is about: title, tags, other ways to ask."""
    also = str(article.extra.get("also_asked", ""))
    return plain(" ".join(part for part in (article.title, " ".join(article.tags), also) if part))
