"""A reader who takes a description at its word, to the minute, and knows nothing of cron."""

import re
from calendar import day_name, month_name
from collections.abc import Callable, Iterator
from dataclasses import dataclass

DAY = 24 * 60
CLOCK = "[0-9]{2}:[0-9]{2}"
WEEKDAY, MONTH, YEAR = "[A-Z][a-z]+day", "(?!.*day)[A-Z][a-z]+", "[0-9]{4}"

Read = Callable[[str], int]
"""Returns the number that a word stands for."""


def many(word: str) -> str:
    """Return the pattern of words in a list, some of them spans."""
    one = f"{word}(?: through {word})?"
    return f"{one}(?:(?:, | and ){one})*"


SENTENCE = re.compile(
    rf"(?P<times>(?:At|Every) .*?)"
    rf"(?:, on days? (?P<days>{many('[0-9]+')}) of the month)?"
    rf"(?:, (?:only on )?(?P<weekdays>{many(WEEKDAY)}))?"
    rf"(?:, (?:only in )?(?P<months>{many(MONTH)}))?"
    rf"(?:, (?:only in |every (?P<leap>[0-9]+) years from )?(?P<years>{many(YEAR)}))?"
)
SPAN = f"(?:from {CLOCK} through {CLOCK}|at {CLOCK})"
TIMES = re.compile(
    rf"At (?P<list>{many(CLOCK)})"
    rf"|(?:At (?P<alone>{CLOCK}) and )?"
    rf"(?:[Ee]very (?P<every>(?:[0-9]+ )?(?:minute|hour)s?)|At (?P<at>.*) minutes? past the hour)"
    rf"(?: from (?P<past>[0-9]+ through [0-9]+) minutes past the hour)?"
    rf"(?:, starting at (?P<start>{CLOCK}|[0-9]+ minutes? past the hour))?"
    rf"(?:,? (?P<spans>{SPAN}(?: and {SPAN})?))?"
    rf"(?:, in the hours starting at (?P<hours>{many(CLOCK)}))?"
)


@dataclass(frozen=True)
class Told:
    """What a sentence says: minutes of the day, and days, months and years where it names some."""

    times: set[int]
    days: set[int] | None
    weekdays: set[int] | None
    months: set[int] | None
    years: set[int] | None


def told(sentence: str) -> Told:
    """Read a sentence whose clock counts to 24."""
    found = SENTENCE.fullmatch(sentence)
    assert found, sentence
    leap = int(found["leap"] or 1)
    times = told_times(found["times"])
    if not any(found[part] for part in ("days", "weekdays", "months", "years")):
        times = {time % DAY for time in times}
    return Told(
        times=times,
        days=_listed(found["days"], int),
        weekdays=_listed(found["weekdays"], _weekday, 7),
        months=_listed(found["months"], _month, 0 if found["years"] else 12),
        years=_listed(found["years"], int, step=leap),
    )


def told_times(words: str) -> set[int]:
    """Read the times of day, as minutes after midnight; on the day after they are past `DAY`."""
    found = TIMES.fullmatch(words)
    assert found, words
    if found["list"]:
        return _listed(found["list"], _clock) or set()
    if found["hours"]:
        starts = _listed(found["hours"], _clock) or set()
        return {start + minute for start in starts for minute in _minutes(found)}
    if found["at"] or found["past"]:
        return {time for time in _windows(found, 1) if time % 60 in _minutes(found)}
    return set(_windows(found, _distance(found)))


def _minutes(found: re.Match[str]) -> set[int]:
    """Return the minutes of an hour that are named, all of them where only a distance is."""
    if found["past"]:
        first, last = map(int, found["past"].split(" through "))
        return set(range(first, last + 1, _distance(found)))
    if found["at"]:
        return _listed(found["at"], int) or set()
    if found["hours"]:
        start = (found["start"] or "0").split()[0]
        return set(range(int(start), 60, _distance(found)))
    return set(range(60))


def _distance(found: re.Match[str]) -> int:
    *count, unit = (found["every"] or "minute").split()
    return int(count[0] if count else 1) * (60 if unit.startswith("hour") else 1)


def _windows(found: re.Match[str], distance: int) -> Iterator[int]:
    """Yield the times from the first through the last of each window, perhaps through midnight."""
    if found["alone"]:
        yield _clock(found["alone"])
    if not found["spans"]:
        start = found["start"] or "00:00"
        yield from range(_clock(start) if ":" in start else int(start.split()[0]), DAY, distance)
    for span in re.findall(SPAN, found["spans"] or ""):
        first, *others = map(_clock, re.findall(CLOCK, span))
        last = others[0] if others else first
        yield from range(first, last + (DAY if last < first else 0) + 1, distance)


def _clock(word: str) -> int:
    hour, minute = word.split(":")
    return int(hour) * 60 + int(minute)


def _weekday(word: str) -> int:
    return (list(day_name).index(word) + 1) % 7 + 1


def _month(word: str) -> int:
    return list(month_name).index(word)


def _listed(words: str | None, read: Read, cycle: int = 0, step: int = 1) -> set[int] | None:
    if words is None:
        return None
    found: set[int] = set()
    for item in re.split(", | and ", words):
        first, _, last = item.partition(" through ")
        low, high = read(first), read(last or first)
        span = range(low, high + (cycle if high < low else 0) + 1, step)
        found |= {(value - 1) % cycle + 1 if cycle else value for value in span}
    return found
