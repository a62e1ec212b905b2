"""How often a schedule runs, in words for the line that says before and after."""

from datetime import timedelta

from bot.schedule import Load
from bot.schedule.fields import WEEKDAY
from bot.told.repetition import Repetition, repetition

NEVER = "never"
#: So many runs a day need no distance beside their number.
FEW = 3


def load_in_words(load: Load) -> str:
    """Return such words as `once a week` or `every 15 minutes, 40 times a day, 5 days a week`."""
    if not load.cron or not load.first:
        return NEVER
    times = {1: "once", 2: "twice"}.get(load.per_day, f"{load.per_day} times")
    if load.days_left == 1:
        return f"{times}, on one day only"
    found = repetition(load.cron, load.first.year)
    days = _days_in_words(found) if found.per_year[1] else f"on {load.days_left} days"
    if load.per_day == 1 and "one day" in days:
        return days.replace("one day", "once")
    every = f"every {_duration(load.even_gap)}" if load.even_gap and load.per_day > FEW else ""
    return ", ".join(part for part in (every, f"{times} a day", days) if part)


def _days_in_words(found: Repetition) -> str:
    """Return on how many days it runs of each week, month or year, or nothing for every day."""
    if found.per_week:
        week = _number(found.per_week, found.per_week)
        return f"{week} a week" if found.per_week < WEEKDAY.size else ""
    if found.per_month[0]:
        return f"{_number(*found.per_month)} a month"
    return f"{_number(*found.per_year)} a year"


def _number(fewest: int, most: int) -> str:
    if most == 1:
        return "one day" if fewest else "less than one day"
    if fewest == most:
        return f"{most} days"
    if not fewest:
        return f"at most {most} days"
    return f"{fewest} {'or' if most == fewest + 1 else 'to'} {most} days"


def _duration(gap: timedelta) -> str:
    hours, odd = divmod(gap, timedelta(hours=1))
    count, unit = (gap // timedelta(minutes=1), "minute") if odd else (hours, "hour")
    return unit if count == 1 else f"{count} {unit}s"
