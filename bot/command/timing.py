"""Where in a command the schedule stands, and what it says."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.meant import Phrase, is_phrase, read_cron, read_phrase, read_zone
from bot.meant.dialects import NICKNAMES, WRAPPER
from bot.schedule import Cron, Problem, ScheduleError, known_zone
from bot.schedule.fields import FIELDS, MONTH, ORDINALS, WEEKDAY
from bot.typed import Word

T = TypeVar("T")
Span = tuple[int, int]

_NAMES = "|".join((*MONTH.names, *WEEKDAY.names))
# As it stands, or with the marks of the text that it was copied from: \*, (0 18 ? * * *).
_FIELD = re.compile(rf"[(\[]?(?:[0-9*?,/#LW\\-]|{_NAMES})+[)\]]?", re.IGNORECASE)
# Six fields whose month or weekday is spelled out, as nobody does in a name: 0 18 1 JANUARY ? 2026.
_SPELLED_OUT = re.compile(
    rf"[0-9*,/-]+ [0-9*,/-]+ {_FIELD.pattern}"
    rf" ({_FIELD.pattern}|(?:{'|'.join(MONTH.names)})[a-z,-]*)"
    rf" ({_FIELD.pattern}|(?:{'|'.join(WEEKDAY.names)})[a-z,-]*) {_FIELD.pattern}",
    re.IGNORECASE,
)
_MARKED = re.compile(r"[(\[]?[\w,/#\\-]*[*?][\w*?,/#\\-]*[)\]]?")
_DAY = "(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:days?)?"
_TIME = "[0-9]{1,2}(?::[0-9]{2}| ?[ap]m|:[0-9]{2} ?[ap]m)"
# Words that begin a phrase, also one that is not understood: what comes before them is the name.
_OPENING = re.compile(
    "(?:every|each|everyday|daily|nightly|hourly|weekly|monthly|yearly|weekdays?|weekends?"
    "|at|on|from|between|the|first|second|third|fourth|fifth|last|[0-9]{1,2}(?:st|nd|rd|th)"
    "|quarterly|biweekly|fortnightly|(?:[0-9]{1,2}|two|three|four|five|six) times"
    "|not|except|only|once|twice|next|end|today|tonight|tomorrow|noon|midnight"
    rf"|{_DAY}(?:[,/-]\S+)?|m-f|{_TIME}),?(?: |$)",
    re.IGNORECASE,
)
# Words that turn what a phrase after them says, and are then no part of a name.
_TURNING = re.compile(
    "(?:not|no|non|never|except|excluding|without|skip|only|other|alternate|biweekly|fortnightly"
    "|next|last|once|twice|until|till|before|after|and|or"
    f"|{'|'.join(ORDINALS)}|[0-9]{{1,2}}(?:st|nd|rd|th)),?",
    re.IGNORECASE,
)
_EVERY = re.compile("every|each", re.IGNORECASE)
_NUMERIC = re.compile("[0-9*?,/#-]+")
_PLACE = re.compile(r"[^\W\d_][\w/+:.'-]*")
_ID = re.compile("[0-9a-f]{4,32}|[0-9a-f]{8}-[0-9a-f-]{,27}", re.IGNORECASE)
UUID_LENGTH = 36
LONGEST_PHRASE = 30  # words
MOST_OPENINGS = 8  # words at which a phrase may begin that are tried
FEWEST_FIELDS = 5  # that are taken for a schedule where none of them is `*` or `?`


@dataclass(frozen=True, slots=True)
class Located:
    """A command's words, apart: before the schedule, the schedule, its zone, what is left."""

    before: tuple[Word, ...]
    when: str | None
    zone: str | None
    extra: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a schedule and its zone mean, or where there are problems what they may mean.

    The likeliest comes first; where there are no problems it is the only one.
    """

    times: tuple[Phrase, ...]
    problems: tuple[Problem, ...]


def is_id(text: str) -> bool:
    """Say whether a word is a UUID or can be the start of one."""
    return _ID.fullmatch(text) is not None


def is_uuid(text: str) -> bool:
    """Say whether a word is a UUID in full."""
    return is_id(text) and len(text) == UUID_LENGTH


def says_when(words: Sequence[Word]) -> bool:
    """Say whether one of the words begins a phrase, understood or not."""
    return any(_opens(words, place) for place in range(len(words)))


def is_in_words(when: str) -> bool:
    """Say whether a schedule is written in plain words, and not in fields."""
    return not _is_cron(when)


def turns(word: str) -> bool:
    """Say whether a word turns what is said after it, though it may belong to a name as well."""
    return _TURNING.fullmatch(word) is not None


def locate(words: Sequence[Word], *, names: int) -> Located:
    """Find the schedule among a command's words; `names` of them at least come before it.

    It stands in quotes, or is a run of words that look like fields or read as a phrase. There may
    be none.
    """
    start, end = (
        _quoted(words, names)
        or _wrapped(words)
        or _spelled_out(words, names)
        or _fields(words, names)
        or _phrase(words, names)
        or _quoted(words, 0)
        or (len(words), len(words))
    )
    zone_end = end + 1 if known_zone(joined(words[end : end + 1])) else len(words)
    return Located(
        before=tuple(words[:start]),
        when=joined(words[start:end]) or None,
        zone=joined(words[end:zone_end]) or None,
        extra=tuple(words[zone_end:]),
    )


def joined(words: Iterable[Word]) -> str:
    """Write words with a blank between each two."""
    return " ".join(word.text for word in words)


def read(when: str, zone: str | None) -> Reading:
    """Understand a schedule and, where there is one, the zone after it or inside its quotes."""
    if not _is_cron(when):
        said, problems = _tried(read_phrase, when)
    else:
        said, problems = _read_cron(*_apart(when))
    if zone is None:
        return Reading(said, problems)
    zones, more = _tried(read_zone, zone)
    inside = [one.zone for one in said if one.zone and one.zone not in zones]
    if inside and not more and not any(problem.field == "timezone" for problem in problems):
        more = (_two_zones(inside[0], zones[0]),)
        zones = (zones[0], inside[0])
    times = dict.fromkeys(Phrase(one.cron, zone) for zone in zones for one in said)
    return Reading(tuple(times), (*problems, *more))


def _read_cron(cron: str, zone: str | None) -> tuple[tuple[Phrase, ...], tuple[Problem, ...]]:
    """Understand a cron expression and the zone inside its quotes, if there is one."""
    crons, problems = _tried(read_cron, cron)
    if zone is None:
        return tuple(Phrase(cron, None) for cron in crons), problems
    zones, more = _tried(read_zone, zone)
    said = tuple(Phrase(cron, zone) for zone in zones for cron in crons)
    return said, (*problems, *more)


def _two_zones(inside: ZoneInfo, after: ZoneInfo) -> Problem:
    message = f"The zone is named twice, as `{inside.key}` and as `{after.key}`: name it once."
    return Problem("timezone", after.key, message, (after.key, inside.key))


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
        if word.text.lower() in NICKNAMES:
            return start, start + 1
        if WRAPPER.match(word.text):
            ends = (end for end in range(start, len(words)) if words[end].text.endswith(")"))
            return start, next(ends, len(words) - 1) + 1
    return None


def _spelled_out(words: Sequence[Word], names: int) -> Span | None:
    """Find six fields of which the month or the weekday is spelled out, with seconds before."""
    for start in range(len(words) - len(FIELDS) + 1):
        end = start + len(FIELDS)
        six = words[start:end]
        if any(word.quoted for word in six) or all(_bare(word, _FIELD) for word in six):
            continue
        if _SPELLED_OUT.fullmatch(joined(six)):
            return start - (start > names and not words[start - 1].text.strip("0")), end
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
        # A cron expression begins with its minute, days alone are those of a phrase.
        digits = [words[place].text[0].isdigit() for place in range(len(words))]
        runs = (
            place
            for place in range(len(words))
            if digits[place] and fields[place : place + few] == [True] * few
        )
        start = next(runs, len(words))
        end = start + few
    while end < len(words) and _bare(words[end], _FIELD):
        end += 1
    return (_after_name(words, start, end), end) if start < len(words) else None


def _after_name(words: Sequence[Word], start: int, end: int) -> int:
    """Return where a cron expression begins after a name that ends like a field: `Store 7`."""
    six = end - len(FIELDS)
    # What is 0 is no part of a name but seconds.
    named = six > start and words[six - 1].text.strip("0")
    return six if named and not _tried(Cron.parse, joined(words[six:end]))[1] else start


def _bare(word: Word, pattern: re.Pattern[str]) -> bool:
    return not word.quoted and pattern.fullmatch(word.text) is not None


def _phrase(words: Sequence[Word], names: int) -> Span | None:
    """Find the words that read as a phrase up to the end, or what is most likely one."""
    start = _after_name_for_sure(words, names)
    if start is not None:
        return _all_from(words, start)
    end = len(words)
    earliest = max(names, end - LONGEST_PHRASE)
    openings = [place for place in range(earliest, end) if _opens(words, place)]
    # All of them can be one: then nothing is named, whatever may look like a name.
    for start in (0, *openings[:MOST_OPENINGS]):
        if is_phrase(joined(words[start:])):
            return _turned(words, start), end
    quoted = [place for place in range(names, end) if words[place].quoted]
    if quoted:
        place = next((one for one in quoted if is_phrase(words[one].text)), quoted[-1])
        return place, place + 1
    return (openings[0], end) if openings else None


def _turned(words: Sequence[Word], start: int) -> int:
    """Return where a phrase begins with the words right before it that turn what it says.

    `Sales last friday at 6pm` is no Friday of a connection that is called `Sales last`.
    """
    while start and not words[start - 1].quoted:
        if start > 1 and _EVERY.fullmatch(words[start - 2].text):  # every other, every 2
            start -= 2
        elif turns(words[start - 1].text):
            start -= 1
        else:
            break
    return start


def _after_name_for_sure(words: Sequence[Word], names: int) -> int | None:
    """Return the place after a name in quotes or a UUID, and after the id of a schedule."""
    if not names:
        return 0
    if not words or not (words[0].quoted or is_uuid(words[0].text)):
        return None
    return 2 if len(words) > 1 and is_id(words[1].text) else 1


def _all_from(words: Sequence[Word], start: int) -> Span | None:
    """Find a phrase that begins at a place: a word left out before it could turn its meaning."""
    quoted = [place for place in range(start, len(words)) if words[place].quoted]
    if quoted and not says_when(words[quoted[-1] + 1 :]):
        return start, quoted[-1] + 1
    return (start, len(words)) if says_when(words[start:]) else None


def _opens(words: Sequence[Word], place: int) -> bool:
    """Say whether a word begins a phrase: `6pm` does, and so does the first of `6 pm`."""
    return not words[place].quoted and bool(_OPENING.match(joined(words[place : place + 2])))


def _is_field(word: Word, place: int, names: int) -> bool:
    """Say whether an unquoted word is meant as a field, and not as a name or an id."""
    if word.quoted or is_id(word.text):
        return False
    if place < names:
        return _bare(word, _NUMERIC)
    return word.text[0].isdigit() or _bare(word, _FIELD)


def _is_cron(text: str) -> bool:
    """Tell a cron expression, in whatever dialect and with whatever faults, from a phrase."""
    fields = text.split()
    return bool(
        WRAPPER.match(text)
        or text.lower() in NICKNAMES
        or (len(fields) > 1 and any(_MARKED.fullmatch(field) for field in fields))
        or (len(fields) >= FEWEST_FIELDS and _NUMERIC.fullmatch(fields[0]) and _are_fields(fields))
    )


def _are_fields(words: Sequence[str]) -> bool:
    """Say whether most words look like fields; one may have a fault, such as `JANUARY`."""
    return 2 * sum(_FIELD.fullmatch(word) is not None for word in words) > len(words)


def _apart(when: str) -> tuple[str, str | None]:
    """Part a cron expression from a zone that was put in its quotes, or what is meant as one."""
    cron, _, last = when.rpartition(" ")
    if cron and known_zone(last):
        return cron, last
    words = when.split()
    after = words[len(FIELDS) :]
    if after and all(_PLACE.fullmatch(word) and not _FIELD.fullmatch(word) for word in after):
        return " ".join(words[: len(FIELDS)]), " ".join(after)
    return when, None


def _tried(parse: Callable[[str], T], text: str) -> tuple[tuple[T, ...], tuple[Problem, ...]]:
    """Return what a text means, or else its problems and what their repairs mean."""
    try:
        return (parse(text),), ()
    except ScheduleError as error:
        repairs = dict.fromkeys(line for problem in error.problems for line in problem.repairs)
        return tuple(parse(line) for line in repairs), error.problems
