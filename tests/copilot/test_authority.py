from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from copilot.authority import (
    Counted,
    check_commitments,
    contacts_named,
    counts_in,
    decide,
    general_contact,
    is_settled,
    limits,
    may_be_about,
    noted,
    recognise,
    telling,
)
from copilot.conversation import Agent, Conversation, Turn
from knowledge.model import Article, AuthorityMatrix, ClientKnowledge, ClientSettings, Contact, Rule

MATRIX = AuthorityMatrix(
    version="1",
    currency="CNY",
    tiers=("L1", "L2"),
    rules=(
        Rule("refund", tier="L1", max=20, escalate_to="L2"),
        Rule("refund", tier="L2", max=200, escalate_to="client_money"),
        Rule("freeze_account", tier="L2"),
        Rule("expedite", allowed=False, escalate_to="client_ops"),
    ),
)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def drafted(text: str) -> Conversation:
    turns = (Turn(0, "customer", "租金退我", NOW),)
    return Conversation("chelun", Agent("a", "L1"), turns, NOW, draft=text)


def test_an_amount_up_to_the_limit_is_allowed():
    assert decide(MATRIX, "L1", "refund", 20).verdict == "allowed"


def test_an_amount_above_the_limit_goes_to_the_first_tier_that_may_grant_it():
    verdict = decide(MATRIX, "L1", "refund", 150)
    assert (verdict.verdict, verdict.limit, verdict.escalate_to) == ("needs_approval", 20, "L2")


def test_what_no_tier_may_grant_goes_to_the_client():
    assert decide(MATRIX, "L1", "refund", 500).escalate_to == "client_money"


def test_a_higher_tier_may_do_what_a_lower_one_may():
    assert decide(MATRIX, "L2", "refund", 5).verdict == "allowed"


def test_an_act_of_a_higher_tier_needs_that_tier():
    assert decide(MATRIX, "L1", "freeze_account").escalate_to == "L2"


def test_an_act_that_is_not_listed_is_forbidden():
    assert decide(MATRIX, "L1", "give_bike").verdict == "forbidden"


def test_an_act_that_nobody_here_may_do_is_submitted():
    verdict = decide(MATRIX, "L2", "expedite")
    assert (verdict.verdict, verdict.escalate_to) == ("needs_approval", "client_ops")


def test_an_unknown_tier_may_only_do_what_every_tier_may():
    assert decide(MATRIX, "trainee", "refund", 1).verdict != "allowed"


def test_a_sentence_says_which_act_it_speaks_of():
    assert recognise("押金全额退还给您", MATRIX)[0].action == "refund"


def test_a_draft_that_grants_more_than_the_tier_may_is_flagged():
    assert check_commitments(drafted("我马上给您退款80元"), MATRIX)


@pytest.mark.parametrize("draft", ["我马上给您退款80", "今天就给您退三百五", "退款80我这边马上给您操作"])
def test_a_sum_without_its_unit_is_a_sum(draft):
    assert check_commitments(drafted(draft), MATRIX)


@pytest.mark.parametrize("draft", ["我马上给您退款15", "我给您退款，3天内到", "给您退2019年那张券的钱"])
def test_another_number_beside_what_is_given_is_none(draft):
    assert not check_commitments(drafted(draft), MATRIX)


def test_submitting_a_request_grants_nothing():
    assert not check_commitments(drafted("我现在帮您提交退款80元的申请"), MATRIX)


def test_contacts_are_found_by_name_in_the_order_of_the_text():
    contacts = {key: Contact(key, name) for key, name in (("money", "财务岗"), ("yard", "车场值班"))}
    settings = ClientSettings(id="chelun", name="车轮行", contacts=contacts)
    assert contacts_named("先报车场值班，再送财务岗", settings, ("L1", "L2")) == ("yard", "money")


ARTICLE = Article("CL-1", "规定", "师傅上门修车。", "v1")
SETTINGS = ClientSettings(
    id="chelun", name="车轮行", language="zh-Hant", contacts={"L2": Contact("L2", "外包二線")}
)


