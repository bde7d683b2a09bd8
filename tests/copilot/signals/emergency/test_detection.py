from __future__ import annotations

import pytest

from copilot.signals.emergency.classifier import Judgement
from copilot.signals.emergency.detection import (
    ALARM_BODILY,
    ALARM_HINTED,
    ALARM_UNSPOKEN,
    ASSENT,
    SURE,
    Layers,
    detect,
)
from copilot.signals.emergency.features import FloatArray
from copilot.signals.emergency.rules import Reading
from knowledge.model import ClientSettings
from tests.copilot.signals.emergency.saying import broken_judge, broken_reader, saying, sure, vectors

QUIET = sure(0.0)


def alerts_of(*texts: str):
    return detect(saying(*texts), None, None).alerts


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("救命", "threat"),
        ("我爸突然昏倒了 叫不醒", "medical"),
        ("家里着火了", "fire_gas_battery"),
        ("There is a fire", "fire_gas_battery"),
        ("My parents were shot", "assault"),
        ("my little boy stopped breathing", "medical"),
        ("唔該，我老婆喺屋企暈咗", "medical"),
        ("孩子把老鼠药吃了", "poisoning_allergy"),
        ("我不想活了", "self_harm"),
        ("有人在撬我家门", "assault"),
    ],
)
def test_a_blunt_first_sentence_is_enough(text, category):
    assert [a.category for a in alerts_of(text)][:1] == [category]


@pytest.mark.parametrize(
    "text",
    ["我想紫砂", "我 想 自.杀", "我想自\u200b杀", "我想自殺", "I want to kill mysеlf"],
)
def test_disguised_words_are_read_as_what_they_mean(text):
    (alert,) = alerts_of(text)
    assert alert.category == "self_harm"
    assert alert.quote in text


@pytest.mark.parametrize(
    "text",
    [
        "急死了 我的快递呢",
        "救命这也太贵了吧哈哈",
        "手机死机了怎么办",
        "请问灭火器多少钱一个",
        "紫砂壶还有货吗",
        "这个茶刀发什么快递",
        "一共110元对吧",
        "两年前的车祸理赔材料寄到哪里",
        "如果着火了门能从里面打开吗",
        "can you please help me reset my password",
        "my phone died and the app keeps crashing",
    ],
)
def test_hyperbole_products_history_and_questions_raise_nothing(text):
    assert alerts_of(text) == ()


def test_an_alert_quotes_the_customers_own_words():
    text = "你好，我爸他昏倒了，怎麼都叫不醒"
    (alert,) = alerts_of("我要退票", "@好的", text)
    assert alert.turn_index == 2
    assert alert.quote in text


def test_the_same_danger_is_one_alert_with_growing_reasons():
    found = alerts_of("我爸昏倒了", "他没呼吸了")
    assert len(found) == 1
    assert found[0].turn_index == 0
    assert "cannot breathe" in found[0].reason


def test_a_mild_turn_afterwards_keeps_the_alert():
    assert alerts_of("我爸昏倒了叫不醒", "@请拨120", "好的谢谢") == alerts_of("我爸昏倒了叫不醒", "@请拨120")


def test_an_earlier_alert_is_never_dropped():
    earlier = alerts_of("我爸昏倒了叫不醒")
    assert detect(saying("谢谢"), None, None, earlier=earlier).alerts == earlier


def test_danger_split_over_messages_is_read_as_one():
    found = alerts_of("我爸他", "突然就昏倒了")
    assert found
    assert found[0].turn_index == 1


def test_without_vectors_the_classifier_is_reported_as_not_run():
    assert detect(saying("你好"), None, None).degraded == ("emergency_classifier",)


def test_the_classifier_raises_alone_where_no_rule_speaks():
    talk = saying("她今天的样子跟平时不一样 你们来看一下")
    found = detect(talk, vectors(talk), None, layers=Layers(judge=sure(SURE, 0.9, "kidnapping")))
    assert [(a.level, a.category, a.sources) for a in found.alerts] == [
        ("emergency", "kidnapping", ("classifier",))
    ]
    assert found.degraded == ()


