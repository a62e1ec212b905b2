"""What people type after the slash command, as it arrives, and what the bot takes it for."""
# ruff: noqa: RUF001 -- look-alikes of plain quotes, dashes and digits are what people type

import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.command import (
    USAGE,
    Command,
    CommandError,
    Create,
    Delete,
    Explain,
    Form,
    Help,
    History,
    List,
    Pending,
    Set,
    Show,
    Subscribe,
    Undo,
    Unsubscribe,
    Verb,
    parse,
    to_text,
)
from bot.finding import fold
from bot.meant import read_phrase
from bot.schedule import Cron, ScheduleError, parse_zone
from bot.typed import plain

CONNECTION = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
SCHEDULE = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
EVENING = Cron.parse("00 18 ? * * *")
WORKDAYS = Cron.parse("0 18 ? * MON-FRI *")
LONDON = parse_zone("Europe/London")
UTC = parse_zone("UTC")
DOCUMENTED = f'{CONNECTION} {SCHEDULE} "00 18 ? * * *" Europe/London'


def refused(text: str) -> CommandError:
    with pytest.raises(CommandError) as caught:
        parse(text)
    return caught.value


def repairs(text: str) -> list[str]:
    return [repair.command_text for repair in refused(text).repairs]


def test_the_documented_command_is_understood() -> None:
    assert parse(DOCUMENTED) == Set(CONNECTION, SCHEDULE, EVENING, LONDON)


