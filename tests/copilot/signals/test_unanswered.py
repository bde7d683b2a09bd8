from copilot.signals.unanswered import find_unanswered, open_questions
from tests.copilot.signals.talk import talk


def test_a_question_that_a_stock_reply_passed_over_is_still_open() -> None:
    conversation = talk("c: 多少钱啊", "a: 非常理解您的心情，会尽快处理", "c: 你倒是说")
    assert [(c.turn_index, c.quote) for c in find_unanswered(conversation)] == [(0, "多少钱啊")]


def test_an_answer_must_have_what_was_asked() -> None:
    asked = "c: 什么时候能到账"
    assert len(find_unanswered(talk(asked, "a: 退回您原来的支付方式，微信零钱。"))) == 1
    assert find_unanswered(talk(asked, "a: 微信零钱2小时内到。")) == ()


def test_the_newest_question_is_open_but_nobody_passed_over_it_yet() -> None:
    conversation = talk("a: 您好", "c: 能不能退")
    assert find_unanswered(conversation) == ()
    assert [q.asks for q in open_questions(conversation)] == ["whether"]


def test_several_questions_of_one_turn_are_told_apart() -> None:
    found = open_questions(talk("c: 电脑谁赔 车费还要不要给 什么时候处理"))
    assert [q.asks for q in found] == ["who", "whether", "when"]


def test_scolding_is_no_question() -> None:
    assert open_questions(talk("c: 你们有毛病吧？", "c: 在吗？")) == ()
