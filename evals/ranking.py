"""Fits the weights of copilot/suggestion/choice/ranking.yaml: `python -m evals.ranking DATASET…`.

A data set is a folder with `clients/` (or the sample clients) and `conversations*.jsonl`. The order is
fitted listwise on the answerable conversations; the confidence on those against the unanswerable ones and
against the same conversations with their own articles taken away; the line between speaking and abstaining
on the recorded conversations (`answerable*.jsonl` are short questions written to be hard).
Printed figures are leave-one-client-out.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

import knowledge
from copilot.assembly import assemble
from copilot.pipeline import CANDIDATES
from copilot.request import AssistRequest
from copilot.retrieval import build_query, turn_vectors
from copilot.settings import Settings
from copilot.signals.facts import find_facts
from copilot.suggestion.choice import ranking
from copilot.suggestion.embedded import frame
from knowledge.base import KnowledgeBase

Rows = NDArray[np.float64]
TARGET = Path(ranking.__file__).with_name("ranking.yaml")
_STEPS, _RATE, _SHRINK = 400, 0.3, 0.03


@dataclass(frozen=True, slots=True)
class Case:
    """One conversation: candidates' features, which of them are right, and the confidence rows."""

    client: str
    rows: Rows
    right: NDArray[np.bool_]
    answerable: bool
    recorded: bool


