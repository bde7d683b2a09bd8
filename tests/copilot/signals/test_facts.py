import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.signals.facts import find_facts
from tests.copilot.signals.talk import talk


def facts(*lines: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for fact in find_facts(talk(*lines), "Asia/Shanghai"):
        found.setdefault(fact.slot, []).append(fact.value)
    return found


@pytest.mark.parametrize(
    ("said", "slot", "value"),
    [
        ("尾号3046 刚下车", "order_id", "3046"),
        ("单号HY7752318", "order_id", "HY7752318"),
        ("order 55821 came broken", "order_id", "55821"),
        ("运单号SF1234567890123", "tracking_number", "SF1234567890123"),
        ("我手机13812345678", "phone", "13812345678"),
        ("電話 02-5594-7720", "phone", "0255947720"),
        ("call me at 9123 4567", "phone", "91234567"),
        ("手机尾号3381", "phone", "3381"),
        ("邮箱 a.b@c.com", "email", "a.b@c.com"),
        ("车牌川A·D2793", "plate", "川AD2793"),
        ("粤B D12345 那辆", "plate", "粤BD12345"),
        ("单车编号 80012345", "vehicle", "80012345"),
        ("4块8", "amount", "4.8"),
        ("67块7啊", "amount", "67.7"),
        ("收了我两百五", "amount", "250"),
        ("扣我90", "amount", "90"),
        ("NT$2,380", "amount", "2380 TWD"),
        ("I paid $45.50", "amount", "45.5 USD"),
        ("三百来块", "amount", "300"),
        ("还差9公里", "distance", "9公里"),
        ("我闺女六岁", "people", "我闺女六岁"),
        ("塞了六个人", "people", "六个人"),
        ("从无锡回徐州那趟", "route", "无锡回徐州"),
        ("火车东站到师大南门", "route", "火车东站到师大南门"),
        ("我在城西软件园B座", "place", "城西软件园B座"),
        ("寄新莊區中正路514號8樓之2", "place", "新莊區中正路514號8樓之2"),
        ("江陵分局 警号031774", "badge", "031774"),
        ("昨天下午三点", "time", "2026-11-09T15:00:00+08:00"),
        ("不行我找12315", "third_party_channel", "12315"),
        ("找律师告你们", "third_party_channel", "律师"),
        ("钱要全额退款", "demand", "钱要全额退款"),
        ("别再派他", "demand", "别再派他"),
        ("截图我有", "evidence", "截图我有"),
        ("我打过两遍", "tried", "我打过两遍"),
        ("少了一盒牛腱子", "loss", "少了一盒牛腱子"),
        ("六点半要下锅", "deadline", "六点半要下锅"),
        ("统编90417263", "tax_id", "90417263"),
        ("tracking SPX 6034 9981 20, still there", "tracking_number", "SPX 6034 9981 20"),
        ("shop's order 订单号 PX66021573", "order_id", "PX66021573"),
        ("我在12315交了 编号2026112400386", "reference", "2026112400386"),
        ("那辆电单车 E-380271 刹不住", "vehicle", "E-380271"),
        ("爷爷奶奶俩老人在大厅", "people", "俩老人"),
        ("她叫小苏 13点上的车", "people", "小苏"),
        ("司机吕师傅说没有", "people", "吕师傅"),
        ("我住芳林苑6-302", "place", "芳林苑6-302"),
        ("订的石桥驿酒店 到了没房", "place", "石桥驿酒店"),
        ("we wait in Kwun Tong since noon", "place", "Kwun Tong"),
        ("右手腕肿起来了", "injury", "右手腕肿起来了"),
        ("一个月三千出头", "amount", "3000"),
        ("14点零9分还跟我说话", "time", "14:09"),
        ("多出来的钱谁出", "demand", "多出来的钱谁出"),
        ("180天内的都算", "duration", "180天内"),
    ],
)
def test_a_fact_is_found_with_its_slot_and_value(said: str, slot: str, value: str) -> None:
    assert value in facts(f"c: {said}").get(slot, [])


@pytest.mark.parametrize(
    ("said", "slot"),
    [
        ("你们这个酒店不给住", "place"),
        ("两个女生拖着箱子站大厅", "place"),
        ("今天还得收银行验证码", "place"),
        ("七点一刻才进站", "place"),
        ("地址是你们写错的凭啥扣我钱", "place"),
        ("我下车前递给师傅了", "people"),
        ("我要车主的姓名电话", "people"),
        ("没有一个人打给我", "people"),
        ("从六点二十打到现在", "route"),
        ("从美国带回来一台烘干机", "route"),
        ("已经在12315填了 编号2026112301177", "vehicle"),
        ("180天内奶粉异常退款 0 罐", "amount"),
        ("一把真拿不出来", "quantity"),
        ("给我发了两个字", "quantity"),
        ("会不会还扣我钱", "loss"),
        ("摔坏要赔多少", "loss"),
        ("拍什么视频", "evidence"),
        ("别再打了", "tried"),
        ("你们谁能办让他打过来", "tried"),
        ("饭都吃完了我要鱼干嘛", "demand"),
        ("他知道我住哪", "demand"),
        ("牆上插座黑了一塊 我拔不下來", "amount"),
        ("一共24回 他落了四回", "amount"),
    ],
)
def test_words_that_only_look_like_a_fact_are_none(said: str, slot: str) -> None:
    assert slot not in facts(f"c: {said}")


def test_since_a_weekday_is_the_last_one() -> None:
    assert facts("c: it has been there since Friday")["time"] == ["2026-11-06"]


def test_somebody_with_a_name_is_no_role_besides() -> None:
    assert "subject" not in facts("c: 吕师傅说没有")


def test_an_order_card_gives_facts_too() -> None:
    found = facts("s: [订单卡片] 快车 3046｜点击“已到达”时距上车点 730 米｜等候费 4.80 元")
    assert (found["order_id"], found["distance"], found["amount"]) == (["3046"], ["730 米"], ["4.8"])


def test_what_the_agent_says_is_no_fact_of_the_customer() -> None:
    assert facts("a: 您的订单号是88231") == {}


def test_a_bare_number_answers_the_question_for_the_order() -> None:
    assert facts("a: 请问订单尾号是多少", "c: 7719")["order_id"] == ["7719"]


def test_a_correction_replaces_the_earlier_value() -> None:
    assert facts("c: 尾号7718 车费68", "c: 说错了 尾号7719")["order_id"] == ["7719"]


def test_walking_the_wrong_way_is_no_correction() -> None:
    assert facts("c: 该收31元", "c: 我说了三遍走错了 收我67元")["amount"] == ["31", "67"]


def test_hotline_digits_inside_a_number_are_no_channel() -> None:
    assert "third_party_channel" not in facts("c: 我手机13812345678 车牌京AD12345")


def test_the_slot_of_a_phone_is_not_taken_by_an_order() -> None:
    assert "order_id" not in facts("c: 手机号尾号3381")


def test_evidence_that_does_not_exist_is_no_evidence() -> None:
    assert "evidence" not in facts("c: 哪来照片")


TEXTS = st.lists(
    st.sampled_from("退我58.9元尾号3046 明天下午两点，川A·D2793 從台北到高雄！１２３ 点:/-$"), max_size=40
)


@given(TEXTS)
def test_every_quote_is_an_exact_substring_of_its_turn(characters: list[str]) -> None:
    text = "".join(characters)
    squeezed = "".join(unicodedata.normalize("NFKC", text).split())
    for fact in find_facts(talk(f"c: {text}"), "Asia/Shanghai"):
        assert "".join(unicodedata.normalize("NFKC", fact.quote).split()) in squeezed
