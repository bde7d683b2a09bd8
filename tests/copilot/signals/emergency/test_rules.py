from __future__ import annotations

import pytest

from copilot.signals.emergency.rules import read, rule_base


def fired(text: str) -> set[str]:
    return {match.situation.id for match in read(text).matches}


def test_every_situation_has_a_reason_and_a_known_level():
    for situation in rule_base().situations:
        assert situation.reason
        assert situation.level in {"emergency", "urgent"}


def test_situation_names_are_unique():
    names = [situation.id for situation in rule_base().situations]
    assert len(names) == len(set(names))


def test_a_negation_right_before_denies():
    assert "injury_person" in fired("他受伤了")
    assert "injury_person" not in fired("他没有受伤")


def test_a_question_of_what_if_is_no_danger_but_now_is():
    assert "fire_place" not in fired("如果家里着火了怎么办")
    assert "fire_place" in fired("家里着火了怎么办")


def test_history_excuses_unless_it_happens_now():
    assert "attack_me" not in fired("去年他在家里打我")
    assert "attack_me" in fired("去年他就打我 现在又在踹门")


@pytest.mark.parametrize("text", ["a" * 5000, "他" * 5000, "help " * 3000, "\n" * 3000, "1 2 " * 3000])
def test_long_monotonous_texts_are_read_quickly(text):
    read(text)


def test_a_blank_between_chinese_words_ends_what_a_negation_denies():
    assert "missing_vulnerable" in fired("我没有订单 一个女学生凌晨失联")
    assert "missing_vulnerable" not in fired("没有学生失联")


def test_somebody_at_the_car_door_is_an_attack_and_no_luggage():
    assert "attack_door" in fired("他下来拉后门 我把锁按住了")
    assert "attack_door" not in fired("请师傅帮我拉后门 锁有点松")


def test_who_announces_a_visit_to_settle_scores_threatens():
    assert "threat_home" in fired("司机说要来我家找我算账")
    assert "threat_home" not in fired("师傅说来我家门口等着取件")


def test_a_fall_after_which_a_limb_does_not_move_is_an_injury():
    assert "fall_cannot_move" in fired("我妈让电线勒倒了 躺地上 腿动不了")
    assert "fall_cannot_move" not in fired("上车摔了一下 车门动不了")


def test_machines_and_offices_that_do_not_react_are_no_certain_emergency():
    assert "unresponsive_person" not in fired("洗衣机按啥都没反应 你们人来了")
    assert "unresponsive_person" in fired("我爸叫不醒了")


def test_a_threat_to_come_is_a_threat_when_it_is_quoted_too():
    assert "threat_quoted" in fired("车主天天发消息叫我付钱 说再不付我就来你们学校找你")
    assert "threat_quoted" not in fired("明天我来你们学校 请问怎么走")


def test_a_person_reported_as_out_of_reach_is_missing():
    assert "reported_missing" in fired("有个女的下午坐你们顺风车失联了 家属报的案")
    assert "reported_missing" not in fired("骑手失联了 我的外卖呢")


def test_a_title_is_no_danger():
    assert fired("《自杀专卖店》有现货吗 想凑单") == fired("那本书有现货吗 想凑单")
    assert "suicide_brief" in fired("我想自杀")


def test_a_house_without_a_bed_strands_who_stands_before_it():
    assert "no_bed" in fired("到了说没房 我们两个人拖着行李站在路边")
    assert "no_bed" in fired("Reception says no room, it's midnight and we have two kids")
    assert "no_bed" not in fired("双床房没房了 换大床行吗")


def test_a_frame_that_is_named_excuses_only_who_names_it():
    assert "supplies_out" not in fired("奶粉结块了 只剩半罐")
    assert "unresponsive_person" in fired("家里发霉了 我妈叫不醒")


def certain(text: str) -> set[str]:
    return {match.situation.category for match in read(text).matches if match.situation.certain}


@pytest.mark.parametrize(
    "text",
    [
        "教练动手摸我 上周的事",
        "私教上课的时候一直摸我腰",
        "教练偷拍女更衣室",
        "裝機師傅摸我",
        "教练骚扰我 换人",
        "個教練成日掂我",
        "被你们教练摸了",
        "我女儿被游泳教练摸了下面",
        "幼儿园老师打了孩子 身上有伤",
        "師傅一身酒味來裝機",
        "護工掐我媽",
        "your delivery guy touched me inappropriately last week",
        "the installer grabbed my daughter",
        "I was groped by your masseur",
        "The tutor followed my daughter home",
        "Someone on your staff filmed me in the changing room",
    ],
)
def test_what_somebody_who_serves_did_to_a_person_is_a_safety_complaint_in_any_trade(text):
    assert "safety_complaint" in certain(text)


def test_what_somebody_who_serves_does_to_a_person_now_is_an_emergency():
    assert "server_now" in fired("教练现在还在摸我")
    assert "server_now" in fired("the engineer is touching me right now")
    assert "server_now" not in fired("教练动手摸我 上周的事")


