"""When schedules run: calendars, clock changes by zone, beginnings and ends."""

import struct
from datetime import UTC, datetime, timedelta
from importlib import resources
from itertools import islice, pairwise
from zoneinfo import available_timezones

import pytest

from bot.schedule import Schedule, iter_runs, next_runs
from bot.schedule.runs import LAST_LISTED, LISTED, wall_times

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

CALENDAR = {
    # expression, from: the next runs in UTC
    ("0 18 ? * MON-FRI *", "2026-11-20 17:59"): ["2026-11-20 18:00", "2026-11-23 18:00"],
    ("0 18 ? * MON-FRI *", "2026-11-20 18:00"): ["2026-11-23 18:00", "2026-11-24 18:00"],
    ("0 18 ? * 2-6 *", "2026-11-20 18:00"): ["2026-11-23 18:00", "2026-11-24 18:00"],
    ("0 18 ? * FRI-MON *", "2026-11-23 18:00"): ["2026-11-27 18:00", "2026-11-28 18:00"],
    ("0 18 ? * L *", "2026-11-23 18:00"): ["2026-11-28 18:00", "2026-12-05 18:00"],
    ("0/25 * * * ? *", "2026-11-23 23:40"): ["2026-11-23 23:50", "2026-11-24 00:00"],
    ("50-10/10 9 * * ? *", "2026-11-23 09:05"): ["2026-11-23 09:10", "2026-11-23 09:50"],
    ("0 22-2/2 * * ? *", "2026-11-23 02:00"): ["2026-11-23 22:00", "2026-11-24 00:00"],
    # Month ends and leap days
    ("0 8 31 * ? *", "2026-11-23 00:00"): ["2026-12-31 08:00", "2027-01-31 08:00"],
    ("0 8 31 * ? *", "2027-01-31 08:00"): ["2027-03-31 08:00", "2027-05-31 08:00"],
    ("0 8 29 2 ? *", "2026-11-23 00:00"): ["2028-02-29 08:00", "2032-02-29 08:00"],
    ("0 8 29 2 ? *", "2096-03-01 00:00"): ["2104-02-29 08:00", "2108-02-29 08:00"],
    ("0 8 L * ? *", "2028-01-31 08:00"): ["2028-02-29 08:00", "2028-03-31 08:00"],
    ("0 8 L-3 * ? *", "2027-02-01 00:00"): ["2027-02-25 08:00", "2027-03-28 08:00"],
    ("0 8 L-29 * ? *", "2027-01-03 00:00"): ["2027-03-02 08:00", "2027-04-01 08:00"],
    ("0 8 1-31/30 * ? *", "2026-11-02 00:00"): ["2026-12-01 08:00", "2026-12-31 08:00"],
    ("0 8 25-5 * ? *", "2026-11-05 08:00"): ["2026-11-25 08:00", "2026-11-26 08:00"],
    # The nearest weekday stays in its month
    ("0 8 LW * ? *", "2026-10-31 00:00"): ["2026-11-30 08:00", "2026-12-31 08:00"],
    ("0 8 LW * ? *", "2027-01-30 00:00"): ["2027-02-26 08:00", "2027-03-31 08:00"],
    ("0 8 1W * ? *", "2026-07-31 00:00"): ["2026-08-03 08:00", "2026-09-01 08:00"],
    ("0 8 15W * ? *", "2026-11-01 00:00"): ["2026-11-16 08:00", "2026-12-15 08:00"],
    ("0 8 15W * ? *", "2027-05-01 00:00"): ["2027-05-14 08:00", "2027-06-15 08:00"],
    ("0 8 31W * ? *", "2027-01-02 00:00"): ["2027-01-29 08:00", "2027-03-31 08:00"],
    ("0 8 30W 5 ? *", "2027-01-01 00:00"): ["2027-05-31 08:00", "2028-05-30 08:00"],
    ("0 8 29W 2 ? *", "2026-11-23 00:00"): ["2028-02-29 08:00", "2032-02-27 08:00"],
    # Weekdays of the month
    ("0 8 ? * 6L *", "2026-11-23 00:00"): ["2026-11-27 08:00", "2026-12-25 08:00"],
    ("0 8 ? * TUE#2 *", "2026-11-23 00:00"): ["2026-12-08 08:00", "2027-01-12 08:00"],
    ("0 8 ? * SUN#1 *", "2026-11-23 00:00"): ["2026-12-06 08:00", "2027-01-03 08:00"],
    ("0 8 ? * MON#5 *", "2026-11-23 00:00"): ["2026-11-30 08:00", "2027-03-29 08:00"],
    ("0 8 ? 2 SUN#5 *", "2026-11-23 00:00"): ["2032-02-29 08:00", "2060-02-29 08:00"],
    # Years
    ("0 8 1 1 ? 2026/2", "2026-11-23 00:00"): ["2028-01-01 08:00", "2030-01-01 08:00"],
    ("59 23 31 12 ? *", "2198-11-23 00:00"): ["2198-12-31 23:59", "2199-12-31 23:59"],
}


