from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from copilot.suggestion import deciding
from copilot.suggestion.amounts import money_in_question
from copilot.suggestion.outcome import outcome_of, read
from copilot.suggestion.selection import choose


@pytest.fixture
def reading(workshop):
    """Return what is read of the first article for what was said."""

    def build(body: str, *said: str, tier: str = "L1"):
        shop = workshop(body)
        case = shop.case(*said, tier=tier)
        chosen = choose(shop.rules(*said), case)
        article = shop.hits()[0].article
        return case, read(chosen, money_in_question(chosen, case), case, article)

    return build


HANDED = "车被人骑走的，提交车场值班找车。\n"


def test_a_clause_that_the_case_says_hands_it_over_rather_than_one_of_another_case(reading):
    _, told = reading(HANDED, "我租的车被人骑走了")
    _, other = reading(HANDED, "发票什么时候开")
    likely, unlikely = (deciding.mention_likelihood(r.named[0].signs) for r in (told, other))
    assert likely > unlikely


def test_the_agent_s_own_tier_is_nobody_above_it(reading):
    body = "车锁坏了的，二线派人开锁。\n"
    assert reading(body, "车锁坏了", tier="L1")[1].named
    assert not reading(body, "车锁坏了", tier="L2")[1].named


def test_a_sum_above_the_limit_speaks_for_somebody_else(reading):
    body = "车子锁不上的，全额退租金。\n"
    case, much = reading(body, "车子锁不上 租金退我", "[订单] 租金 55.00 元")
    little_case, little = reading(body, "车子锁不上 租金退我", "[订单] 租金 25.00 元")
    above = deciding.likelihood(deciding.signs_of(much, case))
    assert above > deciding.likelihood(deciding.signs_of(little, little_case))


def test_a_vector_of_another_size_counts_for_nothing(reading):
    case, told = reading(HANDED, "我租的车被人骑走了")
    other = replace(case, request=np.ones(7, np.float32))
    assert deciding.signs_of(told, other) == deciding.signs_of(told, case)


def test_an_alert_always_needs_somebody_else(workshop):
    shop = workshop("车筐脏了的，擦干净即可。\n")
    case = replace(shop.case("车筐脏了"), alerted=True)
    chosen = choose(shop.rules("车筐脏了"), case)
    outcome = outcome_of(chosen, money_in_question(chosen, case), case, shop.hits()[0].article)
    assert outcome.authority == "needs_escalation"
    assert outcome.ask