@pytest.mark.parametrize(
    "text",
    [
        f"{CONNECTION} {SCHEDULE} “00 18 ? * * *” Europe/London",
        f"{CONNECTION} {SCHEDULE} „00 18 ? * * *“ Europe/London",
        f"{CONNECTION} {SCHEDULE} «00 18 ? * * *» Europe/London",
        f"{CONNECTION} {SCHEDULE} «\u00a000\u202f18 ? * * *\u00a0» Europe/London",
        f"{CONNECTION} {SCHEDULE} ‘00 18 ? * * *’ Europe/London",
        f"{CONNECTION} {SCHEDULE} ‚00 18 ? * * *‘ Europe/London",
        f"{CONNECTION} {SCHEDULE} ‹00 18 ? * * *› Europe/London",
        f"{CONNECTION} {SCHEDULE} '00 18 ? * * *' Europe/London",
        f"{CONNECTION} {SCHEDULE} `00 18 ? * * *` Europe/London",
        f"{CONNECTION} {SCHEDULE} 00 18 ? * * * Europe/London",
        f"{CONNECTION} {SCHEDULE} ００ １８ ？ ＊ ＊ ＊ Europe/London",
        f"{CONNECTION} {SCHEDULE} ＂00 18 ? * * *＂ Europe／London",
        f"{CONNECTION} {SCHEDULE}\n00 18 ? * * *\nEurope/London\n",
        f'\u3000{CONNECTION}\u00a0{SCHEDULE}\u2009"00 18\t?  * * *"\u00a0Europe/London',
        f'\ufeff{CONNECTION} {SCHEDULE} \u200b"00 18 ? * * *\u2060" \u2066Europe/London\u2069',
        f'{CONNECTION} {SCHEDULE}"00 18 ? * * *"Europe/London',
        f'{CONNECTION} {SCHEDULE} ""00 18 ? * * *"" Europe/London',
        f'"{CONNECTION}" "{SCHEDULE}" "00 18 ? * * *" "Europe/London"',
        f'{CONNECTION} {SCHEDULE} "00 18 ? * * * Europe/London"',
        f'{CONNECTION} {SCHEDULE} "00 18 ? * * *" europe/LONDON',
        f'SET {CONNECTION} {SCHEDULE} "00 18 ? * * *" Europe/London',
        CONNECTION.replace("-", "\u2011") + f' {SCHEDULE} "00 18 ? * * *" Europe/London',
    ],
)
def test_the_documented_command_is_understood_as_keyboards_and_slack_mangle_it(text: str) -> None:
    assert parse(text) == Set(CONNECTION, SCHEDULE, EVENING, LONDON)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("R&amp;D", "R&D"),
        ("a&lt;b&gt;c", "a<b>c"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("&amp;amp;", "&amp;"),
        ("&quot;x&quot;", "&quot;x&quot;"),
        ("Bob’s", "Bob's"),
        ("“Bob’s DB”", "Bob's DB"),
        ("'Bob\"s DB'", 'Bob"s DB'),
        ("Ü-Büro_№5", "Ü-Büro_№5"),
        ("營運\u3000資料庫", "營運 資料庫"),
    ],
)
def test_a_name_is_taken_as_it_was_meant_and_decoded_once(text: str, name: str) -> None:
    assert parse(f"{text} 0 18 ? * MON-FRI *") == Set(name, None, WORKDAYS, None)
    assert parse(f"list {text}") == List(name)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", Form()),
        (" \n\u00a0", Form()),
        ('prod "0 18 ? * MON-FRI *"', Set("prod", None, WORKDAYS, None)),
        ("prod a1b2 0 18 ? * MON-FRI *", Set("prod", "a1b2", WORKDAYS, None)),
        ("prod 1234 0 18 ? * MON-FRI *", Set("prod", "1234", WORKDAYS, None)),
        ("prod 0 18 ? * mon\N{EN DASH}fri *", Set("prod", None, WORKDAYS, None)),
        ("12345678 0 18 ? * MON-FRI *", Set("12345678", None, WORKDAYS, None)),
        ("Production EU 0 18 ? * MON-FRI *", Set("Production EU", None, WORKDAYS, None)),
        ('Production EU a1b2 "0 18 ? * MON-FRI *" Europe/London',
         Set("Production EU", "a1b2", WORKDAYS, LONDON)),
        ("Sales 2 0 18 ? * MON-FRI *", Set("Sales 2", None, WORKDAYS, None)),
        ("Sales (2) 0 18 ? * MON-FRI *", Set("Sales (2)", None, WORKDAYS, None)),
        ("Team 24x7 0 18 ? * MON-FRI *", Set("Team 24x7", None, WORKDAYS, None)),
        ("Prod* 0 18 ? * MON-FRI * UTC", Set("Prod*", None, WORKDAYS, UTC)),
        ("Why? a1b2 0 18 ? * MON-FRI *", Set("Why?", "a1b2", WORKDAYS, None)),
        ("create Store 7 0 18 ? * MON-FRI *", Create("Store 7", WORKDAYS, None)),
        ("mon 0 18 ? * MON-FRI *", Set("mon", None, WORKDAYS, None)),
        ('"@daily" 0 18 ? * MON-FRI *', Set("@daily", None, WORKDAYS, None)),
        ("list", List(None)),
        ("LIST Production Snowflake", List("Production Snowflake")),
        ("show prod", Show("prod", None)),
        ("show Production EU a1b2c3", Show("Production EU", "a1b2c3")),
        ("show cafe", Show("cafe", None)),
        ('create "EU West" "0 18 ? * MON-FRI *" UTC', Create("EU West", WORKDAYS, UTC)),
        ("create prod 0 18 ? * MON-FRI *", Create("prod", WORKDAYS, None)),
        ("delete prod", Delete("prod", None)),
        (f"delete prod {SCHEDULE}", Delete("prod", SCHEDULE)),
        ("explain 0 18 ? * MON-FRI * Europe/London", Explain(WORKDAYS, LONDON)),
        ('explain "0 18 ? * MON-FRI *"', Explain(WORKDAYS, None)),
        ("pending", Pending()),
        ("history", History(None)),
        ("history EU West", History("EU West")),
        ("undo", Undo(None)),
        ("undo 4f2a9c", Undo("4f2a9c")),
        ("undo change 4f2a9c", Undo("4f2a9c")),
        ("undo Change `4f2a9c`", Undo("4f2a9c")),
        ("undo #4f2a9c", Undo("4f2a9c")),
        ("subscribe", Subscribe(None)),
        ("subscribe prod", Subscribe("prod")),
        ("unsubscribe", Unsubscribe(None)),
        ("unsubscribe EU West", Unsubscribe("EU West")),
        ("help", Help()),
        ("help me with a list", Help()),
    ],
)  # fmt: skip
def test_each_command_is_read(text: str, command: Command) -> None:
    assert parse(text) == command


