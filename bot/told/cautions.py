"""What a valid schedule does that the person who writes it may not expect."""

import re
from calendar import isleap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from bot.meant.zones import SUMMER, WINTER, city_for
from bot.schedule import Cron, Schedule, iter_runs, load
from bot.schedule.cron import Kind
from bot.schedule.fields import DAY_NAMES, MONTH_NAMES
from bot.schedule.problems import quote
from bot.schedule.runs import FEBRUARY, FIRST, LONGEST, days, wall_times, within_years
from bot.told.describe import days_in_words, listed
from bot.told.workload import load_in_words

#: Runs a day that nobody minds: once an hour.
BUSY = 24
WEEK, MINUTE = timedelta(weeks=1), timedelta(minutes=1)
LATELY = timedelta(days=366)
#: Of those with runs: a year and some days of a schedule that runs in each week.
WEEKS = 53
#: From the first day on: within so many, a date falls on each weekday, and clocks change on one.
YEARS = 12
#: What clocks are off UTC, and the longest clock change: a week holds a day with this around it.
SPARE = timedelta(days=3)
FIFTH = 5

#: A clock change: its moment, and what clocks show then by the old offset and by the new one.
Turn = tuple[datetime, datetime, datetime]

MARKS = {
    Kind.BEFORE_LAST: ("mark-l", ""),
    Kind.LAST_WORKDAY: ("mark-w", ", Monday to Friday"),
    Kind.NEAREST_WORKDAY: ("mark-w", ", Monday to Friday, and never in another month"),
    Kind.WEEKDAYS: ("mark-l", "; the last Saturday of the month is `SATL`"),
    Kind.LAST_WEEKDAY: ("mark-l", ""),
    Kind.NTH_WEEKDAY: ("mark-hash", ""),
}


@dataclass(frozen=True, slots=True)
class Caution:
    """Warn of one thing: a code for programs, a message for people."""

    code: str
    message: str


def cautions(schedule: Schedule, now: datetime) -> tuple[Caution, ...]:
    """Return what to know before deciding: what is so each day, then each month, then each year."""
    now = within_years(now)
    if not next(iter_runs(schedule, now), None):
        return _never_again(schedule, now), *_zone(schedule.zone)
    return (
        *_often(schedule, now),
        *_left_out(schedule.cron),
        *_clock_changes(schedule, now),
        *_marks(schedule.cron),
        *_zone(schedule.zone),
    )


def _never_again(schedule: Schedule, now: datetime) -> Caution:
    if not next(days(schedule.cron, FIRST.date()), None):
        return Caution("never-fires", "Never runs: no month that it names has such a day.")
    skipped = f"clock changes in {schedule.zone.key} skip all its times"
    # The run of this minute, and one whose wall time comes again now, are over.
    walls = wall_times(schedule.cron, now.astimezone(schedule.zone))
    is_over = not any(wall.astimezone(UTC) > now for wall in walls)
    # What ran long ago, and has years to come, ran by other clocks.
    if not next(iter_runs(schedule, FIRST if is_over else max(FIRST, now - LATELY)), None):
        return Caution("never-fires", f"Never runs: {skipped}.")
    if not is_over:
        return Caution("only-in-the-past", f"Never runs again: {skipped} from now on.")
    last = schedule.cron.years[-1]
    message = f"Never runs again: its last year, {last}, has no runs left."
    return Caution("only-in-the-past", message)


def _clock_changes(schedule: Schedule, now: datetime) -> Iterator[Caution]:
    """Yield the next changes that skip runs, or let their wall time come twice: one of each."""
    told: set[bool] = set()
    today = now.astimezone(schedule.zone).date()
    for at, old, new in _turns(schedule.cron.at_midnight(), schedule.zone, today):
        if at <= now:
            continue
        first, end = sorted((old, new))
        walls = list(takewhile(end.__gt__, wall_times(schedule.cron, first)))
        if not walls or (new > old) in told:
            continue  # it is much the same in each year
        told.add(new > old)
        runs = f"the run at {walls[0]:%H:%M}"
        if len(walls) > 1:
            runs = f"the {len(walls)} runs from {walls[0]:%H:%M} to {walls[-1]:%H:%M}"
        place = f"{_date(walls[0])}: clocks in {schedule.zone.key} go"
        turn = f"from {old:%H:%M} to {new:%H:%M}"
        if new > old:
            yield Caution("clock-change-skips", f"Skips {runs} on {place} forward {turn}.")
        else:
            message = f"Does not repeat {runs} on {place} back {turn}; the first time counts."
            yield Caution("clock-change-repeats", message)


