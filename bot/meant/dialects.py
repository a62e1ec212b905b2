"""Lines that are not six fields: the dialect that each is of, and what it would be here."""

import re
from collections.abc import Iterator

from bot.schedule import Problem, ScheduleError
from bot.schedule.fields import WEEKDAY

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


def explained(line: str, refusal: ScheduleError) -> Problem | None:
    """Return what is wrong with a line that has not six fields, its repairs not yet checked."""
    if wrapped := re.fullmatch(r"(?i)cron\s*\((.*)\)", line):
        message = "Write the six fields alone, without `cron(…)` around them."
        return Problem("structure", line, message, (wrapped[1],))
    if not line or len(line.split()) == COUNT:
        return None
    remark, *lines = next(_readings(line), ("",))
    return Problem("structure", line, f"{refusal} {remark}".strip(), tuple(filter(None, lines)))


def _readings(line: str) -> Iterator[tuple[str, ...]]:
    """Yield, the likeliest first, what a line may be and the lines to write instead."""
    first, *rest = fields = line.split()
    if rate := re.fullmatch(r"(?i)rate\s*\(\s*([0-9]{1,4})\s+(minute|hour|day)s?\s*\)", line):
        yield "It is a rate.", _every(int(rate[1]), rate[2].lower())
    if line.startswith("@"):
        yield "It is a nickname of unix cron.", NICKNAMES.get(line.lower(), "")
    joined = re.sub(r"\s*([,/-])\s*", r"\1", line)
    if len(joined.split()) == COUNT:
        yield "A list has no blanks.", joined
    if clock := re.fullmatch("([0-9]{1,2}):([0-9]{2})", first):
        time = f"{int(clock[2])} {int(clock[1]) % 24}"
        yield "A time is two fields, the minute first.", f"{time} {' '.join(rest) or '* * ? *'}"
    if len(fields) == UNIX:
        yield _unix(*fields)
    if len(fields) == QUARTZ and not first.strip("0"):
        yield "There are no seconds.", " ".join(rest)


def _unix(minute: str, hour: str, day: str, month: str, weekday: str) -> tuple[str, ...]:
    if re.search("[?#L]|W(?!ED)", f"{day} {weekday}".upper()):
        return "The year is missing.", f"{minute} {hour} {day} {month} {weekday} *"
    if weekday in {"0-6", "0-7", "1-7"}:
        weekday = "*"
    names = WEEKDAY.names
    weekday = re.sub("(?<![/#0-9])[0-7](?![0-9])", lambda n: names[int(n[0]) % 7], weekday)
    remark = "Unix cron has five, and counts weekdays from 0; here Sunday is 1."
    lines = f"{minute} {hour} {day} {month} ? *", f"{minute} {hour} ? {month} {weekday} *"
    if weekday == "*":
        return remark, lines[0]
    if day == "*":
        return remark, lines[1]
    either = "Unix runs it when either day matches, which no single line here can say: choose one."
    return f"{remark} {either}", *lines


def _every(count: int, unit: str) -> str:
    """Return the line that runs every so many minutes, hours or days, if there is one."""
    minutes = count * {"minute": 1, "hour": HOUR, "day": DAY}[unit]
    lines = {0: "", 1: "* * * * ? *", HOUR: "0 * * * ? *", DAY: "0 0 * * ? *"}
    if minutes in lines:
        return lines[minutes]
    if HOUR % minutes == 0:
        return f"0/{minutes} * * * ? *"
    return f"0 0/{minutes // HOUR} * * ? *" if minutes % HOUR == 0 == DAY % minutes else ""
