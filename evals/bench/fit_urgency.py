"""Fits copilot/escalation/urgency.yaml: `python -m evals.bench.fit_urgency DATASET…`.

A data set is a folder with `clients/` (or the sample clients), `conversations*.jsonl`, `answerable*.jsonl`
and `escalations*.jsonl`; conversations with a priority count, those with an emergency alert apart (their
level is not weighed). Printed figures are leave-one-client-out, and how often the whole priority is right.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from copilot.answer import Priority
from copilot.assembly import Copilot, assemble
from copilot.escalation import Findings, nearness, urgency
from copilot.escalation.findings import Case, case_of
from copilot.escalation.handover import handovers
from copilot.request import AssistRequest, Want
from copilot.retrieval import build_query, request_vectors
from copilot.settings import Settings
from evals.bench.embedding_cache import DiskCache
from evals.bench.fitting import Line, Rows, clients_of, lines, logistic, wrapped

TARGET = Path(urgency.__file__).with_name("urgency.yaml")
_RIDGE, _RIDGE_WORDING = 0.03, 1.0
# A missed P1 costs more than one too many: of equally many errors the bias is put where fewer are missed.
_LEAN = 0.5
_WANT: tuple[Want, ...] = ("alerts", "facts", "promises", "suggestions")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A conversation as a case for its client, and the level that a careful human gives."""

    id: str
    client: str
    case: Case
    urgent: urgency.UrgentSigns
    level: Priority
    emergency: bool


def read_cases(folder: Path, product: Copilot) -> Iterator[Labelled]:
    """Yield the conversations of one data set folder that have a priority."""
    levels = {(e.get("client"), e["id"]): e.get("priority") for e in lines(folder, "escalations*.jsonl")}
    for line in lines(folder, "conversations*.jsonl", "answerable*.jsonl"):
        level = line.get("priority") or levels.get((line["client"], line["id"]))
        if level:
            yield _labelled(line, level, product)


def _labelled(line: dict[str, Any], level: Priority, product: Copilot) -> Labelled:
    request = AssistRequest.model_validate(
        {"client_id": line["client"], "turns": line["turns"], "now": line.get("now"),
         "agent": {"tier": line.get("agent_tier") or "L1"}}
    )  # fmt: skip
    conversation, base = request.conversation(), product.knowledge
    answer = product.pipeline.assist(conversation, want=_WANT)
    known = base.client(conversation.client_id)
    query = build_query(conversation, request_vectors(conversation, base.embed_queries, base.embed_requests))
    vector = query.vector if query else None
    found = Findings(
        alerts=answer.alerts,
        facts=answer.facts,
        promises=answer.promises,
        suggestion=answer.suggestions[0] if answer.suggestions else None,
        abstained=answer.abstained,
        request=vector,
        nearness=nearness(vector, known.settings, base.embed_queries) if vector is not None else {},
    )
    case = case_of(conversation, known, found)
    return Labelled(
        id=line["id"],
        client=known.settings.id,
        case=case,
        urgent=urgency.urgent_signs(case, handovers(case)),
        level=level,
        emergency=any(alert.level == "emergency" for alert in answer.alerts),
    )


def fit_urgent(cases: Sequence[Labelled]) -> Line:
    """Return what tells P1 from the levels below."""
    rows = [[getattr(c.urgent, name) for name in urgency.URGENT_NAMES] for c in cases]
    fitted = logistic(np.array(rows), np.array([float(c.level in {"P0", "P1"}) for c in cases]), _RIDGE)
    return Line(fitted.weights, fitted.bias + _LEAN)


def fit_wording(cases: Sequence[Labelled]) -> Line:
    """Return how requests in such words are ranked: a ridge regression on centred vectors."""
    asked = [c for c in cases if c.case.found.request is not None]
    rows = np.array([c.case.found.request for c in asked], np.float64)
    labels = np.array([float(c.level == "P3") for c in asked])
    mean, share = rows.mean(axis=0), float(labels.mean())
    square = (rows - mean).T @ (rows - mean) + _RIDGE_WORDING * np.eye(rows.shape[1])
    weights = np.linalg.solve(square, (rows - mean).T @ (labels - share))
    return Line(weights, share - float(mean @ weights))


@dataclass(frozen=True, slots=True)
class Neutral:
    """What speaks for neither level: half way between the means of both."""

    wording: float = 0.5
    urgent_near: float = 0.0
    ordinary_near: float = 0.0


_UNKNOWN = Neutral()


def _half_way(values: Rows, labels: Rows) -> float:
    return float(values[labels > 0].mean() + values[labels == 0].mean()) / 2


