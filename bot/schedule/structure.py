"""Lines that are not six fields: what they were meant to be, and the line to write instead."""

import re

from bot.schedule.fields import WEEKDAY
from bot.schedule.problems import Problem, quote

LONGEST = 256
"""As in https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html."""

ORDER = "minute, hour, day-of-month, month, day-of-week, year"
UNIX, COUNT, QUARTZ = 5, 6, 7
HOUR, DAY = 60, 24 * 60
"""In minutes."""

NICKNAMES = {
    "@hourly": "0 * * * ? *",
    "@daily": "0 0 * * ? *",
    "@midnight": "0 0 * * ? *",
    "@weekly": "0 0 ? * SUN *",
    "@monthly": "0 0 1 * ? *",
    "@yearly": "0 0 1 1 ? *",
    "@annually": "0 0 1 1 ? *",
}


def misshapen(line: str) -> Problem | None:
    """Return what is wrong with a line that is not six fields, its repairs not yet checked."""
    count = len(line.split())
    if not line:
        return _problem(line, f"The schedule is empty: write six fields, {ORDER}.")
    if len(line) > LONGEST:
        return _problem(line, f"The schedule has {len(line)} characters: {LONGEST} is the most.")
    if match := re.fullmatch(r"(?i)(cron|rate)\s*\((.*)\)", line):
        return _wrapped(line, *match.groups())
    if line.startswith("@"):
        message = f"{quote(line)} is a nickname of unix cron: write six fields, {ORDER}."
        return _problem(line, message, NICKNAMES.get(line.lower()))
    if count == COUNT:
        return None
    return _counted(line, count)


def _problem(line: str, message: str, *repairs: str | None) -> Problem:
    return Problem("structure", line, message, tuple(repair for repair in repairs if repair))


def _wrapped(line: str, wrapper: str, inside: str) -> Problem:
    if wrapper.lower() == "cron":
        message = "Write the six fields alone, without `cron(…)` around them."
        return _problem(line, message, inside.strip())
    message = f"{quote(line)} is a rate: a schedule here is six fields, {ORDER}."
    match = re.fullmatch(r"(?i)\s*([0-9]{1,4})\s+(minute|hour|day)s?\s*", inside)
    return _problem(line, message, _every(int(match[1]), match[2].lower()) if match else None)


def _counted(line: str, count: int) -> Problem:
    """Explain a wrong number of fields by the dialect that writes so many."""
    fields = line.split()
    message = f"{quote(line)} has {count} field{'s' * (count != 1)}, not six: {ORDER}."
    joined = re.sub(r"\s*([,/-])\s*", r"\1", line)
    if len(joined.split()) == COUNT:
        return _problem(line, f"{message} A list has no blanks.", joined)
    if clock := re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", fields[0]):
        rest = " ".join(fields[1:]) or "* * ? *"
        return _problem(line, message, f"{int(clock[2])} {int(clock[1]) % 24} {rest}")
    if count == UNIX and re.search("[?#LW]", "".join(fields[2:3] + fields[4:]).upper()):
        return _problem(line, f"{message} The year is missing.", f"{line} *")
    if count == UNIX:
        return _unix(line)
    if count == QUARTZ and not fields[0].strip("0"):
        return _problem(line, f"{message} There are no seconds.", " ".join(fields[1:]))
    return _problem(line, message)


def _unix(line: str) -> Problem:
    minute, hour, day, month, weekday = line.split()
    message = (
        f"{quote(line)} has five fields, as unix cron has: here there are six, {ORDER}, "
        "and weekdays count from 1, which is Sunday."
    )
    if weekday in {"0-6", "0-7", "1-7"}:
        weekday = "*"
    names = WEEKDAY.names
    weekday = re.sub("(?<![/#0-9])[0-7](?![0-9])", lambda n: names[int(n[0]) % 7], weekday)
    by_day = f"{minute} {hour} {day} {month} ? *"
    by_weekday = f"{minute} {hour} ? {month} {weekday} *"
    if weekday == "*":
        return _problem(line, message, by_day)
    if day == "*":
        return _problem(line, message, by_weekday)
    either = " Unix runs it when either day matches, which no single line here can say: choose one."
    return _problem(line, message + either, by_day, by_weekday)


def _every(count: int, unit: str) -> str | None:
    """Return the line that runs every so many minutes, hours or days; None where none does."""
    minutes = count * {"minute": 1, "hour": HOUR, "day": DAY}[unit]
    lines = {1: "* * * * ? *", HOUR: "0 * * * ? *", DAY: "0 0 * * ? *"}
    if minutes in lines or not minutes:
        return lines.get(minutes)
    if HOUR % minutes == 0:
        return f"0/{minutes} * * * ? *"
    if minutes % HOUR == 0 and DAY % minutes == 0:
        return f"0 0/{minutes // HOUR} * * ? *"
    return None
