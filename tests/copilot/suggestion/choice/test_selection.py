"""What a chosen row must not hide, and whose rules are not said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from copilot.suggestion.choice.selection import choose, with_referred

GUARANTEE = """| 部件 | 质保 |
|---|---|
| 车架 | 10 年 |
| 坐垫 | 1 年 |

宠物抓咬、日晒褪色不在质保内，不适用上表。
保修期内师傅上门免费。
"""

CARD = """## 冷静期
签约之日起 7 天内没骑过：全额退款。

## 超过7天
| 会籍 | 已用时间 | 退还 |
|---|---|---|
| 年卡 | 不满3个月 | 实付金额的60% |
| 年卡 | 满3个月 | 不退 |
"""


@pytest.fixture
def chosen(workshop):
    def choose_for(body: str, said: str) -> list[str]:
        shop = workshop(body)
        return [rule.passage.text for rule in choose(shop.rules(said), shop.case(said))]

    return choose_for


def test_an_exclusion_below_a_table_is_said_with_its_row(chosen):
    told = chosen(GUARANTEE, "坐垫被猫抓坏了，坐垫保不保")
    assert any("坐垫" in text for text in told)
    assert any("宠物抓咬" in text for text in told)


def test_a_row_below_a_heading_that_is_not_met_is_not_said(chosen):
    told = chosen(CARD, "年卡办了 5 天，要退")
    assert not any("60%" in text for text in told)
    assert any("全额退款" in text for text in told)


def test_the_same_row_is_said_where_the_heading_is_met(chosen):
    assert any("60%" in text for text in chosen(CARD, "年卡办了 40 天，要退"))


def test_what_is_about_another_kind_of_card_is_not_said(chosen):
    told = chosen("- 年卡每年可停 30 天。\n- 季卡、月卡不能停卡。\n", "我是年卡，想停卡")
    assert told == ["年卡每年可停 30 天。"]


def test_without_a_kind_that_is_named_every_kind_is_said(chosen):
    told = chosen("- 年卡每年可停 30 天。\n- 季卡、月卡不能停卡。\n", "能停卡吗")
    assert len(told) == 2


def test_an_english_label_of_another_kind_is_not_said(chosen):
    body = (
        "Made-to-order items: free within 24 hours of ordering, later 25% of the price is kept.\n"
        "Stock items: free cancellation until 48 hours before the slot, later it costs 35.\n"
    )
    told = chosen(body, "I want to cancel my made to order bike, please, bought 3 days ago")
    assert len(told) == 1
    assert told[0].startswith("Made-to-order")


def test_running_text_about_something_else_is_not_said_beside_the_rule(chosen):
    body = "刹车失灵的，当天租金全退。\n\n骑行团每周日出发，头盔可在柜台另借。\n"
    assert chosen(body, "刹车失灵了，租金全退给我") == ["刹车失灵的，当天租金全退。"]


def test_who_decides_stays_beside_the_rule(chosen):
    body = "刹车失灵的，当天租金全退。\n\n款项提交财务岗审核，三个工作日内答复。\n"
    assert len(chosen(body, "刹车失灵了，租金全退给我")) == 2


DETOUR = "改打快车的差价不承担。取消三次以上由平台处理，坐席不向顾客说明处罚结果。\n"


def test_of_two_sentences_one_for_the_agent_the_other_is_still_said(workshop):
    reply = workshop(DETOUR).suggest("改打快车的差价谁承担").reply
    assert "差价不承担" in reply
    assert "处罚结果" not in reply


FRAMES = """| 成品 | 工期 |
|---|---|
| 车架喷漆 | 25 天 |
| 坐垫 | 15 天 |

迟一天赔 5 元，最多 60 元。
"""


def test_a_row_that_is_named_outscores_nothing_that_belongs_to_it(chosen):
    told = chosen(FRAMES, "车架喷漆做了多久了，还没好")
    assert any("25 天" in text for text in told)
    assert any("迟一天" in text for text in told)


DAMAGE = "摔坏的由我们赔，金额一律按折旧表（CL-2）计。\n"
WORTH = """| 使用年期 | 赔多少 |
|---|---|
| 1 年内 | 买价 90% |
| 1–3 年 | 买价 70% |
"""


def told_with_referred(shop, *said: str) -> list[str]:
    case, hits = shop.case(*said), shop.hits()
    far = (hits[0], *(replace(hit, score=0.1) for hit in hits[1:]))
    return [rule.passage.text for rule in with_referred(choose(shop.rules(*said), case), far, case)]


def test_the_row_of_the_table_by_which_a_rule_counts_is_said(workshop):
    told = told_with_referred(workshop(DAMAGE, WORTH), "车摔坏了 用了两年 赔多少")
    assert any("70%" in text for text in told)


def test_no_row_of_it_is_said_where_the_case_names_none(workshop):
    told = told_with_referred(workshop(DAMAGE, WORTH), "车摔坏了 赔多少")
    assert not any("买价" in text for text in told)


def test_an_article_to_which_another_case_is_sent_is_not_read(workshop):
    body = "摔坏的由我们赔。旧车摔坏的按 CL-2 赔。\n"
    told = told_with_referred(workshop(body, WORTH), "车摔坏了 用了两年 赔多少")
    assert not any("买价" in text for text in told)


@pytest.mark.parametrize(
    "frame", ["首页，课程，关于我们", "[Home](/) [Cars](/cars)", "© 车轮行", "Home | Cars | About us"]
)
def test_the_frame_of_a_page_is_no_rule(chosen, frame):
    assert not any(frame in text for text in chosen(f"{frame}\n\n{GUARANTEE}", "轮胎保多久"))
