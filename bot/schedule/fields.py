"""The six fields of an EventBridge cron expression, and the values that each may name."""

import re
from dataclasses import dataclass

from bot.schedule.problems import FieldName, Problem, ScheduleError, collected, quote

# Not from `calendar`, whose names follow the locale.
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
DAY_NAMES = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
ORDINALS = ("first", "second", "third", "fourth", "fifth")


@dataclass(frozen=True, slots=True)
class Field:
    """Describe one of the six places of an expression."""

    name: FieldName
    noun: str
    low: int
    high: int
    longest_step: int
    rule: str
    full_names: tuple[str, ...] = ()
    digits: str = "[0-9]{1,2}"

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names as an expression has them."""
        return tuple(name[:3].upper() for name in self.full_names)

    @property
    def size(self) -> int:
        """Return how many values there are."""
        return self.high - self.low + 1

    def problem(self, value: str, message: str) -> ScheduleError:
        """Return an error about this field alone."""
        return ScheduleError([Problem(self.name, value, message)])


MINUTE = Field("minute", "a minute", 0, 59, 59, "0-59")
HOUR = Field("hour", "an hour", 0, 23, 23, "0-23")
DAY = Field("day-of-month", "a day of the month", 1, 31, 31, "1-31, `L`, `L-3`, `LW` or `15W`")
MONTH = Field("month", "a month", 1, 12, 12, "1-12 or JAN-DEC", MONTH_NAMES)
WEEKDAY_RULE = "1-7 (1 is Sunday), SUN-SAT, `FRIL` or `FRI#2` (#1-#5)"
WEEKDAY = Field("day-of-week", "a weekday", 1, 7, 0, WEEKDAY_RULE, DAY_NAMES, "[0-9]")
YEAR = Field("year", "a year", 1970, 2199, 229, "1970-2199", digits="[0-9]{4}")
FIELDS = (MINUTE, HOUR, DAY, MONTH, WEEKDAY, YEAR)


def number(field: Field, text: str) -> int:
    """Return what a number or name stands for; ScheduleError where it is neither."""
    if re.fullmatch(field.digits, text) and field.low <= int(text) <= field.high:
        return int(text)
    if text in field.names:
        return field.names.index(text) + 1
    raise field.problem(text, f"{quote(text)} is not {field.noun}: use {field.rule}.")


def values(field: Field, text: str) -> tuple[int, ...]:
    """Return, in order, the values of `*` or of a list of numbers, ranges and steps.

    Raises ScheduleError with a problem for each item at fault.
    """
    if text == "*":
        return tuple(range(field.low, field.high + 1))
    found: set[int] = set()
    problems: list[Problem] = []
    items = text.split(",")
    if "" in items:
        message = f"{quote(text)} has an empty place beside a comma."
        problems.append(Problem(field.name, text, message))
    for item in filter(None, items):
        with collected(problems):
            found.update(_item(field, item))
    if problems:
        raise ScheduleError(problems)
    return tuple(sorted(found))


def _item(field: Field, item: str) -> list[int]:
    base, slash, step = item.partition("/")
    first, last, every = field.low, field.high, 1
    problems: list[Problem] = []
    with collected(problems):
        if "" in base.split("-"):
            raise field.problem(item, f"{quote(item)} lacks a value beside the mark.")
        if not slash or base != "*":
            first, last = _ends(field, base)
            last = field.high if slash and "-" not in base else last
    if slash:
        with collected(problems):
            every = _step(field, item, step)
    if problems:
        raise ScheduleError(problems)
    offsets = range(0, (last - first) % field.size + 1, every)
    return [field.low + (first - field.low + offset) % field.size for offset in offsets]


def _ends(field: Field, base: str) -> tuple[int, int]:
    """Return first and last value of `5` or `5-9`; a range may wrap, but not through years."""
    if base == "*":
        raise field.problem(base, "`*` already means every value: it stands alone, not in a list.")
    if base == "?":
        raise field.problem(
            base, f"`?` stands alone, in day-of-month or day-of-week: for any {field.name} use `*`."
        )
    texts = base.split("-", 1)
    numbers: list[int] = []
    problems: list[Problem] = []
    for text in texts:
        with collected(problems):
            numbers.append(number(field, text))
    if problems:
        raise ScheduleError(problems)
    first, last = numbers[0], numbers[-1]
    if len({text in field.names for text in texts}) > 1:
        raise field.problem(base, f"{quote(base)} mixes a name and a number: use one kind.")
    if field is YEAR and last < first:
        raise field.problem(base, f"{quote(base)} runs backward: put the earlier year first.")
    return first, last


def _step(field: Field, item: str, step: str) -> int:
    if not field.longest_step:
        raise field.problem(
            item, f"{quote(item)} has a step, which {field.name} does not allow: list the days."
        )
    if not re.fullmatch("[0-9]{1,4}", step) or not 1 <= int(step) <= field.longest_step:
        raise field.problem(
            item, f"{quote(item)} needs a step of 1-{field.longest_step} after the `/`."
        )
    return int(step)
