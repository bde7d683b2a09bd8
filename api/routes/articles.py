"""A client's articles: list, read, write, take out of use, search."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.examples import USUAL, example, problem_responses
from api.guard import ClientId, needs
from api.paging import Cursor, Limit, cursor_after, read_cursor
from api.problems import not_found
from api.service import ServiceDep
from copilot.editing import ArticleText, put_article, search
from knowledge.model import Article

ArticleId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=255,
        pattern=r"^[^\x00-\x1f\x7f/]+$",
        description="The article's id, as citations name it.",
        examples=["XC-101"],
    ),
]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class ArticleIn(BaseModel):
    """An article as an editor writes it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [example("article")]})

    title: Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
    body: Annotated[str, StringConstraints(min_length=1, max_length=1_000_000)] = Field(
        description="Markdown: rules, numbered steps, exceptions, tables."
    )
    tags: Annotated[tuple[Tag, ...], Field(max_length=100)] = ()
    valid_from: date | None = Field(default=None, description="First day it may be suggested.")
    valid_to: date | None = Field(default=None, description="Last day it may be suggested.")
    audience: Annotated[str, StringConstraints(max_length=200)] | None = None


class ArticleOut(BaseModel):
    """An article with its version: the same words have the same version."""

    article_id: str
    title: str
    body: str
    version: str
    tags: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    audience: str | None


class ArticleRow(BaseModel):
    """An article in a list."""

    article_id: str
    title: str
    version: str
    valid_from: date | None
    valid_to: date | None


class ArticlePage(BaseModel):
    """One page, by article id."""

    results: list[ArticleRow]
    next_cursor: str | None = None


class Deleted(BaseModel):
    """What is no longer in use; its versions stay readable for citations."""

    article_id: str
    knowledge_version: str


class SearchResult(BaseModel):
    """An article with the passage that fits best."""

    article_id: str
    title: str
    quote: str
    score: float


class SearchResults(BaseModel):
    """One row an article, best first."""

    results: list[SearchResult]


def create_router() -> APIRouter:
    """Return the routes of this noun."""
    router = APIRouter(
        prefix="/v1/clients/{client_id}", tags=["knowledge"], responses=problem_responses(*USUAL)
    )
    _add_reading(router)
    _add_writing(router)
    _add_search(router)
    return router


def _add_reading(router: APIRouter) -> None:
    @router.get("/articles", dependencies=[needs("knowledge.read")])
    def list_articles(
        client_id: ClientId, service: ServiceDep, cursor: Cursor = None, limit: Limit = 50
    ) -> ArticlePage:
        """List the articles in use, by id."""
        after = read_cursor(cursor)
        known = service.copilot.knowledge.client(client_id).articles
        rows = [known[key] for key in sorted(known) if key > after][: limit + 1]
        page = rows[:limit]
        more = len(rows) > limit
        return ArticlePage(
            results=[_row(article) for article in page],
            next_cursor=cursor_after(page[-1].id) if more else None,
        )

    @router.get("/articles/{article_id}", dependencies=[needs("knowledge.read")])
    def read_article(
        client_id: ClientId,
        article_id: ArticleId,
        service: ServiceDep,
        version: Annotated[
            str | None, Query(max_length=64, description="An older version, as cited.")
        ] = None,
    ) -> ArticleOut:
        """Read an article as it is, or as it was in a version that a citation names."""
        knowledge = service.copilot.knowledge
        if version is not None:
            return _article(knowledge.article_version(client_id, article_id, version))
        article = knowledge.client(client_id).articles.get(article_id)
        if article is None:
            raise not_found()
        return _article(article)


def _add_writing(router: APIRouter) -> None:
    @router.put("/articles/{article_id}", dependencies=[needs("knowledge.write")])
    def write_article(
        client_id: ClientId,
        article_id: ArticleId,
        service: ServiceDep,
        body: Annotated[ArticleIn, Body()],
    ) -> ArticleOut:
        """Add or replace an article. Older versions stay readable; search knows the new one at once."""
        text = ArticleText(**body.model_dump())
        return _article(put_article(service.copilot.knowledge, client_id, article_id, text))

    @router.delete("/articles/{article_id}", dependencies=[needs("knowledge.write")])
    def delete_article(client_id: ClientId, article_id: ArticleId, service: ServiceDep) -> Deleted:
        """Take an article out of use."""
        version = service.copilot.knowledge.delete_article(client_id, article_id)
        return Deleted(article_id=article_id, knowledge_version=version)


def _add_search(router: APIRouter) -> None:
    @router.get("/search", dependencies=[needs("knowledge.read")])
    def search_articles(
        client_id: ClientId,
        service: ServiceDep,
        q: Annotated[str, Query(min_length=1, max_length=2000, description="A question, in any words.")],
        limit: Limit = 5,
    ) -> SearchResults:
        """Find the articles valid today that may answer: one row an article, best first."""
        found = search(service.copilot.knowledge, client_id, q, limit)
        return SearchResults(
            results=[
                SearchResult(article_id=item.article_id, title=item.title, quote=item.quote, score=item.score)
                for item in found
            ]
        )


def _row(article: Article) -> ArticleRow:
    return ArticleRow(
        article_id=article.id,
        title=article.title,
        version=article.version,
        valid_from=article.valid_from,
        valid_to=article.valid_to,
    )


def _article(article: Article) -> ArticleOut:
    return ArticleOut(
        article_id=article.id,
        title=article.title,
        body=article.body,
        version=article.version,
        tags=article.tags,
        valid_from=article.valid_from,
        valid_to=article.valid_to,
        audience=article.audience,
    )
