from datetime import date

import pytest

from copilot.signals.workdays import is_working_day, nth_working_day


@pytest.mark.parametrize(
    ("said", "count", "zone", "due"),
    [
        ("2026-09-30", 3, "Asia/Shanghai", "2026-10-10"),  # eight days off, then a Saturday that is worked
        ("2026-11-13", 3, "Asia/Shanghai", "2026-11-18"),
        ("2026-02-13", 2, "Asia/Taipei", "2026-02-24"),
        ("2026-04-02", 1, "Asia/Hong_Kong", "2026-04-08"),  # Good Friday, Easter and Ching Ming
        ("2026-09-30", 1, "Europe/London", "2026-10-01"),
    ],
)
def test_working_days_follow_the_calendar_of_the_clients_region(
    said: str, count: int, zone: str, due: str
) -> None:
    assert nth_working_day(date.fromisoformat(said), count, zone) == date.fromisoformat(due)


def test_a_year_that_is_not_published_has_monday_to_friday_without_the_statutory_days() -> None:
    assert not is_working_day(date(2099, 1, 1), "Asia/Shanghai")
    assert is_working_day(date(2099, 1, 2), "Asia/Shanghai")
    assert not is_working_day(date(2099, 1, 3), "Asia/Shanghai")


def test_a_saturday_is_no_working_day_in_hong_kong():
    assert nth_working_day(date(2026, 11, 13), 2, "Asia/Hong_Kong") == date(2026, 11, 17)
