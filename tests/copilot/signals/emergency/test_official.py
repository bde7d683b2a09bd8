from __future__ import annotations

import pytest

from copilot.signals.emergency import official
from copilot.signals.emergency.text import normalise


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("我是城东派出所民警，需要调取车牌浙A12345司机的联系方式，乘客失联了", "emergency"),
        ("你好，我们是市场监管局的，发函要调取这个商家的订单记录", "urgent"),
        ("你好 江陵分局刑侦大队 我姓周 警号031774", "urgent"),
        (
            "This is Detective Wong from the police, we need the address and phone number of this guest",
            "urgent",
        ),
    ],
)
def test_an_authority_that_asks_for_data_is_recognised(text, level):
    found = official.find(0, normalise(text))
    assert found is not None
    assert (found.category, found.level) == ("official_request", level)
    assert found.quote in text


@pytest.mark.parametrize(
    "text",
    [
        "刚才有人打电话说他是公安局的，要我提供银行卡信息",
        "我已经报警了，警察让我找你们要行程记录",
        "派出所旁边那家店几点关门",
    ],
)
def test_a_customer_who_speaks_of_the_police_is_no_authority(text):
    assert official.find(0, normalise(text)) is None