@pytest.mark.parametrize("verb", list(Verb))
def test_a_connection_named_like_a_command_can_be_quoted(verb: Verb) -> None:
    command = Set(verb.value, None, WORKDAYS, None)

    assert parse(f'"{verb}" 0 18 ? * MON-FRI *') == command
    assert parse(f"set {verb} 0 18 ? * MON-FRI *") == command
    assert parse(to_text(command)) == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("prod every weekday at 6pm Europe/London", Set("prod", None, WORKDAYS, LONDON)),
        ('prod a1b2 "every weekday at 6pm" Europe/London', Set("prod", "a1b2", WORKDAYS, LONDON)),
        ("prod “every weekday at 6pm Europe/London”", Set("prod", None, WORKDAYS, LONDON)),
        ("Sales On Prem every weekday at 6pm", Set("Sales On Prem", None, WORKDAYS, None)),
        ('"Daily Orders" every weekday at 6pm', Set("Daily Orders", None, WORKDAYS, None)),
        ('"Daily Orders" 0 18 ? * MON-FRI *', Set("Daily Orders", None, WORKDAYS, None)),
        ('Daily Orders "0 18 ? * MON-FRI *"', Set("Daily Orders", None, WORKDAYS, None)),
        ('"Sales * EU" 0 18 ? * MON-FRI *', Set("Sales * EU", None, WORKDAYS, None)),
        ("explain every weekday at 6pm", Explain(WORKDAYS, None)),
        (
            'explain "mon, tue, wed, thu, fri at 6pm"',
            Explain(Cron.parse("0 18 ? * MON,TUE,WED,THU,FRI *"), None),
        ),
        (
            'explain "daily at 9, 10, 11, 12, 13"',
            Explain(Cron.parse("0 9,10,11,12,13 * * ? *"), None),
        ),
        ('create "EU West" every weekday at 6pm', Create("EU West", WORKDAYS, None)),
        ("Daily Orders every weekday at 6pm", Set("Daily Orders", None, WORKDAYS, None)),
        ("Sales Daily every weekday at 6pm", Set("Sales Daily", None, WORKDAYS, None)),
        ("EU West 6pm every weekday", Set("EU West", None, WORKDAYS, None)),
        ("EU West 6 pm every weekday UTC", Set("EU West", None, WORKDAYS, UTC)),
        ("EU West 18:00, weekdays", Set("EU West", None, WORKDAYS, None)),
        ("EU West a1b2 18:00 weekdays", Set("EU West", "a1b2", WORKDAYS, None)),
        ("EU West mon-fri at 6pm", Set("EU West", None, WORKDAYS, None)),
        ('"EU West" a1b2 6pm every weekday', Set("EU West", "a1b2", WORKDAYS, None)),
        (f"{CONNECTION} 6pm every weekday", Set(CONNECTION, None, WORKDAYS, None)),
        (
            "EU West mon tue wed thu fri at 6pm",
            Set("EU West", None, Cron.parse("0 18 ? * MON,TUE,WED,THU,FRI *"), None),
        ),
        ("explain 6pm every weekday London", Explain(WORKDAYS, LONDON)),
        ('prod a1b2 "every weekday at 6pm" "UTC"', Set("prod", "a1b2", WORKDAYS, UTC)),
        ("Analytics Last Mile weekdays at 6pm", Set("Analytics Last Mile", None, WORKDAYS, None)),
        ('"Sales Last" weekdays at 6pm', Set("Sales Last", None, WORKDAYS, None)),
        ('Sales Last "0 18 ? * MON-FRI *"', Set("Sales Last", None, WORKDAYS, None)),
    ],
)
def test_plain_words_can_say_when(text: str, command: Command) -> None:
    assert parse(text) == command


