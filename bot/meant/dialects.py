"""Lines of other dialects than six fields of EventBridge, and what each would be here."""

import re
from collections.abc import Iterator, Mapping

from bot.meant.checks import settled, valid
from bot.meant.mending import options, tidy, unix_weekdays
from bot.schedule import Problem, ScheduleError
from bot.schedule.fields import DAY, FIELDS, WEEKDAY
from bot.schedule.problems import quote

UNIX, COUNT = 5, len(FIELDS)
AN_HOUR, A_DAY = 60, 24 * 60
"""In minutes."""

NICKNAMES: Mapping[str, str] = {
    "@hourly": "0 * * * ? *",
    "@daily": "0 0 * * ? *",
    "@midnight": "0 0 * * ? *",
    "@weekly": "0 0 ? * SUN *",
    "@monthly": "0 0 1 * ? *",
    "@yearly": "0 0 1 1 ? *",
    "@annually": "0 0 1 1 ? *",
}


CRON, RATE = r"(?i:cron)\s*\(\s*", r"(?i:rate)\s*\(\s*"
WRAPPER = re.compile(f"{CRON}|{RATE}")
CLOCK = re.compile("([01]?[0-9]|2[0-4]):([0-5][0-9])")


def explained(line: str, refusal: ScheduleError) -> Problem | None:
    """Return what is wrong with a line of another dialect, its repairs not yet checked."""
    if wrappers := re.match(f"(?:{CRON})+", line):
        message = "Write the six fields alone, without `cron(…)` around them."
        return Problem("structure", line, message, (line[wrappers.end() :].rstrip(" )"),))
    if len(line.split()) == COUNT:
        return _seconds_first(line)
    if not line:
        return None
    remark, *lines = next(_readings(line), ("",))
    return Problem("structure", line, f"{refusal} {remark}".strip(), tuple(filter(None, lines)))


def without_seconds(line: str) -> list[str]:
    """Return what six fields may be if the first of them is seconds and the year is left out."""
    seconds, minute, hour, day, month, weekday = line.upper().split()
    # 24 o'clock is an hour of the fields as they stand, and not a minute.
    if seconds.strip("0") or minute == "24":
        return []
    # Quartz needs a `?` and counts weekdays as EventBridge does, Spring and others as unix does.
    # https://docs.spring.io/spring-framework/reference/integration/scheduling.html
    weekday = weekday if "?" in {day, weekday} else unix_weekdays(weekday)
    return settled(f"{minute} {hour} {day} {month} {weekday} *")


def _seconds_first(line: str) -> Problem | None:
    """Return what is wrong with six fields that say something only if the first is seconds."""
    *others, last = line.upper().split()
    lines = without_seconds(line)
    if not lines or settled(line) or (last == "?" and settled(" ".join((*others, "*")))):
        return None
    message = f"{quote(line)} begins with seconds: here there are none, and the year comes last."
    if "?" not in line and unix_weekdays(last) != last:
        message += " Weekdays are taken as counted from 0, which is Sunday; here Sunday is 1."
    return Problem("structure", line, message, tuple(lines))


def _readings(line: str) -> Iterator[tuple[str, ...]]:
    """Yield, the likeliest first, what a line may be and the lines to write instead."""
    first, *rest = fields = line.split()
    rate = re.fullmatch(rf"{RATE}([0-9]{{1,4}})\s+(minute|hour|day)s?\s*\)", line, re.IGNORECASE)
    if rate:
        yield "It is a rate.", _every(int(rate[1]), rate[2].lower())
    if line.startswith("@"):
        yield "It is a nickname of unix cron.", NICKNAMES.get(line.lower(), "")
    joined = re.sub(r"\s*([,/-])\s*", r"\1", line)
    if len(joined.split()) == COUNT:
        yield "A list has no blanks.", joined
    if clock := CLOCK.fullmatch(first):
        time = f"{int(clock[2])} {int(clock[1])}"
        yield "A time is two fields, the minute first.", f"{time} {' '.join(rest) or '* * ? *'}"
    if len(fields) == UNIX:
        yield _five(*map(tidy, fields))
    if len(fields) > COUNT:
        yield from _too_many(fields)


def _five(minute: str, hour: str, day: str, month: str, weekday: str) -> tuple[str, ...]:
    if "?" in {hour, month}:
        lines = settled(f"0 {minute} {hour} {day} {month} {weekday}")
        return "The minute or the hour is missing.", *lines
    if re.search("[?#L]|W(?!ED)", f"{day} {weekday}".upper()):
        return "The year is missing.", f"{minute} {hour} {day} {month} {weekday} *"
    return _unix(minute, hour, day, month, unix_weekdays(weekday))


def _unix(minute: str, hour: str, day: str, month: str, weekday: str) -> tuple[str, ...]:
    remark = "Unix cron has five, and counts weekdays from 0; here Sunday is 1."
    lines = f"{minute} {hour} {day} {month} ? *", f"{minute} {hour} ? {month} {weekday} *"
    if weekday == "*":
        return remark, lines[0]
    if day == "*":
        return remark, lines[1]
    if not (options(DAY, day.upper()) and options(WEEKDAY, weekday.upper())):
        return (remark,)  # a line without what is not understood may be anything but what is meant
    either = "Unix runs it when either day matches, which no single line here can say: choose one."
    return f"{remark} {either}", *lines


def _too_many(fields: list[str]) -> Iterator[tuple[str, ...]]:
    """Yield what more than six fields may be: with years apart, with words after, of Quartz."""
    years = " ".join((*fields[: COUNT - 1], ",".join(fields[COUNT - 1 :])))
    if valid(years):
        yield "A list has commas, not blanks.", years
    first, rest = " ".join(fields[:COUNT]), " ".join(fields[COUNT:])
    more = f"The first six are a schedule: {quote(rest)} is too much."
    if valid(first):
        yield more, first
    quartz = not fields[0].strip("0") and len(fields) == COUNT + 1
    if quartz and (lines := settled(" ".join(fields[1:]))):
        yield "There are no seconds.", *lines
    if lines := settled(first):
        yield more, *lines


def _every(count: int, unit: str) -> str:
    """Return the line that runs every so many minutes, hours or days, if there is one."""
    minutes = count * {"minute": 1, "hour": AN_HOUR, "day": A_DAY}[unit]
    lines = {0: "", 1: "* * * * ? *", AN_HOUR: "0 * * * ? *", A_DAY: "0 0 * * ? *"}
    if minutes in lines:
        return lines[minutes]
    if AN_HOUR % minutes == 0:
        return f"0/{minutes} * * * ? *"
    return f"0 0/{minutes // AN_HOUR} * * ? *" if minutes % AN_HOUR == 0 == A_DAY % minutes else ""
