from __future__ import annotations

import numpy as np
import pytest

from evals.bench.fitting import lines, logistic


def test_lines_of_several_kinds_come_one_kind_after_the_other(tmp_path):
    (tmp_path / "conversations_b.jsonl").write_text('{"id": 1}\n\n{"id": 2}\n', encoding="utf-8")
    (tmp_path / "answerable_a.jsonl").write_text('{"id": 3}\n', encoding="utf-8")
    found = lines(tmp_path, "conversations*.jsonl", "answerable*.jsonl")
    assert [line["id"] for line in found] == [1, 2, 3]


def test_a_row_that_counts_twice_is_two_rows():
    rows = np.array([[0.0], [1.0], [2.0], [3.0]])
    labels = np.array([0.0, 1.0, 0.0, 1.0])
    twice = logistic(np.vstack([rows, rows[1:2]]), np.append(labels, 1.0), 0.1)
    counted = logistic(rows, labels, 0.1, worth=np.array([1.0, 2.0, 1.0, 1.0]))
    at = np.array([[0.5], [2.5]])
    # Centre and scale are those of the rows as they stand, so the ridge differs a little.
    assert counted.of(at) == pytest.approx(twice.of(at), abs=0.1)


def test_what_counts_nothing_changes_nothing():
    rows = np.array([[0.0], [1.0], [2.0], [3.0]])
    labels = np.array([0.0, 0.0, 1.0, 1.0])
    worth = np.array([1.0, 1.0, 1.0, 0.0])
    flipped = np.array([0.0, 0.0, 1.0, 0.0])
    one, other = (logistic(rows, known, 0.1, worth=worth) for known in (labels, flipped))
    assert one.of(rows) == pytest.approx(other.of(rows))
