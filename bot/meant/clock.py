"""Times of day in a phrase: `6pm`, `18:00`, `noon`.

An hour from 1 to 12 needs minutes, am or pm, unless another hour of the phrase shows that it counts
to 24. `9:00` needs am or pm beside a time that has it, and where an earlier time would follow a
later one, as in `between 9:00 and 5:00` or `at noon and 5:00`; `09:00` is clear.
"""

import re
from collections.abc import Iterator, Sequence

from bot.schedule.problems import quote

TIME = "(?:noon|midnight|[0-9]{1,2}(?::[0-9]{2})?(?: ?[ap]m)?)"
HOURS, MINUTES, NOON = 24, 60, 12

#: An hour without am or pm; alone it follows one of these words.
BARE_HOUR = (
    r"(?:\b(?:at|and|between|from|to|until) [0-9]{1,2}|(?<![0-9:])[0-9]{1,2}:[0-9]{2})"
    "(?![0-9:/]| ?[ap]m|st|nd|rd|th)"
)


class RefusedError(ValueError):
    """Tell why a phrase is refused, then which phrases may be meant."""


def clock(time: str, words: str) -> tuple[int, int]:
    """Return hour and minute of a time of day in a phrase.

    Raises `RefusedError` where it is none, or may be either half of the day.
    """
    if time in {"noon", "midnight"}:
        return (NOON if time == "noon" else 0), 0
    number, _, half = re.sub("(?<=[0-9]) ?([ap]m)", r" \1", time).partition(" ")
    hour, minute = (int(part) for part in f"{number}:0".split(":")[:2])
    if not half and 0 < hour <= NOON and not _is_clear(number, words):
        raise _either_half(time, words)
    if hour > (NOON if half else HOURS - 1) or minute >= MINUTES or (half and not hour):
        meant = "midnight" if (hour, minute) == (HOURS, 0) else f"{hour}:{minute:02}"
        message = f"{quote(time)} is not a time of day: use 00:00-23:59."
        raise RefusedError(message, words.replace(time, meant))
    return (hour % NOON + NOON * (half == "pm") if half else hour), minute


def clocks(times: Sequence[str], words: str) -> list[tuple[int, int]]:
    """Return hour and minute of times that a phrase names one after another; raises as `clock`."""
    found = [clock(time, words) for time in times]
    said = [time for time in times if time != "midnight"]
    in_order = [clock(time, words) for time in said]
    # From 9:00 to 5:00 is a day's work, and would be twenty hours.
    half_day = "noon|(?:[1-9]|1[0-2]):[0-9]{2}"
    if in_order != sorted(in_order) and all(re.fullmatch(half_day, time) for time in said):
        raise _either_half(next(time for time in said if time != "noon"), words)
    return found


def _either_half(time: str, words: str) -> RefusedError:
    ways = "am or pm" if ":" in time else "am, pm or minutes"
    return RefusedError(f"{quote(time)} may be morning or evening: write {ways}.", *_halves(words))


def _is_clear(time: str, words: str) -> bool:
    """Tell whether a time without am or pm, from 1 to 12 o'clock, is one of 24 hours."""
    if ":" in time and (time[0] == "0" or not re.search("[0-9] ?[ap]m", words)):
        return True
    start = "(?:(?:at|and|between|from|to|until) |(?<![0-9])(?=[0-9]{1,2}:))"
    hours = map(int, re.findall(f"{start}([0-9]{{1,2}})(?! ?[ap]m|[0-9])", words))
    return any(hour == 0 or hour > NOON for hour in hours)


def _halves(words: str) -> Iterator[str]:
    """Yield the phrase with am and pm put to its bare hours."""
    for first, others in ("am", "pm"), ("am", "am"), ("pm", "pm"):
        begun = re.sub(BARE_HOUR, rf"\g<0>{first}", words, count=1)
        yield re.sub(BARE_HOUR, rf"\g<0>{others}", begun)