@pytest.mark.parametrize(("line", "after"), CALENDAR)
def test_the_next_runs_follow_the_calendar(line: str, after: str) -> None:
    schedule = Schedule.parse(line, "UTC")
    found = next_runs(schedule, datetime.fromisoformat(after).replace(tzinfo=UTC), 2)
    assert [f"{run:%Y-%m-%d %H:%M}" for run in found] == CALENDAR[line, after]


CLOCK_CHANGES = {
    # zone, expression, from: the next runs with their offsets
    ("America/New_York", "30 2 * * ? *", "2027-03-13T00:00-05:00"): [
        "2027-03-13T02:30-05:00",
        "2027-03-15T02:30-04:00",
    ],
    ("America/New_York", "0 3 * * ? *", "2027-03-14T00:00-05:00"): [
        "2027-03-14T03:00-04:00",
        "2027-03-15T03:00-04:00",
    ],
    ("America/New_York", "59 1 * * ? *", "2027-03-14T00:00-05:00"): [
        "2027-03-14T01:59-05:00",
        "2027-03-15T01:59-04:00",
    ],
    ("America/New_York", "30 1 * * ? *", "2027-11-07T00:00-04:00"): [
        "2027-11-07T01:30-04:00",
        "2027-11-08T01:30-05:00",
    ],
    ("America/New_York", "0/30 1-2 * * ? *", "2027-11-07T01:10-04:00"): [
        "2027-11-07T01:30-04:00",
        "2027-11-07T02:00-05:00",
    ],
    # Asked in the second pass of an hour, a run of the first one is over.
    ("America/New_York", "30 1 * * ? *", "2027-11-07T01:10-05:00"): [
        "2027-11-08T01:30-05:00",
        "2027-11-09T01:30-05:00",
    ],
    ("Europe/London", "30 1 * * ? *", "2027-03-27T02:00+00:00"): [
        "2027-03-29T01:30+01:00",
        "2027-03-30T01:30+01:00",
    ],
    # Ireland's daylight saving is negative: its winter is the exception.
    ("Europe/Dublin", "30 1 * * ? *", "2027-03-27T02:00+00:00"): [
        "2027-03-29T01:30+01:00",
        "2027-03-30T01:30+01:00",
    ],
    ("Europe/Dublin", "30 1 * * ? *", "2027-10-31T00:00+01:00"): [
        "2027-10-31T01:30+01:00",
        "2027-11-01T01:30+00:00",
    ],
    # Half an hour, in both directions
    ("Australia/Lord_Howe", "15 2 * * ? *", "2027-10-02T03:00+10:30"): [
        "2027-10-04T02:15+11:00",
        "2027-10-05T02:15+11:00",
    ],
    ("Australia/Lord_Howe", "30 2 * * ? *", "2027-10-02T03:00+10:30"): [
        "2027-10-03T02:30+11:00",
        "2027-10-04T02:30+11:00",
    ],
    ("Australia/Lord_Howe", "45 1 * * ? *", "2027-04-03T03:00+11:00"): [
        "2027-04-04T01:45+11:00",
        "2027-04-05T01:45+10:30",
    ],
    ("Australia/Lord_Howe", "15 1 * * ? *", "2027-04-03T03:00+11:00"): [
        "2027-04-04T01:15+11:00",
        "2027-04-05T01:15+10:30",
    ],
    # Two hours
    ("Antarctica/Troll", "59 2 * * ? *", "2027-03-27T03:00+00:00"): [
        "2027-03-29T02:59+02:00",
        "2027-03-30T02:59+02:00",
    ],
    # A standard time that moved by half an hour
    ("America/Caracas", "45 2 * * ? *", "2016-04-30T03:00-04:30"): [
        "2016-05-02T02:45-04:00",
        "2016-05-03T02:45-04:00",
    ],
    # Midnight is skipped
    ("America/Sao_Paulo", "0 0 * * ? *", "2018-11-03T01:00-03:00"): [
        "2018-11-05T00:00-02:00",
        "2018-11-06T00:00-02:00",
    ],
    ("America/Havana", "0 0 * * ? *", "2019-03-09T01:00-05:00"): [
        "2019-03-11T00:00-04:00",
        "2019-03-12T00:00-04:00",
    ],
    # A day that the date line took
    ("Pacific/Apia", "0 12 * * ? *", "2011-12-28T13:00-10:00"): [
        "2011-12-29T12:00-10:00",
        "2011-12-31T12:00+14:00",
    ],
    ("Pacific/Kwajalein", "0 12 * * ? *", "1993-08-19T13:00-12:00"): [
        "1993-08-20T12:00-12:00",
        "1993-08-22T12:00+12:00",
    ],
    # No change at all
    ("Asia/Kolkata", "30 1 * * ? *", "2027-03-27T02:00+05:30"): [
        "2027-03-28T01:30+05:30",
        "2027-03-29T01:30+05:30",
    ],
}


