"""`python -m bot explain`: a schedule in words, its next runs and what to know about it.

For people in a terminal and, with `--jsonl`, for checks in the repositories that hold schedules.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.command import timing
from bot.errors import PersonError
from bot.meant import read_cron, read_zone
from bot.output import cut_off
from bot.schedule import Problem, Schedule, ScheduleError, load, next_runs, parse_zone
from bot.schedule.fields import DAY_NAMES, FIELDS
from bot.schedule.problems import collected, quote
from bot.schedule.runs import within_years
from bot.told import cautions, describe, load_in_words

#: Runs shown unless asked otherwise, and the most of one answer.
COUNT, MOST = 5, 10_000
#: Digits of a number that is far from any count.
LONG = 20
NO_ZONE = "UTC"
NOT_TIMEZONE = {"zone", "tz", "time_zone", "timeZone"}
TIME = "2026-11-23T18:00+00:00"
_NESTED: Mapping[type, str] = {list: "[…]", dict: "{…}"}
#: The exit status of what Ctrl-C ends, as shells tell it.
INTERRUPTED = 130
EXAMPLE = '{"expression": "0 18 ? * MON-FRI *", "timezone": "Europe/London"}'


def main(argv: Sequence[str]) -> int:
    """Explain one schedule and return 0, or 1 if it is not valid; with `--jsonl`, one a line."""
    try:
        return _run(argv)
    except KeyboardInterrupt:
        return INTERRUPTED
    except PersonError as error:
        sys.stderr.write(f"{error.text}\n")
        return 1
    except OSError as error:
        return cut_off(error)


def _run(argv: Sequence[str]) -> int:
    parser = _parser()
    options = parser.parse_args(argv)
    now = datetime.now(UTC)
    if options.jsonl:
        if len(argv) > 1:
            parser.error("--jsonl stands alone: each line has its own timezone, after and count")
        for line in _lines():
            _say(json.dumps(answer(line, now)))
        return 0
    if options.expression is None:
        parser.error("write a schedule, or --jsonl to read them from standard input")
    try:
        schedule = _schedule(options.expression, options.zone)
    except ScheduleError as error:
        _say(*_complaint(options.expression, options.zone or "", error.problems))
        return 1
    _say(*_explanation(schedule, _aware(options.after or now, schedule), options.count))
    return 0


def _lines() -> Iterator[bytes]:
    try:
        yield from sys.stdin.buffer if sys.stdin else ()  # None where it is closed
    except OSError as error:
        raise PersonError(f"Standard input cannot be read: {error.strerror}.") from error


def answer(line: bytes, now: datetime) -> dict[str, Any]:
    """Return the answer to a line of JSON; what is wrong with the line is an answer too."""
    try:
        schedule, after, count = _question(line, now)
    except ScheduleError as error:
        return {"valid": False, "errors": [_as_json(problem) for problem in error.problems]}
    return {
        "valid": True,
        "expression": str(schedule.cron),
        "description": describe(schedule.cron),
        "next": [run.isoformat() for run in next_runs(schedule, after, count)],
        "warnings": [
            {"code": caution.code, "message": caution.message}
            for caution in cautions(schedule, after)
        ],
    }


def _as_json(problem: Problem) -> dict[str, str | None]:
    return {
        "field": problem.field,
        "value": problem.value,
        "message": problem.message,
        "suggestion": problem.suggestion,
    }


def _question(line: bytes, now: datetime) -> tuple[Schedule, datetime, int]:
    """Read expression and timezone, and `after` and `count` where they are given."""
    asked = _asked(line)
    problems: list[Problem] = []
    with collected(problems):
        cron = read_cron(_text(asked, "expression", None))
    with collected(problems):
        zone = read_zone(_text(asked, "timezone", NO_ZONE))
    with collected(problems):
        after = _moment_asked(asked.get("after"), now)
    with collected(problems):
        count = _whole(asked.get("count"))
    if problems:
        raise ScheduleError(problems)
    schedule = Schedule(cron, zone)
    return schedule, _aware(after, schedule), count


def _asked(line: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(line, parse_int=_number)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise _not_a_question(line)
    if misspelt := sorted(asked.keys() & NOT_TIMEZONE):  # it would be taken for UTC in silence
        message = f"There is no member {quote(misspelt[0])}: write `timezone`, as in {EXAMPLE}."
        raise ScheduleError([Problem("structure", misspelt[0], message)])
    return asked


def _number(digits: str) -> float:
    """Read a whole number of JSON, which may have more digits than `int` takes."""
    return int(digits) if len(digits) < LONG else float(digits)


def _not_a_question(line: bytes) -> ScheduleError:
    shown = line.decode(errors="replace").strip()
    message = f"The line is not a question: write one JSON object a line, such as {EXAMPLE}."
    return ScheduleError([Problem("structure", shown, message)])


def _text(asked: dict[str, Any], name: str, default: str | None) -> str:
    text = asked.get(name)
    text = default if text is None else text
    if isinstance(text, str):
        return text
    raise _wrong(name, text, f"write a text, as in {EXAMPLE}")


def _moment_asked(value: Any, now: datetime) -> datetime:
    try:
        return now if value is None else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise _wrong("after", value, f"write an ISO time such as `{TIME}`") from None


def _whole(value: object) -> int:
    """Take a number of runs from JSON, whose true, 2.9 and 1e999 are no such number."""
    if value is None:
        return COUNT
    if type(value) is int and 0 <= value <= MOST:
        return value
    raise _wrong("count", value, f"write a whole number from 0 to {MOST}")


def _wrong(name: str, value: object, rule: str) -> ScheduleError:
    """Return an error about a member of a question, which may be anything that JSON can hold."""
    shown = value if isinstance(value, str) else _NESTED.get(type(value)) or json.dumps(value)
    fault = "is missing" if value is None else f"is {quote(shown)}"
    return ScheduleError([Problem("structure", shown, f"`{name}` {fault}: {rule}.")])


def _count(value: str) -> int:
    count = int(value) if value.isdecimal() and len(value) < LONG else MOST + 1
    if count > MOST:
        raise argparse.ArgumentTypeError(f"{value} is not a number of runs: use 0-{MOST}")
    return count


def _time(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        message = f"{value} is not an ISO time: write one such as {TIME}"
        raise argparse.ArgumentTypeError(message) from None


def _aware(after: datetime, schedule: Schedule) -> datetime:
    """Read a time without an offset as a wall time of the schedule.

    One that clocks skip is the last moment before they do: what runs from then on is after it.
    """
    if after.tzinfo:
        return after
    # In a gap alone the second reading is the earlier one: https://peps.python.org/pep-0495/
    high, low = (within_years(after.replace(tzinfo=schedule.zone, fold=fold)) for fold in (0, 1))
    if high <= low:
        return high
    while high - low > datetime.resolution:
        middle = low + (high - low) / 2
        before = middle.astimezone(schedule.zone).replace(tzinfo=None) < after
        low, high = (middle, high) if before else (low, middle)
    return low


def _schedule(expression: str, zone: str | None) -> Schedule:
    """Read a cron expression or a phrase, which may end in its zone."""
    reading = timing.read(expression, zone)
    if reading.problems:
        raise ScheduleError(reading.problems)
    said = reading.times[0]
    return Schedule(said.cron, said.zone or parse_zone(NO_ZONE))


def _explanation(schedule: Schedule, after: datetime, count: int) -> Iterator[str]:
    yield f"{describe(schedule.cron)}, {schedule.zone.key}"
    yield from _titled("Cron", str(schedule.cron))
    yield from _titled("Runs", load_in_words(load(schedule, after)))
    yield from _titled("Next", *(_moment(run) for run in next_runs(schedule, after, count)))
    yield from _titled("Warning", *(caution.message for caution in cautions(schedule, after)))


def _titled(title: str, *lines: str) -> Iterator[str]:
    for line in lines:
        yield f"{title:9}{line}"
        title = ""


def _moment(run: datetime) -> str:
    # Not %a, which follows the locale.
    return f"{DAY_NAMES[run.isoweekday() % 7][:3]} {run:%Y-%m-%d %H:%M %Z}"


def _complaint(expression: str, zone: str, problems: Sequence[Problem]) -> Iterator[str]:
    """Show what was typed with the faults underlined, then the problems and the repairs."""
    fields = expression.split()
    faults = {problem.field for problem in problems}
    if len(fields) == len(FIELDS) and "structure" not in faults:
        names = [field.name for field in FIELDS]
    else:
        names, fields = ["structure"], [" ".join(fields)]
    shown = [*zip(names, fields, strict=True), ("timezone", zone)]
    yield " ".join(text for _, text in shown).rstrip()
    yield " ".join(("^" if name in faults else " ") * len(text) for name, text in shown).rstrip()
    yield from (f"{problem.field}: {problem.message}" for problem in problems)
    for repair in dict.fromkeys(repair for problem in problems for repair in problem.repairs):
        yield f"Did you mean: {repair}"


def _say(*lines: str) -> None:
    if sys.stdout is None:  # closed by whoever wants the exit status alone
        return
    # Sent at once, for whoever asks the next question only after this answer.
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot explain", description="Say what a schedule means and when it runs."
    )
    parser.add_argument("expression", nargs="?", help="six cron fields, or a phrase, in quotes")
    parser.add_argument("zone", nargs="?", help=f"an IANA time zone (default: {NO_ZONE})")
    parser.add_argument("--count", type=_count, default=COUNT, help="runs to show (%(default)s)")
    parser.add_argument("--after", type=_time, help="ISO time (default: now)")
    parser.add_argument("--jsonl", action="store_true", help="read JSON lines, answer JSON lines")
    return parser
