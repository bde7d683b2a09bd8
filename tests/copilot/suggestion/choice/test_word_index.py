"""Many patterns at once find what each of them finds alone."""

from __future__ import annotations

import re

import pytest

from copilot.suggestion.choice.word_index import alternatives_of, index_of, keys_of


def test_a_pattern_is_cut_at_its_outermost_bars_alone() -> None:
    assert alternatives_of(r"退款|退(票|货)|[|]|a\|b") == ("退款", "退(票|货)", "[|]", r"a\|b")


@pytest.mark.parametrize(
    ("source", "keys"),
    [
        ("退款", {"退款"}),
        ("改[衣裤]", {"改衣", "改裤"}),
        ("(演出|比赛).{0,6}(取消|延期)", {"取消", "延期"}),
        ("没(有)?上门", {"上门"}),
        (r"\brefunds?", {"refund"}),
        (r"\d[a-z]", set()),
    ],
)
def test_every_match_holds_one_of_the_keys(source: str, keys: set[str]) -> None:
    # Of groups that tell alike either will do.
    assert keys_of(source) in ({"演出", "比赛"}, keys)


@pytest.mark.parametrize("text", ["", "退", "我要退 货", "演出说是要延期了", "got a refund", "7天", "xx5yy"])
def test_the_index_finds_what_the_patterns_find(text: str) -> None:
    patterns = {
        "refund": r"退款|\brefund",
        "event": "(演出|比赛).{0,6}(取消|延期)",
        "days": r"\d ?天",
        "digit": r"\d",
        "goods": "退.?货(?!柜)",
    }
    alone = {name for name, pattern in patterns.items() if re.search(pattern, text)}
    assert index_of(patterns).found_in(text) == alone


def test_a_match_far_into_a_long_text_is_found() -> None:
    assert index_of({"a": r"\bleft (my|a) \w+ (in|on)"}).found_in("left it. " * 200 + "left my bag in") == {
        "a"
    }