def test_a_wrong_field_is_named_with_its_rule_and_a_command_that_works() -> None:
    error = refused('prod a1b2 "0 18 ? * MONDAY *" Europe/London')

    [problem] = error.problems
    assert problem.place == "day-of-week"
    assert "`MONDAY` is not a weekday" in problem.rule
    assert problem.repair == "Did you mean `0 18 ? * MON *`?"
    assert [(repair.label, repair.command_text) for repair in error.repairs] == [
        ("Use 0 18 ? * MON * Europe/London", 'prod a1b2 "0 18 ? * MON *" Europe/London')
    ]
    assert error.usage == USAGE[Verb.SET]
    assert error.text.startswith("Day-of-week: `MONDAY` is not a weekday")


def test_who_writes_in_words_chooses_among_words() -> None:
    labels = [repair.label for repair in refused("prod every day at 6").repairs]
    assert labels == ["At 06:00 AM", "At 06:00 PM"]
    [offered] = refused('"prod" evry weekday at 6pm London').repairs
    assert offered.label == "At 06:00 PM, Monday through Friday, Europe/London"
    assert offered.command_text == 'prod "0 18 ? * MON-FRI *" Europe/London'


def test_all_problems_are_told_at_once_and_repaired_together() -> None:
    error = refused('"prod" "eu" "61 18 ? * MONDAY *" Europe/Londno')

    assert [problem.place for problem in error.problems] == [
        "connection", "minute", "day-of-week", "zone",
    ]  # fmt: skip


