"""The one question: asked where a needed fact is missing, and never where it is given."""

from __future__ import annotations

from dataclasses import replace

import pytest

from copilot.conversation import Turn
from copilot.language import quotable
from copilot.signals.stock_phrase import context_of, label_reply
from copilot.suggestion.asking.asking import MAX_QUESTION, guesses, missing_fact, question
from copilot.suggestion.choice.selection import choose, rules_of


def _missing(workshop, case):
    rules = rules_of(workshop.hits()[0], case)
    return missing_fact(choose(rules, case), rules, case)


def _asked(workshop, *said: str) -> str | None:
    case = workshop.case(*said)
    rules = rules_of(workshop.hits()[0], case)
    return question(choose(rules, case), rules, case)


CLASSES = """# 私教课取消

| 距开课 | 扣多少 |
|---|---|
| 24 小时以上 | 不扣 |
| 6–24 小时 | 扣半节 |
| 不足 6 小时 | 扣一节 |
"""


def test_asks_how_long_it_is_until_what_the_rule_counts_to(workshop):
    assert _asked(workshop(CLASSES), "私教课不想上了 取消要扣多少") == "您这单离开课还有多久？"


@pytest.mark.parametrize(
    "said",
    [
        ("私教课不想上了 明天下午三点那节 取消要扣多少",),
        ("私教课不想上了 取消要扣多少", "[预约] 私教课｜03-05 19:00"),
        ("私教课不想上了 还有8个小时 取消要扣多少",),
        ("下周的私教课不想上了 取消要扣多少", "下周三"),
    ],
)
def test_what_the_talk_or_the_order_card_gives_is_not_asked(workshop, said):
    assert _asked(workshop(CLASSES), *said) is None


def test_a_day_that_is_over_does_not_tell_how_far_off_the_class_is(workshop):
    said = ("私教课不想上了 取消要扣多少", "[订单] 私教课｜02-20 购买")
    assert _asked(workshop(CLASSES), *said) == "您这单离开课还有多久？"


def test_nothing_is_asked_while_an_alert_stands(workshop):
    club = workshop(CLASSES)
    case = club.case("私教课不想上了 取消要扣多少")
    assert _missing(club, case) is not None
    assert _missing(club, replace(case, alerted=True)) is None


def test_what_an_agent_asked_already_is_not_asked_again(workshop):
    club = workshop(CLASSES)
    case = club.case("私教课不想上了", "取消要扣多少")
    agent = Turn(1, "agent", "请问您约的是哪天的课呢？")
    first, last = case.conversation.turns
    talk = replace(case.conversation, turns=(first, agent, replace(last, index=2)))
    assert _missing(club, replace(case, conversation=talk)) is None


def test_the_undecided_row_is_named_so_that_it_is_not_said(workshop):
    club = workshop(CLASSES)
    found = _missing(club, club.case("私教课不想上了 取消要扣多少"))
    assert found is not None
    assert [rule.passage.kind for rule in found.undecided] == ["row"]


CAMP = """# 营位退订

| 距入营日 | 退多少 |
|---|---|
| 15 天以上 | 全退 |
| 5–14 天 | 退 60% |
| 4 天以内 | 不退 |
"""


def test_days_are_asked_for_where_the_rule_counts_days(workshop):
    assert _asked(workshop(CAMP), "营位不要了 退订能退多少") == "您这单离入营还有几天？"


def test_a_traditional_customer_is_asked_in_traditional(workshop):
    assert _asked(workshop(CAMP), "營位不要了 退訂能退多少錢") == "您這單離入營還有幾天？"


RENTAL = """# Van rental: cancelling

| Time before pick-up | Fee |
|---|---|
| more than 3 days | free |
| 1 to 3 days | 30% |
| less than 24 hours | 100% |
"""


def test_an_english_customer_is_asked_in_english(workshop):
    vans = workshop(RENTAL)
    assert _asked(vans, "I want to cancel my van, what is the fee?") == "How long is it until pick-up?"


def test_an_english_date_answers(workshop):
    assert _asked(workshop(RENTAL), "I want to cancel my van for 9 March, what is the fee?") is None


FREIGHT = """# 大件寄送收费

| 重量 | 运费 |
|---|---|
| 20 公斤以内 | 30 元 |
| 20–50 公斤 | 60 元 |
| 50 公斤以上 | 120 元 |
"""


def test_a_weight_is_asked_for(workshop):
    assert _asked(workshop(FREIGHT), "寄一台跑步机 运费多少钱") == "大概有几公斤重？"


def test_a_weight_that_was_said_is_not_asked_for(workshop):
    assert _asked(workshop(FREIGHT), "寄一台跑步机 六十来斤 运费多少钱") is None


LATE = """# 送洗衣物晚送赔付

| 超时多久 | 赔什么 |
|---|---|
| 1 天以内 | 不赔 |
| 1–3 天 | 退洗衣费 20% |
| 3 天以上 | 退洗衣费 50% |
"""


def test_a_delay_is_asked_for_and_found_in_an_order_card(workshop):
    laundry = workshop(LATE)
    assert _asked(laundry, "衣服到今天还没到 晚了 怎么赔") == "大概晚了几天？"
    assert _asked(laundry, "衣服到今天还没到 晚了 怎么赔", "[订单] 预计送达 02-27｜实际送达 03-01") is None


PAID = """# 退款多久到账

| 付款方式 | 时间 |
|---|---|
| 微信零钱 | 1 小时内 |
| 储蓄卡 | 2 个工作日 |
| 信用卡 | 5 个工作日 |
| 礼品卡 | 马上 |
"""


