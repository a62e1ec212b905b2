"""Zones by their names, and what people write instead."""

import zoneinfo
from datetime import datetime

import pytest

from bot.schedule import ScheduleError, parse_zone, zone_names
from bot.schedule.zones import city_for


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


MEANT = {
    # Cities
    "London": ["Europe/London"],
    "new york": ["America/New_York"],
    "New-York": ["America/New_York"],
    "America/New York": ["America/New_York"],
    "st. johns": ["America/St_Johns"],
    "Mumbai": ["Asia/Kolkata"],
    "Tel Aviv": ["Asia/Jerusalem"],
    "Europe/Munich": ["Europe/Berlin"],
    # Abbreviations
    "PST": ["America/Los_Angeles"],
    "pdt": ["America/Los_Angeles"],
    "BST": ["Europe/London"],
    "JST": ["Asia/Tokyo"],
    "CST": ["America/Chicago", "Asia/Shanghai"],
    "IST": ["Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"],
    # Offsets
    "+05:30": ["Asia/Kolkata", "Asia/Colombo"],
    "UTC-5": ["America/New_York", "America/Atikokan", "America/Bogota", "America/Cancun"],
    "GMT+1": ["Europe/Paris", "Europe/Berlin", "Africa/Lagos", "Africa/Algiers"],
    "-09:30": ["Pacific/Marquesas"],
    "+0530": ["Asia/Kolkata", "Asia/Colombo"],
    "UTC+99": [],
    # Typing errors
    "Europe/Lodnon": ["Europe/London", "Europe/Lisbon", "Europe/Oslo"],
    "Amerca/New_York": ["America/New_York"],
    "Berln": ["Europe/Berlin"],
    # Nothing near
    "Mars/Olympus": [],
    "Factory": [],
    "../../etc/passwd": [],
    "": [],
}


@pytest.mark.parametrize("typed", MEANT)
def test_what_is_no_zone_is_answered_with_those_it_may_mean(typed: str) -> None:
    with pytest.raises(ScheduleError) as refusal:
        parse_zone(typed)
    [problem] = refusal.value.problems
    assert (problem.field, problem.value) == ("timezone", typed)
    assert list(problem.repairs) == MEANT[typed]
    assert [parse_zone(name).key for name in problem.repairs] == MEANT[typed]


def test_a_refusal_says_what_a_zone_looks_like() -> None:
    with pytest.raises(ScheduleError) as refusal:
        parse_zone("Lodnon")
    message = "`Lodnon` is not a time zone: use an IANA name such as `Europe/London`."
    assert str(refusal.value) == message


def test_an_empty_zone_is_refused_without_empty_code_marks() -> None:
    with pytest.raises(ScheduleError, match="The time zone is empty: use an IANA name"):
        parse_zone("  ")


def test_a_menu_begins_with_common_zones_and_has_no_legacy_names() -> None:
    names = zone_names()
    assert names[:3] == ("UTC", "America/New_York", "America/Chicago")
    assert len(names) == len(set(names)) > 400
    assert not {"US/Pacific", "EST", "GB", "Etc/GMT+5", "Factory"} & set(names)
    assert all(parse_zone(name).key == name for name in names)


def test_zones_come_from_the_package_and_not_from_the_system() -> None:
    assert zoneinfo.TZPATH == ()
    # Vancouver stays on daylight saving time from 2026 on, which older data do not know.
    winter = datetime(2027, 1, 1, tzinfo=parse_zone("America/Vancouver"))
    assert winter.isoformat() == "2027-01-01T00:00:00-07:00"


@pytest.mark.parametrize(
    ("zone", "city"),
    [
        ("EST", "America/New_York"),
        ("MST7MDT", "America/Denver"),
        ("HST", "Pacific/Honolulu"),
        ("CET", "Europe/Paris"),
        ("Etc/GMT+5", "America/New_York"),
        ("Etc/GMT-9", "Asia/Tokyo"),
        ("UTC", None),
        ("GMT", None),
        ("Etc/UTC", None),
        ("Europe/London", None),
    ],
)
def test_a_bare_offset_or_abbreviation_has_a_city_to_prefer(zone: str, city: str | None) -> None:
    assert city_for(parse_zone(zone)) == city
