"""Fits the order of copilot/suggestion/choice/ranking.yaml: `python -m evals.ranking DATASET…`.

A data set is a folder with `clients/` (or the sample clients), `conversations*.jsonl` and `answerable*.jsonl`
(short questions written to be hard). The order is fitted listwise on the answerable ones; how sure it is that
the first article answers is fitted by `python -m evals.bench.fit_answering`.
Printed figures are leave-one-client-out.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from copilot.assembly import assemble
from copilot.pipeline import CANDIDATES
from copilot.request import AssistRequest
from copilot.retrieval import build_query, request_text, request_vectors, turn_vectors
from copilot.settings import Settings
from copilot.signals.emergency import detect
from copilot.signals.facts import find_facts
from copilot.suggestion.choice import ranking
from copilot.suggestion.embedded import frame
from evals.bench.embedding_cache import DiskCache
from evals.bench.fitting import clients_of, lines
from knowledge.base import KnowledgeBase

Rows = NDArray[np.float64]
TARGET = Path(ranking.__file__).with_name("ranking.yaml")
_STEPS, _RATE, _SHRINK = 400, 0.3, 0.03
_HEAD = """# Order: fitted by `python -m evals.ranking`; sureness: by `python -m evals.bench.fit_answering`.
# Features are explained in ranking.py and usual.py.
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One conversation: candidates' features, which of them are right, what is asked and its unit vector."""

    client: str
    rows: Rows
    right: NDArray[np.bool_]
    answerable: bool
    recorded: bool
    text: str
    asked: NDArray[np.float32] | None


def read_cases(folder: Path, base: KnowledgeBase) -> Iterator[Case]:
    """Yield the cases of one data set folder."""
    for pattern in ("answerable*.jsonl", "conversations*.jsonl"):
        for line in lines(folder, pattern):
            if line["kind"] != "chitchat":
                yield _case(line, base, recorded=pattern.startswith("conversations"))


def _case(line: dict[str, object], base: KnowledgeBase, *, recorded: bool) -> Case:
    request = AssistRequest.model_validate(
        {"client_id": line["client"], "turns": line["turns"], "now": line.get("now"),
         "agent": {"tier": line.get("agent_tier") or "L1"}}
    )  # fmt: skip
    conversation = request.conversation()
    known = base.client(conversation.client_id)
    open_request = request_vectors(conversation, base.embed_queries, base.embed_requests)
    query = build_query(conversation, open_request)
    today = conversation.now.date()
    hits = base.search(conversation.client_id, query, on=today, limit=CANDIDATES) if query else ()
    vectors = turn_vectors(conversation, base.embed_turns)
    by_turn = {t.index: row for t, row in zip(vectors.turns, vectors.matrix, strict=True)}
    alerts = detect(conversation, by_turn, known.settings).alerts
    dangers = [alert.category for alert in alerts]
    case = frame(conversation, known, find_facts(conversation), dangers=dangers)
    relevant = set(line.get("relevant") or ())  # type: ignore[call-overload]
    return Case(
        client=conversation.client_id,
        rows=ranking.matrix(ranking.features_of(hits, case)),
        right=np.array([hit.article.id in relevant for hit in hits]),
        answerable=bool(relevant),
        recorded=recorded,
        text=request_text(conversation),
        asked=open_request.asked if open_request is not None else None,
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


def load(folders: Sequence[str]) -> list[Case]:
    """Return the cases of the named data sets; a client of one of them may be asked in another one."""
    cache = Path(tempfile.gettempdir()) / "agent-copilot-fit.sqlite"
    with tempfile.TemporaryDirectory() as home:
        product = assemble(Settings(data_dir=Path(home)), lambda plain: DiskCache(plain, cache))
        for client in [path for name in folders for path in clients_of(Path(name))]:
            product.knowledge.import_folder(client)
        cases = [case for name in folders for case in read_cases(Path(name), product.knowledge)]
        product.close()
    return cases


def main(folders: Sequence[str]) -> None:
    """Fit on the named data sets, print leave-one-client-out figures, write the order's weights."""
    cases = load(folders)
    _report(cases)
    order = fit_order(cases)
    content = yaml.safe_load(TARGET.read_text(encoding="utf-8"))
    content["order"] = {n: round(float(w), 3) for n, w in zip(ranking.NAMES, order, strict=True)}
    write(content)


def write(content: Mapping[str, object]) -> None:
    """Write the weights of order and sureness as data."""
    TARGET.write_text(_HEAD + yaml.safe_dump(dict(content), sort_keys=False), encoding="utf-8")


def _report(cases: Sequence[Case]) -> None:
    firsts: list[tuple[int, float, float]] = []
    for client in sorted({c.client for c in cases}):
        own = [c for c in cases if c.client == client]
        first, three = top(own, fit_order([c for c in cases if c.client != client]))
        firsts.append((sum(c.answerable for c in own), first, three))
        print(f"{client:12} n={firsts[-1][0]:3} first={first:.3f} in three={three:.3f}")  # noqa: T201
    total = sum(n for n, _, _ in firsts)
    print(  # noqa: T201
        f"all first={sum(n * a for n, a, _ in firsts) / total:.3f} "
        f"three={sum(n * b for n, _, b in firsts) / total:.3f} (n={total})"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
