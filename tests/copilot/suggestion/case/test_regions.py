from __future__ import annotations

import pytest

from copilot.suggestion.case.regions import regions_of


@pytest.mark.parametrize(
    ("said", "region"), [("請問寄台南幾天到", "云嘉南"), ("我屋企喺旺角", "九龙"), ("寄到喀什要多久", "新疆")]
)
def test_a_place_lies_in_its_regions(said, region):
    assert region in regions_of(said)


def test_who_names_no_place_is_in_no_region():
    assert regions_of("什么时候到") == ""