def knowing(*texts: str, matrix: AuthorityMatrix = MATRIX) -> ClientKnowledge:
    articles = {f"CL-{n}": replace(ARTICLE, id=f"CL-{n}", body=text) for n, text in enumerate(texts)}
    return ClientKnowledge(SETTINGS, matrix, articles, {}, {}, "-".join(texts)[:40])


def test_what_is_said_about_a_limit_is_in_the_client_s_language():
    (check,) = check_commitments(drafted("我马上给您退款80元"), MATRIX, knowing("租车"))
    assert check.message == "退款：超出本級上限（20），須由外包二線批准"
    assert decide(MATRIX, "L1", "refund", 80, language="zh-Hans").reason == "超出本级上限（20）"


def test_the_sum_that_counts_is_the_one_the_agent_commits_himself_to():
    assert not check_commitments(drafted("标价80元，实付68元，差额12元我现在退款给您"), MATRIX)


def test_an_act_whose_words_stand_in_every_article_is_not_taken_for_granted():
    matrix = replace(MATRIX, rules=(Rule("technician_info", allowed=False, escalate_to="client_ops"),))
    everywhere = knowing(*[f"师傅上门，第{n}条" for n in range(12)], matrix=matrix)
    assert telling(everywhere)["technician_info"] == 0
    assert not check_commitments(drafted("师傅我马上给您换一位"), matrix, everywhere)


def test_limits_are_those_of_the_tier():
    assert limits(MATRIX, "L1") == {"refund": 20}
    assert limits(MATRIX, "L2") == {"refund": 200}


def test_whom_to_ask_in_general_is_who_answers_unknown_topics():
    assert general_contact(knowing("租车")) == "L2"


def test_the_supervisor_is_somebody_and_the_main_pipe_is_not():
    settings = ClientSettings(id="chelun", name="车轮行")
    assert contacts_named("超过的交主管批", settings, ("L1", "L2")) == ("L2",)
    assert contacts_named("主管道堵了的由我们修", settings, ("L1", "L2")) == ()


def test_a_limit_in_pieces_or_days_is_no_sum():
    matrix = replace(MATRIX, rules=(*MATRIX.rules, Rule("movie_voucher", tier="L1", max=2, unit="张")))
    assert limits(matrix, "L1") == limits(MATRIX, "L1")


def test_an_act_is_also_known_by_its_note_and_the_article_that_the_note_names():
    own = Rule("rent_help", tier="L1", max=50, note="滞纳金减免，按 YZ-09")
    matrix = replace(MATRIX, rules=(*MATRIX.rules, own))
    assert [a.action for a in noted("通道失败的，滞纳金减免", matrix)] == ["rent_help"]
    assert [a.action for a in noted("别的事", matrix, "YZ-09")] == ["rent_help"]
    assert noted("别的事", matrix, "YZ-10") == ()


def test_an_english_sentence_that_says_it_is_done_is_flagged_where_nobody_may_do_it():
    assert check_commitments(drafted("No problem, we have expedited it for you."), MATRIX)


def test_a_note_says_how_the_client_calls_the_thing_of_an_action():
    matrix = replace(MATRIX, rules=(Rule("polishing_refund", tier="L1", max=150, note="洗车退款"),))
    assert recognise("洗车费全额退", matrix)[0].action == "polishing_refund"
    assert not recognise("租金全额退", matrix)


def test_an_english_note_is_held_against_words_and_not_against_letters():
    note = "only when the booked class is not there"
    matrix = AuthorityMatrix("1", "AUD", ("L1",), (Rule("free_upgrade", tier="L1", note=note),))
    bond = "Not there after that: the accounts team, answer within 2 business days, released earlier never."
    assert noted(bond, matrix) == ()
    assert [a.action for a in noted("The booked class is out at the branch.", matrix)] == ["free_upgrade"]


def test_a_note_that_says_what_not_to_do_names_nothing():
    matrix = replace(MATRIX, rules=(Rule("polishing_refund", tier="L1", note="只提交退款"),))
    assert not recognise("只提交，退款另议", matrix)


def test_a_fee_is_paid_back_only_where_that_fee_is_told_of():
    matrix = replace(MATRIX, rules=(Rule("delivery_fee_refund", tier="L1", max=25), Rule("refund", max=9)))
    assert not may_be_about("delivery_fee_refund", matrix, "年卡按剩余整月退")
    assert may_be_about("delivery_fee_refund", matrix, "退配送费")
    assert may_be_about("refund", matrix, "年卡按剩余整月退")


