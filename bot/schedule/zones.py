"""Time zones by their IANA names, from the packaged data alone."""

import zoneinfo
from functools import cache
from zoneinfo import ZoneInfo

from bot.schedule.problems import Problem, ScheduleError, quote

# Before the first zone is loaded: the operating system's data may be older than the package, and
# two processes that disagree about a clock change would preview one run and get another.
zoneinfo.reset_tzpath(to=())


def parse_zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name in any letter case; ScheduleError where there is none."""
    if zone := known_zone(name):
        return zone
    fault = f"{quote(name)} is not a time zone" if name.strip() else "The time zone is empty"
    message = f"{fault}: use an IANA name such as `Europe/London`."
    raise ScheduleError([Problem("timezone", name, message)])


def known_zone(name: str) -> ZoneInfo | None:
    """Return the zone of an IANA name in any letter case, if there is one."""
    key = _keys().get(name.strip().lower())
    return ZoneInfo(key) if key else None


@cache
def _keys() -> dict[str, str]:
    return {name.lower(): name for name in zoneinfo.available_timezones() if name != "Factory"}
