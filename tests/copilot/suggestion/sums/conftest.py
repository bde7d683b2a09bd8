"""What an article's rules work out in a case."""

from __future__ import annotations

import pytest

from copilot.suggestion.choice.selection import choose
from copilot.suggestion.sums.amounts import money_in_question


@pytest.fixture
def worked(workshop):
    """Return the money in question of the first article for what was said."""

    def build(body: str, *said: str):
        shop = workshop(body)
        case = shop.case(*said)
        return money_in_question(choose(shop.rules(*said), case), case)

    return build


@pytest.fixture
def steps(worked):
    """Return what the first article computes from what was said, step by step."""
    return lambda body, *said: [f"{c.expression} = {c.amount:g}" for c in worked(body, *said).workings]
