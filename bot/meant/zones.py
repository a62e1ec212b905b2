"""The zones that a city, an abbreviation, an offset or a typing error may mean."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib import resources
from importlib.metadata import version
from itertools import islice
from zoneinfo import ZoneInfo

from bot.schedule import ScheduleError, parse_zone

#: The zones asked for most, first where an abbreviation or an offset fits several.
COMMON = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    *("Europe/London", "Europe/Paris", "Europe/Berlin", "Europe/Athens", "Europe/Lisbon"),
    *("Europe/Istanbul", "Europe/Moscow", "Africa/Lagos", "Africa/Johannesburg", "Asia/Dubai"),
    *("Asia/Kolkata", "Asia/Singapore", "Asia/Shanghai", "Asia/Tokyo", "Asia/Seoul"),
    *("Europe/Dublin", "Asia/Jerusalem", "Australia/Sydney", "Australia/Adelaide"),
    *("Australia/Perth", "Pacific/Auckland", "America/Sao_Paulo", "America/Halifax"),
    *("America/Phoenix", "America/Anchorage", "Pacific/Honolulu"),
)

#: Places that people name, and IANA does not or only inside another; without their blanks.
CITIES = {
    "America/Argentina/Buenos_Aires": "buenosaires",
    "America/Chicago": "dallas houston austin saintlouis stlouis",
    "America/Indiana/Indianapolis": "indiana indianapolis",
    "America/Kentucky/Louisville": "louisville",
    "America/Los_Angeles": "sanfrancisco seattle sandiego la",
    "America/New_York": "boston miami atlanta washington nyc",
    "America/Puerto_Rico": "sanjuan",
    "America/Toronto": "montreal ottawa",
    "Asia/Jerusalem": "telaviv",
    "Asia/Kolkata": "india mumbai delhi newdelhi bangalore chennai",
    "Asia/Shanghai": "china beijing shenzhen guangzhou",
    "Asia/Tokyo": "osaka kyoto",
    "Australia/Sydney": "canberra",
    "Europe/Berlin": "munich frankfurt hamburg cologne",
    "Europe/London": "manchester edinburgh",
    "Europe/Madrid": "barcelona cordoba",
    "Europe/Rome": "milan",
    "Europe/Zurich": "geneva",
}

#: What people write and clocks in no common zone show, as in `US Eastern` or `Eastern Time`.
ABBREVIATIONS = {
    "America/New_York": "et eastern",
    "America/Chicago": "ct central",
    "America/Denver": "mt mountain",
    "America/Los_Angeles": "pt pacific",
    "Asia/Hong_Kong": "hkt",
    "Asia/Singapore": "sgt",
    "UTC": "z",
}

MOST = 4
#: The first whole year after the packaged data: some zones change for good in the year before.
COMING = int(version("tzdata").partition(".")[0]) + 1
WINTER, SUMMER = (datetime(COMING, month, 1) for month in (1, 7))  # noqa: DTZ001 - of any zone


def read_zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name; ScheduleError offers those that may be meant instead."""
    try:
        return parse_zone(name)
    except ScheduleError as refusal:
        raise refusal.offering(similar_zones(name)) from None


@cache
def zone_names() -> tuple[str, ...]:
    """Return one name for each zone of each country, the common ones first."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    lines = [line for line in table.splitlines() if not line.startswith("#")]
    return tuple(dict.fromkeys(["UTC", *COMMON, *sorted(line.split("\t")[2] for line in lines)]))


@lru_cache(maxsize=256)
def similar_zones(name: str) -> tuple[str, ...]:
    """Return the zones that a city, an abbreviation, an offset or a typing error may mean."""
    city = zones_of_city(name) or zones_of_city(name.rpartition("/")[2])
    found = city or _abbreviated(name) or _offset(name) or _misspelled(name)
    return tuple(islice(dict.fromkeys(found), MOST))


def zones_of_city(name: str) -> tuple[str, ...]:
    """Return the zones that a city may mean, in any letter case and spelling of its blanks."""
    return _cities().get(_plain(name), ())


def zone_of_city(name: str) -> ZoneInfo | None:
    """Return the zone of a city, where it can be no other city of that name.

    One that IANA names only inside another level, as `America/North_Dakota/Center`, can be.
    """
    zones = zones_of_city(name)
    inside = "/" not in name and any(zone.count("/") > 1 for zone in zones)
    known = any(_plain(name) in _named(zone) for zone in zones)
    return ZoneInfo(zones[0]) if len(zones) == 1 and (known or not inside) else None


def city_for(zone: ZoneInfo) -> str | None:
    """Return the zone to prefer to a bare offset or abbreviation, such as `Etc/GMT+5` or `EST`."""
    if re.fullmatch(r"Etc/GMT[+-]([1-9]|1[0-4])", zone.key):
        return next(_at_offset(_standard_offset(zone)), None)
    if re.fullmatch("(?!GMT)[A-Z]{3}([0-9][A-Z]{3})?", zone.key):
        return next(iter(_abbreviated(zone.key[:3])), None)
    return None


@cache
def _cities() -> dict[str, tuple[str, ...]]:
    cities: dict[str, tuple[str, ...]] = {}
    for zone in zone_names():
        for name in {_plain(zone), _plain(zone.rpartition("/")[2]), *_named(zone)}:
            cities[name] = (*cities.get(name, ()), zone)
    return cities


def _named(zone: str) -> list[str]:
    return CITIES.get(zone, "").split()


def _plain(name: str) -> str:
    return re.sub("[ _.'-]", "", name.lower())


def _abbreviated(name: str) -> list[str]:
    asked = name.strip().upper()
    known = re.sub("^us(?=[a-z]{6})|(?:standard|daylight)?time$", "", _plain(name))
    return [zone for zone, names in ABBREVIATIONS.items() if known in names.split()] or [
        zone
        for zone in COMMON
        if asked in {at.replace(tzinfo=ZoneInfo(zone)).tzname() for at in (WINTER, SUMMER)}
    ]


def _offset(name: str) -> Iterable[str]:
    match = re.fullmatch("(?i)(?:UTC|GMT)? *([+-])([0-9]{1,2}):?([0-9]{2})?", name.strip())
    if not match:
        return ()
    distance = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    return _at_offset(-distance if match[1] == "-" else distance)


def _at_offset(offset: timedelta) -> Iterator[str]:
    """Return the zones whose standard time has an offset from UTC."""
    return (name for name in zone_names() if _standard_offset(ZoneInfo(name)) == offset)


def _standard_offset(zone: ZoneInfo) -> timedelta:
    """Return the offset from UTC outside daylight saving, which is the smaller one."""
    return min(at.replace(tzinfo=zone).utcoffset() or timedelta() for at in (WINTER, SUMMER))


def _misspelled(name: str) -> list[str]:
    near = get_close_matches(_plain(name), _cities(), MOST, 0.75)
    return [zone for city in near for zone in _cities()[city]]
