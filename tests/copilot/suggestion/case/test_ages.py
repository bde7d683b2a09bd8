from __future__ import annotations

import pytest

from copilot.suggestion.case.ages import bare_ages


@pytest.mark.parametrize(
    ("said", "ages"),
    [
        ("我爸71 我妈66", [71, 66]),
        ("她上个月刚过66 我按成一般的", [66]),
        ("我妈八十三了", [83]),
        ("my mum is 83, does she pay", [83]),
    ],
)
def test_the_age_of_the_old_is_told_without_a_unit(said, ages):
    assert [q.value for q in bare_ages(said, 0)] == ages


@pytest.mark.parametrize("said", ["我妈花了66块", "爸 60 分钟了还没来", "给我妈的58元", "我妈买的98"])
def test_what_has_another_unit_is_no_age(said):
    assert bare_ages(said, 0) == []
