from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from copilot.suggestion.case.evidence import rarity
from copilot.suggestion.choice.pointers import pointed, pointers, speaking

TYRES = "轮胎怎么换。电动车轮胎看 CL-2，CL-22 是旧篇。\n"
ELECTRIC = "电动车轮胎只换不补。\n"


@pytest.fixture
def shop(workshop):
    return workshop(TYRES, ELECTRIC)


def _pointed(shop, article: str, said: str) -> float:
    case = shop.case(said)
    found = pointers(shop.knowledge)
    return pointed(shop.knowledge.articles[article], found, case.evidence, rarity(shop.knowledge))


def test_a_reference_says_for_which_case_it_is(shop):
    assert [(p.source, p.target, p.case) for p in pointers(shop.knowledge)] == [
        ("CL-1", "CL-2", "电动车轮胎")
    ]


def test_a_case_that_is_sent_elsewhere_speaks_for_that_article_and_against_its_own(shop):
    assert _pointed(shop, "CL-2", "电动车轮胎爆了") > 0 > _pointed(shop, "CL-1", "电动车轮胎爆了")


def test_words_said_by_the_way_send_nowhere(shop):
    assert _pointed(shop, "CL-2", "链条掉了") == 0 == _pointed(shop, "CL-1", "链条掉了")


def test_an_article_that_is_not_in_force_sends_nothing(shop):
    expired = replace(shop.knowledge.articles["CL-1"], valid_to=date(2025, 12, 31))
    knowledge = replace(shop.knowledge, articles={**shop.knowledge.articles, "CL-1": expired})
    assert speaking(pointers(shop.knowledge), knowledge, date(2026, 3, 3)) == ()