def test_a_certain_rule_raises_whatever_the_classifier_says():
    talk = saying("我爸昏倒了叫不醒")
    assert detect(talk, vectors(talk), None, layers=Layers(judge=QUIET)).alerts


def test_an_uncertain_rule_needs_a_little_assent():
    talk = saying("司机闯红灯了")
    assert not detect(talk, vectors(talk), None, layers=Layers(judge=QUIET)).alerts
    assert detect(talk, vectors(talk), None, layers=Layers(judge=sure(ASSENT))).alerts


def test_a_broken_classifier_leaves_the_rules_and_says_so():
    talk = saying("家里着火了")
    found = detect(talk, vectors(talk), None, layers=Layers(judge=broken_judge))
    assert found.degraded == ("emergency_classifier",)
    assert found.alerts


def test_broken_rules_leave_the_classifier_and_say_so():
    talk = saying("家里着火了")
    found = detect(talk, vectors(talk), None, layers=Layers(read=broken_reader, judge=sure(0.99)))
    assert "emergency_rules" in found.degraded
    assert found.alerts


def test_the_most_serious_alert_comes_first():
    found = alerts_of("我在高速服务区被司机甩下了 现在凌晨没有车", "我老公昏倒了叫不醒")
    assert [a.level for a in found] == ["emergency", "urgent"]


def test_a_cry_for_help_and_then_silence_is_a_missing_person():
    found = alerts_of("我朋友打的顺风车 刚才给我发了一句救命 然后手机就关机了", "@专员会在一小时内回复您")
    assert (found[0].level, found[0].category, found[0].services) == ("emergency", "missing_person", ("110",))


def test_past_danger_from_somebody_who_serves_on_is_an_urgent_safety_complaint():
    (alert,) = alerts_of("昨天那个司机把我拉到偏僻的地方还一直跟着我 今天看他还在接单")
    assert (alert.level, alert.category) == ("urgent", "safety_complaint")


def test_where_a_rule_names_the_danger_the_classifier_adds_evidence_not_a_second_alert():
    talk = saying("我爸昏倒了叫不醒")
    (alert,) = detect(talk, vectors(talk), None, layers=Layers(judge=sure(0.99, 0.9, "threat"))).alerts
    assert alert.category == "medical"
    assert alert.sources == ("rules", "classifier")
    assert alert.services == ("120", "110")


def test_without_a_word_of_danger_the_classifier_must_be_surer():
    talk = saying("我人在B2 他停大门口")
    hinted, unspoken = (sure(bar, category="fraud_in_progress") for bar in (ALARM_HINTED, ALARM_UNSPOKEN))
    assert not detect(talk, vectors(talk), None, layers=Layers(judge=hinted)).alerts
    assert detect(talk, vectors(talk), None, layers=Layers(judge=unspoken)).alerts


def test_harm_to_bodies_needs_no_word_of_danger():
    talk = saying("我人在B2 他停大门口")
    assert detect(talk, vectors(talk), None, layers=Layers(judge=sure(ALARM_BODILY))).alerts


def test_a_certain_situation_that_was_often_false_does_not_raise_against_the_classifier():
    talk = saying("快报警 我在你们店门口站了半天了 门口那个人一直在那里站着 我真的很害怕")
    assert not detect(talk, vectors(talk), None, layers=Layers(judge=QUIET)).alerts
    assert detect(talk, vectors(talk), None, layers=Layers(judge=sure(0.3, category="threat"))).alerts


def test_without_a_classifier_a_doubtful_situation_raises():
    talk = saying("我要跳楼")
    assert detect(talk, None, None).alerts
    assert detect(talk, vectors(talk), None, layers=Layers(judge=broken_judge)).alerts


