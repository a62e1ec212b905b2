"""What people write for a zone, and the zones to choose from."""

import pytest

from bot.meant import read_zone, zone_names
from bot.meant.zones import city_for
from bot.schedule import ScheduleError, parse_zone

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
    "China": ["Asia/Shanghai"],
    "Saint Louis": ["America/Chicago"],
    "Cordoba": ["America/Argentina/Cordoba", "Europe/Madrid"],
    # Abbreviations
    "PST": ["America/Los_Angeles"],
    "pdt": ["America/Los_Angeles"],
    "BST": ["Europe/London"],
    "JST": ["Asia/Tokyo"],
    "CST": ["America/Chicago", "Asia/Shanghai"],
    "IST": ["Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"],
    "ET": ["America/New_York"],
    "CT": ["America/Chicago"],
    "mt": ["America/Denver"],
    "PT": ["America/Los_Angeles"],
    "Eastern": ["America/New_York"],
    "central": ["America/Chicago"],
    "Mountain Time": ["America/Denver"],
    "US Eastern": ["America/New_York"],
    "Eastern Standard Time": ["America/New_York"],
    "us pacific time": ["America/Los_Angeles"],
    "Pacific": ["America/Los_Angeles"],
    "Z": ["UTC"],
    "SGT": ["Asia/Singapore"],
    "HKT": ["Asia/Hong_Kong"],
    # Offsets
    "UTC-8": ["America/Los_Angeles", "America/Tijuana", "Pacific/Pitcairn"],
    "UTC-7": ["America/Denver", "America/Phoenix", "America/Boise", "America/Cambridge_Bay"],
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
        read_zone(typed)
    [problem] = refusal.value.problems
    assert (problem.field, problem.value) == ("timezone", typed)
    assert list(problem.repairs) == MEANT[typed]
    assert [parse_zone(name).key for name in problem.repairs] == MEANT[typed]


def test_a_zone_that_is_known_is_read() -> None:
    assert read_zone("europe/london").key == "Europe/London"


def test_a_menu_begins_with_common_zones_and_has_no_legacy_names() -> None:
    names = zone_names()
    assert names[:3] == ("UTC", "America/New_York", "America/Chicago")
    assert len(names) == len(set(names)) > 400
    assert not {"US/Pacific", "EST", "GB", "Etc/GMT+5", "Factory"} & set(names)
    assert all(parse_zone(name).key == name for name in names)


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
