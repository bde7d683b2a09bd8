from __future__ import annotations

from dataclasses import replace

from copilot.suggestion.choice.ranking import worth_showing

ARTICLES = ("轮胎怎么换。\n", "链条怎么修。\n", "车锁怎么配。\n", "铃铛怎么装。\n")


def _shown(workshop, *confidences: float) -> list[float]:
    hits = workshop(*ARTICLES).hits()
    ranked = tuple(replace(h, confidence=c) for h, c in zip(hits, confidences, strict=True))
    return [hit.confidence for hit in worth_showing(ranked, 3)]


def test_of_the_next_answers_only_likely_ones_are_shown(workshop):
    assert _shown(workshop, 0.9, 0.3, 0.1, 0.05) == [0.9, 0.3]


def test_the_first_is_shown_whatever_its_confidence_and_no_more_than_asked(workshop):
    assert _shown(workshop, 0.1, 0.9, 0.8, 0.7) == [0.1, 0.9, 0.8]