COUNTED = AuthorityMatrix(
    version="1",
    currency="CNY",
    tiers=("L1", "L2"),
    rules=(
        Rule("payment_extension", tier="L1", max=30, unit="天", escalate_to="L2"),
        Rule("installment", tier="L2", max=6, unit="期", escalate_to="client_money"),
        Rule("partial_refund", tier="L1", max=20, unit="%", escalate_to="L2"),
    ),
)


def test_a_sum_is_not_held_against_a_limit_in_days():
    assert decide(COUNTED, "L1", "payment_extension", 500).verdict == "allowed"
    assert not is_settled(COUNTED, "L1", "payment_extension", 500)


def test_a_count_is_held_against_the_limit_in_its_unit():
    assert decide(COUNTED, "L1", "payment_extension", Counted(30)).verdict == "allowed"
    verdict = decide(COUNTED, "L1", "payment_extension", Counted(31))
    assert (verdict.verdict, verdict.amount, verdict.escalate_to) == ("needs_approval", None, "L2")


def test_a_draft_that_grants_more_days_than_the_limit_is_checked():
    assert check_commitments(drafted("我给您付款延期60天"), COUNTED)
    assert not check_commitments(drafted("我给您付款延期20天"), COUNTED)


def test_a_draft_that_grants_more_instalments_than_the_limit_is_checked():
    conversation = replace(drafted("我现在就帮您分期，12期"), agent=Agent("a", "L2"))
    assert check_commitments(conversation, COUNTED)
    assert not check_commitments(replace(conversation, draft="我现在就帮您分期，6期"), COUNTED)


def test_counts_are_read_in_their_unit_and_an_ordinal_is_none():
    assert counts_in("延期2个月", "天") == (60,)
    assert counts_in("第3期分12期", "期") == (12,)
    assert counts_in("第二次 恢复5次", "次") == (5,)


SHOP = replace(
    MATRIX,
    currency="GBP",
    rules=(
        Rule("refund", tier="L1", max=50, unit="GBP", escalate_to="L2"),
        Rule("goodwill_voucher", tier="L1", max=20, unit="GBP", escalate_to="L2"),
        Rule("waive_restocking_fee", allowed=False, escalate_to="client_ops"),
        Rule("freeze_membership", tier="L1", max=30, unit="天", escalate_to="L2"),
        Rule("restore_class_credit", tier="L1", max=2, unit="次", escalate_to="L2"),
        Rule("instalment_plan", tier="L1", max=6, unit="期", escalate_to="L2"),
    ),
)


@pytest.mark.parametrize(
    "draft",
    [
        "you'll get the full £1,200 back tomorrow",
        "I'll also waive any fees.",
        "Here's a £60 voucher for you.",
        "Your £300 will be refunded today",
        "您的退款2388元今天到账",
        "我已经给您停卡60天了",
        "这边给您恢复5次",
        "我現在就幫您分12期。",
    ],
)
def test_who_receives_more_than_the_tier_may_grant_was_promised_too_much(draft):
    assert len(check_commitments(drafted(draft), SHOP)) == 1


@pytest.mark.parametrize(
    "draft",
    [
        "you'll get £40 back tomorrow",
        "Here's a £15 voucher for you.",
        "您的退款一般三到五天到账",
        "我已经给您停卡20天了",
        "这边给您恢复2次",
        "我現在就幫您分6期。",
        "Did you get the £300 refund?",
        "I can't refund £400.",
        "如果主管同意，您会收到退款400元",
    ],
)
def test_what_is_within_the_limit_or_not_granted_at_all_is_no_overreach(draft):
    assert not check_commitments(drafted(draft), SHOP)


def test_each_of_several_acts_in_one_text_is_flagged():
    checks = check_commitments(drafted("I'll waive the restocking fee and refund £400 today."), SHOP)
    assert len(checks) == 2
    checks = check_commitments(drafted("I'll refund £400. Here's a £60 voucher too."), SHOP)
    assert len(checks) == 2
