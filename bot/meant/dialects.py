"""Lines of other dialects than six fields of EventBridge, and what each would be here."""

import re
from collections.abc import Iterator, Mapping

from bot.meant.checks import settled, valid
from bot.meant.even import A_DAY, AN_HOUR, EVEN, neighbours
from bot.meant.mending import options, tidy, unix_weekdays
from bot.schedule import Cron, Problem, ScheduleError
from bot.schedule.fields import DAY, FIELDS, WEEKDAY
from bot.schedule.problems import quote

UNIX, COUNT = 5, len(FIELDS)

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
FROM_ZERO = "Weekdays are taken as counted from 0, which is Sunday; here Sunday is 1."
CLOCK = re.compile("([01]?[0-9]|2[0-4]):([0-5][0-9])")


def explained(line: str, refusal: ScheduleError) -> Problem | None:
    """Return what is wrong with a line of another dialect, its repairs not yet checked."""
    if wrappers := re.match(f"(?:{CRON})+", line):
        inside = line[wrappers.end() :].rstrip(" )")
        message = f"Write the six fields alone, without `cron(…)` around them.{_wrong(inside)}"
        return Problem("structure", line, message, (inside,))
    if len(line.split()) == COUNT:
        return _seconds_first(line)
    if not line:
        return None
    remark, *lines = next(_readings(line), ("",))
    return Problem("structure", line, f"{refusal} {remark}".strip(), tuple(filter(None, lines)))


def _wrong(line: str) -> str:
    """Return what is wrong with a line, to be added to another sentence."""
    try:
        Cron.parse(line)
    except ScheduleError as error:
        return f" {error}"
    return ""


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
        message += f" {FROM_ZERO}"
    return Problem("structure", line, message, tuple(lines))


def _readings(line: str) -> Iterator[tuple[str, ...]]:
    """Yield, the likeliest first, what a line may be and the lines to write instead."""
    first, *rest = fields = line.split()
    if re.match(RATE, line):
        yield _rate(line)
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
        # Without a `?` it is of no dialect that counts from 1.
        counted = weekday if "?" in {day, weekday} else unix_weekdays(weekday)
        remark = "The year is missing." + ("" if counted == weekday else f" {FROM_ZERO}")
        return remark, f"{minute} {hour} {day} {month} {counted} *"
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


def _rate(line: str) -> tuple[str, ...]:
    """Return what a rate is here: EventBridge counts it from its own start, cron by the clock."""
    rate = re.fullmatch(rf"{RATE}([0-9]{{1,5}})\s+(minute|hour|day)s?\s*\)?", line, re.IGNORECASE)
    if not rate:
        return ("It is a rate; those that a schedule can keep are of minutes, hours or one day.",)
    minutes = int(rate[1]) * {"minute": 1, "hour": AN_HOUR, "day": A_DAY}[rate[2].lower()]
    if minutes in EVEN:
        return "It is a rate.", _every(minutes)
    near = neighbours(minutes) if minutes else ()
    nearest = "; the nearest that one can are offered." if near else "."
    return f"It is a rate that no schedule can keep{nearest}", *map(_every, near)


def _every(minutes: int) -> str:
    """Return the line that runs every so many minutes, which are `EVEN`."""
    if minutes == A_DAY:
        return "0 0 * * ? *"
    hours, odd = divmod(minutes, AN_HOUR)
    if odd:
        return "* * * * ? *" if minutes == 1 else f"0/{minutes} * * * ? *"
    return "0 * * * ? *" if hours == 1 else f"0 0/{hours} * * ? *"
