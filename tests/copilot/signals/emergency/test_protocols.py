from __future__ import annotations

import re
from dataclasses import replace

import pytest

from copilot.signals.emergency.protocols import Wording, is_held, is_riding, protocol_for
from copilot.signals.emergency.services import numbers, service_table
from knowledge.model import ClientSettings, Contact
from tests.copilot.signals.emergency.saying import saying

CATEGORIES = sorted(service_table().roles)
NUMBERS = numbers(saying("你好"), None)
FORBIDDEN = re.compile(
    r"请稍等|请等待|耐心|没有权限|一小时内|先核实订单|please wait|within the hour|not authori[sz]ed",
    re.IGNORECASE,
)
CLIENT = ClientSettings(
    id="c",
    name="c",
    contacts={
        "client_safety": Contact("client_safety", "安全应急组"),
        "client_official": Contact("client_official", "调证对接组"),
    },
    emergency_protocol=("先拨110",),
)


@pytest.mark.parametrize("category", [*CATEGORIES, "something_new"])
@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
def test_no_protocol_asks_anybody_to_wait(category, language):
    protocol = protocol_for(category, NUMBERS, None, Wording(language, language))
    assert not FORBIDDEN.search(" ".join((protocol.say, *protocol.steps)))
    assert "{" not in " ".join((protocol.say, *protocol.steps))
    assert protocol.ask


def test_the_clients_own_steps_come_first_and_its_safety_line_is_named():
    steps = protocol_for("assault", NUMBERS, CLIENT, Wording("zh-Hans", "zh-Hans")).steps
    assert steps[0] == "先拨110"
    assert "安全应急组" in steps[1]


def test_words_to_be_read_aloud_are_in_the_customers_language():
    protocol = protocol_for("medical", NUMBERS, CLIENT, Wording("zh-Hans", "en"))
    assert protocol.say.startswith("Call 120 now")
    assert "确认" in "".join(protocol.steps)


def test_an_official_request_goes_to_the_contact_for_authorities():
    protocol = protocol_for("official_request", NUMBERS, CLIENT, Wording("zh-Hans", "zh-Hans"))
    assert "调证对接组" in protocol.steps[0]
    assert "冒充迹象" in "".join(protocol.steps)


def test_an_urgent_matter_does_not_begin_with_the_steps_of_an_emergency():
    steps = protocol_for("stranded", NUMBERS, CLIENT, Wording("zh-Hans", "zh-Hans"), "urgent").steps
    assert "先拨110" not in steps
    assert "安全应急组" in steps[0]


def test_what_the_clients_steps_already_tell_is_not_told_twice():
    client = replace(CLIENT, emergency_protocol=("一分钟内通知安全应急组，带上手机号", "不挂断，记下原话"))
    steps = protocol_for("assault", NUMBERS, client, Wording("zh-Hans", "zh-Hans")).steps
    assert sum("通知安全应急组" in step for step in steps) == 1
    assert not any(step.startswith("保持通话") for step in steps)


# What can only happen on a road speaks of cars everywhere.
ON_THE_ROAD = {"dangerous_driving", "accident_no_injury"}


@pytest.mark.parametrize("category", sorted(set(CATEGORIES) - ON_THE_ROAD))
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_no_text_speaks_of_cars_to_who_was_not_driven(category, language):
    wording = Wording(language, language, is_riding(["我的私教老摸我腰"], None))
    said = protocol_for(category, NUMBERS, None, wording)
    text = " ".join((said.say, *said.steps, *said.ask))
    assert not any(
        word in text for word in ("车", "护栏", "轨迹", "司机", "行程", "plate", " car ", "driver")
    )


@pytest.mark.parametrize("said", ["我们在高速公路上追尾了", "my car broke down on the motorway"])
def test_who_is_on_the_road_is_spoken_to_about_cars(said):
    assert is_riding([said], None)


def test_fast_internet_is_no_road():
    assert not is_riding(["我家的高速上网又断了"], None)


def test_who_was_driven_is_asked_for_the_plate():
    assert is_riding(["司机摸我"], None)
    assert not is_riding(["the coach touched me"], None)


@pytest.mark.parametrize("said", ["电梯卡在半层了", "纜車停咗", "the gondola has stopped"])
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_who_is_held_up_there_is_told_to_stay_in_and_not_to_break_a_window(said, language):
    wording = Wording(language, language, riding=True, held=is_held([said]))
    protocol = protocol_for("trapped", NUMBERS, None, wording)
    assert "119" in protocol.say
    assert "对讲" in protocol.say or "intercom" in protocol.say
    assert "车窗" not in protocol.say
    assert "window" not in protocol.say


def test_who_is_shut_in_a_room_is_not_told_of_bars_and_belts():
    assert not is_held(["我被反锁在冷库里了"])
