"""Valid expressions for property tests, each with its own slow test of a wall time.

The tests of a wall time follow the documentation alone and know nothing of the parser.
"""

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain

from hypothesis import strategies as st

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

OnDay = Callable[[date], bool]


@dataclass(frozen=True)
class Expression:
    """A line, and whether it names a wall time."""

    text: str
    names: Callable[[datetime], bool]


@dataclass(frozen=True)
class Place:
    """The text of a field and the values it stands for."""

    text: str
    values: frozenset[int]


@st.composite
def _item(draw: st.DrawFn, low: int, high: int, names: Sequence[str], longest: int) -> Place:
    every = list(range(low, high + 1))
    start = draw(st.integers(0, len(every) - 1))
    end = draw(st.integers(start if low > MANY else 0, len(every) - 1))
    kind = draw(st.sampled_from(["value", "range", "all"]))
    step = (
        draw(st.integers(1, longest)) if longest and (kind == "all" or draw(st.booleans())) else 0
    )
    named = bool(names) and draw(st.booleans())
    words = [names[value - 1].title() if named else str(value) for value in every]
    if kind == "all" and step:
        return Place(f"*/{step}", frozenset(every[::step]))
    chosen = every[start : end + 1] if start <= end else every[start:] + every[: end + 1]
    if kind == "range":
        text = f"{words[start]}-{words[end]}"
    else:
        text, chosen = words[start], every[start:] if step else [every[start]]
    return Place(f"{text}/{step}" if step else text, frozenset(chosen[:: step or 1]))


MANY = 1000
"""Only years are larger, and only they do not wrap."""


@st.composite
def places(draw: st.DrawFn, low: int, high: int, longest: int, names: Sequence[str] = ()) -> Place:
    """Return `*` or a list of values, ranges and steps."""
    # Mostly `*` for months and years: a window without a run shows little.
    if draw(st.integers(0, 9)) < (8 if high <= len(MONTHS) or low > MANY else 3):
        return Place("*", frozenset(range(low, high + 1)))
    items = draw(st.lists(_item(low, high, names, longest), min_size=1, max_size=3))
    values = frozenset(chain.from_iterable(item.values for item in items))
    return Place(",".join(item.text for item in items), values)


@st.composite
def _days(draw: st.DrawFn) -> tuple[str, str, OnDay]:
    """Return day-of-month, day-of-week, and whether they name a day."""
    weekday = draw(st.integers(1, 7))
    name = draw(st.sampled_from([str(weekday), WEEKDAYS[weekday - 1]]))
    number = draw(st.integers(1, 30))
    nth = draw(st.integers(1, 5))
    month_days, weekdays = draw(places(1, 31, 31)), draw(places(1, 7, 0, WEEKDAYS))
    choices: list[tuple[str, str, OnDay]] = [
        (month_days.text, "?", lambda day: day.day in month_days.values),
        ("?", weekdays.text, lambda day: _weekday(day) in weekdays.values),
        ("?", "L", lambda day: _weekday(day) == 7),
        ("L", "?", lambda day: day.day == _length(day)),
        (f"L-{number}", "?", lambda day: day.day == _length(day) - number),
        ("LW", "?", _is_last_workday),
        (f"{number}W", "?", lambda day: _is_nearest_workday(day, number)),
        ("?", f"{name}L", lambda d: _weekday(d) == weekday and d.day + 7 > _length(d)),
        (
            "?",
            f"{name}#{nth}",
            lambda d: _weekday(d) == weekday and (d.day + 6) // 7 == nth,
        ),
    ]
    return draw(st.sampled_from(choices))


def _length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _weekday(day: date) -> int:
    return day.isoweekday() % 7 + 1


def _workdays(day: date) -> list[date]:
    month = [day.replace(day=number) for number in range(1, _length(day) + 1)]
    return [other for other in month if other.isoweekday() <= 5]


def _is_last_workday(day: date) -> bool:
    return day == _workdays(day)[-1]


def _is_nearest_workday(day: date, number: int) -> bool:
    if number > _length(day):
        return False
    asked = day.replace(day=number)
    return day == min(_workdays(day), key=lambda other: abs(other - asked))


@st.composite
def expressions(draw: st.DrawFn, *, at_noon: bool = False) -> Expression:
    """Return a valid expression of any kind, or one whose days are of any kind."""
    minute, hour = draw(places(0, 59, 59)), draw(places(0, 23, 23))
    if at_noon:
        minute, hour = Place("0", frozenset({0})), Place("12", frozenset({12}))
    month, year = draw(places(1, 12, 12, MONTHS)), draw(places(1970, 2199, 229))
    day, weekday, on_day = draw(_days())
    blank = draw(st.sampled_from([" ", "  ", "\t"]))

    def names(wall: datetime) -> bool:
        return (
            wall.minute in minute.values
            and wall.hour in hour.values
            and wall.month in month.values
            and wall.year in year.values
            and on_day(wall.date())
        )

    fields = [minute.text, hour.text, day, month.text, weekday, year.text]
    return Expression(blank.join(fields), names)


@st.composite
def near_clock_changes(draw: st.DrawFn) -> tuple[str, datetime]:
    """Return a zone and a moment within a day and a half before one of its clock changes."""
    zone, change = draw(st.sampled_from(CHANGES))
    before = draw(st.integers(0, 36 * 60))
    return zone, datetime.fromisoformat(change) - timedelta(minutes=before)


CHANGES = (
    ("America/New_York", "2027-03-14T07:00+00:00"),
    ("America/New_York", "2027-11-07T06:00+00:00"),
    ("Europe/Dublin", "2027-03-28T01:00+00:00"),
    ("Europe/Dublin", "2027-10-31T01:00+00:00"),
    ("Australia/Lord_Howe", "2027-04-03T15:00+00:00"),
    ("Australia/Lord_Howe", "2027-10-02T15:30+00:00"),
    ("Antarctica/Troll", "2027-03-28T01:00+00:00"),
    ("Pacific/Apia", "2011-12-30T10:00+00:00"),
    ("America/Sao_Paulo", "2018-11-04T03:00+00:00"),
    ("Asia/Kathmandu", "2027-01-31T18:15+00:00"),
    ("UTC", "2028-02-29T00:00+00:00"),
)
"""Changes of every kind, and two places without one."""