@pytest.mark.parametrize(
    "text",
    [
        "按摩师手法很好，重点按了我的腰",
        "教练调整了器械的高度",
        "I was touched by your service",
        "your nurse's kindness really touched me",
        "the touch screen your installer fitted doesn't work",
        "教练虐我 哈哈",
        "昨晚球赛进攻太猛 教练换人太晚",
        "教练天天打电话骚扰我续课",
        "护士摸了我额头量体温",
        "师傅打我电话了",
        "店员摸了摸布料说是纯棉",
        "老师打分太低",
        "我被教练打了低分",
        "your technician grabbed me a coffee",
        "The trainer kicked me out of class",
        "教练抱我孩子下水 学得不错",
        "the plumber was high on our list",
        "the doctor examined me and touched my belly",
    ],
)
def test_what_serving_people_do_at_their_work_is_no_danger(text):
    assert not certain(text)


@pytest.mark.parametrize(
    "text",
    [
        "剛剛有人說是你們客服 要我念驗證碼 我念了",
        "現在他叫我去ATM轉帳 我該去嗎",
        "對方叫我共享屏幕",
        "让我把钱转到安全账户",
        "he asked me to buy gift cards",
        "someone claiming to be from your fraud team, I read out the code",
    ],
)
def test_who_is_led_to_hand_over_money_or_a_code_is_being_defrauded(text):
    assert certain(text) == {"fraud_in_progress"}


@pytest.mark.parametrize(
    "text",
    [
        "收到短信说让我去ATM 是真的吗",
        "去年有人自称公安骗我转账到安全账户 已经立案",
        "快递员让我报取件码",
        "骑手要我念收货验证码",
        "工程师让我装TeamViewer 连不上",
        "柜员让我去ATM办 可以吗",
        "ATM取款限额多少",
        "客服让我把验证码发过去 验证身份",
    ],
)
def test_codes_machines_and_screens_of_ordinary_service_are_no_fraud(text):
    assert not certain(text)


@pytest.mark.parametrize(
    ("text", "situation"),
    [
        ("a small plane came down behind the barn", "aircraft_down"),
        ("直升机坠山上了", "aircraft_down"),
        ("the school bus is on its side", "carrier_wrecked"),
        ("校车翻沟里了", "carrier_wrecked"),
        ("幢樓冧咗，有人喺入面，壓住晒", "cave_in_people"),
        ("the roof caved in, people under it", "cave_in_people"),
        ("雪崩 向导被埋了", "landslide_people"),
        ("I just stabbed my brother", "deadly_deed"),
        ("我把我弟捅了", "killed_one"),
        ("女兒被陌生人帶走了", "child_led_off"),
    ],
)
def test_a_disaster_or_a_deadly_deed_is_heard_in_its_first_blunt_words(text, situation):
    assert situation in fired(text)


@pytest.mark.parametrize(
    "text",
    [
        "the plane ticket price came down",
        "the crane game is broken",
        "火车模型脱轨了吗 是哪款型号",
        "蛋糕塌了",
        "发型塌了",
        "雪崩蛋糕还有吗",
        "the ferry is late",
        "I killed my battery",
        "孩子从六楼换到八楼教室",
    ],
)
def test_goods_prices_and_games_are_no_disaster(text):
    disasters = {"aircraft_down", "carrier_wrecked", "cave_in_people", "landslide_people", "deadly_deed"}
    assert not fired(text) & (disasters | {"child_led_off", "killed_one"})


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("鼻血流了半小时还是止不住", "accident_injury"),
        ("佢流血止唔住 快叫白車", "accident_injury"),
        ("He is bleeding heavily", "accident_injury"),
        ("我在流血 救命", "accident_injury"),
        ("烘干机在冒黑烟", "fire_gas_battery"),
        ("smoke coming from the wall socket", "fire_gas_battery"),
        ("屋里好大的煤气味", "fire_gas_battery"),
        ("孩子被锁在储物间了", "trapped"),
        ("有人揸住把刀喺門口", "assault"),
        ("小朋友吞咗粒電池", "poisoning_allergy"),
        ("缆车停了 我们吊在半空", "trapped"),
        ("the ferris wheel has stopped and we're up there", "trapped"),
        ("我哥进山徒步到现在没回来 手机打不通", "missing_person"),
        ("我爸早上出门到现在没回来 电话打不通", "missing_person"),
        ("有个不认识的女的把我孙子接走了", "kidnapping"),
        ("失业了 最后来看一次海", "self_harm"),
    ],
)
def test_what_nobody_can_take_for_anything_else_raises_without_the_classifier(text, category):
    assert category in certain(text)


@pytest.mark.parametrize(
    "text",
    [
        "大出血清仓 全场五折还有吗",
        "床上有血迹 换一下床单",
        "急得我嗓子冒烟",
        "烟雾报警器多少钱一个",
        "煤气费账单怎么比上月多",
        "我把手机锁在车里了",
        "自动售货机吞了我的硬币",
        "师傅带刀具了吗",
        "缆车停了几天了 什么时候恢复",
        "我老公去钓鱼还没回来 能不能改成晚上送货",
        "怕孩子被陌生人接走 你们接送有验证吗",
        "失业了 想最后看一次账单再销户",
        "那年过山车停在半空的是不是你们园",
    ],
)
def test_what_only_sounds_like_it_does_not(text):
    assert not certain(text)
