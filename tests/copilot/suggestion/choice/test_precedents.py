from __future__ import annotations

from dataclasses import replace

from copilot.suggestion.choice.precedents import alike
from knowledge.model import Precedent, PrecedentHit

RULES = """退货怎么办。

- 收到七天内可以退。
"""


def _hit(case_id: str, situation: str, similarity: float) -> PrecedentHit:
    return PrecedentHit(Precedent(case_id, None, situation, "退款", "解决", "L1"), similarity)


NEAR = [
    _hit("a", "车锁打不开，师傅上门换锁", 0.905),
    _hit("b", "链条生锈，免费保养一次", 0.904),
    _hit("c", "自行车运费算错", 0.903),
    _hit("d", "轮胎慢撒气", 0.902),
]


def test_cases_that_are_only_the_nearest_there_are_stay_silent(workshop):
    case = workshop(RULES).case("我订单里的发票抬头写错了 想重开")
    assert alike(NEAR[1:], case.evidence, case.knowledge) == ()


def test_a_case_that_stands_out_is_shown(workshop):
    case = workshop(RULES).case("轮胎骑两天就慢撒气")
    found = alike([*NEAR[:3], replace(NEAR[3], similarity=0.95)], case.evidence, case.knowledge)
    assert [hit.precedent.id for hit in found] == ["d"]


def test_no_cases_are_like_nothing(workshop):
    case = workshop(RULES).case("轮胎慢撒气")
    assert alike((), case.evidence, case.knowledge) == ()
