from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from evals.matching import hits, missing_groups, normalise, said, said_at, too_long

SHARED = Path(__file__).parents[3] / "shared"


def test_width_case_spaces_dashes_and_thousands_commas_do_not_matter() -> None:
    assert normalise("Ｒefund 1,280 元 3～5 日") == "refund1280元3-5日"


def test_a_list_comma_is_kept() -> None:
    assert normalise("1,20") == "1,20"


@pytest.mark.parametrize(
    "text",
    [
        "不能为您全额退款",
        "是否全额退款要看情况",
        "没有全额退款这一说",
        "We can't do a 全额退款",
        "別承諾全额退款",
    ],
)
def test_negated_or_questioned_words_are_not_said(text: str) -> None:
    assert said_at(text, "全额退款") == -1


@pytest.mark.parametrize(
    "text", ["不过全额退款可以", "没问题，全额退款", "特别为您全额退款", "不行。全额退款"]
)
def test_a_negation_that_is_none_or_of_another_clause_does_not_excuse(text: str) -> None:
    assert said_at(text, "全额退款") >= 0


def test_part_of_a_longer_number_is_not_said() -> None:
    assert said("退15元", ["5元"]) == ()
    assert said("退5元", ["5元"]) == ("5元",)


def test_asking_whether_there_is_one_is_not_saying_so() -> None:
    assert said_at("有没有充电桩", "没有充电桩") == -1


def test_a_group_is_kept_by_any_of_its_alternatives() -> None:
    assert missing_groups("退4块", [["4元", "4块"], ["原路"]]) == (("原路",),)
    assert hits("退4块", ["4元", "4块"]) == ("4块",)


def test_length_counts_without_white_space() -> None:
    assert not too_long("字 " * 240, {"zh-Hans": 240}, "zh-Hans")
    assert too_long("字" * 241, {"zh-Hans": 240}, "zh-Hans")


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    path = SHARED / "tools" / "matcher.py"
    if not path.is_file():
        pytest.skip("the reference matcher is not here")
    spec = importlib.util.spec_from_file_location("reference_matcher", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _lines(name: str) -> list[dict]:
    path = SHARED / "data" / "dev_set" / name
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_every_text_of_the_development_set_is_judged_as_the_reference_judges(reference: ModuleType) -> None:
    gold = {row["id"]: row for row in _lines("gold.jsonl")}
    conversations = _lines("conversations.jsonl")
    every_needle = [needle for c in conversations for needle in c["must_not_include"]]
    for conversation in conversations:
        answer = json.dumps(gold[conversation["id"]], ensure_ascii=False)
        alternatives = [a for group in conversation["must_include"] for a in group]
        assert normalise(answer) == reference.normalise(answer)
        assert list(hits(answer, alternatives)) == reference.hits(answer, alternatives)
        for needle in every_needle[:: max(1, len(every_needle) // 40)] + conversation["must_not_include"]:
            assert said_at(answer, needle) == reference.bad_hit(answer, needle), (answer, needle)
        for turn in conversation["turns"]:
            for needle in conversation["must_not_include"]:
                assert said_at(turn["text"], needle) == reference.bad_hit(turn["text"], needle)
