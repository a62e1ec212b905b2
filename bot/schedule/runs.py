"""When a schedule runs, by the clock-change rules of EventBridge Scheduler.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
A run whose wall time does not exist is skipped; one whose wall time comes twice runs the first
time only.
"""

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import groupby, islice
from operator import attrgetter

from bot.schedule.cron import Cron, Schedule

# The years of a schedule with a day to spare on either side for the zones: asking from outside
# them asks from their edge, where every datetime still has a UTC.
FIRST, LAST = datetime(1969, 12, 30, tzinfo=UTC), datetime(2200, 1, 3, tzinfo=UTC)
#: Days that a month can have, from January at 1.
LONGEST = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

#: The first weekday of a month, and its length.
Shape = tuple[int, int]
#: The month whose shape, one of so many, is that of the whole year.
FEBRUARY, SHAPES = 2, 14

#: The last year with clock changes of its own; then one rule holds for all years of a shape.
LAST_LISTED, LISTED = 2037, {"Asia/Gaza": 2086, "Asia/Hebron": 2086}


def next_runs(schedule: Schedule, after: datetime, count: int) -> tuple[datetime, ...]:
    """Return at most so many runs strictly after an aware moment, fewer where the schedule ends."""
    return tuple(islice(iter_runs(schedule, after), count))


def within_years(moment: datetime) -> datetime:
    """Return an aware moment in UTC, or the edge of the years beyond which nothing runs."""
    return min(max(moment, FIRST), LAST).astimezone(UTC)


def iter_runs(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """Yield the runs strictly after an aware moment, in the schedule's zone, to its last one."""
    zone, after = schedule.zone, within_years(after)
    start, idle = after.astimezone(zone), set[Shape]()
    ruled = max(start.year, LISTED.get(zone.key, LAST_LISTED))
    for year, walls in groupby(wall_times(schedule.cron, start, idle), attrgetter("year")):
        runs = False
        for wall in walls:
            instant = wall.astimezone(UTC)
            # A wall time that no clock shows comes back from UTC as another one.
            if instant > after and instant.astimezone(zone) == wall:
                runs = True
                yield wall
        if year > ruled and not runs:
            idle.add(monthrange(year, FEBRUARY))


def wall_times(cron: Cron, start: datetime, idle: set[Shape] | None = None) -> Iterator[datetime]:
    """Yield the wall times that a cron names from a minute on, in the zone of that minute."""
    today, zone = start.date(), start.tzinfo
    for day in days(cron, today, idle):
        year, month, number = day.year, day.month, day.day
        for hour in cron.hours if day > today else _from(cron.hours, start.hour):
            for minute in cron.minutes:
                if day > today or hour > start.hour or minute >= start.minute:
                    yield datetime(year, month, number, hour, minute, tzinfo=zone)


def _from(values: tuple[int, ...], start: int) -> tuple[int, ...]:
    return values[bisect_left(values, start) :]


def days(cron: Cron, start: date, idle: set[Shape] | None = None) -> Iterator[date]:
    """Yield the days that a cron names from a day on, none in years of a shape that is idle."""
    idle = set() if idle is None else idle
    shapes: dict[Shape, tuple[int, ...]] = {}
    for year in _from(cron.years, start.year):
        if len(idle) == SHAPES:
            return
        if monthrange(year, FEBRUARY) in idle:
            continue
        found = False
        for month in cron.months if year > start.year else _from(cron.months, start.month):
            shape = monthrange(year, month)
            if shape not in shapes:
                shapes[shape] = cron.days.within(*shape)
            this = year == start.year and month == start.month
            for number in _from(shapes[shape], start.day) if this else shapes[shape]:
                found = True
                yield date(year, month, number)
        if year > start.year and not found:
            idle.add(monthrange(year, FEBRUARY))
