"""A folder becomes the client's new version, as a whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from knowledge.embedding import Embedder, Vectors
from knowledge.entries import entries_of
from knowledge.model import Article, Precedent
from knowledge.passages import passages_of, plain
from knowledge.reading.folder import ClientFolder, read_folder
from knowledge.reading.problem import Problem
from knowledge.store.engine import reading, writing
from knowledge.store.vectors import store_vectors, stored_vectors, text_hash
from knowledge.store.versions import Change, apply

Progress = Callable[[int, int, str], None]
# Texts embedded between two writes: some seconds of work that a crash may cost.
BATCH = 64


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. With errors among `problems` nothing changed; `changed` is false for a dry run."""

    client_id: str
    version: str | None
    changed: bool
    articles: int
    passages: int
    precedents: int
    embedded: int
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that kept the folder out."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def import_folder(
    engine: Engine, embedder: Embedder, path: Path, *, dry_run: bool = False, progress: Progress | None = None
) -> ImportReport:
    """Read the folder, embed what is new, then make it current in one transaction."""
    folder = read_folder(path)
    if folder.errors or dry_run:
        return _report(folder, None, changed=False, embedded=0)
    embedded = embed_missing(engine, embedder, folder.settings.id, texts_of(folder), progress)
    change = Change(
        put=folder.articles,
        complete=True,
        settings=folder.settings,
        authority=folder.authority,
        precedents=folder.precedents,
    )
    with writing(engine) as connection:
        now, changed = apply(connection, folder.settings.id, change)
    return _report(folder, now.version, changed=changed, embedded=embedded)


def texts_of(folder: ClientFolder) -> tuple[str, ...]:
    """Return every text of the folder that search needs a vector for."""
    return (*article_texts(folder.articles), *(case_text(case) for case in folder.precedents))


def article_texts(articles: Sequence[Article]) -> tuple[str, ...]:
    """Return the texts of the articles' entries."""
    passages = [passage for article in articles for passage in passages_of(article)]
    return tuple(entry.text for entry in entries_of({article.id: article for article in articles}, passages))


def case_text(case: Precedent) -> str:
    """Return what a precedent is found by."""
    return plain(case.situation)


def embed_missing(
    engine: Engine,
    embedder: Embedder,
    client_id: str,
    texts: Iterable[str],
    progress: Progress | None = None,
) -> int:
    """Embed and keep the texts that have no vector yet; return how many. Raise EmbeddingError.

    Each batch is kept at once: an import that fails later has lost nothing.
    """
    by_hash = {text_hash(text): text for text in texts}
    with reading(engine) as connection:
        known = stored_vectors(connection, client_id, embedder.name, by_hash)
    missing = [key for key in by_hash if key not in known]
    for at in range(0, len(missing), BATCH):
        keys = missing[at : at + BATCH]
        vectors: Vectors = embedder.passages([by_hash[key] for key in keys])
        with writing(engine) as connection:
            store_vectors(connection, client_id, embedder.name, keys, vectors)
        if progress is not None:
            progress(at + len(keys), len(missing), client_id)
    return len(missing)


def _report(folder: ClientFolder, version: str | None, *, changed: bool, embedded: int) -> ImportReport:
    return ImportReport(
        client_id=folder.settings.id,
        version=version,
        changed=changed,
        articles=len(folder.articles),
        passages=sum(len(passages_of(article)) for article in folder.articles),
        precedents=len(folder.precedents),
        embedded=embedded,
        problems=folder.problems,
    )