def _lines(path: Path) -> Iterator[dict[str, object]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def read_cases(folder: Path, base: KnowledgeBase) -> Iterator[Case]:
    """Yield the cases of one data set folder."""
    for path in sorted([*folder.glob("conversations*.jsonl"), *folder.glob("answerable*.jsonl")]):
        for line in _lines(path):
            if line["kind"] != "chitchat":
                yield _case(line, base, recorded=path.name.startswith("conversations"))


def _case(line: dict[str, object], base: KnowledgeBase, *, recorded: bool) -> Case:
    request = AssistRequest.model_validate(
        {"client_id": line["client"], "turns": line["turns"], "now": line.get("now"),
         "agent": {"tier": line.get("agent_tier") or "L1"}}
    )  # fmt: skip
    conversation = request.conversation()
    known = base.client(conversation.client_id)
    query = build_query(conversation, turn_vectors(conversation, base.embed_queries))
    today = conversation.now.date()
    hits = base.search(conversation.client_id, query, on=today, limit=CANDIDATES) if query else ()
    case = frame(conversation, known, find_facts(conversation))
    relevant = set(line.get("relevant") or ())  # type: ignore[call-overload]
    return Case(
        client=conversation.client_id,
        rows=ranking.matrix([ranking.features(hit, case) for hit in hits]),
        right=np.array([hit.article.id in relevant for hit in hits]),
        answerable=bool(relevant),
        recorded=recorded,
    )


def fit_order(cases: Sequence[Case]) -> Rows:
    """Return weights that give the right articles the highest softmax share (listwise)."""
    weights = np.zeros(len(ranking.NAMES))
    lists = [(ranking.standardised(c.rows), c.right / c.right.sum()) for c in cases if c.right.any()]
    for _ in range(_STEPS):
        gradient = np.zeros_like(weights)
        for rows, target in lists:
            scores = rows @ weights
            share = np.exp(scores - scores.max())
            gradient += rows.T @ (target - share / share.sum())
        weights += _RATE * (gradient / len(lists) - _SHRINK * weights)
    return weights


def top(cases: Sequence[Case], weights: Rows) -> tuple[float, float]:
    """Return how often a right article is first, and among the first three."""
    ranks = []
    for case in cases:
        if case.answerable:
            order = np.argsort(-(ranking.standardised(case.rows) @ weights))
            places = np.flatnonzero(case.right[order])
            ranks.append(places[0] if len(places) else 999)
    return float(np.mean([r < 1 for r in ranks])), float(np.mean([r < 3 for r in ranks]))


def sure_rows(cases: Sequence[Case], weights: Rows) -> tuple[Rows, NDArray[np.float64], NDArray[np.float64]]:
    """Return rows, labels (1: the first article answers) and sample weights for the confidence."""
    rows, labels, worth = [], [], []
    for case in cases:
        rows.append(_first(case.rows, weights))
        labels.append(float(case.answerable))
        worth.append(1.0 if case.answerable else 4.0)
        if case.right.any() and (~case.right).sum() > 1:
            rows.append(_first(case.rows[~case.right], weights))
            labels.append(0.0)
            worth.append(0.25)  # another article may answer, too: a weak witness
    return np.array(rows), np.array(labels), np.array(worth)


def _first(rows: Rows, weights: Rows) -> Rows:
    scores = ranking.standardised(rows) @ weights
    order = np.argsort(-scores)
    margin = scores[order[0]] - scores[order[1]] if len(order) > 1 else 1.0
    return np.array([*rows[order[0]], margin])


def fit_sure(rows: Rows, labels: NDArray[np.float64], worth: NDArray[np.float64]) -> tuple[Rows, float]:
    """Return logistic weights and bias in the features' own units (ridge, on standardised features)."""
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    x = (rows - mean) / scale
    weights, bias = np.zeros(x.shape[1]), 0.0
    for _ in range(3000):
        p = 1 / (1 + np.exp(-(x @ weights + bias)))
        error = (labels - p) * worth
        weights += 0.1 * (x.T @ error / worth.sum() - 0.02 * weights)
        weights = np.maximum(
            weights, 0.0
        )  # every feature speaks for the article; the data are too few to say more
        bias += 0.1 * error.sum() / worth.sum()
    own = weights / scale
    return own, float(bias - own @ mean)


# Of the recorded conversations that can be answered, so many may be refused for knowing what is not known.
_REFUSED = 0.05


def line_of(cases: Sequence[Case], order: Rows, sure: Rows, bias: float) -> float:
    """Return the logit below which the product abstains."""
    logits = [_first(c.rows, order) @ sure + bias for c in cases if c.recorded and c.answerable]
    return float(np.quantile(logits, _REFUSED)) if logits else 0.0


def main(folders: Sequence[str]) -> None:
    """Fit on the named data sets, print leave-one-client-out figures, write the weights."""
    cases: list[Case] = []
    with tempfile.TemporaryDirectory() as home:
        product = assemble(Settings(data_dir=Path(home)))
        for name in folders:
            folder = Path(name)
            clients = folder / "clients"
            for client in sorted(clients.iterdir() if clients.is_dir() else _samples()):
                if (client / "client.yaml").is_file():
                    product.knowledge.import_folder(client)
            cases += read_cases(folder, product.knowledge)
        product.close()
    _report(cases)
    order = fit_order(cases)
    sure, bias = fit_sure(*sure_rows(cases, order))
    bias -= line_of(cases, order, sure, bias)
    content = {
        "order": {n: round(float(w), 3) for n, w in zip(ranking.NAMES, order, strict=True)},
        "sure": {n: round(float(w), 3) for n, w in zip(ranking.SURE_NAMES, sure, strict=True)},
        "sure_bias": round(bias, 3),
    }
    head = "# Fitted by `python -m evals.ranking`; features are explained in ranking.py.\n"
    TARGET.write_text(head + yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def _samples() -> Iterator[Path]:
    return (Path(knowledge.__file__).with_name("samples")).iterdir()


def _report(cases: Sequence[Case]) -> None:
    firsts: list[tuple[int, float, float]] = []
    known: list[bool] = []
    refused: list[bool] = []
    for client in sorted({c.client for c in cases}):
        rest = [c for c in cases if c.client != client]
        own = [c for c in cases if c.client == client]
        weights = fit_order(rest)
        sure, bias = fit_sure(*sure_rows(rest, weights))
        bias -= line_of(rest, weights, sure, bias)
        first, three = top(own, weights)
        firsts.append((len(own), first, three))
        for case in own:
            p = 1 / (1 + np.exp(-(_first(case.rows, weights) @ sure + bias)))
            (refused if case.answerable else known).append(bool(p < 0.5))
        print(f"{client:12} n={len(own):3} first={first:.3f} in three={three:.3f}")  # noqa: T201
    total = sum(n for n, _, _ in firsts)
    print(  # noqa: T201
        f"all first={sum(n * a for n, a, _ in firsts) / total:.3f} "
        f"three={sum(n * b for n, _, b in firsts) / total:.3f} "
        f"unanswerable recognised={np.mean(known):.3f} (n={len(known)}) "
        f"answerable refused={np.mean(refused):.3f} (n={len(refused)})"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