def test_the_way_of_paying_is_asked_for_where_it_decides(workshop):
    assert _asked(workshop(PAID), "退款多久能到账") == "您当时是用什么方式付的款？"
    assert _asked(workshop(PAID), "退款多久能到账 我刷的信用卡") is None


BOOKINGS = """# 订单取消

| 取消政策 | 退多少 |
|---|---|
| 限时取消 | 退 80% |
| 不可取消 | 不退 |
"""


def test_few_options_are_named(workshop):
    asked = _asked(workshop(BOOKINGS), "订单我要取消 能退多少")
    assert asked is not None
    assert "限时取消" in asked
    assert "不可取消" in asked


SEEN = """# 订单取消

| 取消政策 | 退多少 |
|---|---|
| 限时取消 | 退 80% |
| 不可取消 | 不退 |

取消政策看订单页。
"""


def test_what_the_agent_can_look_up_is_not_asked(workshop):
    assert _asked(workshop(SEEN), "订单我要取消 能退多少") is None


OPENED = """# 护肤品退货

- 没拆封的，7 天内可以退。
- 拆封的，不能退。
"""


def test_sentences_of_opposite_cases_ask_which_it_is(workshop):
    shop = workshop(OPENED)
    found = _missing(shop, shop.case("护肤品想退货 可以退吗"))
    assert found is not None
    assert found.question == "包装拆开过吗？"
    assert found.undecided == ()


def test_a_state_told_in_other_words_is_known(workshop):
    assert _asked(workshop(OPENED), "护肤品想退货 我就试用了一次 可以退吗") is None


COLUMNS = """# 商品退货

| 商品 | 没拆封 | 拆封后 |
|---|---|---|
| 面霜 | 可以退 | 不能退 |
| 毛巾 | 可以退 | 只能换 |
"""


def test_columns_of_opposite_states_ask_which_it_is(workshop):
    assert _asked(workshop(COLUMNS), "面霜想退货 可以退吗") == "包装拆开过吗？"


INSTALL = """# 上门安装收费

| 项目 | 市区 | 郊区 |
|---|---|---|
| 装晾衣架 | 80 元 | 120 元 |
| 装浴霸 | 90 元 | 140 元 |
"""


def test_columns_are_asked_for_by_their_names(workshop):
    assert _asked(workshop(INSTALL), "上门装晾衣架多少钱") == "请问是市区还是郊区？"


def test_a_sum_that_was_named_tells_its_column(workshop):
    assert _asked(workshop(INSTALL), "上门装晾衣架收我120块 多少钱才对") is None


TOLD = """# 月卡退卡

月卡买后不退，坐席可以顺延 7 天。

## 营位

| 距入营日 | 退多少 |
|---|---|
| 15 天以上 | 全退 |
| 4 天以内 | 不退 |
"""


def test_a_rule_that_depends_on_nothing_asks_nothing(workshop):
    assert _asked(workshop(TOLD), "月卡买了能不能退") is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (CLASSES, "私教课不想上了 取消要扣多少"),
        (FREIGHT, "寄一台跑步机 运费多少钱"),
        (PAID, "退款多久能到账"),
        (OPENED, "护肤品想退货 可以退吗"),
        (RENTAL, "I want to cancel my van, what is the fee?"),
    ],
)
def test_a_question_is_short_and_no_stock_phrase(workshop, body, said):
    shop = workshop(body)
    case = shop.case(said)
    found = _missing(shop, case)
    assert found is not None
    assert len(quotable(found.question)) <= MAX_QUESTION[case.language]
    assert label_reply(found.question, context_of(case.conversation)).label == "substantive"


TANKS = """# 鱼缸清洗收费

| 容量 | 上门费 |
|---|---|
| 60 升以下 | 50 元 |
| 60–120 升 | 80 元 |
| 120 升以上 | 130 元 |
"""


def test_a_unit_that_is_no_quantity_is_asked_for_by_its_name(workshop):
    shop = workshop(TANKS)
    assert _asked(shop, "鱼缸清洗上门费多少钱") == "容量是多少升的？"
    assert _asked(shop, "鱼缸清洗上门费多少钱 80升的缸") is None


TICKETS = """# 游船儿童票

| 年龄 | 怎么买 |
|---|---|
| 不满 6 周岁 | 免票 |
| 满 6 不满 14 周岁 | 半价 |
| 满 14 周岁 | 全价 |
"""


def test_an_age_in_full_years_is_asked_for_and_understood(workshop):
    boats = workshop(TICKETS)
    assert _asked(boats, "我家娃坐游船儿童票怎么买") == "请问是几周岁？"
    assert _asked(boats, "我家娃7周岁 坐游船儿童票怎么买") is None


TWO_TABLES = """# 宠物寄养

| 距入住日 | 取消费 |
|---|---|
| 7 天以上 | 免费 |
| 6 天以内 | 50% |

## 体重

| 宠物体重 | 每晚 |
|---|---|
| 10 公斤以下 | 60 元 |
| 10 公斤以上 | 90 元 |
"""


def test_rows_that_nothing_speaks_for_are_guesses_even_where_another_fact_is_asked_for(workshop):
    hotel = workshop(TWO_TABLES)
    case = hotel.case("宠物寄养不去了 取消费多少")
    rules = rules_of(hotel.hits()[0], case)
    rows = [rule for rule in choose(rules, case) if rule.passage.kind == "row"]
    assert guesses(rows, case) == tuple(rows)
    told = hotel.case("宠物寄养不去了 3月8号入住 狗8公斤 取消费多少")
    rules = rules_of(hotel.hits()[0], told)
    assert guesses(choose(rules, told), told) == ()
