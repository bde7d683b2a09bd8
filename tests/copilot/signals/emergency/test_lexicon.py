"""What a lexicon finds: every word of every class, wherever it may stand."""

from __future__ import annotations

import pytest

from copilot.signals.emergency.lexicon import build, scan

LEXICON = build(
    {
        "danger": ["救命", "着火", "fire", "stab*", "not breathing", "no cab*", "wifi救我", "39度8", "火"],
        "thing": ["灭火器", "fire", r"re:\d{3}号"],
    }
)


def found(text: str) -> list[tuple[str, str]]:
    return [(hit.word_class, text[hit.start : hit.end]) for hit in scan(LEXICON, text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("快救命啊救命", ["救命", "救命"]),
        ("there is a fire", ["fire", "fire"]),
        ("the firefighter", []),
        ("a bonfire", []),
        ("he stabbed me, stab", ["stab", "stab"]),
        ("a bystab", []),
        ("is not breathing", ["not breathing"]),
        ("is not breathingly", []),
        ("no cabs here", ["no cab"]),
        ("連wifi救我", ["wifi救我"]),
        ("烧到39度8", ["39度8"]),
        ("烧到139度8", []),
        ("走到112号", ["112号"]),
        ("", []),
    ],
)
def test_latin_words_stand_alone_and_others_anywhere(text: str, words: list[str]) -> None:
    assert [word for _, word in found(text)] == words


def test_a_word_is_of_every_class_that_lists_it() -> None:
    assert sorted(found("fire")) == [("danger", "fire"), ("thing", "fire")]


def test_hits_come_in_the_order_of_the_text_the_longer_first() -> None:
    assert found("用灭火器 着火") == [
        ("thing", "灭火器"),
        ("danger", "火"),
        ("danger", "着火"),
        ("danger", "火"),
    ]