@pytest.mark.parametrize(("zone", "line", "after"), CLOCK_CHANGES)
def test_a_clock_change_skips_a_time_that_is_missing_and_keeps_the_first_of_two(
    zone: str, line: str, after: str
) -> None:
    found = next_runs(Schedule.parse(line, zone), datetime.fromisoformat(after), 2)
    assert [run.isoformat(timespec="minutes") for run in found] == CLOCK_CHANGES[zone, line, after]


def test_every_quarter_of_an_hour_pauses_while_an_hour_comes_again() -> None:
    schedule = Schedule.parse("0/15 * * * ? *", "America/New_York")
    around = list(islice(iter_runs(schedule, datetime(2027, 11, 7, tzinfo=UTC)), 60))
    pauses = {after.astimezone(UTC) - run.astimezone(UTC) for run, after in pairwise(around)}
    assert pauses == {timedelta(minutes=15), timedelta(minutes=75)}


NEVER = [
    ("0 0 30 2 ? *", "UTC"),
    ("* * 31 2,4,6,9,11 ? *", "UTC"),
    ("* * 31W 2,4,6,9,11 ? *", "UTC"),
    ("0 0 L-29 2 ? *", "UTC"),
    ("0 0 29 2 ? 2027", "UTC"),
    ("0 0 * * ? 1970-2025", "UTC"),
    ("* 1 ? 3 1L 2030-2199", "Europe/London"),
    ("30 2 ? 3 SUN#2 *", "America/New_York"),
    ("0 12 30 12 ? 2011", "Pacific/Apia"),
]


@pytest.mark.parametrize(("line", "zone"), NEVER)
def test_a_schedule_without_runs_ends_at_once(line: str, zone: str) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert next_runs(Schedule.parse(line, zone), now, 1) == ()


