from __future__ import annotations

import pytest

from copilot.suggestion.reply.wording import sentence, to_customer
from knowledge.model import Article
from knowledge.passages import passages_of


@pytest.fixture
def told():
    def tell(body: str) -> list[str]:
        return [sentence(p, (), "zh-Hans", {}) for p in passages_of(Article("CL-1", "规定", body, "v1"))]

    return tell


def test_what_is_left_of_a_reference_is_no_sentence(told):
    assert told("- 客人要走，按 YZ-204 办。\n") == [""]


def test_a_row_that_gives_nothing_says_so(told):
    assert told("| 迟到 | 补偿 |\n|---|---|\n| 10 分钟以内 | 无 |\n") == ["10分钟以内：无"]


def test_of_a_rule_with_something_internal_the_rest_is_said():
    told = to_customer("路费我不赔也不许诺；有票据的提交票务组，3个工作日内回复。", "zh-Hans", {})
    assert told == "有票据的提交票务组，3个工作日内回复。"


def test_somebody_elses_customer_is_not_addressed():
    assert to_customer("隔壁客人吵闹：联系前台。", "zh-Hans", {}) == "隔壁客人吵闹：联系前台。"


def test_what_the_agent_looks_up_is_left_out_beside_what_the_customer_gets():
    assert to_customer("退款原路返回。附轨迹图。", "zh-Hans", {}) == "退款原路返回。"
