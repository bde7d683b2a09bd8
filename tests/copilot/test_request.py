"""The request of one look is checked at the edge."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from copilot.request import AssistRequest

TURN = {"role": "customer", "text": "你好", "at": "2026-03-02T21:13:20+08:00"}


def request(**changes: Any) -> AssistRequest:
    return AssistRequest.model_validate({"client_id": "lulu", "turns": [TURN], **changes})


def test_without_now_the_last_turn_tells_the_time():
    assert request().conversation().now.isoformat() == "2026-03-02T21:13:20+08:00"


def test_without_any_time_the_clock_tells_it():
    clock = datetime(2026, 1, 1, tzinfo=UTC)
    assert request(turns=[{"role": "customer", "text": "x"}]).conversation(clock).now == clock


def test_everything_but_the_escalation_is_wanted_unless_said():
    assert "escalation" not in request().want


def test_unknown_fields_are_ignored():
    assert request(surprise=1).client_id == "lulu"


@pytest.mark.parametrize(
    "changes",
    [
        {"turns": []},
        {"turns": [{"role": "robot", "text": "x"}]},
        {"turns": [{"role": "customer", "text": "x", "at": "yesterday"}]},
        {"turns": [{"role": "customer", "text": "x", "at": "2026-03-02T21:13:20"}]},
        {"turns": [{"role": "customer", "text": "x", "at": "9999-12-31T23:13:20+08:00"}]},
        {"now": "0001-01-01T00:00:00Z"},
        {"client_id": "../etc"},
        {"client_id": ""},
        {"want": ["secrets"]},
        {"language": "fr"},
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any]):
    with pytest.raises(ValidationError):
        request(**changes)
