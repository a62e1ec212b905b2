"""Whether a line, or a part of one, can be offered."""

from collections.abc import Iterable, Iterator
from itertools import product

from bot.schedule import Cron, ScheduleError
from bot.schedule.fields import DAY, FIELDS, WEEKDAY, Field


def valid(line: str) -> str | None:
    """Return a line as it is normally written, if it is valid."""
    try:
        return str(Cron.parse(line))
    except ScheduleError:
        return None


def fits(field: Field, text: str) -> bool:
    """Tell whether a field may hold a text, whatever the others hold."""
    if field in {DAY, WEEKDAY} and text == "?":
        return True
    other = DAY if field is WEEKDAY else WEEKDAY
    line = dict.fromkeys(FIELDS, "*") | {other: "?", field: text}
    return valid(" ".join(line.values())) is not None


def day_pairs(days: Iterable[str], weekdays: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield day-of-month and day-of-week with one `?`, keeping what says more than `*`."""
    for day, weekday in product(days, weekdays):
        if (day == "?") != (weekday == "?"):
            yield day, weekday
        elif day == "?" or day == weekday == "*":
            yield "*", "?"
        else:
            yield from [(day, "?")] if day != "*" else []
            yield from [("?", weekday)] if weekday != "*" else []


def settled(line: str) -> list[str]:
    """Return the lines that six fields are with one `?`, if nothing else is wrong with them."""
    texts = line.upper().split()
    if not all(fits(field, text) for field, text in zip(FIELDS, texts, strict=True)):
        return []
    minute, hour, day, month, weekday, year = texts
    pairs = day_pairs([day], [weekday])
    return [f"{minute} {hour} {day} {month} {weekday} {year}" for day, weekday in pairs]
