"""How often a schedule runs, and how far apart."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise

from bot.schedule.cron import Cron, Schedule
from bot.schedule.runs import days, iter_runs

#: Over four years of a daily schedule, a leap year among them, and all days of a rarer one.
ENOUGH_DAYS = 1500


@dataclass(frozen=True, slots=True)
class Load:
    """Count runs by the wall clock; a clock change may move one of them once.

    `first` is the first day with runs, `per_day` how often it runs on such a day, `days_left` how
    many there are, as far as they are counted.
    The gaps lie between one run and the next, `even_gap` between any two of a day; None where
    there is none.
    """

    cron: Cron | None = None
    first: date | None = None
    per_day: int = 0
    days_left: int = 0
    shortest_gap: timedelta | None = None
    even_gap: timedelta | None = None


def load(schedule: Schedule, after: datetime) -> Load:
    """Measure a schedule from the day of an aware moment on, in bounded time."""
    first = next(iter_runs(schedule, after), None)
    return _load(schedule.cron, first.date()) if first else Load()


def _load(cron: Cron, first: date) -> Load:
    days_left, apart = _days_ahead(cron.at_midnight(), first)
    minutes = [60 * hour + minute for hour in cron.hours for minute in cron.minutes]
    within = {timedelta(minutes=later - minute) for minute, later in pairwise(minutes)}
    busy = timedelta(minutes=minutes[-1] - minutes[0])
    gaps = within | {gap - busy for gap in apart}
    return Load(
        cron=cron,
        first=first,
        per_day=len(minutes),
        days_left=days_left,
        shortest_gap=min(gaps, default=None),
        even_gap=min(within) if len(within) == 1 else None,
    )


@lru_cache  # most changes leave the days as they are
def _days_ahead(cron: Cron, first: date) -> tuple[int, frozenset[timedelta]]:
    """Return how many days a cron names from one on, and how far apart they are."""
    dates = tuple(islice(days(cron, first), ENOUGH_DAYS))
    return len(dates), frozenset(later - day for day, later in pairwise(dates))