def test_a_bad_schedule_and_a_bad_zone_lead_to_one_command_that_mends_both() -> None:
    assert repairs('create prod "0 18 * * 1-5" Europe/Londno')[0] == (
        'create prod "0 18 ? * MON-FRI *" Europe/London'
    )


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("prod 0 18 * * 1-5", 'prod "0 18 ? * MON-FRI *"'),
        ("prod 0 18 * * 1-5 Europe/London", 'prod "0 18 ? * MON-FRI *" Europe/London'),
        ("prod 0 0 18 ? * MON-FRI *", 'prod "0 18 ? * MON-FRI *"'),
        ('prod "0 18 * * 1-5"', 'prod "0 18 ? * MON-FRI *"'),
        ("prod a1b2 cron(0 18 ? * MON-FRI *)", 'prod a1b2 "0 18 ? * MON-FRI *"'),
        ('prod "cron(0 18 ? * MON-FRI *)"', 'prod "0 18 ? * MON-FRI *"'),
        ("prod @daily", 'prod "0 0 * * ? *"'),
        ("prod (0 18 ? * MON-FRI *) UTC", 'prod "0 18 ? * MON-FRI *" UTC'),
        (r"prod 0 18 ? \* MON-FRI \*", 'prod "0 18 ? * MON-FRI *"'),
        ('prod "every weekday at 6pm" "London"', 'prod "0 18 ? * MON-FRI *" Europe/London'),
        ("prod rate(1 hour)", 'prod "0 * * * ? *"'),
        ("explain 0 18 * * 1-5", 'explain "0 18 ? * MON-FRI *"'),
        ("prod every wekday at 6pm", 'prod "0 18 ? * MON-FRI *"'),
        ('prod 0 18 ? * MON-FRI * "London"', 'prod "0 18 ? * MON-FRI *" Europe/London'),
        ("prod 0 18 ? * MON-FRI * Europe/London please", 'prod "0 18 ? * MON-FRI *" Europe/London'),
        ('prod "0 18 ? * MON-FRI * UTC" Europe/London', 'prod "0 18 ? * MON-FRI *" Europe/London'),
        ('prod "0 18 ? * MON-FRI * London"', 'prod "0 18 ? * MON-FRI *" Europe/London'),
        ('prod "0 18 ? * MON-FRI * New York"', 'prod "0 18 ? * MON-FRI *" America/New_York'),
        ('prod "0 18 ? * MONDAY * PST"', 'prod "0 18 ? * MON *" America/Los_Angeles'),
        ('prod "0 18 ? * MON-FRI * Lodnon" UTC', 'prod "0 18 ? * MON-FRI *" UTC'),
        ("prod 0 18 1 JANUARY ? 2026", 'prod "0 18 1 JAN ? 2026"'),
        ("Sales 2 0 18 1 January ? 2026 UTC", '"Sales 2" "0 18 1 JAN ? 2026" UTC'),
        ("prod 0 18 ? JANUARY MONDAY 2026", 'prod "0 18 ? JAN MON 2026"'),
        ('prod "0 18 1 JANUARY ? 2026"', 'prod "0 18 1 JAN ? 2026"'),
        ('"prod" eu "0 18 ? * MON-FRI *"', '"prod eu" "0 18 ? * MON-FRI *"'),
        (f'{CONNECTION} loads "0 18 ? * MON-FRI *"', f'{CONNECTION} "0 18 ? * MON-FRI *"'),
        ("explain prod 0 18 ? * MON-FRI *", 'explain "0 18 ? * MON-FRI *"'),
        ("0 18 ? * MON-FRI *", 'explain "0 18 ? * MON-FRI *"'),
        ('create "0 18 ? * MON-FRI *" UTC', 'explain "0 18 ? * MON-FRI *" UTC'),
        ("prod", "show prod"),
        ("lst", "list"),
        ("Finance Redshift delete", 'delete "Finance Redshift"'),
        ('"Finance Redshift" a1b2 delete', 'delete "Finance Redshift" a1b2'),
        ("Finance Redshift list", 'list "Finance Redshift"'),
        (
            'Europe/London "0 18 ? * MON-FRI *" Finance Redshift a1b2',
            '"Finance Redshift" a1b2 "0 18 ? * MON-FRI *" Europe/London',
        ),
        (
            'create Europe/London "every weekday at 6pm" Finance Redshift',
            'create "Finance Redshift" "0 18 ? * MON-FRI *" Europe/London',
        ),
        ("create every weekday at 6pm", 'explain "0 18 ? * MON-FRI *"'),
        ("every weekday at 6pm", 'explain "0 18 ? * MON-FRI *"'),
        ('"EU West" a1b2 every wekday at 6pm', '"EU West" a1b2 "0 18 ? * MON-FRI *"'),
        ('"EU West" last friday at 5pm', '"EU West" "0 17 ? * FRIL *"'),
        ("pending please", "pending"),
        ("undo last", "undo"),
        ("undo the last one", "undo"),
        ("undo my last change", "history"),
        ("undo 4f2g", "history"),
        ('show "EU" West', 'show "EU West"'),
        ('prod "0 18 ? * MON-FRI * Europe/London', 'prod "0 18 ? * MON-FRI *" Europe/London'),
        ("“prod 0 18 ? * MON-FRI *", 'prod "0 18 ? * MON-FRI *"'),
        ('prod "0 18 * * 1-5', 'prod "0 18 ? * MON-FRI *"'),
        ("list 'tis", "list tis"),
        ("list “&lt;@U1&gt;’s db", 'list "s db"'),
        ("show \"&lt;@U0ANA|Ana Lima&gt;'s db", 'show "s db"'),
        ("list <prod>'s \"db", 'list "<prod>\'s db"'),
        ("subscribe &lt;#C0DATATEAM|data team&gt;", "subscribe"),
        ('show "EU West" &lt;@U0ROBIN&gt;', 'show "EU West"'),
        ("prod <!here> 0 18 ? * MON-FRI *", 'prod "0 18 ? * MON-FRI *"'),
    ],
)
def test_a_command_that_cannot_be_read_leads_to_one_that_can(text: str, first: str) -> None:
    assert repairs(text)[0] == first


@pytest.mark.parametrize("name", ['"EU West"', '"EU West" a1b2', CONNECTION, "explain"])
@pytest.mark.parametrize(
    ("when", "word"),
    [
        ("every day except sunday at 6pm", "except"),
        ("every weekday at 6pm and sunday at 9am", "and sunday at 9am"),
        ("not on weekends at 6pm", "not"),
        ('not "on weekends at 6pm"', "not"),
        ("every other friday at 5pm", "every other"),
        ("end of month at 6pm", "end of month"),
        ("tomorrow at 6pm", "tomorrow"),
        ("please every weekday at 6pm", "please"),
    ],
)
def test_words_before_a_phrase_are_named_and_nothing_is_offered_without_them(
    name: str, when: str, word: str
) -> None:
    error = refused(f"{name} {when}")

    [problem] = error.problems
    assert problem.place == "schedule"
    assert problem.rule.startswith(f"`{word}` ")
    assert error.repairs == ()


