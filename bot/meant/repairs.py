"""What to write instead: whole lines that are valid, offered and never applied unasked."""

import re
from collections.abc import Iterator
from itertools import chain, islice, product

from bot.meant.checks import day_pairs, valid
from bot.meant.dialects import CLOCK, explained, without_seconds
from bot.meant.mending import MOST, options, tidy
from bot.schedule import Cron, ScheduleError
from bot.schedule.cron import LONGEST_LINE
from bot.schedule.fields import DAY, FIELDS, HOUR, MINUTE, MONTH, WEEKDAY, YEAR, number


def read_cron(text: str) -> Cron:
    """Read six fields; ScheduleError offers whole lines, each a repair of all that is wrong."""
    try:
        return Cron.parse(text)
    except ScheduleError as error:
        found = explained(" ".join(text.split()), error)
        offered = chain.from_iterable(map(_repaired, found.repairs)) if found else _rewritten(text)
        refusal = ScheduleError([found]) if found else error
        repairs = dict.fromkeys(filter(None, map(valid, offered)))
        raise refusal.offering(tuple(islice(repairs, MOST))) from None


def _repaired(line: str) -> tuple[str, ...]:
    """Return a line that now has six fields, with its fields repaired where they need it."""
    try:
        return (str(read_cron(line)),)
    except ScheduleError as error:
        return error.problems[0].repairs


def _rewritten(text: str) -> Iterator[str]:
    """Yield lines that may be what was meant, the likeliest first."""
    line = tidy(text)
    yield line
    if len(line.split()) != len(FIELDS) or len(line) > LONGEST_LINE:
        return
    minute, hour, *_, year = fields = line.upper().split()
    moved = without_seconds(line)
    if year == "?":  # as Quartz writes a weekday
        yield from moved
    yield from chain.from_iterable(map(_mended_lines, _without_24(fields)))
    if not f"{minute}{hour}".strip("0"):
        yield from moved


def _mended_lines(fields: list[str]) -> Iterator[str]:
    """Yield six fields, each mended where it needs it."""
    minute, hour, day, month, weekday, year = fields
    times = list(_times(minute, hour))
    pairs = list(day_pairs(options(DAY, day), options(WEEKDAY, weekday)))
    for choice in product(times, pairs, options(MONTH, month), options(YEAR, year)):
        yield "{0[0]} {0[1]} {1[0]} {2} {1[1]} {3}".format(*choice)


def _times(minute: str, hour: str) -> Iterator[tuple[str, str]]:
    """Yield minute and hour, mended where they need it, then swapped."""
    if clock := CLOCK.fullmatch(hour):
        yield from product([str(int(clock[2]))], options(HOUR, str(int(clock[1]))))
        return
    minutes, hours = options(MINUTE, minute), options(HOUR, hour)
    yield from product(minutes, hours)
    if minute.isdecimal() and hour.isdecimal() and (minutes, hours) != ([minute], [hour]):
        yield hour, minute


def _without_24(fields: list[str]) -> list[list[str]]:
    """Return fields in which 24 o'clock is the midnight of the next day, where they can say so."""
    minute, hour, day, month, weekday, year = fields
    every_day = {day, weekday} <= {"*", "?"} and month == year == "*"
    if every_day or not re.search("(?<![0-9/-])24(?![0-9])", hour):
        return [fields]
    if not re.fullmatch("24(:[0-9]{2})?", hour) or {day, month, year} - {"*", "?"}:
        return []
    days = filter(None, map(day_later, options(WEEKDAY, weekday)))
    return [[minute, f"0{hour[2:]}", day, month, later, year] for later in days]


def day_later(weekdays: str) -> str | None:
    """Return a list of weekdays and ranges of them moved by one, `MON-FRI` to `TUE-SAT`."""
    if re.search("[L#]", weekdays):
        return None
    names = WEEKDAY.names
    day = "|".join(("[1-7]", *names))
    return re.sub(day, lambda found: names[number(WEEKDAY, found[0]) % len(names)], weekdays)
