from __future__ import annotations

from copilot.commitments import read_commitments, speaks_of_every_fee


def quotes(text: str) -> list[list[str]]:
    return [[act.quote for act in acts] for acts in read_commitments(text)]


def test_each_sentence_is_read_by_itself_and_a_sum_is_no_end_of_one():
    assert quotes("You'll get £1.50 back. I'll waive it.") == [["You'll get £1.50 back"], ["I'll waive it"]]


def test_the_acts_that_a_sentence_joins_follow_it():
    assert quotes("I'll waive the fee and refund £400") == [
        ["I'll waive the fee and refund £400", "I'll waive the fee", "refund £400"]
    ]


def test_a_refusal_binds_nothing_but_the_act_beside_it_does():
    assert quotes("I can't waive it, I'll refund £4") == [["I'll refund £4"]]


def test_what_is_only_submitted_or_asked_binds_nothing():
    assert quotes("我现在帮您提交退款申请") == []
    assert quotes("Did you get the refund?") == []


def test_instalments_and_money_back_are_said_in_their_usual_words():
    assert "分期12期" in read_commitments("我帮您分12期")[0][0].folded
    assert "money back" in read_commitments("you'll get £20 back")[0][0].folded


def test_any_fees_are_every_fee():
    assert speaks_of_every_fee("waive any fees")
    assert not speaks_of_every_fee("waive the fee")
