"""A rule in a language the customer does not write: translated where it is read whole, else quoted."""

from __future__ import annotations

import re
from collections import Counter
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.signals.stock_phrase import label_reply
from copilot.suggestion.crossing.crossing import direction_for, into, sentence_for
from copilot.suggestion.crossing.grammar import Direction, Slot, categories, grammar

_CODES = re.compile(r"SGD|USD|HKD|TWD|CNY|EUR|%")


def _numbers(text: str) -> Counter[str]:
    return Counter(re.findall(r"\d+(?:[.,:]\d+)*", text))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("The delivery fee is not refundable", "配送费不可退款"),
        ("Report within 48 hours of delivery", "送达后48小时内报告"),
        ("Damaged items are replaced free of charge", "破损商品免费更换"),
        ("20 kg: Airport desk SGD 65", "20公斤：机场柜台 SGD 65"),
        ("Overweight SGD 14 per kg, up to 32 kg", "超重每公斤 SGD 14，最多32公斤"),
        ("Monthly, renewal: Ask within 72 hours, Refund full", "月付，续费：期限：72小时，退回：全额"),
        ("If the order has not been shipped, it can be cancelled", "如果订单未发货，其可以取消"),
        ("Refunds take 5 to 10 business days", "退款需要5至10个工作日"),
    ],
)
def test_an_english_rule_reads_as_a_chinese_one(rule: str, said: str) -> None:
    assert into(rule, "zh-Hans") == said


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("3公里以内：费用10元", "Up to 3 km: fee: CNY 10"),
        ("退票费不退", "Ticket refund fee: not refundable"),
        ("收到7天内可退", "Refundable within 7 days after receipt"),
        ("出发前24小时以上免费", "24 hours or more before departure: free of charge"),
        ("原路退回，3–5个工作日到账", "Refunded to the original payment method, arrives in 3–5 working days"),
        ("签收后48小时内，全额退款", "Within 48 hours after delivery, full refund"),
    ],
)
def test_a_chinese_rule_reads_as_an_english_one(rule: str, said: str) -> None:
    assert into(rule, "en") == said


def test_a_traditional_rule_is_read_like_a_simplified_one() -> None:
    assert into("簽收後48小時內，全額退款", "en") == into("签收后48小时内，全额退款", "en")


def test_a_customer_who_writes_traditional_reads_traditional() -> None:
    assert into("The delivery fee is not refundable", "zh-Hant") == "配送費不可退款"


def test_an_amount_in_yuan_is_named_in_the_clients_currency() -> None:
    assert into("费用10元", "en", "TWD") == "Fee: TWD 10"


@pytest.mark.parametrize(
    ("text", "language"),
    [("全额退款", "zh-Hans"), ("全額退款", "zh-Hant"), ("Full refund", "en"), ("SGD 65", "en"), ("", "en")],
)
def test_what_the_customer_reads_anyway_stays_as_it_is(text: str, language: str) -> None:
    assert sentence_for(text, language) == text


@pytest.mark.parametrize(
    "rule",
    [
        "Used items cannot be returned",
        "The fee is not refunded",
        "Nothing is paid",
        "No refund for used items",
        "Breakfast is not included",
        "You cannot cancel after departure",
        "Vouchers are not transferable",
        "not refundable",
        "no refund",
    ],
)
def test_a_negation_survives_into_chinese(rule: str) -> None:
    said = into(rule, "zh-Hans")
    assert said is None or re.search(r"[不没无未]", said)


@pytest.mark.parametrize(
    "rule", ["运费不退", "过期不退", "不能取消", "不可转让", "不收手续费", "已拆封的不退"]
)
def test_a_negation_survives_into_english(rule: str) -> None:
    said = into(rule, "en")
    assert said is None or re.search(r"\b(?:not|no|cannot)\b", said.lower())


def test_an_unknown_name_beside_an_amount_stays_in_quotes() -> None:
    assert into("甲乙线460元", "en") == "“甲乙线”: CNY 460"


@pytest.mark.parametrize("cell", ["不甲乙10元", "甲乙退10元", "未甲乙满3天"])
def test_a_word_that_turns_the_amount_is_never_part_of_a_name(cell: str) -> None:
    said = into(cell, "en")
    assert said is None or "“" not in said


def test_what_stays_is_quoted_in_the_script_of_the_article() -> None:
    assert "「" not in sentence_for("轉數快：費用10元", "en")
    assert "轉數" in sentence_for("甲轉數，費用10元", "en")


def test_a_condition_is_not_lost_on_the_way() -> None:
    said = into("Full refund unless the item is damaged", "zh-Hans")
    assert said is None or "除非" in said


def test_words_that_are_not_known_are_never_translated_by_guess() -> None:
    rule = "The quixotic ombudsman adjudicates frivolous squabbles"
    assert into(rule, "zh-Hans") is None
    assert sentence_for(rule, "zh-Hans") == f"规定原文：“{rule}”"


def test_an_unread_chinese_rule_is_quoted_with_an_honest_frame() -> None:
    rule = "师傅要传加氟前和加氟后两张压力表照片"
    assert sentence_for(rule, "en") == f"The rule in Chinese: “{rule}”"


