"""A cron expression in words, exact to its last run.

cron-descriptor speaks, and is fed the parsed values instead of the text: `0/15`, `*/15` and
`0,15,30,45` read the same. The words are our own where its words are not exact, which is within
some hours of the day, and where they follow LC_TIME, which is in the names of days and months.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import groupby, pairwise

from cron_descriptor import (  # type: ignore[import-untyped]  # it ships no types
    ExpressionDescriptor,
    Options,
)

from bot.schedule import Cron
from bot.schedule.cron import Days, Kind
from bot.schedule.fields import DAY, DAY_NAMES, HOUR, MINUTE, MONTH, MONTH_NAMES, ORDINALS, YEAR

#: So many values are listed; more are told as a sequence where they are one.
FEW = 3

#: Writes an hour and a minute.
Clock = Callable[[int, int], str]

#: Patterns of what cron-descriptor says that reads badly, and what reads well.
CLUMSY = {
    ", and ": " and ",  # its lists of times have no such comma
    r"(?<!and )\b1 (minute|day)s": r"1 \1",
    "on day ([0-9]+)(,| and| through)": r"on days \1\2",
    "between day ([0-9]+) and": r"on days \1 through",
    "^[Mm]inutes ([0-9]+ through [0-9]+)": r"every minute from \1 minutes",
    ", minutes ([0-9]+ through [0-9]+)": r" from \1 minutes",
    "(every [0-9]+ years),": r"\1 from",
    "^, ": "",
}


@lru_cache  # a card says it, and is drawn at each step of its change's life
def describe(cron: Cron, *, hour24: bool = False) -> str:
    """Return when a cron runs as an English sentence, without zone and full stop."""
    parts = (
        _times(cron, hour24=hour24),
        days_in_words(cron.days),
        _named(cron.months, MONTH_NAMES, "only in", through_end=_every_year(cron)),
        _years(cron.years),
    )
    sentence = ", ".join(part for part in parts if part)
    return sentence[0].upper() + sentence[1:]


def days_in_words(days: Days) -> str:
    """Return which days of the months, or nothing for every day."""
    match days.kind:
        case Kind.WEEKDAYS:
            from_monday = sorted(days.values, key=lambda weekday: (weekday - 2) % len(DAY_NAMES))
            return _named(from_monday, DAY_NAMES, "only on")
        case Kind.LAST_WEEKDAY:
            return f"on the last {DAY_NAMES[days.values[0] - 1]} of the month"
        case Kind.NTH_WEEKDAY:
            return f"on the {ORDINALS[days.nth - 1]} {DAY_NAMES[days.values[0] - 1]} of the month"
        case Kind.MONTH_DAYS:
            field = _numbers(days.values)
        case Kind.BEFORE_LAST:
            field = f"L-{days.values[0]}" if days.values[0] else "L"
        case Kind.LAST_WORKDAY:
            field = "LW"
        case Kind.NEAREST_WORKDAY:
            field = f"{days.values[0]}W"
    every_day = len(days.values) == DAY.size
    return "" if every_day else _mended(_speaker(day=field).get_day_of_month_description())


def listed(words: Sequence[str]) -> str:
    """Return `a`, `a and b` or `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def _speaker(
    minute: str = "0", hour: str = "0", day: str = "*", year: str = "*", *, hour24: bool = False
) -> ExpressionDescriptor:
    # With fewer than seven fields it guesses which of them are left out.
    options = Options(use_24hour_time_format=hour24, locale_code="en_US")
    return ExpressionDescriptor(f"0 {minute} {hour} {day} * ? {year}", options)


def _mended(words: str) -> str:
    for clumsy, better in CLUMSY.items():
        words = re.sub(clumsy, better, words)
    return words


def _times(cron: Cron, *, hour24: bool) -> str:
    minutes, hours = cron.minutes, cron.hours
    if len(minutes) == 1 and len(hours) < HOUR.size:
        return _hourly(cron, minutes[0], hour24=hour24)
    span = _unwrapped(hours, HOUR.size)
    together, step = span[-1] - span[0] < len(span), _step(minutes)
    even = step * len(minutes) == MINUTE.size or (step > 0 and len(hours) == 1)
    start = 0 if together and len(hours) < HOUR.size else minutes[0]
    minute = f"{start}/{step}" if even else _stepped(minutes)
    speaker = _speaker(minute, "*", hour24=hour24)
    clock: Clock = speaker.format_time
    if len(hours) * len(minutes) <= (FEW if even and together else 2 * FEW):
        return f"at {listed([clock(hour, minute) for hour in hours for minute in minutes])}"
    every = _mended(speaker.get_description())
    if len(hours) == HOUR.size:
        return every
    if not together:
        return f"{every}, in the hours starting at {listed([clock(hour, 0) for hour in hours])}"
    return _within(f"{every}{'' if even else ','}", _parts(cron), minutes, clock)


def _hourly(cron: Cron, minute: int, *, hour24: bool) -> str:
    """Describe one run in each of some hours."""
    hours, parts = cron.hours, _parts(cron)
    speaker = _speaker(str(minute), ",".join(map(str, hours)), hour24=hour24)
    step = _step(_unwrapped(hours, HOUR.size))
    if len(hours) <= FEW * len(parts) or not step:
        return str(speaker.get_description())
    every = "every hour" if step == 1 else f"every {step} hours"
    clock: Clock = speaker.format_time
    if step * len(hours) != HOUR.size:
        return _within(every, parts, (minute,), clock)
    return f"{every}, starting at {clock(hours[0], minute)}" if hours[0] or minute else every


def _parts(cron: Cron) -> Sequence[Sequence[int]]:
    """Return the hours as one part, or as early and late ones where midnight ends their day.

    Only what runs every day runs through a night: `22-2` on Friday is 00, 01, 02, 22 and 23.
    """
    span = _unwrapped(cron.hours, HOUR.size)
    late = [hour for hour in span if hour < HOUR.size]
    early = [hour - HOUR.size for hour in span if hour >= HOUR.size]
    return [early, late] if early and not _every_day(cron) else [late + early]


def _within(
    every: str, parts: Sequence[Sequence[int]], minutes: Sequence[int], clock: Clock
) -> str:
    """Return how often from when through when; the first part may be one time alone."""
    ends = [(clock(hours[0], minutes[0]), clock(hours[-1], minutes[-1])) for hours in parts]
    spans = [f"from {start} through {end}" if end != start else f"at {end}" for start, end in ends]
    if spans[0].startswith("at"):
        return f"{spans[0]} and {every} {spans[1]}"
    return f"{every} {listed(spans)}"


def _every_day(cron: Cron) -> bool:
    return not days_in_words(cron.days) and len(cron.months) == MONTH.size and _every_year(cron)


def _every_year(cron: Cron) -> bool:
    return len(cron.years) == YEAR.size


def _years(years: Sequence[int]) -> str:
    if len(years) == YEAR.size:
        return ""
    return _mended(_speaker(year=_stepped(years)).get_year_description())


def _named(
    values: Sequence[int], names: Sequence[str], only: str, *, through_end: bool = True
) -> str:
    """Return the names of values that count from 1, or nothing for all of them."""
    if len(values) == len(names):
        return ""
    span = _unwrapped(sorted(values), len(names)) if through_end else values
    if len(span) >= FEW and _step(span) == 1:
        return f"{names[span[0] - 1]} through {names[(span[-1] - 1) % len(names)]}"
    return f"{only} {listed([names[value - 1] for value in values])}"


def _step(values: Sequence[int]) -> int:
    """Return the distance from each value to the next, 0 where they differ."""
    steps = {later - value for value, later in pairwise(values)}
    return steps.pop() if len(steps) == 1 else 0


def _unwrapped(values: Sequence[int], cycle: int) -> Sequence[int]:
    """Return values that keep a distance only through the end of a cycle as 22, 23, 24."""
    gaps = [later - value for value, later in pairwise([*values, values[0] + cycle])]
    start = gaps.index(max(gaps)) + 1
    turned = [*values[start:], *(value + cycle for value in values[:start])]
    return values if _step(values) or not _step(turned) else turned


def _stepped(values: Sequence[int]) -> str:
    """Return the plainest field for values, with a step where more than a few keep a distance."""
    step = _step(values)
    stepped = f"{values[0]}-{values[-1]}/{step}"
    return stepped if step > 1 and len(values) > FEW else _numbers(values)


def _numbers(values: Sequence[int]) -> str:
    """Return a list of numbers, with three neighbors or more as a range."""
    runs = groupby(enumerate(values), lambda place: place[1] - place[0])
    spans = [[str(value) for _, value in run] for _, run in runs]
    return ",".join(
        f"{span[0]}-{span[-1]}" if len(span) >= FEW else ",".join(span) for span in spans
    )
