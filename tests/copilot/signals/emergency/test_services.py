from __future__ import annotations

import pytest

from copilot.signals.emergency.detection import detect
from copilot.signals.emergency.services import numbers, region_of, service_table, services_for
from knowledge.model import ClientSettings
from tests.copilot.signals.emergency.saying import saying


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("我爸昏倒了", "CN"),
        ("我老豆喺屋企暈咗", "HK"),
        ("我爸爸昏倒了，在家裡叫不醒", "TW"),
        ("my father collapsed", "CN"),
        ("my father collapsed in Mong Kok", "HK"),
    ],
)
def test_the_region_is_read_from_the_customers_words(text, region):
    assert region_of(saying(text), None) == region


def test_the_clients_time_zone_tells_the_region():
    client = ClientSettings(id="c", name="c", timezone="Asia/Taipei")
    assert region_of(saying("help"), client) == "TW"


def test_the_clients_own_numbers_replace_the_tables():
    client = ClientSettings(id="c", name="c", emergency_services={"ambulance": "995"})
    assert services_for("medical", "", numbers(saying("他昏倒了"), client)) == ("995",)


def test_a_road_accident_with_injured_calls_the_ambulance_first():
    chosen = numbers(saying("车祸"), None)
    assert services_for("accident_injury", "高速上车祸 他受伤了", chosen) == ("120", "122")


def test_every_role_that_a_danger_needs_has_a_number_in_every_region():
    table = service_table()
    needed = {role for roles in table.roles.values() for role in roles} | {a.role for a in table.additions}
    for region, row in table.regions.items():
        assert needed <= set(row), region


def test_the_same_number_is_named_once():
    (alert,) = detect(saying("我老豆喺屋企暈咗 流好多血"), None, None).alerts
    assert alert.services == ("999",)


TRADITIONAL = "我爸爸昏倒了，在家裡叫不醒"


def test_a_client_that_says_where_it_is_sends_for_help_there_and_names_the_other_place_too():
    client = ClientSettings(id="c", name="c", timezone="Asia/Shanghai", located=True)
    assert region_of(saying(TRADITIONAL), client) == "CN"
    (alert,) = detect(saying(TRADITIONAL), None, client).alerts
    assert alert.services == ("120", "119")


def test_the_time_zone_that_stands_for_none_says_nothing():
    assert region_of(saying(TRADITIONAL), ClientSettings(id="c", name="c")) == "TW"
