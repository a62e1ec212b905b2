"""How often a schedule runs, in numbers and in words."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.schedule import Load, Schedule, load
from bot.told import load_in_words

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
    "0 18 */2 * ? *": "once a day, about 4 days a week",
    "0 8 1 * ? *": "once a month",
    "0 8 ? * FRIL *": "once a month",
    "0 8,9 1 * ? *": "twice a day, one day a month",
    "0 8 1,15 * ? *": "once a day, 2 days a month",
    "0 8 31 * ? *": "once a day, 7 days a year",
    "0 8 ? JUN-AUG MON-FRI *": "once a day, 66 days a year",
    "0 8 1 1 ? *": "once a year",
    "0 8 29 2 ? *": "less than once a year",
    "0 8 1 1 ? 2027": "once, on one day only",
    "0 8,9 1 1 ? 2027": "twice, on one day only",
    "0 8 30 2 ? *": "never",
    "0 8 * * ? 2020": "never",
}


@pytest.mark.parametrize("line", WORDS)
def test_a_load_has_words(line: str) -> None:
    assert load_in_words(load(Schedule.parse(line, "UTC"), NOW)) == WORDS[line]


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


GAPS = {
    "0 18 * * ? *": (1, hours(24), hours(24)),
    "0 18 ? * MON-FRI *": (1, hours(24), hours(72)),
    "0 9,17 * * ? *": (2, hours(8), hours(16)),
    "0/15 8-17 ? * MON-FRI *": (40, hours(0.25), hours(62.25)),
    "0/7 * * * ? *": (216, timedelta(minutes=4), timedelta(minutes=7)),
    "55,5 23,0 * * ? *": (4, timedelta(minutes=10), hours(22) + timedelta(minutes=10)),
    "0 8 1 * ? *": (1, hours(28 * 24), hours(31 * 24)),
    "0 8 29 2 ? *": (1, hours(1461 * 24), hours(2921 * 24)),
    "0 8 1 1 ? 2027": (1, None, None),
    "0 8 30 2 ? *": (0, None, None),
}


@pytest.mark.parametrize("line", GAPS)
def test_gaps_are_exact_within_days_and_across_them(line: str) -> None:
    found = load(Schedule.parse(line, "UTC"), NOW)
    assert (found.per_day, found.shortest_gap, found.longest_gap) == GAPS[line]


def test_a_clock_change_does_not_shorten_the_gap_of_a_daily_schedule() -> None:
    found = load(Schedule.parse("0 18 * * ? *", "America/New_York"), NOW)
    assert found.shortest_gap == hours(24)


def test_a_schedule_that_clock_changes_skip_has_no_load() -> None:
    assert load(Schedule.parse("30 2 ? 3 SUN#2 *", "America/New_York"), NOW) == Load()
