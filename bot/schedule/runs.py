"""When a schedule runs, by the clock-change rules of EventBridge Scheduler.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
A run whose wall time does not exist is skipped; one whose wall time comes twice runs the first
time only.
"""

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice

from bot.schedule.cron import Cron
from bot.schedule.schedule import Schedule

FIRST, LAST = datetime(1969, 12, 30, tzinfo=UTC), datetime(2200, 1, 3, tzinfo=UTC)


def next_runs(schedule: Schedule, after: datetime, count: int) -> tuple[datetime, ...]:
    """Return at most so many runs after a moment, fewer where the schedule ends."""
    return tuple(islice(iter_runs(schedule, after), count))


def iter_runs(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """Yield the runs strictly after an aware moment, in the schedule's zone; none left, it ends."""
    after = min(max(after, FIRST), LAST).astimezone(UTC)
    for run in wall_times(schedule.cron, after.astimezone(schedule.zone)):
        # Python's rule for a wall time that a gap skips: the offset before the gap for fold 0, the
        # one after it for fold 1, so that it grows; where a wall time comes twice it shrinks.
        if run.utcoffset() >= run.replace(fold=1).utcoffset() and run > after:
            yield run


def wall_times(cron: Cron, start: datetime) -> Iterator[datetime]:
    """Yield the wall times that a cron names, from a minute on, in its zone or in none."""
    today, hour_now, minute_now = start.date(), start.hour, start.minute
    for day in days(cron, today):
        hours = cron.hours
        for hour in cron.hours:
            for minute in cron.minutes:
                if day > today or (hour, minute) >= (hour_now, minute_now):
                    yield datetime(day.year, day.month, day.day, hour, minute, tzinfo=start.tzinfo)


def days(cron: Cron, start: date) -> Iterator[date]:
    """Yield the days that a cron names, from a day on."""
    shapes: dict[tuple[int, int], tuple[int, ...]] = {}
    for year in cron.years[bisect_left(cron.years, start.year) :]:
        for month in cron.months:
            if (year, month) < (start.year, start.month):
                continue
            shape = monthrange(year, month)
            if shape not in shapes:
                shapes[shape] = cron.days.within((shape[0] + 1) % 7 + 1, shape[1])
            for day in shapes[shape]:
                if (year, month, day) >= (start.year, start.month, start.day):
                    yield date(year, month, day)
