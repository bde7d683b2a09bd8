from __future__ import annotations

from dataclasses import replace

import pytest

from copilot.suggestion.choice.selection import choose
from copilot.suggestion.decision.outcome import outcome_of, refuses
from copilot.suggestion.sums.amounts import money_in_question
from knowledge.model import AuthorityMatrix, Rule


@pytest.fixture
def decided(workshop):
    """Return action, amount and verdict of what the first article prescribes under these limits."""

    def build(body: str, limits: tuple[Rule, ...], *said: str):
        shop = workshop(body)
        matrix = AuthorityMatrix(version="1", currency="CNY", tiers=("L1", "L2"), rules=limits)
        case = shop.case(*said)
        version = f"{case.knowledge.version}-{hash(limits)}"
        case = replace(case, knowledge=replace(case.knowledge, authority=matrix, version=version))
        chosen = choose(shop.rules(*said), case)
        outcome = outcome_of(chosen, money_in_question(chosen, case), case, shop.hits()[0].article)
        return [(a.action, a.amount, a.verdict) for a in outcome.actions]

    return build


WASHED = """洗车把车漆划伤了的。

| 情况 | 怎么退 |
|---|---|
| 洗车划伤 | 洗车费全额退 |
"""


def test_a_note_names_the_client_s_own_thing(decided):
    limits = (Rule("polishing_refund", tier="L1", max=150, escalate_to="L2", note="洗车退款"),)
    said = ("[订单] 洗车费 128.00 元", "洗车把车划伤了 洗车费退我")
    assert decided(WASHED, limits, *said) == [("polishing_refund", 128, "allowed")]


def test_a_fee_that_is_waived_once_it_was_paid_is_given_back(decided):
    limits = (
        Rule("dispatch_fee_waive", tier="L1", max=20, escalate_to="L2", note="调度费减免、退回"),
        Rule("wallet_refund", tier="L1", max=50, note="钱包余额退回"),
    )
    body = "认定漂移的，调度费全额原路退回，不用退到钱包。\n"
    said = ("[订单] 调度费 15.00 元", "漂移了 调度费15退我")
    assert decided(body, limits, *said) == [("dispatch_fee_waive", 15, "allowed")]


def test_a_sum_above_the_limit_needs_approval(decided):
    limits = (
        Rule("refund", tier="L1", max=100, escalate_to="L2"),
        Rule("refund", tier="L2", max=400),
    )
    said = ("[订单] 租金 128.00 元", "洗车把车划伤了 128全退我")
    assert ("refund", 128, "needs_approval") in decided(WASHED, limits, *said)


def test_a_coupon_and_a_missing_thing_carry_amounts_of_their_own(decided):
    limits = (
        Rule("refund", tier="L1", max=40, escalate_to="L2"),
        Rule("coupon", tier="L1", max=8, escalate_to="L2"),
    )
    body = "漏了配件：退漏的那件，按实付退款。\n\n漏了配件可以另发 1 张 8 元补偿券。\n"
    said = ("[订单] 实付 90.00 元｜缺：车锁 1 把 22.50 元", "漏了配件 车锁没有")
    assert set(decided(body, limits, *said)) == {("refund", 22.5, "allowed"), ("coupon", 8, "allowed")}


def test_a_charge_is_no_sum_that_an_action_pays(decided):
    limits = (Rule("late_fee_waive", tier="L1", max=30, escalate_to="L2"),)
    body = "提前还车的，违约金 = 月租 × 剩余月数 × 10%。滞纳金减免交客服定。\n"
    said = ("[合约] 月租 200 元｜剩余月数 3", "提前还车违约金多少")
    assert all(amount is None for _, amount, _ in decided(body, limits, *said))


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("不退不换", True),
        ("质量问题全额退，不想要了不退", False),
        ("可以另发 8 元券，券不能代替退款", False),
        ("Cash compensation is not paid", True),
        ("租金全额退", False),
    ],
)
def test_a_rule_that_grants_in_one_clause_is_no_refusal(text, refused):
    assert refuses(text) is refused