@lru_cache  # most changes leave the days as they are
def _turns(cron: Cron, zone: ZoneInfo, today: date) -> tuple[Turn, ...]:
    """Return the clock changes near the days that a cron names."""
    return tuple(_iter_turns(cron, zone, today))


def _iter_turns(cron: Cron, zone: ZoneInfo, today: date) -> Iterator[Turn]:
    for week in islice(_weeks(cron, today), WEEKS):
        low, high = week, week + WEEK
        before, after = _offset(zone, low), _offset(zone, high)
        if before == after:
            continue
        while high - low > MINUTE:
            middle = low + (high - low) // MINUTE // 2 * MINUTE
            low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
        change = high.replace(tzinfo=None)
        yield high, change + before, change + after


def _weeks(cron: Cron, today: date) -> Iterator[datetime]:
    """Yield the beginnings of weeks that hold, with some to spare, the days that a cron names."""
    covered, end = date.min, next(days(cron, today)).year + YEARS
    for day in days(cron, today):
        if day <= covered:
            continue
        if day.year >= end:
            return
        start = max(day - SPARE, covered + SPARE)
        covered = start + WEEK - SPARE
        yield datetime(start.year, start.month, start.day, tzinfo=UTC)


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _date(day: datetime) -> str:
    weekday, month = DAY_NAMES[day.isoweekday() % 7], MONTH_NAMES[day.month - 1]
    return f"{weekday} {day.day} {month} {day.year}"


def _left_out(cron: Cron) -> Iterator[Caution]:
    """Yield the days that some of the months do not have, unless they end a range of days."""
    asked = cron.days.values
    match cron.days.kind:
        case Kind.NTH_WEEKDAY if cron.days.nth == FIFTH:
            weekday = DAY_NAMES[asked[0] - 1]
            yield Caution("months-left-out", f"Leaves out the months without a fifth {weekday}.")
            return
        case Kind.MONTH_DAYS | Kind.NEAREST_WORKDAY:
            missed = {f"day {day}": day for day in asked if day - 1 not in asked}
        case Kind.BEFORE_LAST:
            missed = {f"`L-{asked[0]}`": asked[0] + 1}
        case _:
            return
    for day, length in missed.items():
        months = [MONTH_NAMES[month - 1] for month in cron.months if LONGEST[month] < length]
        if length == LONGEST[FEBRUARY] and FEBRUARY in cron.months:
            months = _short_februaries(cron)
        if months:
            yield Caution("months-left-out", f"Leaves out {day} in {listed(months)}.")


def _short_februaries(cron: Cron) -> list[str]:
    leaps = {isleap(year) for year in cron.years}
    if False not in leaps:
        return []
    return ["February, except in leap years" if True in leaps else "February"]


def _often(schedule: Schedule, now: datetime) -> Iterator[Caution]:
    if len(schedule.cron.hours) * len(schedule.cron.minutes) > BUSY:
        words = load_in_words(load(schedule, now))
        message = f"Runs often: {words}. Each run reads the database's structure again."
        yield Caution("runs-often", message)


def _marks(cron: Cron) -> Iterator[Caution]:
    """Yield `L`, `W` and `#` in words, and weekday numbers, which unix cron counts otherwise."""
    _, _, day, _, weekday, _ = cron.text.split()
    mark = weekday if day == "?" else day
    words = days_in_words(cron.days)
    plain = cron.days.kind is Kind.WEEKDAYS and mark != "L"
    if cron.days.kind in MARKS and not plain:
        code, more = MARKS[cron.days.kind]
        yield Caution(code, f"{quote(mark)} runs {words}{more}.")
    elif plain and words and re.search("[0-9]", mark):
        message = f"{quote(mark)} runs {words}: weekdays count from 1, which is Sunday."
        yield Caution("weekday-numbers", message)


def _zone(zone: ZoneInfo) -> Iterator[Caution]:
    if city := city_for(zone):
        winter, summer = (at.replace(tzinfo=zone).isoformat()[-6:] for at in (WINTER, SUMMER))
        when = "all year" if winter == summer else "outside daylight saving"
        sign = ", its sign reversed" if zone.key.startswith("Etc/") else ""
        meaning = f"{quote(zone.key)} means UTC{winter} {when}{sign}"
        yield Caution("ambiguous-zone", f"{meaning}: a city such as {quote(city)} is clearer.")
