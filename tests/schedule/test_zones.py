"""Zones by their names."""

import zoneinfo
from datetime import datetime

import pytest

from bot.schedule import ScheduleError, parse_zone


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Europe/London", "Europe/London"),
        ("europe/london", "Europe/London"),
        (" AMERICA/NEW_YORK ", "America/New_York"),
        ("utc", "UTC"),
        ("america/argentina/buenos_aires", "America/Argentina/Buenos_Aires"),
        ("etc/gmt+5", "Etc/GMT+5"),
        ("est", "EST"),
        ("us/pacific", "US/Pacific"),
    ],
)
def test_a_zone_is_known_in_any_letter_case(typed: str, key: str) -> None:
    assert parse_zone(typed).key == key


def test_a_refusal_says_what_a_zone_looks_like() -> None:
    with pytest.raises(ScheduleError) as refusal:
        parse_zone("Lodnon")
    message = "`Lodnon` is not a time zone: use an IANA name such as `Europe/London`."
    assert str(refusal.value) == message


def test_an_empty_zone_is_refused_without_empty_code_marks() -> None:
    with pytest.raises(ScheduleError, match="The time zone is empty: use an IANA name"):
        parse_zone("  ")


def test_zones_come_from_the_package_and_not_from_the_system() -> None:
    assert zoneinfo.TZPATH == ()
    # Vancouver stays on daylight saving time from 2026 on, which older data do not know.
    winter = datetime(2027, 1, 1, tzinfo=parse_zone("America/Vancouver"))
    assert winter.isoformat() == "2027-01-01T00:00:00-07:00"
