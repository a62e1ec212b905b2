"""Schedules in words; read the table aloud."""

import calendar
import locale
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings

from bot.schedule import Cron
from bot.schedule.cron import Days, Kind
from bot.told import describe
from tests.schedule.expressions import Expression, expressions
from tests.told.sentences import Told, told

WORDS = {
    # One time a day
    "0 18 * * ? *": "At 06:00 PM",
    "00 18 ? * * *": "At 06:00 PM",
    "0 18 ? * 1-7 *": "At 06:00 PM",
    "0 0 * * ? *": "At 12:00 AM",
    "5 0 * * ? *": "At 12:05 AM",
    "0 12 * * ? *": "At 12:00 PM",
    "59 23 * * ? *": "At 11:59 PM",
    # Several
    "0 9,17 * * ? *": "At 09:00 AM and 05:00 PM",
    "0,30 9 * * ? *": "At 09:00 AM and 09:30 AM",
    "0 8,12,18 * * ? *": "At 08:00 AM, 12:00 PM and 06:00 PM",
    "0,30 9,17 * * ? *": "At 09:00 AM, 09:30 AM, 05:00 PM and 05:30 PM",
    "0 0/12 * * ? *": "At 12:00 AM and 12:00 PM",
    "0 0/8 * * ? *": "At 12:00 AM, 08:00 AM and 04:00 PM",
    "0 0/5 * * ? *": "Every 5 hours from 12:00 AM through 08:00 PM",
    "0 0/6,20/2 * * ? *": ("At 12:00 AM, 06:00 AM, 12:00 PM, 06:00 PM, 08:00 PM and 10:00 PM"),
    # Hours
    "0 * * * ? *": "Every hour",
    "0 */1 * * ? *": "Every hour",
    "5 * * * ? *": "At 5 minutes past the hour",
    "1 * * * ? *": "At 1 minute past the hour",
    "0 */2 * * ? *": "Every 2 hours",
    "0 0/6 * * ? *": "Every 6 hours",
    "0 1/2 * * ? *": "Every 2 hours, starting at 01:00 AM",
    "30 0/2 * * ? *": "Every 2 hours, starting at 12:30 AM",
    "0 8-17 * * ? *": "Every hour from 08:00 AM through 05:00 PM",
    "30 8-17 * * ? *": "Every hour from 08:30 AM through 05:30 PM",
    "0 8-18/2 * * ? *": "Every 2 hours from 08:00 AM through 06:00 PM",
    "0 22-2 * * ? *": "Every hour from 10:00 PM through 02:00 AM",
    "0 20-4/2 * * ? *": "Every 2 hours from 08:00 PM through 04:00 AM",
    "0 8-8 * * ? *": "At 08:00 AM",
    # Hours of a day end at midnight where not every day runs
    "0 22-2 ? * FRI *": "At 12:00 AM, 01:00 AM, 02:00 AM, 10:00 PM and 11:00 PM, only on Friday",
    "0 22,23,0,1 ? * MON-FRI *": (
        "At 12:00 AM, 01:00 AM, 10:00 PM and 11:00 PM, Monday through Friday"
    ),
    "0 20-4/2 1 * ? *": (
        "At 12:00 AM, 02:00 AM, 04:00 AM, 08:00 PM and 10:00 PM, on day 1 of the month"
    ),
    "0 18-6 ? * FRIL *": (
        "Every hour from 12:00 AM through 06:00 AM and from 06:00 PM through 11:00 PM, "
        "on the last Friday of the month"
    ),
    "30 12-8/2 * 1 ? *": (
        "Every 2 hours from 12:30 AM through 08:30 AM and from 12:30 PM through 10:30 PM, "
        "only in January"
    ),
    "0 9-0 ? * MON-FRI *": (
        "At 12:00 AM and every hour from 09:00 AM through 11:00 PM, Monday through Friday"
    ),
    "0 23-9 L * ? *": (
        "Every hour from 12:00 AM through 09:00 AM and at 11:00 PM, on the last day of the month"
    ),
    "0 18-6 * * ? 2027": (
        "Every hour from 12:00 AM through 06:00 AM and from 06:00 PM through 11:00 PM, only in 2027"
    ),
    "0 18-6 ? * 1-7 *": "Every hour from 06:00 PM through 06:00 AM",
    "0 18-6 1-31 1-12 ? *": "Every hour from 06:00 PM through 06:00 AM",
    "*/30 22-2 ? * FRI *": (
        "Every 30 minutes from 12:00 AM through 02:30 AM and from 10:00 PM through 11:30 PM, "
        "only on Friday"
    ),
    "5,20,50 22-2 ? * FRI *": (
        "At 5, 20 and 50 minutes past the hour, "
        "from 12:05 AM through 02:50 AM and from 10:05 PM through 11:50 PM, only on Friday"
    ),
    "* 23-0 ? * FRI *": (
        "Every minute, in the hours starting at 12:00 AM and 11:00 PM, only on Friday"
    ),
    # Minutes
    "* * * * ? *": "Every minute",
    "0/15 * * * ? *": "Every 15 minutes",
    "*/15 * * * ? *": "Every 15 minutes",
    "0,15,30,45 * * * ? *": "Every 15 minutes",
    "5/10 * * * ? *": "Every 10 minutes, starting at 5 minutes past the hour",
    "1/2 * * * ? *": "Every 2 minutes, starting at 1 minute past the hour",
    "0/7 * * * ? *": "Every 7 minutes from 0 through 56 minutes past the hour",
    "5,20,50 * * * ? *": "At 5, 20 and 50 minutes past the hour",
    "0/45 * * * ? *": "At 0 and 45 minutes past the hour",
    "50-10 * * * ? *": "At 0 through 10 and 50 through 59 minutes past the hour",
    "0/20,7 * * * ? *": "At 0, 7, 20 and 40 minutes past the hour",
    # Minutes of some hours
    "* 9 * * ? *": "Every minute from 09:00 AM through 09:59 AM",
    "10-20 * * * ? *": "Every minute from 10 through 20 minutes past the hour",
    "10-20 8-17 * * ? *": (
        "Every minute from 10 through 20 minutes past the hour, from 08:10 AM through 05:20 PM"
    ),
    "0,1 * * * ? *": "At 0 and 1 minutes past the hour",
    "0/7 9 * * ? *": "Every 7 minutes from 09:00 AM through 09:56 AM",
    "10-20 9 * * ? *": "Every minute from 09:10 AM through 09:20 AM",
    "0/5 8-17 * * ? *": "Every 5 minutes from 08:00 AM through 05:55 PM",
    "0,30 9-17 * * ? *": "Every 30 minutes from 09:00 AM through 05:30 PM",
    "0/15 22-2 * * ? *": "Every 15 minutes from 10:00 PM through 02:45 AM",
    "0/7 8-17 * * ? *": (
        "Every 7 minutes from 0 through 56 minutes past the hour, from 08:00 AM through 05:56 PM"
    ),
    "5,20,50 8-17 * * ? *": (
        "At 5, 20 and 50 minutes past the hour, from 08:05 AM through 05:50 PM"
    ),
    "0/5 8,12,19 * * ? *": (
        "Every 5 minutes, in the hours starting at 08:00 AM, 12:00 PM and 07:00 PM"
    ),
    "5,20,50 8,19 * * ? *": ("At 08:05 AM, 08:20 AM, 08:50 AM, 07:05 PM, 07:20 PM and 07:50 PM"),
    "0/5 0/3 * * ? *": (
        "Every 5 minutes, in the hours starting at 12:00 AM, 03:00 AM, 06:00 AM, 09:00 AM, "
        "12:00 PM, 03:00 PM, 06:00 PM and 09:00 PM"
    ),
    "50-10 9 * * ? *": (
        "At 0 through 10 and 50 through 59 minutes past the hour, from 09:00 AM through 09:59 AM"
    ),
    # Weekdays, which count from Sunday
    "0 18 ? * MON-FRI *": "At 06:00 PM, Monday through Friday",
    "0 18 ? * 2-6 *": "At 06:00 PM, Monday through Friday",
    "0 18 ? * 1-5 *": "At 06:00 PM, Sunday through Thursday",
    "0 18 ? * 6-2 *": "At 06:00 PM, Friday through Monday",
    "0 18 ? * TUE-TUE *": "At 06:00 PM, only on Tuesday",
    "0 18 ? * L *": "At 06:00 PM, only on Saturday",
    "0 18 ? * SUN,SAT *": "At 06:00 PM, only on Saturday and Sunday",
    "0 18 ? * THU,MON *": "At 06:00 PM, only on Monday and Thursday",
    "0 18 ? * MON-WED,FRI *": "At 06:00 PM, only on Monday, Tuesday, Wednesday and Friday",
    "0 18 ? * FRIL *": "At 06:00 PM, on the last Friday of the month",
    "0 18 ? * 6L *": "At 06:00 PM, on the last Friday of the month",
    "0 9 ? * 3#2 *": "At 09:00 AM, on the second Tuesday of the month",
    "0 9 ? * MON#5 *": "At 09:00 AM, on the fifth Monday of the month",
    # Days of the month
    "0 8 1 * ? *": "At 08:00 AM, on day 1 of the month",
    "0 8 1,15 * ? *": "At 08:00 AM, on days 1 and 15 of the month",
    "0 8 1-7 * ? *": "At 08:00 AM, on days 1 through 7 of the month",
    "0 8 25-5 * ? *": "At 08:00 AM, on days 1 through 5 and 25 through 31 of the month",
    "0 8 */2 * ? *": (
        "At 08:00 AM, "
        "on days 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29 and 31 of the month"
    ),
    "0 8 1/10 * ? *": "At 08:00 AM, on days 1, 11, 21 and 31 of the month",
    "0 8 1/1 * ? *": "At 08:00 AM",
    "0 8 L * ? *": "At 08:00 AM, on the last day of the month",
    "0 8 L-1 * ? *": "At 08:00 AM, 1 day before the last day of the month",
    "0 8 L-3 * ? *": "At 08:00 AM, 3 days before the last day of the month",
    "0 8 LW * ? *": "At 08:00 AM, on the last weekday of the month",
    "0 8 1W * ? *": "At 08:00 AM, on the first weekday of the month",
    "0 8 15W * ? *": "At 08:00 AM, on the weekday nearest day 15 of the month",
    # Months and years
    "0 8 ? JAN * *": "At 08:00 AM, only in January",
    "0 8 1 1 ? *": "At 08:00 AM, on day 1 of the month, only in January",
    "0 8 ? 1-3 * *": "At 08:00 AM, January through March",
    "0 8 ? NOV-FEB * *": "At 08:00 AM, November through February",
    "0 8 ? NOV-FEB * 2027": (
        "At 08:00 AM, only in January, February, November and December, only in 2027"
    ),
    "0 8 ? 1/3 MON *": "At 08:00 AM, only on Monday, only in January, April, July and October",
    "0 8 * * ? 2027": "At 08:00 AM, only in 2027",
    "0 8 * * ? 2027,2029": "At 08:00 AM, only in 2027 and 2029",
    "0 8 * * ? 2026-2028": "At 08:00 AM, 2026 through 2028",
    "0 8 * * ? 2026/2": "At 08:00 AM, every 2 years from 2026 through 2198",
    "0 8 * * ? 2026,2030-2033": "At 08:00 AM, only in 2026 and 2030 through 2033",
    "0 8 * * ? 1970-2199": "At 08:00 AM",
    "0/5 8-17 ? JUN-AUG MON-FRI 2027": (
        "Every 5 minutes from 08:00 AM through 05:55 PM, Monday through Friday, "
        "June through August, only in 2027"
    ),
}

