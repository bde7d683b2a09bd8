"""What a client's search runs over: one entry a passage, and one for the article as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    """Return the entries of all articles, in the order of `articles`."""
    by_article: dict[str, list[Passage]] = {article_id: [] for article_id in articles}
    for passage in passages:
        by_article[passage.article_id].append(passage)
    return tuple(
        entry for article in articles.values() for entry in _entries(article, by_article[article.id])
    )


def _entries(article: Article, passages: Sequence[Passage]) -> Iterator[Entry]:
    """A short article of one passage is one entry: twice the same words would only cost time."""
    about = overview(article)
    if len(passages) == 1:
        yield Entry(article.id, passages[0].id, f"{about} > {searchable('', passages[0])}")
        return
    yield Entry(article.id, None, about)
    for passage in passages:
        yield Entry(article.id, passage.id, searchable(article.title, passage))


def overview(article: Article) -> str:
    """Return what the article is about: title, tags, other ways to ask."""
    also = str(article.extra.get("also_asked", ""))
    return plain(" ".join(part for part in (article.title, " ".join(article.tags), also) if part))
