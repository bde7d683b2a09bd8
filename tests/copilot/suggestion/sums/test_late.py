"""What is late is owed by the day, each thing by its own row of the table."""

from __future__ import annotations

import pytest

from copilot.suggestion.choice.selection import choose
from copilot.suggestion.sums.late import owed_for_delay

PERIODS = """车架改装多久。

从定稿算起：

| 活 | 工期 |
|---|---|
| 烤漆 | 25 天 |
| 货架、车筐 | 20 天 |

- 晚一天赔 5 元，按件数算，最多每件 60 元。
"""


@pytest.fixture
def owed(workshop):
    def build(record: str) -> list[str]:
        shop = workshop(PERIODS)
        said = (record, "烤漆和货架到现在还没好 晚了赔多少")
        case = shop.case(*said)
        found = owed_for_delay(choose(shop.rules(*said), case), case)
        return [f"{c.expression} = {c.amount:g}" for c in found.workings] if found else []

    return build


def test_each_late_thing_counts_the_days_beyond_its_own_row(owed):
    # Today is 3 March: 25 days from 30 January are over on 24 February, 20 days on the 19th.
    assert owed("[订单] 定稿 01-30｜烤漆 1 件：未完成｜货架 1 个：未完成") == [
        "5 × 7 = 35",
        "5 × 12 = 60",
        "35 + 60 = 95",
    ]


def test_what_is_done_or_not_listed_is_owed_nothing(owed):
    assert owed("[订单] 定稿 01-30｜烤漆 1 件：未完成｜货架 1 个：已取") == ["5 × 7 = 35"]


def test_no_more_than_the_cap_is_owed(owed):
    assert owed("[订单] 定稿 01-10｜烤漆 1 件：未完成") == ["5 × 27 = 60"]


@pytest.mark.parametrize(
    "record",
    [
        "[订单] 定稿 02-20｜烤漆 1 件：未完成",  # still in time
        "[订单] 烤漆 1 件：未完成",  # nobody knows since when
        "[订单] 定稿 01-30｜烤漆 3 件：未完成",  # three of them: whose days?
    ],
)
def test_nothing_is_worked_out_that_is_not_certain(owed, record):
    assert owed(record) == []
