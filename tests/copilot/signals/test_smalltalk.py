import pytest

from copilot.signals.smalltalk import needs_no_answer
from tests.copilot.signals.talk import talk


@pytest.mark.parametrize(
    "lines",
    [
        ("c: 在吗",),
        ("c: 早", "a: 早上好，请问有什么可以帮您", "c: 哦没事没事 我点错了", "c: 祝你今天少挨骂 哈哈"),
        ("c: 券到了", "a: 好的，30天内都能用", "c: 行行行 谢谢啊小姐姐 忙去吧"),
        ("c: 收到新的杯墊了 會熱", "a: 太好了", "c: 嗯嗯 感恩 你人很好 晚安～"),
        ("c: hi", "a: Hello, how can I help?", "c: never mind, sorted, thanks!"),
        ("c: 你好", "a: 您好", "c: 没啥 我就看看 有事再找你们"),
        ("c: 券收到啦", "a: 好的，30天内都能用", "c: 么么哒 你真好"),
        ("c: 喂", "a: 您好", "c: 唔好意思 按到嘅 打擾晒"),
        ("c: hello", "a: Hello, how can I help?", "c: just testing, ignore me. my kid pressed it"),
        ("c: 早晨", "c: 有人喺度嗎"),
        ("c: 早", "a: 早上好，请讲", "c: 没事 试试你们几点上班 还真有人"),
        ("c: 鞋子修好啦", "a: 喜欢就好", "c: 谢谢谢谢 小陈也帮我谢一下"),
        ("c: 嗨", "a: 您好", "c: 哎呀找错了 我以为是我表哥 抱歉哈"),
        ("c: hi", "a: Hello", "c: oops wrong window, meant for my sister"),
    ],
)
def test_greetings_thanks_and_misdials_need_no_answer(lines: tuple[str, ...]) -> None:
    assert needs_no_answer(talk(*lines))


@pytest.mark.parametrize(
    "lines",
    [
        ("c: 谢谢，那什么时候到账",),
        ("c: 押金什么时候退", "a: 会尽快处理的，请您放心", "c: 行吧"),
        ("c: 你好 我要退款",),
        ("c: 好的 但是运费呢",),
        ("c: 救命",),
        ("c: 不好意思 你们发错了 我买的蓝色那款",),
        ("c: 谢谢 帮我查一下进度",),
        ("c: sorry, sent to the wrong address",),
    ],
)
def test_a_request_or_an_open_question_needs_one(lines: tuple[str, ...]) -> None:
    assert not needs_no_answer(talk(*lines))
