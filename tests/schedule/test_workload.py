"""How often a schedule runs, in numbers and in words."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given

from bot.schedule import Load, Schedule, load, next_runs
from bot.told import load_in_words
from bot.told.repetition import repetition
from tests.schedule.expressions import Expression, expressions

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

WORDS = {
    "0 18 * * ? *": "once a day",
    "0 9,17 * * ? *": "twice a day",
    "0 8,12,18 * * ? *": "3 times a day",
    "0 * * * ? *": "every hour, 24 times a day",
    "0/15 * * * ? *": "every 15 minutes, 96 times a day",
    "0 0/6 * * ? *": "every 6 hours, 4 times a day",
    "* * * * ? *": "every minute, 1440 times a day",
    "0,20 8-11 * * ? *": "8 times a day",
    "0 18 ? * MON-FRI *": "once a day, 5 days a week",
    "0/15 8-17 ? * MON-FRI *": "every 15 minutes, 40 times a day, 5 days a week",
    "0 18 ? * MON,THU *": "once a day, 2 days a week",
    "0 18 ? * MON *": "once a week",
    "0 9,17 ? * MON *": "twice a day, one day a week",
    "0 8 1 * ? *": "once a month",
    "0 8 ? * FRIL *": "once a month",
    "0 8,9 1 * ? *": "twice a day, one day a month",
    "0 8 1,15 * ? *": "once a day, 2 days a month",
    "0 18 */2 * ? *": "once a day, 14 to 16 days a month",
    "0 8 1-29 * ? *": "once a day, 28 or 29 days a month",
    "0 8 1,31 * ? *": "once a day, 1 or 2 days a month",
    "0 8 1-12 * ? *": "once a day, 12 days a month",
    # Not in every week or month, however many they are by the year
    "0 8 1-12 JAN ? *": "once a day, 12 days a year",
    "0 8 1-25 1,2 ? *": "once a day, 50 days a year",
    "0 8 * 1 ? *": "once a day, 31 days a year",
    "0 8 * 1-6 ? *": "once a day, 181 or 182 days a year",
    "0 8 * 1-11 ? *": "once a day, 334 or 335 days a year",
    "0 8 31 * ? *": "once a day, 7 days a year",
    "0 8 ? JAN MON-FRI *": "once a day, 21 to 23 days a year",
    "0 8 ? JUN-AUG MON-FRI *": "once a day, 65 or 66 days a year",
    "0/15 8-17 ? JUN-AUG MON *": "every 15 minutes, 40 times a day, 13 or 14 days a year",
    "0 8 ? * FRI#5 *": "once a day, 4 or 5 days a year",
    "0 8 1 1 ? *": "once a year",
    "0 8 1 1 ? 2027-2029": "once a year",
    "0 8,9 1 1 ? *": "twice a day, one day a year",
    "0 8 29 2 ? *": "less than once a year",
    "0 8,9 29 2 ? *": "twice a day, less than one day a year",
    "0 8 1 1 ? 2027/2": "less than once a year",
    "0 8 1 1,2 ? 2027/2": "once a day, at most 2 days a year",
    "0 8 ? * MON 2027,2029": "once a day, at most 53 days a year",
    # Ending with the year that it begins in
    "0 18 ? * MON-FRI 2026": "once a day, on 29 days",
    "0 18 * * ? 2026": "once a day, on 39 days",
    "0/15 8-17 ? 12 MON 2026": "every 15 minutes, 40 times a day, on 4 days",
    "0 18 ? * MON-FRI 2026-2027": "once a day, 5 days a week",
    "0 8 1 1 ? 2027": "once, on one day only",
    "0 8,9 1 1 ? 2027": "twice, on one day only",
    "0 8 30 2 ? *": "never",
    "0 8 * * ? 2020": "never",
}


@pytest.mark.parametrize("line", WORDS)
def test_a_load_has_words(line: str) -> None:
    assert load_in_words(load(Schedule.parse(line, "UTC"), NOW)) == WORDS[line]


@pytest.mark.slow  # it counts days of many years
@given(expressions(at_noon=True))
def test_weeks_months_and_years_to_come_have_as_many_days_as_told(expression: Expression) -> None:
    schedule = Schedule.parse(expression.text, "UTC")
    first, last = next_runs(schedule, NOW, 1), schedule.cron.years[-1]
    assume(first and first[0].year < last)
    found = repetition(schedule.cron, first[0].year)
    start = datetime(first[0].year + 1, 1, 1, 12, tzinfo=UTC)
    end = datetime(min(last + 1, start.year + 9), 1, 1, 12, tzinfo=UTC)
    all_days = [start + timedelta(days=number) for number in range((end - start).days)]
    runs = [expression.names(day) for day in all_days]
    years = _counts((day.year for day in all_days), runs)
    months = _counts(((day.year, day.month) for day in all_days), runs)
    assert found.per_year[0] <= min(years) <= max(years) <= found.per_year[1]
    assert found.per_month[0] <= min(months) <= max(months) <= found.per_month[1]
    weeks = {sum(runs[day : day + 7]) for day in range(len(runs) - 6)}
    assert found.per_week in {0, *weeks}
    assert not found.per_week or len(weeks) == 1


def _counts(periods: Iterable[object], runs: Sequence[bool]) -> Collection[int]:
    """Return how many of the days that run are in each period."""
    count: Counter[object] = Counter()
    for period, run in zip(periods, runs, strict=True):
        count[period] += run
    return count.values()


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


GAPS = {
    "0 18 * * ? *": (1, hours(24)),
    "0 18 ? * MON-FRI *": (1, hours(24)),
    "0 9,17 * * ? *": (2, hours(8)),
    "0/15 8-17 ? * MON-FRI *": (40, hours(0.25)),
    "0/7 * * * ? *": (216, timedelta(minutes=4)),
    "55,5 23,0 * * ? *": (4, timedelta(minutes=10)),
    "0 8 1 * ? *": (1, hours(28 * 24)),
    "0 8 29 2 ? *": (1, hours(1461 * 24)),
    "0 8 1 1 ? 2027": (1, None),
    "0 8 30 2 ? *": (0, None),
}


@pytest.mark.parametrize("line", GAPS)
def test_gaps_are_exact_within_days_and_across_them(line: str) -> None:
    found = load(Schedule.parse(line, "UTC"), NOW)
    assert (found.per_day, found.shortest_gap) == GAPS[line]


def test_a_clock_change_does_not_shorten_the_gap_of_a_daily_schedule() -> None:
    found = load(Schedule.parse("0 18 * * ? *", "America/New_York"), NOW)
    assert found.shortest_gap == hours(24)


def test_a_schedule_that_clock_changes_skip_has_no_load() -> None:
    assert load(Schedule.parse("30 2 ? 3 SUN#2 *", "America/New_York"), NOW) == Load()
