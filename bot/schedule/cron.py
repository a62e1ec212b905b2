"""The EventBridge cron dialect, parsed once into a value that everything else trusts.

The dialect is described at
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
What that page does not allow is refused: a refusal costs a click, a schedule that means something
else costs a night.
"""

import calendar
import dataclasses
import re
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo

from bot.schedule.fields import DAY, FIELDS, HOUR, MINUTE, MONTH, WEEKDAY, YEAR, number, values
from bot.schedule.problems import Problem, ScheduleError, collected, quote
from bot.schedule.zones import parse_zone

#: As in https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html.
LONGEST_LINE = 256


class Kind(Enum):
    """Tell how a schedule chooses the days of a month."""

    MONTH_DAYS = auto()
    WEEKDAYS = auto()
    BEFORE_LAST = auto()
    LAST_WORKDAY = auto()
    NEAREST_WORKDAY = auto()
    LAST_WEEKDAY = auto()
    NTH_WEEKDAY = auto()


@dataclass(frozen=True, slots=True)
class Days:
    """Choose days of a month; a weekday is counted from 1, which is Sunday."""

    kind: Kind
    values: tuple[int, ...]
    nth: int = 0

    def within(self, first: int, length: int) -> tuple[int, ...]:
        """Return the days of a month by its shape, the two numbers of `calendar.monthrange`."""
        match self.kind:
            case Kind.MONTH_DAYS:
                days = [day for day in self.values if day <= length]
            case Kind.BEFORE_LAST:
                days = [length - self.values[0]] if self.values[0] < length else []
            case Kind.LAST_WORKDAY:
                days = [_nearest_workday(first, length, length)]
            case Kind.NEAREST_WORKDAY:
                asked = self.values[0]
                days = [_nearest_workday(first, length, asked)] if asked <= length else []
            case Kind.WEEKDAYS:
                days = _same_weekdays(self.values, first, length)
            case Kind.LAST_WEEKDAY:
                days = _same_weekdays(self.values, first, length)[-1:]
            case Kind.NTH_WEEKDAY:
                days = _same_weekdays(self.values, first, length)[self.nth - 1 : self.nth]
        return tuple(days)


def _same_weekdays(weekdays: tuple[int, ...], first: int, length: int) -> list[int]:
    # Python counts weekdays from Monday = 0, EventBridge from Sunday = 1.
    starts = [(weekday - 2 - first) % 7 + 1 for weekday in weekdays]
    return sorted(day for start in starts for day in range(start, length + 1, 7))


def _nearest_workday(first: int, length: int, day: int) -> int:
    """Return the Monday to Friday nearest to a day, without leaving the month."""
    weekday = (first + day - 1) % 7
    if weekday == calendar.SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == calendar.SUNDAY:
        return day + 1 if day < length else day - 2
    return day


@dataclass(frozen=True, slots=True)
class Cron:
    """Hold a valid expression: its normalized text and, in order, the values it stands for."""

    text: str
    # All of these come from the text, and the years alone would fill a page of a failing test.
    minutes: tuple[int, ...] = dataclasses.field(repr=False)
    hours: tuple[int, ...] = dataclasses.field(repr=False)
    days: Days = dataclasses.field(repr=False)
    months: tuple[int, ...] = dataclasses.field(repr=False)
    years: tuple[int, ...] = dataclasses.field(repr=False)

    @classmethod
    @lru_cache  # a card reads the same text for its words, its runs and its warnings
    def parse(cls, text: str) -> Self:
        """Read six fields, in any letter case and with any blanks between.

        Raises ScheduleError with every problem at once.
        """
        normal = " ".join(text.split())
        if fault := _misshapen(normal):
            raise ScheduleError([Problem("structure", normal, fault)])
        # Only ASCII: the upper case of a Turkish dotless i would pass for an I.
        normal = normal.upper() if normal.isascii() else normal
        places = dict(zip(FIELDS, normal.split(" "), strict=True))
        problems: list[Problem] = []
        read: dict[str, tuple[int, ...]] = {}
        for field in (MINUTE, HOUR, MONTH, YEAR):
            with collected(problems):
                read[field.name] = values(field, places[field])
        with collected(problems):
            days = _days(places[DAY], places[WEEKDAY])
        if problems:
            order = [field.name for field in FIELDS]
            raise ScheduleError(sorted(problems, key=lambda problem: order.index(problem.field)))
        return cls(normal, read["minute"], read["hour"], days, read["month"], read["year"])

    def __str__(self) -> str:
        return self.text

    def at_midnight(self) -> "Cron":
        """Return what names the same days, once each: what is true of days is found there once."""
        _, _, days = self.text.split(" ", 2)
        return Cron.parse(f"0 0 {days}")