FAR = {
    # zone, expression, from: how many runs there are until 2199
    ("America/New_York", "30 2 ? 3 SUN#2 *", "2026-11-23"): 0,
    ("America/New_York", "30 2 14 3 ? *", "2026-11-23"): 148,
    ("America/New_York", "30 2 29 2,3 ? *", "2026-11-23"): 215,
    ("Europe/Berlin", "0/20 2 ? 3 SUNL 2030/7", "2026-11-23"): 0,
    ("Australia/Lord_Howe", "0,29 2 1-7 10 ? *", "2026-11-23"): 2076,
    ("Asia/Gaza", "30 2 ? 3 SAT *", "2026-11-23"): 598,
    # A change of one year alone: 2041 has no run, 2047 is of its shape and has.
    ("Asia/Gaza", "30 2 5 10 ? *", "2040-01-01"): 159,
    # The first year has no run left.
    ("UTC", "0 12 31 12 ? *", "2090-12-31 12:00"): 109,
}


@pytest.mark.parametrize(("zone", "line", "after"), FAR)
def test_years_that_are_passed_over_have_no_runs(zone: str, line: str, after: str) -> None:
    schedule = Schedule.parse(line, zone)
    start = datetime.fromisoformat(after).replace(tzinfo=schedule.zone)
    every = [wall for wall in wall_times(schedule.cron, start) if wall > start]
    instants = [wall.astimezone(UTC) for wall in every]
    shown = [instant.astimezone(schedule.zone) for instant in instants]
    runs = list(iter_runs(schedule, start))
    assert runs == [wall for wall, clock in zip(every, shown, strict=True) if wall == clock]
    assert len(runs) == FAR[zone, line, after]


def last_listed(zone: str) -> int:
    """Return the year of the last clock change in a zone's file, whose layout is RFC 9636's."""
    data = resources.files("tzdata").joinpath("zoneinfo", zone).read_bytes()
    # Two blocks, each after a header of 44 bytes, with times of four bytes and then of eight.
    utc, standard, leaps, times, types, letters = struct.unpack(">6l", data[20:44])
    second = 44 + times * 5 + types * 6 + letters + leaps * 8 + standard + utc
    [count] = struct.unpack(">l", data[second + 32 : second + 36])
    listed = struct.unpack(f">{count}q", data[second + 44 : second + 44 + 8 * count])
    return (EPOCH + timedelta(seconds=max(listed, default=0))).year


def test_no_zone_has_clock_changes_of_its_own_after_the_year_that_is_known() -> None:
    found = {zone: last_listed(zone) for zone in available_timezones()}
    later = {zone: year for zone, year in found.items() if year > LAST_LISTED}
    assert later == LISTED


def test_a_finite_schedule_ends_after_its_last_run() -> None:
    schedule = Schedule.parse("0 12 1 1,7 ? 2026-2027", "UTC")
    runs = list(iter_runs(schedule, datetime(2026, 11, 23, tzinfo=UTC)))
    assert [f"{run:%Y-%m-%d}" for run in runs] == ["2027-01-01", "2027-07-01"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00+14:00", "1969-12-31T23:59+00:00"])
def test_before_the_first_year_the_first_run_is_the_first_of_1970(moment: str) -> None:
    [run] = next_runs(Schedule.parse("0 0 * * ? *", "UTC"), datetime.fromisoformat(moment), 1)
    assert run == datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("moment", ["2199-12-31T23:59+00:00", "9999-12-31T23:59-12:00"])
def test_after_the_last_year_there_is_none(moment: str) -> None:
    assert next_runs(Schedule.parse("* * * * ? *", "UTC"), datetime.fromisoformat(moment), 1) == ()


def test_a_run_carries_the_zone_of_its_schedule() -> None:
    schedule = Schedule.parse("0 18 * * ? *", "europe/london")
    [run] = next_runs(schedule, datetime(2026, 7, 1, tzinfo=UTC), 1)
    assert run.tzinfo is schedule.zone
    assert run.isoformat() == "2026-07-01T18:00:00+01:00"


def test_seconds_of_the_moment_asked_are_not_a_run() -> None:
    schedule = Schedule.parse("* * * * ? *", "UTC")
    [run] = next_runs(schedule, datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC), 1)
    assert run == datetime(2026, 11, 23, 12, 1, tzinfo=UTC)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        next_runs(Schedule.parse("* * * * ? *", "UTC"), datetime(2026, 11, 23), 1)  # noqa: DTZ001 - the point