def test_a_piece_that_cannot_be_read_stays_in_quotes_among_those_that_can() -> None:
    said = sentence_for(
        "Up to 25 kg, quixotic: SGD 60, free of charge on weekdays frobnicated, refund SGD 5", "zh-Hans"
    )
    assert "“quixotic”" in said
    assert "SGD 60" in said


@pytest.mark.parametrize("word", ["Plus", "Pro"])
def test_a_plans_name_is_not_read_as_a_word(word: str) -> None:
    assert word in sentence_for(f"{word}: 49 USD", "zh-Hans")


@given(
    st.integers(1, 9999),
    st.integers(1, 99),
    st.sampled_from(["SGD", "USD", "HKD", "TWD", "EUR"]),
    st.sampled_from(
        [
            "Late return: fee {c} {a} per hour",
            "The deposit of {c} {a} is returned within {b} working days",
            "up to {c} {a} per night, at least {b} days before departure",
            "{b}% of the price is refunded, at most {c} {a}",
            "{b} hours or more: {c} {a}",
            "Something obscure costs {c} {a} within {b} moons",
        ]
    ),
)
def test_numbers_and_currencies_are_the_same_on_both_sides(a: int, b: int, currency: str, form: str) -> None:
    rule = form.format(a=a, b=b, c=currency)
    said = sentence_for(rule, "zh-Hans")
    assert _numbers(said) == _numbers(rule)
    assert Counter(_CODES.findall(said)) == Counter(_CODES.findall(rule))


@given(
    st.integers(1, 9999),
    st.integers(1, 99),
    st.sampled_from(
        [
            "收费{a}元，{b}天内到账",
            "逾期{b}天：扣{a}元",
            "出发前{b}小时以上退{a}元",
            "甲乙丙丁{a}元戊己{b}天",
            "退{b}%，最高{a}元",
        ]
    ),
)
def test_numbers_are_the_same_towards_english(a: int, b: int, form: str) -> None:
    rule = form.format(a=a, b=b)
    assert _numbers(sentence_for(rule, "en")) == _numbers(rule)


@given(st.text(max_size=60))
def test_any_text_passes_without_harm(text: str) -> None:
    for language in ("en", "zh-Hans", "zh-Hant"):
        said = sentence_for(text, language)
        assert _numbers(said) == _numbers(text)


@pytest.mark.parametrize("direction", ["en-zh", "zh-en"])
def test_every_slot_of_the_patterns_has_a_category_and_stands_on_both_sides(direction: Direction) -> None:
    built_in = {"NUM", "CLOCK", "NAME", "PROPER", "HANS", "HANX"}
    known = categories(direction) | built_in
    told = grammar(direction)
    rules = [r for by_word in told.worded.values() for under in by_word.values() for r in under]
    rules += [r for listed in told.slotted.values() for r in listed]
    for rule in rules:
        slots = [element for element in rule.source if isinstance(element, Slot)]
        assert {slot.category for slot in slots} <= known, rule
        filled = set(re.findall(r"\{([A-Z]+\d*)\}", rule.target))
        assert filled <= {slot.name for slot in slots}, rule
        # A measure word is understood and not said.
        assert {slot.name for slot in slots if slot.category != "MW"} <= filled, rule


@pytest.mark.parametrize("direction", ["en-zh", "zh-en"])
def test_no_category_begins_with_itself(direction: Direction) -> None:
    first: dict[str, set[str]] = {}
    for category, rules in grammar(direction).slotted.items():
        first[category] = {r.source[0].category for r in rules if isinstance(r.source[0], Slot)}
    for category, begins in first.items():
        reached: set[str] = set()
        waiting = set(begins)
        while waiting:
            reached |= waiting
            waiting = set().union(*(first.get(c, set()) for c in waiting)) - reached
        assert category not in reached, category


@pytest.mark.parametrize(
    ("rule", "language", "close"),
    [
        (
            "The delivery fee is not refundable",
            "zh-Hans",
            "这一步由账单组定，我现在提交，1个工作日内给您答复。",
        ),
        ("20 kg: Online, more than 24 h before SGD 24, Airport desk SGD 65", "zh-Hans", ""),
        (
            "The bag is delivered free to one address",
            "zh-Hans",
            "这一步由行李组定，我现在提交，1小时内给您答复。",
        ),
        (
            "3公里以内：费用10元",
            "en",
            "I am passing this on now; you will have an answer within 2 hours.",
        ),
    ],
)
def test_a_reply_of_translated_rules_counts_as_substance(rule: str, language: str, close: str) -> None:
    end = "." if language == "en" else "。"
    assert label_reply(f"{sentence_for(rule, language)}{end} {close}".strip(), ()).label == "substantive"


def test_a_long_rule_is_read_in_a_moment() -> None:
    into("warm up", "zh-Hans")
    rule = "the order of the item of the parcel and the fee or the price of the ticket for the seat " * 3
    started = perf_counter()
    into(rule.strip(), "zh-Hans")
    assert perf_counter() - started < 5


def test_a_direction_is_told_by_the_letters() -> None:
    assert direction_for("全额退款 PayPal", "zh-Hans") is None
    assert direction_for("全额退款", "en") == "zh-en"
    assert direction_for("Full refund", "zh-Hant") == "en-zh"
