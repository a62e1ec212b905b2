"""`python -m bot explain`, for a person and for a stream of lines."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.explain import EXAMPLE, main

LONDON = {"expression": "0 18 ? * MON-FRI *", "timezone": "Europe/London"}
AFTER = "2026-11-20T18:00:00+00:00"


def told(capsys: pytest.CaptureFixture[str], *typed: str) -> tuple[int, list[str]]:
    """Return the exit status and the lines that a person reads."""
    status = main(typed)
    return status, capsys.readouterr().out.splitlines()


def test_a_schedule_is_told_with_words_load_and_next_runs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    typed = "0 18 ? * mon-fri *", "europe/london", "--count", "2", "--after", AFTER
    assert told(capsys, *typed) == (
        0,
        [
            "At 06:00 PM, Monday through Friday, Europe/London",
            "Cron     0 18 ? * MON-FRI *",
            "Runs     once a day, 5 days a week",
            "Next     Mon 2026-11-23 18:00 GMT",
            "         Tue 2026-11-24 18:00 GMT",
        ],
    )


def test_a_warning_is_told_below(capsys: pytest.CaptureFixture[str]) -> None:
    _, lines = told(capsys, "0 18 30 2 ? *", "UTC")
    assert lines[-2:] == [
        "Runs     never",
        "Warning  Never runs: no month that it names has such a day.",
    ]


def test_a_clock_change_of_the_first_year_that_a_schedule_names_is_warned_of(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, lines = told(capsys, "0 2 * 3 ? 2028-2030", "Europe/Berlin", "--after", AFTER)
    assert lines[-1] == (
        "Warning  Skips the run at 02:00 on Sunday 26 March 2028: "
        "clocks in Europe/Berlin go forward from 02:00 to 03:00."
    )


def test_the_faults_are_underlined_and_repairs_offered(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "0  24 ? * MONDAY *", "Lodnon") == (
        1,
        [
            "0 24 ? * MONDAY * Lodnon",
            "  ^^     ^^^^^^   ^^^^^^",
            "hour: `24` is not an hour: use 0-23.",
            (
                "day-of-week: `MONDAY` is not a weekday: "
                "use 1-7 (1 is Sunday), SUN-SAT, `FRIL` or `FRI#2` (#1-#5)."
            ),
            "timezone: `Lodnon` is not a time zone: use an IANA name such as `Europe/London`.",
            "Did you mean: 0 0 ? * TUE *",
            "Did you mean: Europe/London",
        ],
    )


def test_a_line_of_another_dialect_is_underlined_whole(capsys: pytest.CaptureFixture[str]) -> None:
    status, lines = told(capsys, "0 18 * * 1-5", "UTC")
    assert (status, lines[:2]) == (1, ["0 18 * * 1-5 UTC", "^" * 12])
    assert lines[-1] == "Did you mean: 0 18 ? * MON-FRI *"


def test_a_phrase_may_name_its_zone(capsys: pytest.CaptureFixture[str]) -> None:
    _, lines = told(capsys, "every weekday at 6pm Europe/London", "--count", "0")
    assert lines[:2] == [
        "At 06:00 PM, Monday through Friday, Europe/London",
        "Cron     0 18 ? * MON-FRI *",
    ]


def test_without_a_zone_it_is_utc(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "0 18 ? * * *", "--count", "0")[1][0] == "At 06:00 PM, UTC"


def test_a_time_without_offset_is_one_of_the_schedule(capsys: pytest.CaptureFixture[str]) -> None:
    typed = "0 18 ? * * *", "Asia/Tokyo", "--after", "2026-11-23T18:00", "--count", "1"
    assert told(capsys, *typed)[1][-1] == "Next     Tue 2026-11-24 18:00 JST"


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ([], "write a schedule, or --jsonl to read them from standard input"),
        (["0 18 ? * * *", "--count", "-1"], "-1 is not a number of runs: use 0-10000"),
        (["0 18 ? * * *", "--count", "some"], "some is not a number of runs: use 0-10000"),
        (["0 18 ? * * *", "--count", "9" * 5000], "9 is not a number of runs: use 0-10000"),
        (["--jsonl", "--count", "2"], "--jsonl stands alone"),
        (["--jsonl", "0 18 ? * * *"], "--jsonl stands alone"),
        (["0 18 ? * * *", "--after", "soon"], "soon is not an ISO time: write one such as"),
    ],
)
def test_a_wrong_option_is_told_and_exits_2(
    capsys: pytest.CaptureFixture[str], typed: list[str], complaint: str
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(typed)
    assert exit_.value.code == 2
    assert complaint in capsys.readouterr().err


Ask = Any
"""Sends lines as bytes or as objects to write as JSON, and returns the answers."""


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    def answers(*questions: dict[str, Any] | bytes) -> list[Any]:
        lines = [q if isinstance(q, bytes) else json.dumps(q).encode() for q in questions]
        stdin = SimpleNamespace(buffer=io.BytesIO(b"".join(line + b"\n" for line in lines)))
        monkeypatch.setattr(sys, "stdin", stdin)
        assert main(["--jsonl"]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return answers


def test_a_valid_line_is_answered_with_words_runs_and_warnings(ask: Ask) -> None:
    assert ask({**LONDON, "after": AFTER, "count": 2}) == [
        {
            "valid": True,
            "expression": "0 18 ? * MON-FRI *",
            "description": "At 06:00 PM, Monday through Friday",
            "next": ["2026-11-23T18:00:00+00:00", "2026-11-24T18:00:00+00:00"],
            "warnings": [],
        }
    ]


def test_warnings_have_a_code_and_a_message(ask: Ask) -> None:
    [answer] = ask({"expression": "0 18 30 2 ? *", "timezone": "UTC"})
    assert answer["next"] == []
    assert answer["warnings"] == [
        {"code": "never-fires", "message": "Never runs: no month that it names has such a day."}
    ]


def test_an_invalid_line_is_answered_with_every_error(ask: Ask) -> None:
    assert ask({"expression": "0 25 ? * MONDAY *", "timezone": "UTC"}) == [
        {
            "valid": False,
            "errors": [
                {
                    "field": "hour",
                    "value": "25",
                    "message": "`25` is not an hour: use 0-23.",
                    "suggestion": "25 0 ? * MON *",
                },
                {
                    "field": "day-of-week",
                    "value": "MONDAY",
                    "message": (
                        "`MONDAY` is not a weekday: "
                        "use 1-7 (1 is Sunday), SUN-SAT, `FRIL` or `FRI#2` (#1-#5)."
                    ),
                    "suggestion": "25 0 ? * MON *",
                },
            ],
        }
    ]


def test_an_invalid_expression_and_timezone_are_answered_together(ask: Ask) -> None:
    [answer] = ask({"expression": "0 25 ? * MONDAY *", "timezone": "Lodnon"})
    assert {error["field"]: error["suggestion"] for error in answer["errors"]} == {
        "hour": "25 0 ? * MON *",
        "day-of-week": "25 0 ? * MON *",
        "timezone": "Europe/London",
    }


TEXT = 'write a text, as in {"expression": "0 18 ? * MON-FRI *", "timezone": "Europe/London"}.'
MOMENT = "write an ISO time such as `2026-11-23T18:00+00:00`."
WHOLE = "write a whole number from 0 to 10000."


@pytest.mark.parametrize(
    ("member", "value", "message"),
    [
        ("expression", "null", f"`expression` is missing: {TEXT}"),
        ("expression", "5", f"`expression` is `5`: {TEXT}"),
        ("timezone", "5", f"`timezone` is `5`: {TEXT}"),
        ("timezone", '{"name": "UTC"}', f"`timezone` is `{{…}}`: {TEXT}"),
        ("after", '"soon"', f"`after` is `soon`: {MOMENT}"),
        ("after", '""', f"`after` is ``: {MOMENT}"),
        ("after", "5", f"`after` is `5`: {MOMENT}"),
        ("count", "-1", f"`count` is `-1`: {WHOLE}"),
        ("count", "10001", f"`count` is `10001`: {WHOLE}"),
        ("count", "2.9", f"`count` is `2.9`: {WHOLE}"),
        ("count", "-0.5", f"`count` is `-0.5`: {WHOLE}"),
        ("count", "1e9", f"`count` is `1000000000.0`: {WHOLE}"),
        ("count", "1e999", f"`count` is `Infinity`: {WHOLE}"),
        ("count", "9" * 5000, f"`count` is `Infinity`: {WHOLE}"),
        ("zone", '"UTC"', f"There is no member `zone`: write `timezone`, as in {EXAMPLE}."),
        ("count", "NaN", f"`count` is `NaN`: {WHOLE}"),
        ("count", "true", f"`count` is `true`: {WHOLE}"),
        ("count", '"2"', f"`count` is `2`: {WHOLE}"),
        ("count", '"1_0"', f"`count` is `1_0`: {WHOLE}"),
        ("count", "[" * 900 + "]" * 900, f"`count` is `[…]`: {WHOLE}"),
    ],
)
def test_a_member_that_is_wrong_is_named(ask: Ask, member: str, value: str, message: str) -> None:
    line = f'{{"expression": "0 18 ? * * *", "{member}": {value}}}'.encode()
    [answer, after] = ask(line, LONDON)
    [error] = answer["errors"]
    assert (error["field"], error["message"], error["suggestion"]) == ("structure", message, None)
    assert after["valid"]


def test_wrong_members_hide_neither_each_other_nor_the_schedule_at_fault(ask: Ask) -> None:
    wrong = {"expression": "61 18 ? * * *", "timezone": "Lodnon", "after": "soon", "count": True}
    [answer] = ask(wrong)
    assert [(error["field"], error["value"]) for error in answer["errors"]] == [
        ("minute", "61"),
        ("timezone", "Lodnon"),
        ("structure", "soon"),
        ("structure", "true"),
    ]
    [answer] = ask({**wrong, "expression": None, "timezone": 5})
    assert [error["value"] for error in answer["errors"]] == ["null", "5", "soon", "true"]


def test_any_nesting_has_an_answer(ask: Ask) -> None:
    line = b'{"expression": "' + b"cron(" * 250 + b"0 18 ? * * *" + b")" * 250 + b'"}'
    [answer, after] = ask(line, LONDON)
    assert answer["errors"][0]["suggestion"] == "0 18 ? * * *"
    assert after["valid"]


def test_an_error_without_a_repair_has_null_for_a_suggestion(ask: Ask) -> None:
    [answer] = ask({"expression": "0 9 32 * ? *", "timezone": "UTC"})
    assert [error["suggestion"] for error in answer["errors"]] == [None]


def test_without_after_and_count_it_is_five_runs_from_now(ask: Ask) -> None:
    for question in (LONDON, {**LONDON, "after": None, "count": None}):
        [answer] = ask(question)
        runs = [datetime.fromisoformat(run) for run in answer["next"]]
        assert len(runs) == 5
        assert timedelta() < runs[0] - datetime.now(UTC) < timedelta(days=4)


@pytest.mark.parametrize(
    ("expression", "zone", "after", "run"),
    [
        ("0 3 * * ? *", "America/New_York", "2027-03-14T02:30", "2027-03-14T03:00:00-04:00"),
        ("15 3 * * ? *", "America/New_York", "2027-03-14T02:30", "2027-03-14T03:15:00-04:00"),
        ("59 1 * * ? *", "America/New_York", "2027-03-14T02:30", "2027-03-15T01:59:00-04:00"),
        ("45 2 * * ? *", "America/New_York", "2027-03-14T02:30", "2027-03-15T02:45:00-04:00"),
        ("0 3 * * ? *", "America/New_York", "2027-03-14T03:00", "2027-03-15T03:00:00-04:00"),
        ("30 2 * * ? *", "Australia/Lord_Howe", "2027-10-03T02:15", "2027-10-03T02:30:00+11:00"),
        ("59 1 * * ? *", "Australia/Lord_Howe", "2027-10-03T02:00", "2027-10-04T01:59:00+11:00"),
        ("0 0 * * ? *", "Pacific/Apia", "2011-12-30T12:00", "2011-12-31T00:00:00+14:00"),
        # A wall time that comes twice is the first of the two.
        ("0/30 1 * * ? *", "America/New_York", "2027-11-07T01:00", "2027-11-07T01:30:00-04:00"),
        ("0 0 1 1 ? *", "Asia/Tokyo", "0001-01-01T00:00", "1970-01-01T00:00:00+09:00"),
    ],
)
def test_a_time_without_offset_that_clocks_skip_is_just_before_they_do(
    ask: Ask, expression: str, zone: str, after: str, run: str
) -> None:
    [answer] = ask({"expression": expression, "timezone": zone, "after": after, "count": 1})
    assert answer["next"] == [run]


def test_without_a_timezone_a_line_is_read_in_utc(ask: Ask) -> None:
    for question in ({"expression": "0 18 * * ? *"}, {**LONDON, "timezone": None}):
        [answer] = ask({**question, "after": "2026-07-04T00:00:00+00:00", "count": 1})
        assert answer["next"][0].endswith("T18:00:00+00:00")


def test_fewer_runs_are_answered_where_the_schedule_ends(ask: Ask) -> None:
    question = {"expression": "0 0 1 1 ? 2027", "timezone": "Asia/Kolkata", "after": AFTER}
    assert ask(question)[0]["next"] == ["2027-01-01T00:00:00+05:30"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"nonsense",
        b"[]",
        b"7",
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_broken_line_is_answered_and_does_not_stop_the_stream(ask: Ask, line: bytes) -> None:
    before, broken, after = ask(LONDON, line, LONDON)
    assert before["valid"]
    assert after["valid"]
    [error] = broken["errors"]
    assert (broken["valid"], error["field"], error["suggestion"]) == (False, "structure", None)
    assert error["message"].startswith("The line is not a question: write one JSON object a line")


@pytest.mark.parametrize("text", ["\ud800", "\x00", "0 18 ? * \ud800 *", "\u202e"])
def test_any_text_in_a_line_has_an_answer(ask: Ask, text: str) -> None:
    assert ask({"expression": text, "timezone": text})[0]["valid"] is False


def test_the_command_line_answers_lines_as_they_come() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "explain", "--jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        for _ in range(2):
            process.stdin.write(json.dumps(LONDON) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["valid"]
        process.stdin.close()
    assert process.returncode == 0


def test_ctrl_c_ends_the_command_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> Iterator[bytes]:
        yield json.dumps(LONDON).encode()
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=interrupted()))
    assert main(["--jsonl"]) == 130
    out, err = capsys.readouterr()
    assert (len(out.splitlines()), err) == (1, "")


def test_an_answer_that_cannot_be_written_is_told_in_a_line() -> None:
    command = [sys.executable, "-m", "bot", "explain", "0 18 ? * * *"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    words = "The answer cannot be written: No space left on device.\n"
    assert (done.returncode, done.stderr) == (1, words)


def test_input_that_cannot_be_read_is_told_in_a_line() -> None:
    command = [sys.executable, "-m", "bot", "explain", "--jsonl"]
    with Path("/proc/self/mem").open("rb") as broken:  # at address 0 there is nothing
        done = subprocess.run(command, stdin=broken, capture_output=True, text=True, check=False)
    words = "Standard input cannot be read: Input/output error.\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", words)


def test_a_closed_output_leaves_the_exit_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)  # as Python has it where it is closed
    assert (main(["0 18 ? * * *"]), main(["0 25 ? * * *"])) == (0, 1)


def test_a_closed_input_is_an_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)  # as Python has it where it is closed
    assert main(["--jsonl"]) == 0


def test_a_reader_who_has_enough_ends_the_command_without_a_traceback() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "explain", "--jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        process.stdout.close()
        _, complaints = process.communicate(json.dumps(LONDON).encode())
    assert (process.returncode, complaints) == (1, b"")


def test_the_command_loads_nothing_of_slack_http_or_databases() -> None:
    heavy = "aiohttp httpx slack_bolt slack_sdk sqlalchemy dbos alembic uvicorn asyncio"
    script = f"import bot.explain, sys; print(*set({heavy.split()}) & set(sys.modules))"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
