"""What is a schedule and what is not, field by field, each refusal in its own words."""

import pytest

from bot.schedule import Cron, Schedule, ScheduleError

VALID = """
0 18 ? * MON-FRI *
00 18 ? * * *
0 10 * * ? *
15 12 * * ? *
0 8 1 * ? *
0/15 * * * ? *
0/10 * ? * MON-FRI *
0/5 8-17 ? * MON-FRI *
0/30 20-2 ? * MON-FRI *
5,35 14 * * ? *
15 10 ? * 6L 2002-2005
15 10 ? * FRIL *
0 9 ? * 2#1 *
0 9 ? * TUE#5 *
0 9 ? * L *
0 9 L * ? *
0 9 L-3 * ? *
0 9 L-30 * ? *
0 9 LW * ? *
0 9 1W * ? *
0 9 15W * ? *
0 9 31W * ? *
0 9 03W * ? *
* * * * ? *
* * ? * * *
0-59/10 * * * ? *
1/10 * * * ? *
*/59 * * * ? *
50-10 * * * ? *
50-10/5 * * * ? *
0 22-2 * * ? *
0 22-2/2 * * ? *
0 */23 * * ? *
0 8-8 * * ? *
0 1-7/2,11-23/2,10 * * ? *
0 0 1-31/30 * ? *
0 0 */31 * ? *
0 0 25-5 * ? *
0 0 1,15,31 * ? *
0 0 1 JAN,APR,JUL,OCT ? *
0 0 1 1-12/3 ? *
0 0 1 JAN/3 ? *
0 0 1 */12 ? *
0 0 1 NOV-FEB ? *
0 0 1 01,02 ? *
0 0 ? * FRI-MON *
0 0 ? * 6-2 *
0 0 ? * 1,3,5 *
0 0 ? * SUN,2,TUE *
0 0 ? * 2-6,SAT *
0 0 * * ? 1970-2199
0 0 * * ? 2026
0 0 * * ? 2026/2
0 0 * * ? */229
0 0 * * ? 2026,2028,2030-2032
""".strip().splitlines()

MINUTE = "is not a minute: use 0-59."
HOUR = "is not an hour: use 0-23."
DAY = "is not a day of the month: use 1-31, `L`, `L-3`, `LW` or `15W`."
MONTH = "is not a month: use 1-12 or JAN-DEC."
WEEKDAY = "is not a weekday: use 1-7 (1 is Sunday), SUN-SAT, `FRIL` or `FRI#2` (#1-#5)."
YEAR = "is not a year: use 1970-2199."
ALONE = "`*` already means every value: it stands alone, not in a list."
ONE_MARK = "exactly one of the two must be `?`."
SIX = "minute, hour, day-of-month, month, day-of-week, year"

