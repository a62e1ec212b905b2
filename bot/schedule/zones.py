"""Time zones by name, from the packaged IANA data alone."""

import zoneinfo
from difflib import get_close_matches
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from bot.schedule.problems import Problem, ScheduleError, quote

# Before the first zone is loaded: the operating system's data may be older than the package, and
# two processes that disagree about a clock change would preview one run and get another.
zoneinfo.reset_tzpath(to=())


def parse_zone(name: str) -> ZoneInfo:
    key = _by_lower().get(name.strip().lower())
    if key is None:
        raise ScheduleError([Problem("timezone", name, f"{quote(name)} is not a time zone: ...")])
    return ZoneInfo(key)


@cache
def _by_lower() -> dict[str, str]:
    return {name.lower(): name for name in zoneinfo.available_timezones() if name != "Factory"}
