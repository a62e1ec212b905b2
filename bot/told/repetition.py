"""On how many days a schedule runs, of each week, month and year to come."""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from bot.schedule import Cron
from bot.schedule.cron import Kind
from bot.schedule.fields import DAY, MONTH, WEEKDAY
from bot.schedule.runs import FEBRUARY

#: The fewest and the most.
Span = tuple[int, int]
ANY = (1, 366)


@dataclass(frozen=True, slots=True)
class Repetition:
    """Count days with runs by the week, 0 where weeks differ, and by the month and the year.

    Where weeks are alike, the other two are not counted.
    """

    per_week: int
    per_month: Span
    per_year: Span


@lru_cache  # a card says it, and is drawn at each step of its change's life
def repetition(cron: Cron, year: int) -> Repetition:
    """Count over all the years after one, to the last that is named; 0 where there is none."""
    if (per_week := _per_week(cron)) and _has_no_pause(cron, year):
        return Repetition(per_week, ANY, ANY)  # most schedules: to count would take 1 ms
    years = list(_kinds_of_year(cron, year))
    return Repetition(
        per_week=per_week if years and all(chain.from_iterable(years)) else 0,
        per_month=_span(chain.from_iterable(years)),
        per_year=_span(map(sum, years)),
    )


def _kinds_of_year(cron: Cron, this: int) -> Iterator[list[int]]:
    """Yield the days with runs of each month, for each kind of year after this one.

    A year that is not named is a kind, and so are years that begin on the same weekday and are
    equally long.
    """
    named, later = set(cron.years), range(this + 1, cron.years[-1] + 1)
    shapes = {monthrange(year, FEBRUARY) if year in named else None: year for year in later}
    for shape, year in shapes.items():
        months = cron.months if shape else ()
        yield [
            len(cron.days.within(*monthrange(year, month))) if month in months else 0
            for month in range(MONTH.low, MONTH.high + 1)
        ]


def _has_no_pause(cron: Cron, this: int) -> bool:
    """Say whether every month of every year after this one is named, up to the last year."""
    later = cron.years[-1] - this
    named = sum(year > this for year in cron.years)
    return len(cron.months) == MONTH.high and 0 < later == named


def _per_week(cron: Cron) -> int:
    if len(cron.days.values) == DAY.size:
        return WEEKDAY.size
    return len(cron.days.values) if cron.days.kind is Kind.WEEKDAYS else 0


def _span(counts: Iterable[int]) -> Span:
    seen = set(counts)
    return min(seen, default=0), max(seen, default=0)