@dataclass(frozen=True, slots=True)
class Schedule:
    """Hold when a schema refresh runs: a cron expression in a time zone."""

    cron: Cron
    zone: ZoneInfo

    @classmethod
    def parse(cls, cron_text: str, zone_name: str) -> Self:
        """Read both; ScheduleError tells what is wrong with the first that is not valid."""
        return cls(Cron.parse(cron_text), parse_zone(zone_name))


def _misshapen(line: str) -> str | None:
    order, count = ", ".join(field.name for field in FIELDS), len(line.split())
    if not line:
        return f"The schedule is empty: write six fields, {order}."
    if count != len(FIELDS):
        return f"{quote(line)} has {count} field{'s' * (count != 1)}, not six: {order}."
    if len(line) > LONGEST_LINE:
        return f"The schedule has {len(line)} characters: {LONGEST_LINE} is the most."
    return None


def _days(day: str, weekday: str) -> Days:
    """Read the two fields that choose days, of which exactly one must be `?`."""
    chosen: list[Days] = []
    problems: list[Problem] = []
    for read, place in ((_days_of_month, day), (_days_of_week, weekday)):
        with collected(problems):
            chosen += [read(place)] if place != "?" else []
    if (day == "?") == (weekday == "?"):
        problems.append(_not_one_question_mark(day, weekday))
    if problems:
        raise ScheduleError(problems)
    return chosen[0]


def _not_one_question_mark(day: str, weekday: str) -> Problem:
    field, value = (DAY, day) if "?" in day or (day == "*" != weekday) else (WEEKDAY, weekday)
    return Problem(
        field.name,
        value,
        f"Day-of-month is {quote(day)} and day-of-week is {quote(weekday)}: "
        "exactly one of the two must be `?`.",
    )


def _days_of_month(text: str) -> Days:
    if text == "LW":
        return Days(Kind.LAST_WORKDAY, ())
    if match := re.fullmatch("L(?:-(0?[1-9]|[12][0-9]|30))?", text):
        return Days(Kind.BEFORE_LAST, (int(match[1] or 0),))
    if match := re.fullmatch("([0-9]+)W", text):
        return Days(Kind.NEAREST_WORKDAY, (number(DAY, match[1]),))
    if "," in text and re.search("[LW]", text):
        raise DAY.problem(text, f"{quote(text)}: `L` and `W` stand alone, not in a list.")
    if text.startswith("L"):
        raise DAY.problem(text, f"{quote(text)} is not {DAY.noun}: use {DAY.rule}.")
    return Days(Kind.MONTH_DAYS, values(DAY, text))


def _days_of_week(text: str) -> Days:
    if text == "L":
        return Days(Kind.WEEKDAYS, (7,))
    if match := re.fullmatch("([0-9]+|[A-Z]+)L", text):
        return Days(Kind.LAST_WEEKDAY, (number(WEEKDAY, match[1]),))
    if match := re.fullmatch("([0-9]+|[A-Z]+)#([1-5])", text):
        return Days(Kind.NTH_WEEKDAY, (number(WEEKDAY, match[1]),), int(match[2]))
    if "," in text and re.search("L|#", text):
        raise WEEKDAY.problem(text, f"{quote(text)}: `L` and `#` stand alone, not in a list.")
    if "#" in text or text.startswith("L"):
        raise WEEKDAY.problem(text, f"{quote(text)} is not {WEEKDAY.noun}: use {WEEKDAY.rule}.")
    return Days(Kind.WEEKDAYS, values(WEEKDAY, text))
