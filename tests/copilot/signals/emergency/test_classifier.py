from __future__ import annotations

import numpy as np
import pytest

from copilot.signals.emergency.classifier import ClassifierError, judge, weights
from copilot.signals.emergency.features import context_vector, grams
from copilot.signals.emergency.machine import WIDTH, Axes, Support, machine, margin, packed, unpacked
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


def test_the_kernel_machine_says_of_a_kept_turn_what_it_was_taught():
    places = np.array([[0.0, 0.5], [0.5, 0.0]], dtype=np.float32)
    present = np.array([[True, False], [False, False]])
    kept = Support(places, present, np.array([1.0, -1.0], dtype=np.float32))
    axes = Axes(np.zeros(2, dtype=np.float32), np.eye(2, dtype=np.float32))
    made = machine(axes, kept, np.array([0.2, 0.3], dtype=np.float32), 0.0)
    for index, sign in ((0, 1), (1, -1)):
        assert sign * margin(made, places[index], present[index]) > 0


def test_a_word_that_only_one_turn_has_puts_two_turns_apart():
    kept = Support(np.zeros((1, 2), np.float32), np.array([[True]]), np.ones(1, np.float32))
    axes = Axes(np.zeros(2, dtype=np.float32), np.eye(2, dtype=np.float32))
    made = machine(axes, kept, np.array([0.5], dtype=np.float32), 0.0)
    here = np.zeros(2, dtype=np.float32)
    assert margin(made, here, np.array([True])) == pytest.approx(1.0)
    assert margin(made, here, np.array([False])) == pytest.approx(np.exp(-WIDTH * 0.25))


def test_a_packed_machine_judges_as_before():
    made = weights().machine
    again = unpacked(packed(made))
    vector = np.full(384, 384**-0.5, dtype=np.float32)
    nothing = np.zeros(len(made.loudness), dtype=np.bool_)
    assert margin(again, vector, nothing) == pytest.approx(margin(made, vector, nothing), abs=1e-3)