def _weights(
    wording: Line, urgent: Line | None = None, ordinary: Line | None = None, neutral: Neutral = _UNKNOWN
) -> urgency.Weights:
    return urgency.Weights(
        urgent=_named(urgent, urgency.URGENT_NAMES),
        ordinary=_named(ordinary, urgency.ORDINARY_NAMES),
        wording=wording.weights,
        wording_bias=float(wording.bias),
        wording_neutral=neutral.wording,
        urgent_near=neutral.urgent_near,
        ordinary_near=neutral.ordinary_near,
    )


def _named(line: Line | None, names: Sequence[str]) -> urgency.Line:
    if line is None:
        return urgency.Line({}, 0.0)
    return urgency.Line(dict(zip(names, map(float, line.weights), strict=True)), float(line.bias))


def ordinary_rows(cases: Sequence[Labelled], weights: urgency.Weights) -> Rows:
    """Return the signs of P3, shape (cases, signs)."""
    found = [urgency.ordinary_signs(c.case, weights) for c in cases]
    return np.array([[getattr(signs, name) for name in urgency.ORDINARY_NAMES] for signs in found])


def fit(cases: Sequence[Labelled]) -> urgency.Weights:
    """Return all weights; the wording of a client's cases comes from a fit on the other clients."""
    calm = [c for c in cases if not c.emergency]
    low = [c for c in calm if c.level in {"P2", "P3"}]
    rows, labels = [], []
    for client in sorted({c.client for c in low}):
        own = [c for c in low if c.client == client]
        rows.append(ordinary_rows(own, _weights(fit_wording([c for c in low if c.client != client]))))
        labels += [float(c.level == "P3") for c in own]
    table, ordinary = np.vstack(rows), np.array(labels)
    urgent = np.array([float(c.level in {"P0", "P1"}) for c in calm])
    neutral = Neutral(
        wording=_half_way(table[:, urgency.ORDINARY_NAMES.index("wording")], ordinary),
        urgent_near=_half_way(np.array([c.urgent.near for c in calm]), urgent),
        ordinary_near=_half_way(table[:, urgency.ORDINARY_NAMES.index("near")], ordinary),
    )
    return _weights(fit_wording(low), fit_urgent(calm), logistic(table, ordinary, _RIDGE), neutral)


def report(cases: Sequence[Labelled]) -> None:
    """Print how often the level of a client that was left out is right."""
    rights: list[bool] = []
    for client in sorted({c.client for c in cases}):
        own = [c for c in cases if c.client == client and not c.emergency]
        weights = fit([c for c in cases if c.client != client])
        given = [_level(c, weights) for c in own]
        right = [c.level == level for c, level in zip(own, given, strict=True)]
        wrong = [f"{c.id} {c.level}→{g}" for c, g, ok in zip(own, given, right, strict=True) if not ok]
        rights += right
        print(f"{client:12} n={len(own):3} right={sum(right)} {', '.join(wrong)}")
    print(f"all right={np.mean(rights):.3f} (n={len(rights)}, without emergency alerts)")


def _level(labelled: Labelled, weights: urgency.Weights) -> Priority:
    if urgency.weigh(weights.urgent, labelled.urgent) > 0:
        return "P1"
    signs = urgency.ordinary_signs(labelled.case, weights)
    return "P3" if urgency.weigh(weights.ordinary, signs) > 0 else "P2"


def write(weights: urgency.Weights) -> None:
    """Write the weights as data."""
    content = {
        "urgent": {n: round(v, 3) for n, v in weights.urgent.weights.items()},
        "urgent_bias": round(weights.urgent.bias, 3),
        "ordinary": {n: round(v, 3) for n, v in weights.ordinary.weights.items()},
        "ordinary_bias": round(weights.ordinary.bias, 3),
        "wording_bias": round(weights.wording_bias, 4),
        "wording_neutral": round(weights.wording_neutral, 4),
        "urgent_near": round(weights.urgent_near, 4),
        "ordinary_near": round(weights.ordinary_near, 4),
    }
    head = "# Fitted by `python -m evals.bench.fit_urgency`; the signs are explained in urgency.py.\n"
    text = head + yaml.safe_dump(content, sort_keys=False)
    text += "# A direction of the embedding (multilingual-e5-small): ordinary questions.\n"
    numbers = wrapped(", ".join(f"{v:.3f}" for v in weights.wording))
    TARGET.write_text(f"{text}wording: [{numbers}]\n", encoding="utf-8")


def main(folders: Sequence[str]) -> None:
    """Fit on the named data sets, print leave-one-client-out figures, write the weights."""
    cases: list[Labelled] = []
    cache = Path(tempfile.gettempdir()) / "agent-copilot-fit.sqlite"
    with tempfile.TemporaryDirectory() as home:
        product = assemble(Settings(data_dir=Path(home)), lambda plain: DiskCache(plain, cache))
        for folder in map(Path, folders):
            for client in clients_of(folder):
                product.knowledge.import_folder(client)
            cases += read_cases(folder, product)
        product.close()
    report(cases)
    write(fit(cases))


if __name__ == "__main__":
    main(sys.argv[1:])
