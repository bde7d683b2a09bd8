import pytest

from copilot.signals.facts import find_facts
from copilot.signals.stock_phrase import check_replies, label_reply
from tests.copilot.signals.talk import talk


@pytest.mark.parametrize(
    "text",
    [
        "非常理解您的心情，请您耐心等待，我们会尽快核实处理。",
        "我们第一时间给您标了最高优先级哈",
        "您的诉求已升级给相关部门，后续会有专人联系您。",
        "造成您的困擾深感抱歉，已再次為您加急，後續有進度會主動通知您。",
        "We completely understand how frustrating this must be and appreciate your patience.",
    ],
)
def test_words_that_nobody_can_check_are_stock(text: str) -> None:
    assert label_reply(text, ("都三天了 到底谁管",)).label == "stock"


@pytest.mark.parametrize(
    "text",
    [
        "这4元退给您，微信零钱2小时内到。",
        "不能。平台按发货价赔，最高300元，这单已经按158元赔满了。",
        "王师傅今天15:00到您家，工号0926。",
        "退票手續費當天收票價的一成，您這張是98元。",
        "The second $189 is a hold; it drops off by the 14th.",
    ],
)
def test_words_that_can_be_checked_are_substantive(text: str) -> None:
    assert label_reply(text, ("怎么办",)).label == "substantive"


def test_courtesy_around_a_fact_is_mixed() -> None:
    text = "非常抱歉给您添麻烦了，多扣的20元已经原路退回，零钱两小时内到账，感谢您的理解与支持。"
    assert label_reply(text, ("打车多扣我二十",)).label == "mixed"


def test_an_echo_of_the_customers_facts_is_stock() -> None:
    text = "您后天开学典礼、校服码数不对的情况我已了解，也很理解您作为家长的焦急，我们会优先安排，特事特办。"
    assert label_reply(text, ("孩子校服码数发错了 后天开学典礼",)).label == "stock"


def test_a_needed_question_is_substance_and_the_same_question_again_is_not() -> None:
    asked = "麻烦提供一下订单号，我帮您查。"
    assert label_reply(asked, ("发票怎么还没开",)).label != "stock"
    assert label_reply(asked, ("订单号 20391177 发票怎么还没开",)).label == "stock"


def test_what_a_stock_reply_lacks_is_named() -> None:
    assert label_reply("请您耐心等待。", ("等多久",)).missing == ("action", "owner", "deadline")


def test_the_second_stock_reply_in_a_row_is_a_repetition() -> None:
    conversation = talk(
        "c: 退款呢",
        "a: 请您耐心等待，会尽快处理",
        "c: 等多久",
        "a: 非常理解您的心情，请放心",
        draft="请您再耐心等待一下",
    )
    checks = check_replies(conversation, find_facts(conversation))
    assert [(c.kind, c.where, c.turn_index) for c in checks] == [
        ("stock_phrase", "turn", 1),
        ("stock_phrase", "turn", 3),
        ("repeated_stock", "turn", 3),
        ("stock_phrase", "draft", None),
        ("repeated_stock", "draft", None),
    ]


def test_an_opening_greeting_is_in_order() -> None:
    conversation = talk("c: 在吗", "a: 您好，顺路客服为您服务，请问有什么可以帮您？")
    assert check_replies(conversation, ()) == ()
