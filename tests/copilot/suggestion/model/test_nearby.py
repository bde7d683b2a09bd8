"""Known words make no known sentence."""

from __future__ import annotations

from copilot.suggestion.model.nearby import share_together

RULES = ("Customs fees are paid by the receiver.", "Damage is covered up to HKD 800; the claim takes 5 days.")


def test_words_of_two_rules_that_never_met_do_not_stand_together():
    assert share_together("Customs fees are covered and damage is paid", RULES) <= 0.5


def test_words_of_one_rule_may_be_said_in_another_order():
    assert share_together("The receiver has paid customs fees", RULES) == 1.0
    assert share_together("the covered damage", RULES) == 1.0


def test_a_clause_of_one_telling_word_says_too_little_to_tell():
    assert share_together("it is here", RULES) == 1.0
