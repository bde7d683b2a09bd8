from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copilot.conversation import Agent, Conversation, Turn
from copilot.suggestion.case.market import for_market, market_of

RULE = "趟門衣櫃：香港每件HK$680，臺灣每件NT$2,600，送貨日前2日或更早加購"
NOW = datetime(2026, 3, 3, tzinfo=UTC)


def _market(*texts: str) -> str | None:
    turns = [Turn(i, "system" if t.startswith("[") else "customer", t, NOW) for i, t in enumerate(texts)]
    return market_of(Conversation("shop", Agent("a", "L1"), tuple(turns), NOW))


@pytest.mark.parametrize(
    ("said", "market"),
    [
        (("[訂單] 衣櫃 HK$2,980", "想退"), "hk"),
        (("想加師傅裝 幾多錢㗎",), "hk"),
        (("我在台南，禮拜一到的",), "tw"),
        (("[訂單] 衣櫃 NT$2,980", "我人喺香港"), "tw"),
        (("想退",), None),
        (("香港和台灣都要送",), None),
    ],
)
def test_the_market_is_that_of_the_record_else_of_the_customer(said, market):
    assert _market(*said) == market


def test_of_two_markets_the_customer_hears_his_own():
    assert for_market(RULE, "hk") == "趟門衣櫃：香港每件HK$680，送貨日前2日或更早加購"
    assert for_market("扣收回費HK$350 / NT$1,500", "tw") == "NT$1,500"


@pytest.mark.parametrize("market", [None, "sg"])
def test_a_market_that_is_unknown_or_not_the_rules_changes_nothing(market):
    assert for_market(RULE, market) == RULE
