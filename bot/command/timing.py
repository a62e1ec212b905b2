"""Where in a command the schedule stands, and what it says."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.schedule import Cron, Problem, ScheduleError, parse_zone
from bot.typed import Word

T = TypeVar("T")
Span = tuple[int, int]

_NAMES = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT"
_FIELD = re.compile(rf"(?:[0-9*?,/#LW-]|{_NAMES})+", re.IGNORECASE)
_MARKED = re.compile(r"[\w,/#-]*[*?][\w*?,/#-]*")
_NUMERIC = re.compile("[0-9*?,/#-]+")
_WRAPPER = re.compile(r"(?:cron|rate)\(", re.IGNORECASE)
_NICKNAME = re.compile("@(?:hourly|daily|midnight|weekly|monthly|yearly|annually)", re.IGNORECASE)
_ZONE = re.compile("[a-z]+(?:[/_+-][a-z0-9]+)*", re.IGNORECASE)
_ID = re.compile("[0-9a-f]{4,32}|[0-9a-f]{8}-[0-9a-f-]{,27}", re.IGNORECASE)
FEWEST_FIELDS = 5  # that are taken for a schedule where none of them is `*` or `?`


@dataclass(frozen=True, slots=True)
class Located:
    """A command's words, apart: before the schedule, the schedule, and the zone after it."""

    before: tuple[Word, ...]
    when: str | None
    zone: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a schedule and a zone can mean: one of each, or where there are problems the repairs.

    No zone at all is one meaning too: None.
    """

    crons: tuple[Cron, ...]
    zones: tuple[ZoneInfo | None, ...]
    problems: tuple[Problem, ...]


def is_id(text: str) -> bool:
    """Say whether a word is a UUID or can be the start of one."""
    return _ID.fullmatch(text) is not None


def locate(words: Sequence[Word], *, names: int) -> Located:
    """Find the schedule among a command's words; `names` of them at least come before it.

    It stands in quotes, or is a run of words that look like fields. There may be none.
    """
    start, end = (
        _quoted(words, names)
        or _wrapped(words)
        or _fields(words, names)
        or _quoted(words, 0)
        or (len(words), len(words))
    )
    when = " ".join(word.text for word in words[start:end])
    zone = " ".join(word.text for word in words[end:])
    return Located(tuple(words[:start]), when or None, zone or None)


def read(when: str, zone: str | None) -> Reading:
    """Understand a schedule and, where there is one, a zone after it or inside its quotes."""
    if zone is None:
        when, zone = _apart(when)
    crons, problems = _tried(Cron.parse, when)
    zones: tuple[ZoneInfo | None, ...] = (None,)
    if zone is not None:
        zones, more = _tried(parse_zone, zone)
        problems += more
    return Reading(crons, zones, problems)


def _quoted(words: Sequence[Word], first: int) -> Span | None:
    """Find the last quotes with a cron expression in them, from a place on."""
    for place in range(len(words) - 1, first - 1, -1):
        if words[place].quoted and _is_cron(words[place].text):
            return place, place + 1
    return None


def _wrapped(words: Sequence[Word]) -> Span | None:
    """Find `cron(…)`, `rate(…)` or a nickname of unix cron: no schedules here, but meant as one."""
    for start, word in enumerate(words):
        if word.quoted:
            continue
        if _NICKNAME.fullmatch(word.text):
            return start, start + 1
        if _WRAPPER.match(word.text):
            ends = (end for end in range(start, len(words)) if words[end].text.endswith(")"))
            return start, next(ends, len(words) - 1) + 1
    return None


def _fields(words: Sequence[Word], names: int) -> Span | None:
    """Find the words from the first field to the last, whatever stands in between."""
    fields = [_is_field(word, place, names) for place, word in enumerate(words)]
    marks = [place for place, word in enumerate(words) if _bare(word, _MARKED)]
    if marks:
        start, end = marks[0], marks[-1] + 1
        while start and fields[start - 1]:
            start -= 1
    else:
        few = FEWEST_FIELDS
        runs = (place for place in range(len(words)) if fields[place : place + few] == [True] * few)
        start = next(runs, len(words))
        end = start + few
    while end < len(words) and _bare(words[end], _FIELD):
        end += 1
    return (start, end) if start < len(words) else None


def _bare(word: Word, pattern: re.Pattern[str]) -> bool:
    return not word.quoted and pattern.fullmatch(word.text) is not None


def _is_field(word: Word, place: int, names: int) -> bool:
    """Say whether an unquoted word is meant as a field, and not as a name or an id."""
    if word.quoted or is_id(word.text):
        return False
    if place < names:
        return _bare(word, _NUMERIC)
    return word.text[0].isdigit() or _bare(word, _FIELD)


def _is_cron(text: str) -> bool:
    fields = text.split()
    return bool(
        _WRAPPER.match(text)
        or _NICKNAME.fullmatch(text)
        or (len(fields) > 1 and any(_MARKED.fullmatch(field) for field in fields))
        or (len(fields) >= FEWEST_FIELDS and all(_FIELD.fullmatch(field) for field in fields))
    )


def _apart(when: str) -> tuple[str, str | None]:
    """Part a cron expression from a zone that was put in its quotes."""
    cron, _, last = when.rpartition(" ")
    if cron and _ZONE.fullmatch(last) and not _FIELD.fullmatch(last):
        zones, _ = _tried(parse_zone, last)
        if zones:
            return cron, last
    return when, None


def _tried(parse: Callable[[str], T], text: str) -> tuple[tuple[T, ...], tuple[Problem, ...]]:
    """Return what a text means, or else its problems and what their repairs mean."""
    try:
        return (parse(text),), ()
    except ScheduleError as error:
        repairs = dict.fromkeys(line for problem in error.problems for line in problem.repairs)
        return tuple(parse(line) for line in repairs), error.problems