REFUSED = [
    ("60 18 ? * * *", "minute", "60", f"`60` {MINUTE}"),
    ("-1 18 ? * * *", "minute", "-1", "`-1` lacks a value beside the mark."),
    ("007 18 ? * * *", "minute", "007", f"`007` {MINUTE}"),
    ("L 18 ? * * *", "minute", "L", f"`L` {MINUTE}"),
    ("5-60 18 ? * * *", "minute", "60", f"`60` {MINUTE}"),
    ("1-2-3 18 ? * * *", "minute", "2-3", f"`2-3` {MINUTE}"),
    ("*-5 18 ? * * *", "minute", "*", f"`*` {MINUTE}"),
    ("٣ 18 ? * * *", "minute", "٣", f"`٣` {MINUTE}"),
    ("*,5 18 ? * * *", "minute", "*", ALONE),
    ("*/60 * ? * * *", "minute", "*/60", "`*/60` needs a step of 1-59 after the `/`."),
    ("*/0 * ? * * *", "minute", "*/0", "`*/0` needs a step of 1-59 after the `/`."),
    ("5/ * ? * * *", "minute", "5/", "`5/` needs a step of 1-59 after the `/`."),
    ("5/x * ? * * *", "minute", "5/X", "`5/X` needs a step of 1-59 after the `/`."),
    ("/5 * ? * * *", "minute", "/5", "`/5` lacks a value beside the mark."),
    ("5/1/2 * ? * * *", "minute", "5/1/2", "`5/1/2` needs a step of 1-59 after the `/`."),
    ("0 24 ? * * *", "hour", "24", f"`24` {HOUR}"),
    ("0 6PM ? * * *", "hour", "6PM", f"`6PM` {HOUR}"),
    ("0 */24 ? * * *", "hour", "*/24", "`*/24` needs a step of 1-23 after the `/`."),
    ("0 9,17, ? * * *", "hour", "9,17,", "`9,17,` has an empty place beside a comma."),
    ("0 ,9 ? * * *", "hour", ",9", "`,9` has an empty place beside a comma."),
    (
        "0 ? * * ? *",
        "hour",
        "?",
        "`?` stands alone, in day-of-month or day-of-week: for any hour use `*`.",
    ),
    ("0 9 0 * ? *", "day-of-month", "0", f"`0` {DAY}"),
    ("0 9 32 * ? *", "day-of-month", "32", f"`32` {DAY}"),
    ("0 9 32W * ? *", "day-of-month", "32", f"`32` {DAY}"),
    ("0 9 W * ? *", "day-of-month", "W", f"`W` {DAY}"),
    ("0 9 3L * ? *", "day-of-month", "3L", f"`3L` {DAY}"),
    ("0 9 L-0 * ? *", "day-of-month", "L-0", f"`L-0` {DAY}"),
    ("0 9 L-31 * ? *", "day-of-month", "L-31", f"`L-31` {DAY}"),
    ("0 9 L-3W * ? *", "day-of-month", "L-3W", f"`L-3W` {DAY}"),
    ("0 9 WL * ? *", "day-of-month", "WL", f"`WL` {DAY}"),
    ("0 9 MON * ? *", "day-of-month", "MON", f"`MON` {DAY}"),
    (
        "0 9 L,15 * ? *",
        "day-of-month",
        "L,15",
        "`L,15`: `L` and `W` stand alone, not in a list.",
    ),
    (
        "0 9 1W,15W * ? *",
        "day-of-month",
        "1W,15W",
        "`1W,15W`: `L` and `W` stand alone, not in a list.",
    ),
    ("0 9 1 0 ? *", "month", "0", f"`0` {MONTH}"),
    ("0 9 1 13 ? *", "month", "13", f"`13` {MONTH}"),
    ("0 9 1 JANUARY ? *", "month", "JANUARY", f"`JANUARY` {MONTH}"),
    ("0 9 1 2/FEB ? *", "month", "2/FEB", "`2/FEB` needs a step of 1-12 after the `/`."),
    ("0 9 1 */13 ? *", "month", "*/13", "`*/13` needs a step of 1-12 after the `/`."),
    ("0 9 1 JAN-6 ? *", "month", "JAN-6", "`JAN-6` mixes a name and a number: use one kind."),
    ("0 9 ? * 0 *", "day-of-week", "0", f"`0` {WEEKDAY}"),
    ("0 9 ? * 8 *", "day-of-week", "8", f"`8` {WEEKDAY}"),
    ("0 9 ? * 01 *", "day-of-week", "01", f"`01` {WEEKDAY}"),
    ("0 9 ? * MONDAY *", "day-of-week", "MONDAY", f"`MONDAY` {WEEKDAY}"),
    ("0 9 ? * MON- *", "day-of-week", "MON-", "`MON-` lacks a value beside the mark."),
    ("0 9 ? * 8L *", "day-of-week", "8", f"`8` {WEEKDAY}"),
    ("0 9 ? * L-2 *", "day-of-week", "L-2", f"`L-2` {WEEKDAY}"),
    ("0 9 ? * 3#6 *", "day-of-week", "3#6", f"`3#6` {WEEKDAY}"),
    ("0 9 ? * 3#0 *", "day-of-week", "3#0", f"`3#0` {WEEKDAY}"),
    ("0 9 ? * #2 *", "day-of-week", "#2", f"`#2` {WEEKDAY}"),
    ("0 9 ? * 9#2 *", "day-of-week", "9", f"`9` {WEEKDAY}"),
    ("0 9 ? * 2-4#2 *", "day-of-week", "2-4#2", f"`2-4#2` {WEEKDAY}"),
    ("0 9 ? * W *", "day-of-week", "W", f"`W` {WEEKDAY}"),
    (
        "0 9 ? * 3#1,6#3 *",
        "day-of-week",
        "3#1,6#3",
        "`3#1,6#3`: `L` and `#` stand alone, not in a list.",
    ),
    (
        "0 9 ? * 5L,6L *",
        "day-of-week",
        "5L,6L",
        "`5L,6L`: `L` and `#` stand alone, not in a list.",
    ),
    (
        "0 9 ? * */2 *",
        "day-of-week",
        "*/2",
        "`*/2` has a step, which day-of-week does not allow: list the days.",
    ),
    ("0 9 ? * MON-6 *", "day-of-week", "MON-6", "`MON-6` mixes a name and a number: use one kind."),
    ("0 9 * * ? 1969", "year", "1969", f"`1969` {YEAR}"),
    ("0 9 * * ? 2200", "year", "2200", f"`2200` {YEAR}"),
    ("0 9 * * ? 26", "year", "26", f"`26` {YEAR}"),
    (
        "0 9 * * ? 2030-2026",
        "year",
        "2030-2026",
        "`2030-2026` runs backward: put the earlier year first.",
    ),
    (
        "0 9 * * * *",
        "day-of-week",
        "*",
        f"Day-of-month is `*` and day-of-week is `*`: {ONE_MARK}",
    ),
    (
        "0 9 * * MON *",
        "day-of-month",
        "*",
        f"Day-of-month is `*` and day-of-week is `MON`: {ONE_MARK}",
    ),
    (
        "0 9 15 * MON *",
        "day-of-week",
        "MON",
        f"Day-of-month is `15` and day-of-week is `MON`: {ONE_MARK}",
    ),
    (
        "0 9 ? * ? *",
        "day-of-month",
        "?",
        f"Day-of-month is `?` and day-of-week is `?`: {ONE_MARK}",
    ),
    ("", "structure", "", f"The schedule is empty: write six fields, {SIX}."),
    ("noon", "structure", "noon", f"`noon` has 1 field, not six: {SIX}."),
    ("0 9 * *", "structure", "0 9 * *", f"`0 9 * *` has 4 fields, not six: {SIX}."),
    ("0 18 * * 1-5", "structure", "0 18 * * 1-5", f"`0 18 * * 1-5` has 5 fields, not six: {SIX}."),
]