@pytest.mark.parametrize(
    ("when", "words", "offered"),
    [
        ("last friday at 6pm", "last friday", ['Sales "0 18 ? * FRIL *"']),
        ("first monday at 9am", "first monday", ['Sales "0 9 ? * MON#1 *"']),
        ("1st mondays at 9am", "1st", []),
        ("next monday at 9am", "next", []),
        ("except weekdays at 6pm", "except", []),
        ("not weekdays at 6pm", "not", []),
        ("biweekly mondays at 9am", "biweekly", []),
        ("twice daily at 6pm", "twice", []),
    ],
)
def test_a_word_that_turns_a_phrase_is_no_part_of_a_name_without_quotes(
    when: str, words: str, offered: list[str]
) -> None:
    error = refused(f"Sales {when}")

    [problem] = error.problems
    assert problem.rule.startswith(f"`{words}` ")
    first = when.split(maxsplit=1)[0]
    assert problem.rule.endswith(f"If `{first}` belongs to the name, put the name in quotes.")
    assert [repair.command_text for repair in error.repairs] == offered
    assert parse(f'"Sales {first}" weekdays at 6pm') == Set(f"Sales {first}", None, WORKDAYS, None)


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("every other friday at 6pm", "every other"),
        ("every 2 fridays at 6pm", "every 2"),
        ("4 times a day", "4 times a day"),
        ("quarterly", "quarterly"),
        ("every weekday except friday at 6pm", "except"),
    ],
)
def test_every_other_day_is_no_name_and_a_day(when: str, words: str) -> None:
    error = refused(f"Sales {when}")

    [problem] = error.problems
    assert problem.rule.startswith(f"`{words}` ")
    assert (problem.repair, error.repairs) == ("", ())


@pytest.mark.parametrize(
    "text",
    [
        "EU West end of month at 6pm",
        "EU West tomorrow at 6pm",
        "EU West not on weekends at 6",
        "EU West every day at 6 except sunday",
        '"EU West" weekdays "0 18 * * ? *"',
        f'{CONNECTION} weekdays "0 18 * * ? *"',
        'prod "0 18 * * ? *" UTC on weekdays',
        'explain weekdays "0 18 * * ? *"',
        'explain "0 18 * * ? *" UTC not on sunday',
    ],
)
def test_no_command_is_offered_that_leaves_out_words_that_may_say_when(text: str) -> None:
    assert repairs(text) == []


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ('prod "0 18 ? * * * Europe/Lodnon"', ["zone"]),
        ('prod "61 18 ? * * * Mars" UTC', ["minute", "zone"]),
        ('explain "0 18 1 JANUARY 2 2026"', ["month", "day-of-week"]),
        ("explain 0 18 1 JANUARY 2 2026", ["month", "day-of-week"]),
        ("prod 0 0 18 1 JANUARY ? 2026", ["schedule"]),
    ],
)
def test_each_part_at_fault_is_named(text: str, places: list[str]) -> None:
    assert [problem.place for problem in refused(text).problems] == places


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("shw snowflake", "show snowflake"),
        ("histroy snowflake", "history snowflake"),
        ("delte snowflake 70d9", "delete snowflake 70d9"),
        ('"shw" snowflake', 'show "shw snowflake"'),
        ("sales postgres", 'show "sales postgres"'),
    ],
)
def test_a_typing_error_in_the_command_before_a_name_is_mended(typed: str, first: str) -> None:
    assert repairs(typed)[0] == first


def test_two_repairs_of_a_schedule_go_before_the_second_best_zone() -> None:
    assert repairs('prod "0 18 1 * 1-5" Europe/Londno')[:2] == [
        'prod "0 18 1 * ? *" Europe/London',
        'prod "0 18 ? * MON-FRI *" Europe/London',
    ]


