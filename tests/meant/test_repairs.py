"""What is offered in place of a line that is refused; nothing is ever changed unasked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.meant import read_cron
from bot.schedule import Cron, ScheduleError

REPAIRS = {
    # Unix cron
    "0 18 * * 1-5": ["0 18 ? * MON-FRI *"],
    "0 18 * * *": ["0 18 * * ? *"],
    "0 18 * * 0": ["0 18 ? * SUN *"],
    "0 18 * * 7": ["0 18 ? * SUN *"],
    "0 18 * * 5-7": ["0 18 ? * FRI-SUN *"],
    "0 18 * * 0-7": ["0 18 * * ? *"],
    "0 18 * * 1-7": ["0 18 * * ? *"],
    "0 18 * * sun,sat": ["0 18 ? * SUN,SAT *"],
    "0 18 * * 1,wed": ["0 18 ? * MON,WED *"],
    "0 18 * * */2": ["0 18 ? * SUN,TUE,THU,SAT *"],
    "*/15 8-17 * * 1-5": ["*/15 8-17 ? * MON-FRI *"],
    "0 18 1 * *": ["0 18 1 * ? *"],
    "0 18 15 * 1": ["0 18 15 * ? *", "0 18 ? * MON *"],
    "61 18 * * 1": [],
    "60 18 * * 1": ["0 18 ? * MON *"],
    "@hourly": ["0 * * * ? *"],
    "@Daily": ["0 0 * * ? *"],
    "@midnight": ["0 0 * * ? *"],
    "@weekly": ["0 0 ? * SUN *"],
    "@monthly": ["0 0 1 * ? *"],
    "@yearly": ["0 0 1 1 ? *"],
    "@annually": ["0 0 1 1 ? *"],
    "@reboot": [],
    # Five fields of EventBridge: the year is missing
    "0 18 ? * 2-6": ["0 18 ? * 2-6 *"],
    "0 18 ? * FRI#2": ["0 18 ? * FRI#2 *"],
    "0 18 L * *": ["0 18 L * ? *"],
    # … or of those who count weekdays from 0, as nobody does who writes a `?`
    "0 18 * * 5L": ["0 18 ? * FRIL *"],
    "0 18 * * 1#1": ["0 18 ? * MON#1 *"],
    "0 18 L * 1-5": ["0 18 L * ? *", "0 18 ? * MON-FRI *"],
    "0 18 ? * 5L": ["0 18 ? * 5L *"],
    # Quartz
    "0 0 18 ? * MON-FRI *": ["0 18 ? * MON-FRI *"],
    "00 0 18 * * ? *": ["0 18 * * ? *"],
    "0 0 18 * * ?": ["0 18 * * ? *", "0 0 18 * ? *"],
    "0 0 18 ? * MON-FRI": ["0 18 ? * MON-FRI *"],
    "30 0 18 ? * MON-FRI *": [],
    # Spring and others: seconds first, weekdays from 0, no `?`
    "0 0 18 * * MON-FRI": ["0 18 ? * MON-FRI *"],
    "0 0 18 * * 1-5": ["0 18 ? * MON-FRI *"],
    "0 0 18 * * 0": ["0 18 ? * SUN *"],
    "0 0 9 15 * 1": ["0 9 15 * ? *", "0 9 ? * MON *"],
    "0 0 18 ? * 2-6": ["0 18 ? * 2-6 *"],
    "0 30 18 * * *": ["30 18 * * ? *"],
    "0 0 0 * * *": ["0 0 * * ? *"],
    # … or six fields of EventBridge without their `?`
    "0 0 18 * * *": ["0 0 18 * ? *", "0 18 * * ? *"],
    "0 0 * * * *": ["0 0 * * ? *", "0 * * * ? *"],
    # Too many
    "0 8 ? * * * *": ["0 8 ? * * *"],
    "0 8 ? * MON-FRI * *": ["0 8 ? * MON-FRI *"],
    "0 8 * * MON-FRI * *": ["0 8 ? * MON-FRI *"],
    "30 18 ? * * * *": ["30 18 ? * * *"],
    "0 0 18 * * * *": ["0 18 * * ? *"],
    "0 0 25 ? * * *": [],
    "0 18 ? * * * London": ["0 18 ? * * *"],
    "0 18 1 1 ? 2026 2027": ["0 18 1 1 ? 2026,2027"],
    # Too few
    "18 ? * * *": ["0 18 ? * * *"],
    "18 ? * MON-FRI *": ["0 18 ? * MON-FRI *"],
    "18 * * ? *": ["0 18 * * ? *"],
    "18 15 * ? *": ["0 18 15 * ? *"],
    "30 ? * * *": [],
    "18 ? * * * *": [],
    "? 18 * * *": [],
    # Wrappers
    "cron(0 18 ? * * *)": ["0 18 ? * * *"],
    "cron( 0 18 * * * )": ["0 18 * * ? *"],
    "cron(nonsense)": [],
    "cron(0 18 ? * * *": ["0 18 ? * * *"],
    "cron(cron (0 18 ? * * *))": ["0 18 ? * * *"],
    "cron(" * 1000 + "0 18 ? * * *" + ")" * 1000: ["0 18 ? * * *"],
    "rate(1 minute)": ["* * * * ? *"],
    "rate(5 minutes)": ["0/5 * * * ? *"],
    "rate(60 minutes)": ["0 * * * ? *"],
    "rate(120 minutes)": ["0 0/2 * * ? *"],
    "rate(1 hour)": ["0 * * * ? *"],
    "rate(6 hours)": ["0 0/6 * * ? *"],
    "rate(24 hours)": ["0 0 * * ? *"],
    "rate(1 day)": ["0 0 * * ? *"],
    "rate(1 day": ["0 0 * * ? *"],
    "rate(7 minutes)": ["0/6 * * * ? *", "0/10 * * * ? *"],
    "rate(45 minutes)": ["0/30 * * * ? *", "0 * * * ? *"],
    "rate(5 hours)": ["0 0/4 * * ? *", "0 0/6 * * ? *"],
    "rate(10000 minutes)": ["0 0 * * ? *"],
    "rate(2 days)": ["0 0 * * ? *"],
    "rate(0 minutes)": [],
    "rate(1 week)": [],
    "rate()": [],
    # One of unix's two days is left out only where both are days
    "0 18 1 * SUNDAY": ["0 18 1 * ? *", "0 18 ? * SUN *"],
    "0 18 1 * MON;FRI": ["0 18 1 * ? *", "0 18 ? * MON,FRI *"],
    "0 18 1\u20135 * (MON)": ["0 18 1-5 * ? *", "0 18 ? * MON *"],
    "0 18 * * \uff11": ["0 18 ? * MON *"],
    "0 18 1 * not": [],
    "0 18 1 * 9": [],
    "0 18 45 * MON": [],
    # The question mark
    "0 18 * * * *": ["0 18 * * ? *"],
    "0 18 * * MON *": ["0 18 ? * MON *"],
    "0 18 15 * * *": ["0 18 15 * ? *"],
    "0 18 15 * MON *": ["0 18 15 * ? *", "0 18 ? * MON *"],
    "0 18 ? * ? *": ["0 18 * * ? *"],
    "0 18 ? ? * ?": ["0 18 ? * * *"],
    # Times
    "0 24 ? * * *": ["0 0 ? * * *", "24 0 ? * * *"],
    "0 24 ? * FRI *": ["0 0 ? * SAT *"],
    "0 24 ? * 2-6 *": ["0 0 ? * TUE-SAT *"],
    "0 24 ? * FRIL *": [],
    "0 24 1 * ? *": [],
    "0 24 ? * FRI 2026": [],
    "0 12,24 ? * FRI *": [],
    "0 */24 ? * FRI *": ["0 0 ? * FRI *"],
    "0 24:00 ? * FRI *": ["0 0 ? * SAT *"],
    "24:00 ? * FRI *": ["0 0 ? * SAT *"],
    "0 24:00 ? * * *": ["0 0 ? * * *"],
    "0 18:30 ? * * *": ["30 18 ? * * *"],
    "18:30 ? * * *": ["30 18 ? * * *"],
    "18:30": ["30 18 * * ? *"],
    "24:00": ["0 0 * * ? *", "24 0 * * ? *"],
    "25:00": [],
    "60 18 ? * * *": ["0 18 ? * * *"],
    "0-60/15 18 ? * * *": ["0-59/15 18 ? * * *"],
    "0 8-24 ? * * *": ["0 8-23 ? * * *"],
    "9 30 ? * * *": ["30 9 ? * * *"],
    "*/60 * ? * * *": ["0 * ? * * *"],
    "*/0 * ? * * *": ["* * ? * * *"],
    "5/100 * ? * * *": ["5 * ? * * *"],
    "0 */24 ? * * *": ["0 0 ? * * *"],
    # Names, lists and ranges
    "0 18 ? * MONDAY *": ["0 18 ? * MON *"],
    "0 18 ? * Tues-Thurs *": ["0 18 ? * TUE-THU *"],
    "0 18 ? sept * *": ["0 18 ? SEP * *"],
    "0 18 1 January ? *": ["0 18 1 JAN ? *"],
    "0 18 ? * MON-6 *": ["0 18 ? * MON-FRI *"],
    "0 18 ? * 01 *": ["0 18 ? * 1 *"],
    "0 18 ? * 0 *": ["0 18 ? * SUN *"],
    # … where one of the numbers is 0, they are unix's
    "0 18 ? * 0-6 *": ["0 18 ? * * *"],
    "0 18 ? * 0,6 *": ["0 18 ? * SUN,SAT *"],
    "0 18 ? * 0-4 *": ["0 18 ? * SUN-THU *"],
    "0 18 ? * 0,3,5 *": ["0 18 ? * SUN,WED,FRI *"],
    "0 18 ? * 0#2 *": ["0 18 ? * SUN#2 *"],
    "0 18 ? * 0-6/2 *": ["0 18 ? * SUN,TUE,THU,SAT *"],
    "0 18 ? * 1-5/2 *": ["0 18 ? * SUN,TUE,THU *"],
    "0 18 ? * MON-FRI/2 *": ["0 18 ? * MON,WED,FRI *"],
    "0 18 ? * 2/3 *": ["0 18 ? * MON,THU *"],
    "0 9,17, ? * * *": ["0 9,17 ? * * *"],
    "0 9, 17 ? * * *": ["0 9,17 ? * * *"],
    "0 9 ? * MON - FRI *": ["0 9 ? * MON-FRI *"],
    "*,5 18 ? * * *": ["* 18 ? * * *"],
    "0 18 L,15 * ? *": ["0 18 L * ? *", "0 18 15 * ? *"],
    "0 18 1W,15W * ? *": ["0 18 1W * ? *", "0 18 15W * ? *"],
    "0 18 ? * 5L,6L *": ["0 18 ? * 5L *", "0 18 ? * 6L *"],
    "0 18 ? * 3#1,6#3 *": ["0 18 ? * 3#1 *", "0 18 ? * 6#3 *"],
    "0 18 * * ? 2030-2026": ["0 18 * * ? 2026-2030"],
    # Marks that programs put in for others
    "“0 18 ? * * *”": ["0 18 ? * * *"],
    "`0 18 ? * * *`": ["0 18 ? * * *"],
    "０ １８ ? * * *": ["0 18 ? * * *"],  # noqa: RUF001 - full-width digits, as phones write them
    "0 18 ? * MON\N{EN DASH}FRI *": ["0 18 ? * MON-FRI *"],
    "0 18 ? * MON\N{MINUS SIGN}FRI *": ["0 18 ? * MON-FRI *"],
    "'0 18 ? * * *'.": ["0 18 ? * * *"],
    "0 18 ? * [MON-FRI] *": ["0 18 ? * MON-FRI *"],
    r"0 18 \* \* ? \*": ["0 18 * * ? *"],
    "0 1\u200b8 ? * * *": ["0 18 ? * * *"],
    # Marks that stand for something: left out, they would join numbers or turn a day around
    "0 1;7 ? * * *": ["0 1,7 ? * * *"],
    "0 1..5 ? * * *": ["0 1-5 ? * * *"],
    "0 1.5 ? * * *": [],
    "0 1~5 ? * * *": [],
    "0 1'7 ? * * *": [],
    "0 1(7) ? * * *": [],
    "0 18 ? * !MON *": [],
    "0 18 ? * MON+FRI *": [],
    # Several faults are repaired together, or not at all
    "60 24 ? * MONDAY *": ["0 0 ? * TUE *"],
    "60 18 32 * ? *": [],
}


SIX = "minute, hour, day-of-month, month, day-of-week, year"
UNIX = "Unix cron has five, and counts weekdays from 0; here Sunday is 1."
SECONDS = "begins with seconds: here there are none, and the year comes last."

EXPLAINED = {
    "0 18 * * 1-5": f"`0 18 * * 1-5` has 5 fields, not six: {SIX}. {UNIX}",
    "0 18 1 * MON": (
        f"`0 18 1 * MON` has 5 fields, not six: {SIX}. {UNIX} "
        "Unix runs it when either day matches, which no single line here can say: choose one."
    ),
    "0 18 * * 1,WED": f"`0 18 * * 1,WED` has 5 fields, not six: {SIX}. {UNIX}",
    "0 18 ? * 2-6": f"`0 18 ? * 2-6` has 5 fields, not six: {SIX}. The year is missing.",
    "0 0 18 ? * * *": f"`0 0 18 ? * * *` has 7 fields, not six: {SIX}. There are no seconds.",
    "0 8 ? * * * *": (
        f"`0 8 ? * * * *` has 7 fields, not six: {SIX}. "
        "The first six are a schedule: `*` is too much."
    ),
    "0 18 1 1 ? 2026 2027": (
        f"`0 18 1 1 ? 2026 2027` has 7 fields, not six: {SIX}. A list has commas, not blanks."
    ),
    "30 0 18 ? * MON-FRI *": f"`30 0 18 ? * MON-FRI *` has 7 fields, not six: {SIX}.",
    "0 0 18 * * MON-FRI": f"`0 0 18 * * MON-FRI` {SECONDS}",
    "0 0 18 ? * 2-6": f"`0 0 18 ? * 2-6` {SECONDS}",
    "0 0 18 * * 1-5": (
        f"`0 0 18 * * 1-5` {SECONDS} "
        "Weekdays are taken as counted from 0, which is Sunday; here Sunday is 1."
    ),
    "0 18 * * 5L": (
        f"`0 18 * * 5L` has 5 fields, not six: {SIX}. The year is missing. "
        "Weekdays are taken as counted from 0, which is Sunday; here Sunday is 1."
    ),
    "18 ? * * *": (
        f"`18 ? * * *` has 5 fields, not six: {SIX}. The minute or the hour is missing."
    ),
    "0 9, 17 ? * * *": f"`0 9, 17 ? * * *` has 7 fields, not six: {SIX}. A list has no blanks.",
    "18:30": f"`18:30` has 1 field, not six: {SIX}. A time is two fields, the minute first.",
    "cron(0 18 ? * * *)": "Write the six fields alone, without `cron(…)` around them.",
    "rate(5 minutes)": f"`rate(5 minutes)` has 2 fields, not six: {SIX}. It is a rate.",
    "rate(45 minutes)": (
        f"`rate(45 minutes)` has 2 fields, not six: {SIX}. "
        "It is a rate that no schedule can keep; the nearest that one can are offered."
    ),
    "rate(0 minutes)": (
        f"`rate(0 minutes)` has 2 fields, not six: {SIX}. It is a rate that no schedule can keep."
    ),
    "rate(1 week)": (
        f"`rate(1 week)` has 2 fields, not six: {SIX}. "
        "It is a rate; those that a schedule can keep are of minutes, hours or one day."
    ),
    "cron(0 18)": (
        "Write the six fields alone, without `cron(…)` around them. "
        f"`0 18` has 2 fields, not six: {SIX}."
    ),
    "cron()": (
        "Write the six fields alone, without `cron(…)` around them. "
        f"The schedule is empty: write six fields, {SIX}."
    ),
    "@daily": f"`@daily` has 1 field, not six: {SIX}. It is a nickname of unix cron.",
    "noon": f"`noon` has 1 field, not six: {SIX}.",
}


@pytest.mark.parametrize("text", EXPLAINED)
def test_a_line_of_another_dialect_is_told_which(text: str) -> None:
    with pytest.raises(ScheduleError) as refusal:
        read_cron(text)
    [problem] = refusal.value.problems
    assert (problem.field, problem.value, problem.message) == ("structure", text, EXPLAINED[text])


def test_a_line_that_is_too_long_is_not_rewritten() -> None:
    assert offered("0/" + "1" * 5000 + " * * * ? *") == []


def offered(text: str) -> list[str]:
    with pytest.raises(ScheduleError) as refusal:
        read_cron(text)
    [repairs] = {problem.repairs for problem in refusal.value.problems}
    return list(repairs)


@pytest.mark.parametrize("text", REPAIRS)
def test_a_likely_mistake_is_answered_with_the_line_that_was_meant(text: str) -> None:
    assert offered(text) == REPAIRS[text]


def test_the_suggestion_is_the_likeliest_repair() -> None:
    with pytest.raises(ScheduleError) as refusal:
        read_cron("0 24 ? * * *")
    assert refusal.value.problems[0].suggestion == "0 0 ? * * *"


def test_without_a_repair_there_is_no_suggestion() -> None:
    with pytest.raises(ScheduleError) as refusal:
        read_cron("61 18 ? * * *")
    assert refusal.value.problems[0].suggestion is None


PIECES = st.sampled_from(
    [
        *"0159*?LW#/-, ",
        *("24", "60", "31", "2026", "MON", "FRI", "JAN", "MONDAY", "cron(", ")", "18:30"),
        *("rate(5 minutes)", "@daily", " * ", " ? ", "“", "½", "\u0665", "\x00", "  "),
    ]
)


@given(st.one_of(st.lists(PIECES, max_size=24).map("".join), st.text(max_size=40)))
def test_any_text_is_a_value_or_a_refusal_whose_every_repair_is_valid(text: str) -> None:
    try:
        read_cron(text)
    except ScheduleError as refusal:
        for problem in refusal.problems:
            assert problem.message.endswith(".")
            assert [str(Cron.parse(line)) for line in problem.repairs] == list(problem.repairs)
