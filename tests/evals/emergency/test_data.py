from __future__ import annotations

from evals.emergency.data import BATCHES, REQUESTS, Case, Judged, Utterance, judged, requests, rows

LABELS = Judged(dangers={"c-1": ("urgent", "threat", 1)}, unsure=frozenset({"c-3"}))


def talk(name: str) -> Case:
    said = (("customer", "在吗"), ("agent", "您好"), ("customer", "他说要来找我"))
    return Case(name, "shop", name, "zh-Hans", tuple(Utterance(*turn) for turn in said), "none", "none")


def test_a_danger_begins_at_the_message_that_tells_it():
    labelled = LABELS.of(talk("c-1"))
    assert labelled is not None
    assert (labelled.level, labelled.category, labelled.first) == ("urgent", "threat", 2)


def test_what_nobody_named_is_harmless_and_what_is_unsure_is_left_out():
    assert LABELS.of(talk("c-2")) == talk("c-2")
    assert LABELS.of(talk("c-3")) is None


def test_every_judged_request_exists_and_is_read_once():
    paths = (BATCHES.parent / REQUESTS).glob("answerable_*.jsonl")
    known = [row["id"] for path in paths for row in rows(path)]
    labels = judged()
    assert len(known) == len(set(known))
    assert not (labels.dangers.keys() | labels.unsure) - set(known)
    assert len(requests()) == len(known) - len(labels.unsure)