def test_a_doubtful_situation_waits_for_a_classifier_that_follows_at_once():
    assert not detect(saying("我要跳楼"), None, None, layers=Layers(classifier_follows=True)).alerts
    assert detect(saying("我爸昏倒了 叫不醒"), None, None, layers=Layers(classifier_follows=True)).alerts


def test_what_somebody_who_serves_does_every_time_is_an_urgent_complaint_not_an_emergency():
    talk = saying("私教上课的时候一直摸我腰")
    layers = Layers(judge=sure(0.99, 0.9, "sexual_harassment"))
    assert [(a.level, a.category) for a in detect(talk, vectors(talk), None, layers=layers).alerts] == [
        ("urgent", "safety_complaint")
    ]


def test_what_goes_on_now_is_an_emergency_though_it_happens_every_time():
    talk = saying("私教每次上课都摸我腰 现在又在摸")
    layers = Layers(judge=sure(0.99, 0.9, "sexual_harassment"))
    assert detect(talk, vectors(talk), None, layers=layers).alerts[0].level == "emergency"


def test_without_a_word_of_danger_a_less_sure_classifier_says_urgent_and_hides_no_suggestion():
    talk = saying("他停在服务区 天黑了")
    (alert,) = detect(talk, vectors(talk), None, layers=Layers(judge=sure(ALARM_HINTED, 0.9))).alerts
    assert alert.level == "urgent"


def test_an_uncertain_rule_leaves_the_name_of_the_danger_to_the_classifier():
    talk = saying("司机闯红灯了")
    (alert,) = detect(talk, vectors(talk), None, layers=Layers(judge=sure(0.99, 0.9, "medical"))).alerts
    assert alert.category == "medical"
    assert alert.services == ("120", "110", "122")
    assert set(alert.sources) == {"rules", "classifier"}


def test_a_silent_driver_behind_a_door_that_does_not_open_is_no_chat():
    assert alerts_of("他光笑不说话 车门里面掰不动")[0].category == "kidnapping"


def test_a_complaint_about_what_is_over_is_an_urgent_safety_complaint():
    talk = saying("今天下午的单 我要投诉司机 他停在水库边上 我自己开门跑的 他开着车跟了我十来分钟")
    (alert,) = detect(talk, vectors(talk), None, layers=Layers(judge=sure(0.99, 0.9, "stalking"))).alerts
    assert (alert.level, alert.category) == ("urgent", "safety_complaint")


def test_a_complaint_while_it_goes_on_is_no_complaint():
    talk = saying("今天下午的单 我要投诉司机 他停在水库边上 我跑了 他现在还开着车跟着我")
    (alert,) = detect(talk, vectors(talk), None, layers=Layers(judge=sure(0.99, 0.9, "stalking"))).alerts
    assert alert.level == "emergency"


STRANDED = "半路丢下我们"


def judged_by_text(later: Judgement):
    first = Judgement(0.9, 0.1, "stranded")
    return lambda reading, vector, previous: first if reading.normalised.original == STRANDED else later


def test_a_guess_makes_no_second_urgent_alert_of_a_danger_raised_before():
    talk = saying(STRANDED, "还在接单")
    layers = Layers(judge=judged_by_text(Judgement(0.79, 0.1, "data_leak")), only_classifier=True)
    (alert,) = detect(talk, vectors(talk), None, layers=layers).alerts
    assert alert.category == "stranded"


def test_a_second_urgent_danger_of_which_no_word_speaks_is_no_alert_of_its_own():
    talk = saying(STRANDED, "还在接单")
    layers = Layers(judge=judged_by_text(Judgement(0.95, 0.1, "data_leak")), only_classifier=True)
    (alert,) = detect(talk, vectors(talk), None, layers=layers).alerts
    assert alert.category == "stranded"


def test_a_sure_second_danger_is_an_alert_of_its_own():
    talk = saying(STRANDED, "他威胁我 说要把我的身份证发到群里")
    layers = Layers(judge=judged_by_text(Judgement(0.95, 0.1, "data_leak")), only_classifier=True)
    found = detect(talk, vectors(talk), None, layers=layers).alerts
    assert {alert.category for alert in found} == {"stranded", "data_leak"}


