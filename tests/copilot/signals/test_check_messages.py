from __future__ import annotations

import pytest

from copilot.answer import Check
from copilot.signals.check_messages import in_agents_language
from copilot.signals.material import material


def saying(message: str) -> Check:
    return Check(kind="stock_phrase", where="draft", turn_index=None, quote="ok", missing=(), message=message)


def test_a_message_is_in_the_language_of_the_client():
    check = saying("这句话里没有客户能核对的内容，缺：具体做什么、谁来做")
    english = in_agents_language(check, "en-GB").message
    assert english == "Nothing here that the customer can check; missing: what is done, who does it"
    assert "這句話" in in_agents_language(check, "zh-TW").message
    assert in_agents_language(check, "zh-Hans") == check


def test_what_the_customer_said_is_quoted_as_it_is():
    check = saying("客户问了还没有人回答：{钱} 在哪")
    assert in_agents_language(check, "en").message.endswith("{钱} 在哪")


@pytest.mark.parametrize("name", ["stock_phrase", "reasked", "unanswered"])
def test_every_message_of_the_checks_has_its_english(name):
    built = [m for m in material(name).data["messages"].values() if isinstance(m, str)]
    known = material("check_messages").data["messages"]
    assert [m for m in built if m not in known] == []
