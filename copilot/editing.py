"""A client's knowledge changed and searched piece by piece, as editors and integrators do it over the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from copilot.unpacking import unpack
from knowledge.base import KnowledgeBase, UnknownArticleError, UnknownClientError
from knowledge.importing import ImportReport
from knowledge.model import Article, AuthorityMatrix, ClientSettings, SearchQuery, WeightedText
from knowledge.reading.articles import article_of
from knowledge.reading.problem import Problem
from knowledge.reading.settings import authority_of, settings_of
from knowledge.reading.yaml_source import YamlSource

__all__ = [
    "ArticleText",
    "Found",
    "ImportReport",
    "KnowledgeProblemsError",
    "UnknownArticleError",
    "UnknownClientError",
    "import_zip",
    "put_article",
    "put_authority",
    "put_settings",
    "search",
]


class KnowledgeProblemsError(Exception):
    """What was sent cannot become knowledge; `problems` says why, each with its place."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class ArticleText:
    """An article as an editor sends it; its id comes from the address, its version from its words."""

    title: str
    body: str
    tags: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    audience: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One article of a search; `quote` is its best passage, exactly; `score` is 0..1 within this search."""

    article_id: str
    title: str
    quote: str
    score: float


def put_article(knowledge: KnowledgeBase, client_id: str, article_id: str, text: ArticleText) -> Article:
    """Add or replace one article. Raise KnowledgeProblemsError, UnknownClientError."""
    knowledge.client(client_id)
    if text.valid_from is not None and text.valid_to is not None and text.valid_to < text.valid_from:
        raise KnowledgeProblemsError((Problem("", "valid_to", "is before valid_from"),))
    article = article_of(
        article_id,
        text.title,
        text.body,
        tags=text.tags,
        valid_from=text.valid_from,
        valid_to=text.valid_to,
        audience=text.audience,
        source="api",
    )
    knowledge.put_article(client_id, article)
    return article


def put_authority(
    knowledge: KnowledgeBase, client_id: str, content: Mapping[str, Any]
) -> tuple[AuthorityMatrix, tuple[Problem, ...]]:
    """Replace the authority matrix; return it with the warnings. Raise KnowledgeProblemsError."""
    problems: list[Problem] = []
    settings = knowledge.client(client_id).settings
    matrix = authority_of(YamlSource(content, {}), "", settings, problems)
    warnings = _warnings(problems)
    knowledge.put_authority(client_id, matrix)
    return matrix, warnings


def put_settings(
    knowledge: KnowledgeBase, client_id: str, content: Mapping[str, Any]
) -> tuple[ClientSettings, tuple[Problem, ...]]:
    """Replace the settings, or create the client with them; return them with the warnings.

    Raise KnowledgeProblemsError where they are broken or name another client.
    """
    problems: list[Problem] = []
    settings = settings_of(YamlSource(content, {}), "", client_id, problems)
    if settings.id != client_id:
        problems.append(Problem("", "id", f"must be {client_id!r}, as in the address"))
    warnings = _warnings(problems)
    knowledge.put_settings(client_id, settings)
    return settings, warnings


def import_zip(
    knowledge: KnowledgeBase, client_id: str, archive: Path, work: Path, *, dry_run: bool
) -> ImportReport:
    """Make the zipped folder the client's new version. `work` is an empty folder of the caller's.

    Raise KnowledgeProblemsError where the archive is refused or its folder is another client's.
    """
    folder = unpack(archive, work / client_id)
    report = knowledge.import_folder(folder, dry_run=True)
    if not report.errors and report.client_id != client_id:
        cause = f"the folder belongs to another client; the address says {client_id!r}"
        raise KnowledgeProblemsError((Problem("client.yaml", "id", cause),))
    return report if dry_run or report.errors else knowledge.import_folder(folder)


def search(knowledge: KnowledgeBase, client_id: str, words: str, limit: int) -> tuple[Found, ...]:
    """Return the client's articles of today that may answer, best first. Raise EmbeddingError."""
    known = knowledge.client(client_id)
    today = datetime.now(UTC).astimezone(ZoneInfo(known.settings.timezone)).date()
    query = SearchQuery(vector=knowledge.embed_queries([words])[0], parts=(WeightedText(words),))
    return tuple(
        Found(
            article_id=hit.article.id,
            title=hit.article.title,
            quote=hit.passages[0].passage.text if hit.passages else "",
            score=round(hit.score, 4),
        )
        for hit in knowledge.search(client_id, query, on=today, limit=limit)
    )


def _warnings(problems: list[Problem]) -> tuple[Problem, ...]:
    """Return the problems if none of them is an error. Raise KnowledgeProblemsError."""
    if any(problem.severity == "error" for problem in problems):
        raise KnowledgeProblemsError(tuple(problems))
    return tuple(problems)