def test_what_is_granted_only_without_a_thing_is_refused_with_it():
    text = "选了快修的不算；没选快修的全额退"
    assert refuses(text, frozenset({"快修"}))
    assert not refuses(text)


LIMITED = (
    Rule("refund", tier="L1", max=50, unit="CNY", escalate_to="L2"),
    Rule("membership_extension", tier="L1", max=30, unit="天", escalate_to="L2"),
)


def test_a_limit_that_no_sum_was_held_against_is_no_permission(decided):
    assert decided("车篮坏了可以退款。\n", LIMITED, "车篮坏了 能退款吗") == []


def test_the_days_that_are_asked_for_are_held_against_the_limit_in_days(decided):
    body = "会员可申请延期，次日生效。\n"
    assert decided(body, LIMITED, "会员延期20天") == [("membership_extension", None, "allowed")]
    assert decided(body, LIMITED, "会员延期45天") == [("membership_extension", None, "needs_approval")]
    assert decided(body, LIMITED, "会员能延期吗") == []


def test_nothing_is_promised_where_the_rule_leaves_it_to_others(decided):
    limits = (Rule("refund", tier="L1", escalate_to="L2"),)
    assert decided("车篮坏了可以退款。\n", limits, "车篮坏了 能退款吗") == [("refund", None, "allowed")]
    body = "车篮坏了可以退款，坐席只能提交。\n"
    assert ("refund", None, "allowed") not in decided(body, limits, "车篮坏了 能退款吗")


BROKEN_OFF = """放映中断的。

| 情况 | 处理 |
|---|---|
| 中断超过 40 分钟 | 每张票补 1 张兑换券 |
"""


@pytest.mark.parametrize(("count", "verdict"), [(2, "allowed"), (4, "needs_approval")])
def test_a_gift_for_each_is_counted_before_its_limit_is_held_against_it(decided, count, verdict):
    limits = (
        Rule("movie_voucher", tier="L1", max=2, unit="张", escalate_to="L2"),
        Rule("movie_voucher", tier="L2", max=6, unit="张"),
    )
    said = (f"[订单] 58.00 元 × {count}", "电影放映中断了五十分钟 兑换券补不补")
    assert decided(BROKEN_OFF, limits, *said) == [("movie_voucher", None, verdict)]


def test_what_the_customer_pays_is_no_grant(decided):
    limits = (Rule("relocation_fee_waive", tier="L1", max=50, escalate_to="L2"),)
    body = "移机收费。\n\n| 情况 | 费用 |\n|---|---|\n| 同一小区移机 | 60 元 |\n"
    assert decided(body, limits, "同一小区移机 要交多少钱 听说60") == []


LEFT_OUT = "# 取消\n\n| 情况 | 处理 |\n|---|---|\n| 48 小时内取消 | 全额退款 |\n| 坏了的 | 全额退款 |\n"


@pytest.mark.parametrize(("said", "above"), [("48 小时内取消 退我", False), ("坏了的 退我", True)])
def test_what_the_limit_s_note_leaves_out_is_not_held_against_it(decided, said, above):
    limits = (
        Rule("refund", tier="L1", max=50, escalate_to="L2", note="补偿性退款；按取消规则的系统退款不在此限"),
    )
    granted = decided(LEFT_OUT, limits, "[订单] 实付 860.00 元", said)
    assert (("refund", 860, "needs_approval") in granted) is above


LESSON = """退课怎么退。

| 什么时候说 | 退课 |
|---|---|
| 开课前 4–24 小时 | 退 70% |
| 开课前 4 小时内 | 退 30% |
"""


@pytest.mark.parametrize(("limit", "verdict"), [(300, "needs_approval"), (500, "allowed")])
def test_a_sum_that_was_worked_out_never_passes_the_limit_unseen(decided, limit, verdict):
    limits = (
        Rule("refund", tier="L1", max=limit, escalate_to="L2", note="课程退款"),
        Rule("refund", tier="L2", max=900),
    )
    said = ("明天中午12点的课 不上了 680的课退多少",)
    assert ("refund", 476, verdict) in decided(LESSON, limits, *said)