WORDS_24 = {
    "0 18 ? * MON-FRI *": "At 18:00, Monday through Friday",
    "5 0 * * ? *": "At 00:05",
    "0/5 8-17 * * ? *": "Every 5 minutes from 08:00 through 17:55",
    "30 0/2 * * ? *": "Every 2 hours, starting at 00:30",
}


@pytest.mark.parametrize("line", WORDS)
def test_a_schedule_reads_as_one_sentence(line: str) -> None:
    assert describe(Cron.parse(line)) == WORDS[line]


@pytest.mark.parametrize("line", WORDS_24)
def test_the_clock_can_count_to_24(line: str) -> None:
    assert describe(Cron.parse(line), hour24=True) == WORDS_24[line]


def test_names_of_days_and_months_do_not_follow_the_locale(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(calendar, "day_name", ["Montag"] * 7)
    monkeypatch.setattr(calendar, "month_name", ["Januar"] * 13)
    before = locale.setlocale(locale.LC_TIME)
    available = [name for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8") if _set(name)]
    try:
        assert available
        assert "only on Monday, only in January" in describe(Cron.parse("0 8 ? 1 MON *"))
    finally:
        locale.setlocale(locale.LC_TIME, before)


def _set(name: str) -> bool:
    try:
        return bool(locale.setlocale(locale.LC_TIME, name))
    except locale.Error:
        return False


@given(expressions())
def test_every_valid_schedule_has_words(expression: Expression) -> None:
    for hour24 in (True, False):
        words = describe(Cron.parse(expression.text), hour24=hour24)
        assert words.startswith(("At ", "Every "))
        assert "  " not in words
        assert not re.search("(?<! and) 1 (minute|hour|day|year)s", words)


EVERY_DAY = Days(Kind.MONTH_DAYS, tuple(range(1, 32)))


@pytest.mark.slow  # it reads the words of 200 schedules
@settings(max_examples=200, deadline=None)
@given(expressions())
def test_who_takes_the_words_at_their_word_expects_the_runs(expression: Expression) -> None:
    cron = Cron.parse(expression.text)
    if cron.days.kind not in {Kind.MONTH_DAYS, Kind.WEEKDAYS}:
        cron = replace(cron, days=EVERY_DAY)  # the table has all the sentences for these
    by_date = cron.days.kind is Kind.MONTH_DAYS
    assert told(describe(cron, hour24=True)) == Told(
        times={hour * 60 + minute for hour in cron.hours for minute in cron.minutes},
        days=_some(cron.days.values, 31) if by_date else None,
        weekdays=None if by_date else _some(cron.days.values, 7),
        months=_some(cron.months, 12),
        years=_some(cron.years, 230),
    )


def _some(values: tuple[int, ...], size: int) -> set[int] | None:
    return set(values) if len(values) < size else None
