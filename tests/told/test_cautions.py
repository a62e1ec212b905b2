"""What is worth a word before a schedule is approved."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bot.meant import zone_names
from bot.schedule import Schedule, parse_zone
from bot.told import cautions

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
AGAIN = "Each run reads the database's structure again."

CAUTIONS = {
    ("0 18 ? * MON-FRI *", "Europe/London"): [],
    ("0 * * * ? *", "UTC"): [],
    ("0 8 1,15,28 * ? *", "UTC"): [],
    ("0 8 15-31 * ? *", "UTC"): [],
    # Nothing to come
    ("0 8 30 2 ? *", "UTC"): [
        ("never-fires", "Never runs: no month that it names has such a day.")
    ],
    ("30 2 ? 3 SUN#2 *", "America/New_York"): [
        ("never-fires", "Never runs: clock changes in America/New_York skip all its times."),
    ],
    ("30 2 ? 3 SUN#2 2007-2199", "America/New_York"): [
        ("never-fires", "Never runs: clock changes in America/New_York skip all its times."),
    ],
    ("30 2 14 3 ? 2027", "America/New_York"): [
        ("never-fires", "Never runs: clock changes in America/New_York skip all its times."),
    ],
    ("30 2 14 3 ? 2010,2021", "America/New_York"): [
        ("never-fires", "Never runs: clock changes in America/New_York skip all its times."),
    ],
    ("30 2 14 3 ? 2026-2027", "America/New_York"): [
        (
            "only-in-the-past",
            "Never runs again: clock changes in America/New_York skip all its times from now on.",
        ),
    ],
    ("0 8 1 1 ? 2020-2025", "UTC"): [
        ("only-in-the-past", "Never runs again: its last year, 2025, has no runs left."),
    ],
    ("0 8 1 11 ? 2026", "UTC"): [
        ("only-in-the-past", "Never runs again: its last year, 2026, has no runs left."),
    ],
    # Clock changes within a year
    ("30 2 * * ? *", "America/New_York"): [
        (
            "clock-change-skips",
            (
                "Skips the run at 02:30 on Sunday 14 March 2027: "
                "clocks in America/New_York go forward from 02:00 to 03:00."
            ),
        ),
    ],
    ("30 1 * * ? *", "America/New_York"): [
        (
            "clock-change-repeats",
            (
                "Does not repeat the run at 01:30 on Sunday 7 November 2027: "
                "clocks in America/New_York go back from 02:00 to 01:00; the first time counts."
            ),
        ),
    ],
    ("0/30 1-2 * * ? *", "Europe/London"): [
        (
            "clock-change-skips",
            (
                "Skips the 2 runs from 01:00 to 01:30 on Sunday 28 March 2027: "
                "clocks in Europe/London go forward from 01:00 to 02:00."
            ),
        ),
        (
            "clock-change-repeats",
            (
                "Does not repeat the 2 runs from 01:00 to 01:30 on Sunday 31 October 2027: "
                "clocks in Europe/London go back from 02:00 to 01:00; the first time counts."
            ),
        ),
    ],
    ("15 2 * * ? *", "Australia/Lord_Howe"): [
        (
            "clock-change-skips",
            (
                "Skips the run at 02:15 on Sunday 3 October 2027: "
                "clocks in Australia/Lord_Howe go forward from 02:00 to 02:30."
            ),
        ),
    ],
    ("0 3 * * ? *", "America/New_York"): [],
    ("30 2 ? * MON *", "America/New_York"): [],
    ("30 2 * * ? 2026", "America/New_York"): [],
    # Clock changes of later years, where that is when it runs
    ("0 2 * * ? 2028", "Europe/Berlin"): [
        (
            "clock-change-skips",
            (
                "Skips the run at 02:00 on Sunday 26 March 2028: "
                "clocks in Europe/Berlin go forward from 02:00 to 03:00."
            ),
        ),
        (
            "clock-change-repeats",
            (
                "Does not repeat the run at 02:00 on Sunday 29 October 2028: "
                "clocks in Europe/Berlin go back from 03:00 to 02:00; the first time counts."
            ),
        ),
    ],
    ("0 2 * 3 ? 2028-2030", "Europe/Berlin"): [
        (
            "clock-change-skips",
            (
                "Skips the run at 02:00 on Sunday 26 March 2028: "
                "clocks in Europe/Berlin go forward from 02:00 to 03:00."
            ),
        ),
    ],
    ("30 2 27 3 ? *", "Europe/Berlin"): [
        (
            "clock-change-skips",
            (
                "Skips the run at 02:30 on Sunday 27 March 2033: "
                "clocks in Europe/Berlin go forward from 02:00 to 03:00."
            ),
        ),
    ],
    ("30 2 27 3 ? 2027-2032", "Europe/Berlin"): [],
    # Months without the day
    ("0 8 31 * ? *", "UTC"): [
        ("months-left-out", "Leaves out day 31 in February, April, June, September and November."),
    ],
    ("0 8 29 * ? *", "UTC"): [
        ("months-left-out", "Leaves out day 29 in February, except in leap years."),
    ],
    ("0 8 29 2 ? 2028", "UTC"): [],
    ("0 8 29 1-3 ? 2028,2032", "UTC"): [],
    ("0 8 29 2,3 ? 2027", "UTC"): [("months-left-out", "Leaves out day 29 in February.")],
    ("0 8 29 2 ? 2027-2028", "UTC"): [
        ("months-left-out", "Leaves out day 29 in February, except in leap years."),
    ],
    ("0 8 30 1-3 ? *", "UTC"): [("months-left-out", "Leaves out day 30 in February.")],
    ("0 8 31 1,3 ? *", "UTC"): [],
    ("0 8 1,29,31 2,3 ? *", "UTC"): [
        ("months-left-out", "Leaves out day 29 in February, except in leap years."),
        ("months-left-out", "Leaves out day 31 in February."),
    ],
    ("0 8 L-27 * ? *", "UTC"): [
        ("mark-l", "`L-27` runs 27 days before the last day of the month."),
    ],
    ("0 8 L-28 * ? *", "UTC"): [
        ("months-left-out", "Leaves out `L-28` in February, except in leap years."),
        ("mark-l", "`L-28` runs 28 days before the last day of the month."),
    ],
    ("0 8 L-29 1-3 ? *", "UTC"): [
        ("months-left-out", "Leaves out `L-29` in February."),
        ("mark-l", "`L-29` runs 29 days before the last day of the month."),
    ],
    ("0 8 L-30 * ? *", "UTC"): [
        (
            "months-left-out",
            "Leaves out `L-30` in February, April, June, September and November.",
        ),
        ("mark-l", "`L-30` runs 30 days before the last day of the month."),
    ],
    # Often
    ("0/30 * * * ? *", "UTC"): [
        ("runs-often", f"Runs often: every 30 minutes, 48 times a day. {AGAIN}"),
    ],
    # Marks and numbers
    ("0 8 L * ? *", "UTC"): [("mark-l", "`L` runs on the last day of the month.")],
    ("0 8 L-3 * ? *", "UTC"): [("mark-l", "`L-3` runs 3 days before the last day of the month.")],
    ("0 8 LW * ? *", "UTC"): [
        ("mark-w", "`LW` runs on the last weekday of the month, Monday to Friday."),
    ],
    ("0 8 15W * ? *", "UTC"): [
        (
            "mark-w",
            (
                "`15W` runs on the weekday nearest day 15 of the month, "
                "Monday to Friday, and never in another month."
            ),
        ),
    ],
    ("0 8 31W * ? *", "UTC"): [
        ("months-left-out", "Leaves out day 31 in February, April, June, September and November."),
        (
            "mark-w",
            (
                "`31W` runs on the weekday nearest day 31 of the month, "
                "Monday to Friday, and never in another month."
            ),
        ),
    ],
    ("0 8 ? * L *", "UTC"): [
        ("mark-l", "`L` runs only on Saturday; the last Saturday of the month is `SATL`."),
    ],
    ("0 8 ? * FRIL *", "UTC"): [("mark-l", "`FRIL` runs on the last Friday of the month.")],
    ("0 8 ? * TUE#2 *", "UTC"): [("mark-hash", "`TUE#2` runs on the second Tuesday of the month.")],
    ("0 8 ? * 3#5 *", "UTC"): [
        ("months-left-out", "Leaves out the months without a fifth Tuesday."),
        ("mark-hash", "`3#5` runs on the fifth Tuesday of the month."),
    ],
    ("0 8 ? * 1-5 *", "UTC"): [
        (
            "weekday-numbers",
            "`1-5` runs Sunday through Thursday: weekdays count from 1, which is Sunday.",
        ),
    ],
    ("0 8 ? * WED *", "UTC"): [],
    # Zones that are bare offsets or abbreviations
    ("0 8 ? * MON *", "Etc/GMT+5"): [
        (
            "ambiguous-zone",
            (
                "`Etc/GMT+5` means UTC-05:00 all year, its sign reversed: "
                "a city such as `America/New_York` is clearer."
            ),
        ),
    ],
    ("0 8 ? * MON *", "CET"): [
        (
            "ambiguous-zone",
            (
                "`CET` means UTC+01:00 outside daylight saving: "
                "a city such as `Europe/Paris` is clearer."
            ),
        ),
    ],
    ("0 8 ? * MON *", "EST"): [
        (
            "ambiguous-zone",
            ("`EST` means UTC-05:00 all year: a city such as `America/New_York` is clearer."),
        ),
    ],
}


@pytest.mark.parametrize(("line", "zone"), CAUTIONS)
def test_a_caution_says_what_happens_and_when(line: str, zone: str) -> None:
    found = cautions(Schedule.parse(line, zone), NOW)
    assert [(caution.code, caution.message) for caution in found] == CAUTIONS[line, zone]


@pytest.mark.parametrize(
    ("line", "zone", "now"),
    [
        ("0 8 1 1 ? 2026", "UTC", "2026-01-01T08:00:00+00:00"),
        ("0 8 1 1 ? 2026", "UTC", "2026-01-01T08:00:59+00:00"),
        ("30 1 7 11 ? 2027", "America/New_York", "2027-11-07T01:30-04:00"),
        ("30 1 7 11 ? 2027", "America/New_York", "2027-11-07T01:10-05:00"),
        ("30 1 7 11 ? 2027", "America/New_York", "2027-11-07T01:30-05:00"),
        ("45 1 4 4 ? 2027", "Australia/Lord_Howe", "2027-04-04T01:40+10:30"),
    ],
)
def test_a_last_run_that_is_just_over_did_run(line: str, zone: str, now: str) -> None:
    [found] = cautions(Schedule.parse(line, zone), datetime.fromisoformat(now))
    year = now[:4]
    assert found.code == "only-in-the-past"
    assert found.message == f"Never runs again: its last year, {year}, has no runs left."


def test_once_an_hour_is_not_often_and_more_is() -> None:
    assert cautions(Schedule.parse("0 * * * ? *", "UTC"), NOW) == ()
    [found] = cautions(Schedule.parse("0,30 0-23 * * ? *", "UTC"), NOW)
    assert found.code == "runs-often"


def test_a_date_on_which_clocks_may_go_forward_is_told_in_whatever_year_they_do() -> None:
    for day in range(25, 32):  # the last Sunday of March
        [found] = cautions(Schedule.parse(f"30 2 {day} 3 ? *", "Europe/Berlin"), NOW)
        assert found.message.startswith(f"Skips the run at 02:30 on Sunday {day} March 20")


def test_a_clock_change_that_comes_each_year_is_told_once() -> None:
    found = cautions(Schedule.parse("30 2 ? * SUN#2 *", "America/New_York"), NOW)
    assert [caution.code for caution in found] == ["clock-change-skips", "mark-hash"]
    assert "Sunday 14 March 2027" in found[0].message


def test_a_clock_change_of_the_current_minute_is_over() -> None:
    schedule = Schedule.parse("30 2 * * ? 2027", "America/New_York")
    before, after = datetime(2027, 3, 14, 6, 59, tzinfo=UTC), datetime(2027, 3, 14, 7, tzinfo=UTC)
    assert [caution.code for caution in cautions(schedule, before)] == ["clock-change-skips"]
    assert cautions(schedule, after) == ()


@pytest.mark.parametrize("moment", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"])
def test_the_edges_of_the_calendar_are_no_obstacle(moment: str) -> None:
    schedule = Schedule.parse("30 2 * * ? *", "Pacific/Auckland")
    codes = [caution.code for caution in cautions(schedule, datetime.fromisoformat(moment))]
    assert codes in ([], ["only-in-the-past"])


def test_no_zone_changes_its_clocks_twice_within_a_week() -> None:
    """The search for clock changes looks at one moment a week."""
    for zone in map(parse_zone, zone_names()):
        moments = (NOW + timedelta(days=day) for day in range(3 * 365))
        offsets = [moment.astimezone(zone).utcoffset() for moment in moments]
        changes = [day for day, pair in enumerate(pairwise(offsets)) if pair[0] != pair[1]]
        assert all(later - day > 7 for day, later in pairwise(changes))


def test_what_is_so_each_day_is_told_before_what_is_so_each_year() -> None:
    found = cautions(Schedule.parse("0/5 * 1,31 * ? *", "Australia/Sydney"), NOW)
    assert [caution.code for caution in found][:2] == ["runs-often", "months-left-out"]
    found = cautions(Schedule.parse("0/5 * * * ? *", "Australia/Sydney"), NOW)
    assert [caution.code for caution in found] == [
        "runs-often",
        "clock-change-repeats",
        "clock-change-skips",
    ]