@pytest.mark.parametrize("text", VALID)
def test_a_documented_expression_is_accepted_and_kept(text: str) -> None:
    assert str(Cron.parse(text)) == text


@pytest.mark.parametrize(("text", "field", "value", "message"), REFUSED)
def test_a_refusal_names_field_value_and_rule(
    text: str, field: str, value: str, message: str
) -> None:
    with pytest.raises(ScheduleError) as refusal:
        Cron.parse(text)
    [problem] = refusal.value.problems
    assert (problem.field, problem.value, problem.message) == (field, value, message)


def test_letter_case_and_blanks_are_normalized_and_the_numbers_are_kept() -> None:
    assert str(Cron.parse(" 00\t08\u00a0?  jan-Mar mon#2\n* ")) == "00 08 ? JAN-MAR MON#2 *"


def test_two_spellings_of_a_time_are_the_same_values() -> None:
    assert Cron.parse("0/15 * * * ? *").minutes == Cron.parse("0,15,30,45 * ? * * *").minutes


def test_all_errors_are_reported_at_once_in_the_order_of_the_fields() -> None:
    with pytest.raises(ScheduleError) as refusal:
        Cron.parse("61,62 25 32 13 ? 1969")
    fields = [problem.field for problem in refusal.value.problems]
    assert fields == ["minute", "minute", "hour", "day-of-month", "month", "year"]
    assert str(refusal.value).startswith("`61` is not a minute: use 0-59. `62` is not a minute")


@pytest.mark.parametrize(
    ("field", "at_fault"),
    [
        ("61-70", ["61", "70"]),
        ("61/99", ["61", "61/99"]),
        ("61-70/0", ["61", "70", "61-70/0"]),
        ("/99", ["/99", "/99"]),
        ("61,,70", ["61,,70", "61", "70"]),
        ("61,61", ["61"]),
    ],
)
def test_all_errors_inside_one_field_are_reported_at_once(field: str, at_fault: list[str]) -> None:
    with pytest.raises(ScheduleError) as refusal:
        Cron.parse(f"{field} 18 ? * * *")
    assert [problem.value for problem in refusal.value.problems] == at_fault


def test_256_characters_are_accepted_and_one_more_is_not() -> None:
    days = ",".join(["10"] * 80)
    longest = f"{days},1 0 1 JAN ? 2026"
    assert len(longest) == 256
    assert Cron.parse(longest).minutes == (1, 10)
    with pytest.raises(ScheduleError, match="has 257 characters: 256 is the most"):
        Cron.parse(longest.replace(",1 ", ",01 "))


def test_a_long_value_is_shortened_in_its_message() -> None:
    with pytest.raises(ScheduleError, match=r"`x{60}…` has 1 field"):
        Cron.parse("x" * 200)


@pytest.mark.parametrize("look_alike", ["0 9 ? * \u017fUN *", "0 9 ? * FR\u0131 *"])
def test_letters_that_only_look_like_a_name_are_refused(look_alike: str) -> None:
    with pytest.raises(ScheduleError):
        Cron.parse(look_alike)


def test_what_is_refused_here_has_no_repairs() -> None:
    for text in ("0 24 ? * * *", "@daily"):
        with pytest.raises(ScheduleError) as refusal:
            Cron.parse(text)
        assert [problem.suggestion for problem in refusal.value.problems] == [None]


def test_a_schedule_needs_a_cron_and_a_zone_that_are_valid() -> None:
    with pytest.raises(ScheduleError, match="`25` is not an hour"):
        Schedule.parse("0 25 ? * * *", "Europe/London")
    with pytest.raises(ScheduleError, match="`Lodnon` is not a time zone"):
        Schedule.parse("0 18 ? * * *", "Lodnon")


def test_equal_schedules_are_equal_values() -> None:
    schedule = Schedule.parse("0 18 ? * mon *", "europe/london")
    assert schedule == Schedule.parse("0  18 ? * MON *", "Europe/London")
    assert len({schedule, Schedule.parse("0 18 ? * MON *", "UTC")}) == 2
