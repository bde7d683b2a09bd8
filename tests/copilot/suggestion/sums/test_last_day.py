from __future__ import annotations

import pytest

from copilot.suggestion.reply.wording import plain
from copilot.suggestion.sums.last_day import last_days, with_last_day

# "Now" of the workshop is Tuesday, 3 March 2026.


def _said(workshop, body: str, card: str) -> str:
    shop = workshop(body)
    case = shop.case(card, "还能退吗")
    (rule,) = shop.rules(card, "还能退吗")
    return with_last_day(plain(rule.passage.text), rule, case)


@pytest.mark.parametrize(
    ("rule", "card", "said"),
    [
        ("签收后 7 天内可以退。\n", "[订单] 02-28 签收｜88 元", "签收后 7 天内可以退（最晚3月7日）。"),
        (
            "到期还款日后第 3 个自然日 20:00 前还够，不算逾期。\n",
            "[账务] 到期还款日 03-02｜88 元",
            "到期还款日后第 3 个自然日 20:00 前还够（最晚3月5日），不算逾期。",
        ),
        (
            "请在签收后 2 个工作日内提出。\n",
            "[订单] 03-02 签收",
            "请在签收后 2 个工作日内提出（最晚3月4日）。",
        ),
        ("签收后 7 天内可以退。\n", "[订单] 02-18 签收｜88 元", "签收后 7 天内可以退（2月25日已到期）。"),
        (
            "配送日前 2 天或更早可以免费改。\n",
            "[订单] 配送日 03-08｜88 元",
            "配送日前 2 天或更早可以免费改（最晚3月6日）。",
        ),
    ],
)
def test_a_period_counted_from_a_recorded_event_has_a_last_day(workshop, rule, card, said):
    assert _said(workshop, rule, card) == said


@pytest.mark.parametrize(
    ("rule", "card"),
    [
        ("签收后 7 天内可以退。\n", "[订单] 02-28 付款｜88 元"),
        ("签收后 7 天内可以退。\n", "[订单] 02-28 未签收｜88 元"),
        ("签收后 7 天内可以退。\n", "[订单] 02-26 签收｜02-28 签收"),
        ("仓库签收后 7 天内退款。\n", "[订单] 02-28 签收｜88 元"),
        ("签收后 7 天内可以退。\n", "[退货单] 仓库 02-28 签收｜88 元"),
        ("签收后 300 天内可以修。\n", "[订单] 02-28 签收｜88 元"),
        ("签收日起 7 天内可以退。\n", "[订单] 02-28 签收｜88 元"),
        ("签收后 7 天以后不退。\n", "[订单] 02-28 签收｜88 元"),
        ("签收后 7 天内可以退，签收后 15 天内可以换。\n", "[订单] 02-28 签收｜88 元"),
    ],
)
def test_without_one_certain_day_none_is_named(workshop, rule, card):
    assert _said(workshop, rule, card) == rule.strip()


def test_an_english_record_dates_an_english_rule(workshop):
    case = workshop("x。\n").case("[Order] delivered 28 Feb | 88.00", "can I return it")
    (period,) = last_days("Returns within 7 days of delivery.", case)
    assert period.written == "within 7 days"
    assert (period.end.month, period.end.day) == (3, 7)


def test_the_day_stands_in_the_sentence_of_its_period(workshop):
    body = "签收后 7 天内可以退。别的事另说。\n"
    assert _said(workshop, body, "[订单] 02-28 签收").startswith("签收后 7 天内可以退（最晚3月7日）。别的")


def test_a_quotation_stays_as_it_is(workshop):
    body = "提示写着“签收后 7 天内可以退，过期不退”。\n"
    assert _said(workshop, body, "[订单] 02-28 签收") == body.strip()
