from __future__ import annotations

from importlib.resources import files
from zlib import crc32

import numpy as np
import pytest

from copilot.signals.emergency.classifier import ClassifierError, judge, weights
from copilot.signals.emergency.features import context_vector, grams
from copilot.signals.emergency.machine import WIDTH, Axes, Support, machine, margin, packed, unpacked
from copilot.signals.emergency.rules import read
from copilot.signals.emergency.text import normalise
from knowledge.taught import TURNS, taught_name


def test_the_shipped_weights_judge_any_vector():
    vector = np.full(384, 384**-0.5, dtype=np.float32)
    found = judge(read("你好"), vector, ())
    assert 0 <= found.alert <= 1
    assert found.category in weights().categories


def test_the_shipped_weights_read_the_present_encoders_vectors():
    with (
        files("copilot.signals.emergency").joinpath("weights.npz").open("rb") as stream,
        np.load(stream) as raw,
    ):
        assert str(raw["encoder"]) == taught_name(TURNS)


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


def test_a_pair_of_units_has_the_bucket_of_its_joined_text():
    size = 1 << 18
    pieces = ("着", "火", "了", "着\x1f火", "火\x1f了", "着\x1f火\x1f了")
    assert grams(normalise("着火了"), size).buckets.tolist() == sorted(
        crc32(p.encode()) % size for p in pieces
    )


def test_numbers_share_a_bucket():
    assert np.array_equal(
        grams(normalise("bus 42"), 1 << 18).buckets, grams(normalise("bus 7a1"), 1 << 18).buckets
    )


def test_inflections_of_a_latin_word_share_letters():
    def buckets(text: str) -> set[int]:
        return set(grams(normalise(text), 1 << 18).buckets.tolist())

    assert buckets("strangled") & buckets("strangling")
    assert not buckets("strangled") & buckets("parcel")


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


def test_a_margin_is_the_weighted_sum_of_all_gaussians_however_many_turns_were_kept():
    chance = np.random.default_rng(7)
    for kept in (1, 31, 32, 33, 70):
        places = chance.normal(0, 0.3, (kept, 4)).astype(np.float32)
        present = chance.random((kept, 3)) > 0.5
        weights_ = chance.normal(0, 1, kept).astype(np.float32)
        loudness = np.array([0.2, 0.0, 0.5], dtype=np.float32)
        axes = Axes(np.full(4, 0.1, dtype=np.float32), np.eye(4, dtype=np.float32))
        made = machine(axes, Support(places, present, weights_), loudness, 0.25)
        here, words = np.array([0.3, 0.1, 0.0, 0.2], dtype=np.float32), np.array([True, True, False])
        apart = np.sum((places - (here - 0.1)) ** 2, axis=1) + ((present != words) * loudness**2).sum(axis=1)
        plain = float(np.exp(-WIDTH * apart) @ weights_) + 0.25
        assert margin(made, here, words) == pytest.approx(plain, abs=1e-4)


def test_a_packed_machine_judges_as_before():
    made = weights().machine
    again = unpacked(packed(made))
    vector = np.full(384, 384**-0.5, dtype=np.float32)
    nothing = np.zeros(len(made.loudness), dtype=np.bool_)
    assert margin(again, vector, nothing) == pytest.approx(margin(made, vector, nothing), abs=1e-3)
