"""How often a schedule runs, for guardrails and for the line that says before and after."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, pairwise

from bot.schedule.runs import days, iter_runs
from bot.schedule.schedule import Schedule

ENOUGH_DAYS = 1500
"""Over four years of a daily schedule, a leap year among them, and all days of a rarer one."""
YEAR, LEAP_YEAR = timedelta(days=365), timedelta(days=366)
WEEKLY = 50
"""So many days of a year or more are not counted by the month."""
FEW = 3
"""So many runs a day need no distance beside their number."""
ROUNDED_AWAY = 0.1
"""More than this is worth an `about`; five days a week are 5.005 by the year."""


@dataclass(frozen=True, slots=True)
class Load:
    """Count runs by the wall clock; a clock change may move one of them once.

    `per_day` is how often it runs on a day with runs, `days_per_year` how many such days are among
    the 365 from the first on, `days_left` how many there are at all, as far as they are counted.
    The gaps lie between one run and the next, `even_gap` between any two of a day; None where
    there is none.
    """

    per_day: int = 0
    days_per_year: int = 0
    days_left: int = 0
    shortest_gap: timedelta | None = None
    longest_gap: timedelta | None = None
    even_gap: timedelta | None = None


def load(schedule: Schedule, after: datetime) -> Load:
    """Measure a schedule from the day of an aware moment on, in bounded time."""
    first = next(iter_runs(schedule, after), None)
    if not first:
        return Load()
    cron = schedule.cron
    dates = tuple(islice(days(cron, first.date()), ENOUGH_DAYS))
    minutes = [60 * hour + minute for hour in cron.hours for minute in cron.minutes]
    within = {timedelta(minutes=later - minute) for minute, later in pairwise(minutes)}
    busy = timedelta(minutes=minutes[-1] - minutes[0])
    gaps = within | {later - day - busy for day, later in pairwise(dates)}
    return Load(
        per_day=len(minutes),
        days_per_year=sum(day - first.date() < YEAR for day in dates),
        days_left=len(dates),
        shortest_gap=min(gaps, default=None),
        longest_gap=max(gaps, default=None),
        even_gap=min(within) if len(within) == 1 else None,
    )


def load_in_words(load: Load) -> str:
    """Return such words as `once a week` or `every 15 minutes, 40 times a day, 5 days a week`."""
    if not load.per_day:
        return "never"
    times = {1: "once", 2: "twice"}.get(load.per_day, f"{load.per_day} times")
    if load.days_left == 1:
        return f"{times}, on one day only"
    if load.shortest_gap and load.shortest_gap > LEAP_YEAR:
        return "less than once a year"
    unit, often = _days_in_words(load.days_per_year)
    if load.per_day == 1 and not often:
        return f"once a {unit}"
    one_day = "" if unit == "day" else f"one day a {unit}"
    every = f"every {_duration(load.even_gap)}" if load.even_gap and load.per_day > FEW else ""
    return ", ".join(part for part in (every, f"{times} a day", often or one_day) if part)


def _days_in_words(per_year: int) -> tuple[str, str]:
    """Return the unit that has one such day, or words for how many days a week, month or year."""
    for unit, least, most in (
        ("day", 364, 366),
        ("week", WEEKLY, 53),
        ("month", 12, 13),
        ("year", 1, 1),
    ):
        if least <= per_year <= most:
            return unit, ""
    for unit, per_unit in (("week", per_year * 7 / 365), ("month", per_year / 12)):
        rounded = round(per_unit)
        if rounded > 1 and (unit == "week" or per_year < WEEKLY):
            about = "about " if abs(per_unit - rounded) > ROUNDED_AWAY else ""
            return unit, f"{about}{rounded} days a {unit}"
    return "year", f"{per_year} days a year"


def _duration(gap: timedelta) -> str:
    hours, odd = divmod(gap, timedelta(hours=1))
    count, unit = (gap // timedelta(minutes=1), "minute") if odd else (hours, "hour")
    return unit if count == 1 else f"{count} {unit}s"
