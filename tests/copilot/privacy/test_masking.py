"""Personal data is masked under names, and comes back exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.logs import mask_event
from copilot.privacy.masking import mask, masked_text
from copilot.privacy.recognition import find_personal


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("identity", "身份证11010519491231002X，帮我查", "11010519491231002X"),
        ("identity", "身分證A123456789", "A123456789"),
        ("identity", "passport no E12345678 please", "E12345678"),
        ("phone", "电话13812345678", "13812345678"),
        ("phone", "打 +86 138 1234 5678", "+86 138 1234 5678"),
        ("phone", "座机021-62345678转801", "021-62345678转801"),
        ("phone", "１３８１２３４５６７８", "１３８１２３４５６７８"),
        ("phone", "call +1 415-555-2671", "+1 415-555-2671"),
        ("bank_card", "卡号6222 0212 3456 7894 退我", "6222 0212 3456 7894"),
        ("email", "发到 a.b+c@mail.example.com 吧", "a.b+c@mail.example.com"),
        ("plate", "车牌浙Z8X31Q", "浙Z8X31Q"),
        ("plate", "沪A·D12345 新能源", "沪A·D12345"),
        ("address", "送到杭州市西湖区文三路478号2楼201室", "杭州市西湖区文三路478号2楼201室"),
        ("name", "我叫王小明，订单没到", "王小明"),
        ("name", "My name is Jane Doe.", "Jane Doe"),
    ],
)
def test_a_datum_is_found_whole(kind: str, text: str, value: str) -> None:
    found = [(item.kind, text[item.start : item.end]) for item in find_personal(text)]
    assert any(kind == found_kind and value in found_value for found_kind, found_value in found)


@pytest.mark.parametrize(
    "text",
    [
        "订单20260302123456789没到",
        "110元 12315 12306 95588",
        "2026-03-02 18:30",
        "退58.9元，3个工作日",
        "尾号0092",
    ],
)
def test_what_is_no_datum_stays(text: str) -> None:
    assert find_personal(text) == ()


def test_the_same_datum_has_the_same_name_everywhere() -> None:
    masked = mask(["打13812345678", "不是13812345678就是13987654321"])
    assert masked.texts == ("打[PHONE_1]", "不是[PHONE_1]就是[PHONE_2]")


def test_a_name_that_the_customer_wrote_is_not_given_again() -> None:
    masked = mask(["[PHONE_1] 13812345678"])
    assert masked.texts == ("[PHONE_1] [PHONE_2]",)
    assert masked.restore("[PHONE_1] [PHONE_9] [PHONE_2]") == "[PHONE_1] [PHONE_9] 13812345678"


@given(
    st.lists(st.one_of(st.text(), st.sampled_from(["13812345678", "我叫王小明", "浙Z8X31Q "])), max_size=5)
)
def test_what_was_masked_comes_back_exactly(texts: list[str]) -> None:
    masked = mask(texts)
    assert [masked.restore(text) for text in masked.texts] == texts


def test_log_lines_hold_no_personal_data_but_keep_our_ids() -> None:
    own = "0123456789abcdef13812345678abcde"
    event = mask_event(None, "info", {"event": "电话13812345678", "request_id": own, "status": 200})
    assert event == {"event": "电话[phone]", "request_id": own, "status": 200}


def test_a_long_line_is_cut() -> None:
    assert len(masked_text("字" * 1_000_000)) < 30_000
