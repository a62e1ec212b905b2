"""How often a schedule runs, in words for the line that says before and after."""

from datetime import timedelta

from bot.schedule import Load

LEAP_YEAR = timedelta(days=366)
WEEKLY = 50
"""So many days of a year or more are not counted by the month."""
ONE_EACH = ("day", 364, 366), ("week", WEEKLY, 53), ("month", 12, 13), ("year", 1, 1)
"""The fewest and the most days a year of which there is one each day, week, month or year."""
FEW = 3
"""So many runs a day need no distance beside their number."""
ROUNDED_AWAY = 0.1
"""More than this is worth an `about`; five days a week are 5.005 by the year."""


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
    for unit, least, most in ONE_EACH:
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