def test_unix_days_that_mean_either_lead_to_a_command_for_each() -> None:
    assert repairs('prod "0 18 1 * 1-5" UTC') == [
        'prod "0 18 1 * ? *" UTC',
        'prod "0 18 ? * MON-FRI *" UTC',
    ]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("prod", "schedule", "`prod` does not say when it is to run."),
        ("explain", "schedule", "It does not say when."),
        ("create", "connection", "No connection is named."),
        ("show", "connection", "No connection is named."),
        ("0 18 ? * MON-FRI *", "connection", "No connection is named."),
        ('prod "0 18', "quotes", "A quote is opened before `0 18` and not closed."),
        ('"', "quotes", "A quote is opened at the end and not closed."),
        ("prod '", "quotes", "A quote is opened at the end and not closed."),
        ("list ` ", "quotes", "A quote is opened at the end and not closed."),
        ("list \"a' b", "quotes", "A quote is opened before `a' b` and not closed."),
        ("pending x y", "command", "`x y` has no place in `pending`."),
        ("prod 0 18 ? * * * UTC please", "command", "`please` has no place in `<connection>"),
        ("undo everything", "change", "`everything` is no id of a change"),
        ("list &lt;@U0ROBIN|Robin&gt;", "command", "`<@U0ROBIN|Robin>` is a person"),
        ("list &lt;#C0DATATEAM&gt;", "command", "`<#C0DATATEAM>` is a channel"),
        ("list &lt;!channel&gt;", "command", "`<!channel>` is a group or everybody"),
        ("show 'a' b", "connection", "After the connection `a` the words `b` have no place."),
        ("prod " + "x" * 900, "command", "It has 905 characters; 900 are the most."),
    ],
)
def test_a_problem_names_its_place(text: str, place: str, words: str) -> None:
    problem = refused(text).problems[0]

    assert problem.place == place
    assert problem.rule.startswith(words)
    assert problem.repair


def test_a_command_without_any_part_misses_each_of_them() -> None:
    assert [problem.place for problem in refused("create").problems] == ["connection", "schedule"]


@pytest.mark.parametrize(
    ("text", "verb"),
    [("create", Verb.CREATE), ("explain", Verb.EXPLAIN), ('undo "x', Verb.UNDO), ("x", Verb.SET)],
)
def test_the_usage_is_that_of_the_command_that_was_meant(text: str, verb: Verb) -> None:
    assert refused(text).usage == USAGE[verb]


def test_every_command_has_its_usage() -> None:
    assert list(USAGE) == list(Verb)


NAMES = st.text(min_size=1, max_size=60).map(plain).filter(bool)
IDS = st.uuids().map(str) | st.text("0123456789abcdef", min_size=4, max_size=8)
CRONS = st.sampled_from(("00 18 ? * * *", "0/15 8-17 ? * MON-FRI 2026-2030", "0 9 LW * ? *"))
WHEN = CRONS.map(Cron.parse)
ZONES = st.none() | st.sampled_from(("Europe/London", "UTC", "Etc/GMT+5")).map(parse_zone)
COMMANDS = st.one_of(
    st.builds(Set, NAMES, st.none() | IDS, WHEN, ZONES),
    st.builds(Create, NAMES, WHEN, ZONES),
    st.builds(Delete, NAMES, st.none() | IDS),
    st.builds(Show, NAMES, st.none() | IDS),
    st.builds(Explain, WHEN, ZONES),
    st.builds(Undo, st.none() | IDS),
    *(st.builds(kind, st.none() | NAMES) for kind in (List, History, Subscribe, Unsubscribe)),
    st.sampled_from([Pending(), Help(), Form()]),
)


def as_found(command: Command) -> Command:
    """Fold the name of a connection, as finding does: one kind of quote is as good as another."""
    match command:
        case Form() | Help() | Pending() | Explain() | Undo() | List(None) | History(None):
            return command
        case Subscribe(None) | Unsubscribe(None):
            return command
        case _:
            return replace(command, connection=fold(command.connection or ""))


