"""What hides from a reader of digits is found; what everybody writes is not."""

from __future__ import annotations

import pytest

from copilot.suggestion.model.spelling import hidden_figures, is_strange


@pytest.mark.parametrize(
    "text",
    [
        "退您 2 3 7 元",
        "１'２'５'０",
        "请打幺三九二二",
        "贰佰叁拾元整",
        "退您1w",
        "we pay 5k",
        "給您貳佰",
    ],
)
def test_a_figure_that_is_not_written_as_one_is_found(text: str):
    assert hidden_figures(text)


@pytest.mark.parametrize(
    "text",
    ["退您237元", "2026-03-02 15:04", "1,200元", "3天内，5元", "二线审批", "第3箱 12 瓶", "work 2 weeks"],
)
def test_a_plain_figure_is_none(text: str):
    assert not hidden_figures(text)


@pytest.mark.parametrize(
    "text", ["rеfund", "退\u200b款", "re\u00adfund", "\u202e005", "2️⃣", "𝗿𝗲𝗳𝘂𝗻𝗱", "①"], ids=ascii
)
def test_letters_that_only_look_like_ours_are_strange(text: str):
    assert is_strange(text, "")


@pytest.mark.parametrize(
    "text", ["退款 3%–5%，约 20°C。", "「可以」→ 送達", "café's £5 (max.)", "【提示】１２元"]
)
def test_letters_and_marks_of_service_talk_are_not(text: str):
    assert not is_strange(text, "")


def test_what_the_evidence_writes_so_may_be_written_so():
    assert not is_strange("按①办", "规则①：原路退")
