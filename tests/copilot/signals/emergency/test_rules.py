from __future__ import annotations

import pytest

from copilot.signals.emergency.rules import read, rule_base


def fired(text: str) -> set[str]:
    return {match.situation.id for match in read(text).matches}


def test_every_situation_has_a_reason_and_a_known_level():
    for situation in rule_base().situations:
        assert situation.reason
        assert situation.level in {"emergency", "urgent"}


def test_situation_names_are_unique():
    names = [situation.id for situation in rule_base().situations]
    assert len(names) == len(set(names))


def test_a_negation_right_before_denies():
    assert "injury_person" in fired("他受伤了")
    assert "injury_person" not in fired("他没有受伤")


def test_a_question_of_what_if_is_no_danger_but_now_is():
    assert "fire_place" not in fired("如果家里着火了怎么办")
    assert "fire_place" in fired("家里着火了怎么办")


def test_history_excuses_unless_it_happens_now():
    assert "attack_me" not in fired("去年他在家里打我")
    assert "attack_me" in fired("去年他就打我 现在又在踹门")


@pytest.mark.parametrize("text", ["a" * 5000, "他" * 5000, "help " * 3000, "\n" * 3000, "1 2 " * 3000])
def test_long_monotonous_texts_are_read_quickly(text):
    read(text)
