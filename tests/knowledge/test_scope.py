"""Names that are said decide between articles that ask the same of different things."""

from __future__ import annotations

import pytest

from knowledge.model import Article
from knowledge.reading.articles import article_of
from knowledge.scope import Scopes


def _article(number: int, name: str) -> Article:
    return article_of(f"A-{number}", "What time is check-in?", "From three o'clock.", tags=(name,))


@pytest.fixture
def scopes() -> Scopes:
    names = ["Harbour View Hotel", "Cinderella Bakery & Cafe"]
    named = [_article(index, names[index % 2]) for index in range(6)]
    others = [_article(10 + index, f"Place {index}") for index in range(60)]
    return Scopes([*named, *others])


def test_a_name_that_somebody_said_lifts_its_articles(scopes: Scopes) -> None:
    boosts = scopes.boosts(["somewhere to eat?", "there is cinderella bakery and cafe", "are they open late"])
    assert boosts is not None
    assert list(boosts[:6]) == [0, 1, 0, 1, 0, 1]
    assert not boosts[6:].any()


def test_the_name_said_last_counts_most(scopes: Scopes) -> None:
    boosts = scopes.boosts(["Cinderella bakery & cafe please", "and the harbour view hotel", "what time?"])
    assert boosts is not None
    assert boosts[0] == 1.0
    assert boosts[1] == 0.5


def test_without_a_name_nothing_is_lifted(scopes: Scopes) -> None:
    assert scopes.boosts(["what time is check-in at the hotel", "请问几点入住"]) is None


def test_a_tag_that_most_articles_share_is_no_name() -> None:
    assert Scopes([_article(index, "Refund") for index in range(30)]).boosts(["refund please"]) is None
