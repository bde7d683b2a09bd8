from __future__ import annotations

import numpy as np
import pytest

from copilot.signals.emergency.classifier import ClassifierError, judge, weights
from copilot.signals.emergency.features import context_vector, grams
from copilot.signals.emergency.rules import read
from copilot.signals.emergency.text import normalise


def test_the_shipped_weights_judge_any_vector():
    vector = np.full(384, 384**-0.5, dtype=np.float32)
    found = judge(read("你好"), vector, ())
    assert 0 <= found.alert <= 1
    assert found.category in weights().categories


def test_a_vector_of_another_model_means_that_the_layer_cannot_run():
    with pytest.raises(ClassifierError):
        judge(read("你好"), np.zeros(8, dtype=np.float32), ())


def test_nearer_turns_count_more_in_the_context():
    far, near = np.eye(384, dtype=np.float32)[:2]
    context = context_vector([far, near])
    assert context[1] > context[0] > 0


def test_letters_of_one_text_weigh_as_much_as_those_of_another():
    for text in ("", "救命", "my dad is not breathing " * 20):
        assert np.linalg.norm(grams(normalise(text), 1 << 14).weights) == pytest.approx(1, abs=1e-5)