def test_a_second_danger_that_may_be_the_first_by_another_name_is_no_alert_of_its_own():
    talk = saying(STRANDED, "还在接单")
    judgement = Judgement(0.95, 0.1, "data_leak", also="stranded")
    layers = Layers(judge=judged_by_text(judgement), only_classifier=True)
    (alert,) = detect(talk, vectors(talk), None, layers=layers).alerts
    assert alert.category == "stranded"


def test_leaked_data_are_urgent_however_severe_the_classifier_takes_them_to_be():
    talk = saying("群里有我的身份证和家里住址")
    (alert,) = detect(talk, vectors(talk), None, layers=Layers(judge=sure(0.95, 0.95, "data_leak"))).alerts
    assert alert.level == "urgent"


def test_a_driver_who_keeps_a_lost_phone_is_a_matter_of_service():
    talk = saying("手机落你们车上了", "打过去是个女孩接的 说交给司机了")
    judge = sure(0.94, 0.1, "safety_complaint")
    assert not detect(talk, vectors(talk), None, layers=Layers(judge=judge)).alerts
    worse = saying("手机落你们车上了", "他把我女儿锁车里不让下车")
    assert detect(worse, vectors(worse), None, layers=Layers(judge=judge)).alerts


COMPLAINT = ("我要投诉一个司机", "上周他开到水库边不走 还跟着我走了好久")
THREAT = "昨晚他说再投诉就来你们学校找你"


def test_a_threat_made_now_is_an_alert_of_its_own_beside_what_is_over():
    def judge(reading: Reading, vector: FloatArray, previous: tuple[FloatArray, ...]) -> Judgement:
        return Judgement(0.95 if "水库" in reading.normalised.original else 0.0, 0.9, "stalking")

    talk = saying(*COMPLAINT, THREAT)
    alerts = detect(talk, vectors(talk), None, layers=Layers(judge=judge)).alerts
    assert {(a.category, a.turn_index) for a in alerts} == {("safety_complaint", 1), ("threat", 2)}


def test_a_mere_guess_about_what_is_over_raises_nothing():
    talk = saying(*COMPLAINT)
    layers = Layers(judge=sure(ALARM_HINTED, category="accident_no_injury"))
    assert detect(talk, vectors(talk), None, layers=layers).alerts == ()


def test_a_complaint_about_conduct_is_one_danger_with_the_conduct_itself():
    talk = saying("司机现在还在跟着我 我好害怕", "他这种人怎么还能接单")
    layers = Layers(judge=sure(0.95, category="safety_complaint"))
    assert len(detect(talk, vectors(talk), None, layers=layers).alerts) == 1


def test_travellers_without_a_bed_are_stranded_in_one_message_or_two():
    one = saying("到了说没有客房 我们拖着箱子站门口")
    two = saying("定位走到了 是个居民楼", "这边晚上十点 零下五度 带着我妈")
    for talk in (one, two):
        (alert,) = detect(talk, vectors(talk), None, layers=Layers(judge=QUIET)).alerts
        assert (alert.level, alert.category) == ("urgent", "stranded")
        assert alert.quote in talk.turns[alert.turn_index].text


def test_a_bed_that_was_missing_last_week_strands_nobody():
    assert alerts_of("上周到了说没有客房 我们拖着箱子站门口 现在要退款") == ()


def test_spoilt_milk_powder_is_a_defect_and_no_shortage():
    assert alerts_of("奶粉结块了", "今天要冲才发现 只剩半罐") == ()
    assert alerts_of("奶粉只剩最后一勺了 今晚没得吃") != ()


