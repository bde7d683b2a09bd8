from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="teaching needs the extra `train`")

from evals.encoder.settle import back_of


def test_the_map_takes_vectors_back_to_where_they_were() -> None:
    chance = np.random.default_rng(0)
    before = chance.normal(size=(400, 8)).astype(np.float32)
    before /= np.linalg.norm(before, axis=1, keepdims=True)
    moved = before @ (np.eye(8) + 0.2 * chance.normal(size=(8, 8))).astype(np.float32)
    back = back_of(moved, before)
    assert np.abs(moved @ back - before).mean() < 0.2 * np.abs(moved - before).mean()