@given(COMMANDS)
def test_a_printed_command_reads_back_as_the_same(command: Command) -> None:
    assert as_found(parse(to_text(command))) == as_found(command)


PIECES = (
    *("prod", "a1b2", "set", "list", "every", "at", "6pm", "Europe/London", "*", "?", "0", "18"),
    *("MON-FRI", '"', "'", "`", "“", "<@U0ROBIN>", "<#C0|a b>", "&amp;", "cron(", ")", "@daily"),
    *(">'", "<@U1>'s", "<#C0|"),
)


@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from(PIECES),
        max_size=14,
    ).map(" ".join)
)
def test_any_text_is_read_or_refused_with_repairs_that_can_be_run(text: str) -> None:
    command, error = read_or_refused(text)

    if command is not None:
        assert as_found(parse(to_text(command))) == as_found(command)
    if error is not None:
        assert all(problem.place and problem.rule for problem in error.problems)
        for repair in error.repairs:
            assert 0 < len(repair.label) <= 75
            assert 0 < len(repair.command_text) <= 2000
            assert to_text(parse(repair.command_text)) == repair.command_text


def read_or_refused(text: str) -> tuple[Command | None, CommandError | None]:
    try:
        return parse(text), None
    except CommandError as error:
        return None, error


SAID = st.sampled_from(
    (
        *(
            "every",
            "each",
            "day",
            "weekday",
            "sunday",
            "mon",
            "fri,",
            "on",
            "not",
            "except",
            "only",
        ),
        *("other", "second", "last", "first", "of", "the", "month", "end", "tomorrow", "please"),
        *("at", "6pm", "6", "pm", "18:00", "noon", "and", "hourly", "2", "two", "hours", "evry"),
        *("UTC", "lodnon"),
    )
)


def begins_with_two_numbers(said: str) -> bool:
    """Say whether a text is rather a cron expression, perhaps one of unix: `6 2 2 2 mon`."""
    return re.match("[0-9]+ [0-9]+ ", said) is not None


@given(
    st.lists(SAID, max_size=8).map(" ".join).filter(lambda said: not begins_with_two_numbers(said))
)
def test_all_that_follows_a_name_in_quotes_is_read_as_one_phrase_or_refused(said: str) -> None:
    command, error = read_or_refused(f'"EU West" {said}')

    if command is not None:
        phrase = read_phrase(said)
        assert command == Set("EU West", None, phrase.cron, phrase.zone)
    if error is not None:
        offered = [parse(repair.command_text) for repair in error.repairs]
        crons = {command.cron for command in offered if isinstance(command, Set)}
        assert not crons or crons <= {read_phrase(line).cron for line in near_to(said)}


def near_to(phrase: str) -> tuple[str, ...]:
    [problem] = refusal_of(phrase).problems
    return problem.repairs


@pytest.mark.parametrize(
    "word",
    ["every ", "at 6pm ", "monday and ", "thrusday ", "not at ", '"', "' ", "* ", "1,", "&amp;"],
)
def test_no_text_keeps_the_bot_busy(word: str) -> None:
    start = time.process_time()
    read_or_refused(f"prod {word * (890 // len(word))}")

    assert time.process_time() - start < 0.25  # of the three seconds that Slack waits


def test_the_words_that_may_begin_a_phrase_are_tried_without_looking_for_repairs() -> None:
    phrase = "every at on from between the first second third last noon midnight " * 2
    alone = min(spent(lambda: refusal_of(phrase)) for _ in range(5))
    command = min(spent(lambda: read_or_refused(f"prod {phrase}")) for _ in range(5))
    assert command < 4 * alone  # whose repairs are looked for once


def refusal_of(phrase: str) -> ScheduleError:
    with pytest.raises(ScheduleError) as refusal:
        read_phrase(phrase)
    return refusal.value


def spent(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def test_the_longest_command_still_fits_in_a_button() -> None:
    widest = "&amp;lt;" * 218  # each is printed twice as long as it was meant

    command = parse(f"{widest} 0 18 ? * MON-FRI *")

    assert len(to_text(command)) <= 2000
    assert parse(to_text(command)) == command