def test_the_police_are_not_told_to_call_the_police_nor_asked_twice():
    talk = saying(
        "你好 江陵分局刑侦大队 我姓周 警号031774", "有个乘客下午失联了 家属报的案 我要司机的电话和位置"
    )
    by_category = {alert.category: alert for alert in detect(talk, None, None).alerts}
    request, missing = by_category["official_request"], by_category["missing_person"]
    assert "110" not in missing.protocol.say
    assert missing.protocol.ask == ()
    assert request.protocol.ask == ("可回拨的单位座机", "案件或警情编号")
    assert "座机" in request.protocol.say
    assert "警号" not in request.protocol.say


def test_a_scrape_that_is_over_and_hurt_nobody_raises_nothing():
    talk = saying("我要投诉昨天的司机 他把车门蹭了一下")
    layers = Layers(judge=sure(0.95, category="accident_no_injury"))
    assert detect(talk, vectors(talk), None, layers=layers).alerts == ()


def test_a_crying_child_beside_a_spoilt_can_is_a_matter_of_service():
    talk = saying("奶粉结块了", "娃在我身上哭呢 我哪有手拍")
    guess = Layers(judge=sure(ALARM_BODILY, category="vulnerable_person"))
    assert detect(talk, vectors(talk), None, layers=guess).alerts == ()
    surer = Layers(judge=sure(SURE - 0.01, category="vulnerable_person"))
    assert detect(talk, vectors(talk), None, layers=surer).alerts == ()
    short = saying("奶粉结块了", "家里奶粉只剩最后一勺 今晚没得吃")
    assert [a.category for a in detect(short, None, None).alerts] == ["supplies_at_risk"]
    sick = Layers(judge=sure(SURE, category="poisoning_allergy"))
    assert detect(talk, vectors(talk), None, layers=sick).alerts != ()


def test_while_the_customer_is_silent_what_stands_is_not_told_anew():
    settings = ClientSettings("lulu", "鹿鹿出行")
    before = detect(saying("我爸昏倒了 叫不醒"), None, settings).alerts
    after = detect(saying("我爸昏倒了 叫不醒", "@马上为您联系"), None, settings).alerts
    assert before
    assert all(one is same for one, same in zip(before, after, strict=True))


def test_what_a_customer_adds_may_change_whom_to_call():
    (alone,) = detect(saying("车祸 他受伤了"), None, None).alerts
    (named,) = detect(saying("车祸 他受伤了", "我在台北"), None, None).alerts
    assert alone.services != named.services


def test_two_clients_of_one_danger_have_their_own_steps():
    steps = [
        detect(saying("我爸昏倒了 叫不醒"), None, ClientSettings("a", "甲", emergency_protocol=own))
        .alerts[0]
        .protocol.steps
        for own in (("先通知甲方值班",), ("先通知乙方值班",))
    ]
    assert steps[0][0] == "先通知甲方值班"
    assert steps[1][0] == "先通知乙方值班"


@pytest.mark.parametrize("cry", ["我要跳楼", "快报警", "救救我", "call 911"])
def test_a_mere_cry_is_heard_whatever_the_classifier_makes_of_its_vector(cry: str):
    talk = saying(cry)
    found = detect(talk, vectors(talk), None, layers=Layers(judge=sure(0.0, 0.0, "none"))).alerts
    assert [alert.level for alert in found] == ["emergency"]


def test_a_longer_message_is_doubted_as_before():
    talk = saying("你们这个客服我真是服了 问了八百遍都没人理 救救我吧 我就想知道我那个快递到底什么时候能到")
    assert detect(talk, vectors(talk), None, layers=Layers(judge=sure(0.0, 0.0, "none"))).alerts == ()


@pytest.mark.parametrize("text", ["there's blood everywhere please send someone", "地上全是血 快来人"])
def test_of_a_cry_the_classifier_has_no_say_however_many_letters_its_words_have(text):
    conversation = saying(text)
    alerts = detect(conversation, vectors(conversation), None, layers=Layers(judge=QUIET)).alerts
    assert "accident_injury" in {alert.category for alert in alerts}
