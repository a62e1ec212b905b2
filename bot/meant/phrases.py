"""Plain phrases, as people type them for a reminder, read into a cron expression.

A phrase is clauses in any order, then perhaps a zone or a city:

    how often   every 15 minutes · every 15 min · every two hours · every 2h · every hour · hourly
                every half hour
    window      between 8 and 18 · from 9am to 5pm                  (with how often)
    past        at :05                                              (with every hour, hourly)
    times       at 6pm · at 09:00 and 17:00 · at noon · at midnight; 6pm and 18:00 without at
    days        daily · every day · nightly · every weekday · on weekends · mon wed fri
                every monday and every thursday · monday to friday and sunday
                first of the month
                on the 1st and 15th of the month · last day of the month
                last friday of the month · second tuesday of the month

Nothing is guessed, as `clock.py` says of hours without am or pm. Minutes repeat up to the end of a
window and leave it out, hours repeat up to it and include it. A window through midnight goes with
every day: on some days alone its end would be on the wrong ones. What is not understood is refused.
What is offered instead keeps what every word says: a typing error is mended, and what is missing,
wrong by itself or spelled as in `spellings.py` is written another way.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice, product
from zoneinfo import ZoneInfo

from bot.meant.clock import HOURS, MINUTES, TIME, RefusedError, clock, clocks
from bot.meant.even import EVEN, neighbours
from bot.meant.repairs import day_later
from bot.meant.spellings import spelled
from bot.meant.zones import similar_zones, zone_of_city, zones_of_city
from bot.schedule import Cron, Problem, ScheduleError, known_zone
from bot.schedule.cron import Kind
from bot.schedule.fields import DAY_NAMES, MONTH_NAMES, ORDINALS
from bot.schedule.problems import quote

#: A phrase to show beside a refusal.
EXAMPLE = "every weekday at 6pm"

DAYS_OF_WEEK = tuple(name.lower() for name in DAY_NAMES)

ON = "(?:(?:on|every|each|from) )?(?:the )?"
WEEKDAY = "(?:" + "|".join(f"{day[:3]}(?:{day[3:]})?s?" for day in DAYS_OF_WEEK) + "|thurs)"
DAYS = f"(?:weekdays?|weekends?|{WEEKDAY}(?: (?:to|through) {WEEKDAY})?)"
NTH = f"(?:{'|'.join(ORDINALS)}|[0-9]{{1,2}}(?:st|nd|rd|th))"
CLEAR_TIME = "(?:noon|midnight|[0-9]{1,2}(?::[0-9]{2}(?: ?[ap]m)?| ?[ap]m))"
COUNTS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
COUNT = f"(?:[0-9]{{1,4}}|{'|'.join(COUNTS)})"
UNIT = "(?:minutes?|mins?|hours?|hrs?|h)"
OF_MONTH = "of (?:the|every|each) month"
MONTHLY = "(?:monthly|(?:every|each) month)"
#: What says a day of the month where `of the month` follows.
MONTH_DAY = (
    f"(?:on )?(?:the )?(?:(?:{'|'.join(ORDINALS)}|last) {WEEKDAY}|last (?:week)?day|"
    f"{NTH}(?: and (?:the )?{NTH})*)"
)
#: What can stand in a list, with commas.
LISTED = (TIME, DAYS, NTH)

CLAUSES = {
    "repeat": f"(?:every (?P<count>{COUNT} ?)?(?P<unit>{UNIT})|hourly|every half hour)",
    "window": f"(?:between|from) (?P<start>{TIME}) (?:and|to|until) (?P<end>{TIME})",
    "past": "at :(?P<minute>[0-5][0-9])",
    "times": f"(?:at (?={TIME})|(?={CLEAR_TIME}))(?P<clock>{TIME}(?: and (?:at )?{TIME})*)",
    "daily": "(?:daily|nightly|everyday|(?:every|each) (?:day|night))",
    "weekdays": f"{ON}(?P<names>{DAYS}(?:(?: and(?: (?:on|every|each))?)? {DAYS})*)",
    "nth_weekday": f"{ON}(?P<nth>{'|'.join(ORDINALS)}|last) (?P<weekday>{WEEKDAY}) {OF_MONTH}",
    "last_day": f"{ON}last (?P<kind>day|weekday) {OF_MONTH}",
    "month_days": f"{ON}(?P<numbers>{NTH}(?: and (?:the )?{NTH})*)(?: day)? {OF_MONTH}",
}
DAY_CLAUSES = {"daily", "weekdays", "nth_weekday", "last_day", "month_days"}

#: What leaves days or weeks out by turns.
SKIPPING = (
    rf"every (?:other|second|third|fortnight|(?!(?:1|one) ){COUNT})(?: (?:days?|weeks?|{DAYS})|$)"
    f"|alternate {DAYS}|biweekly|fortnightly"
)
HOW_OFTEN = f"(?:twice|{COUNT} times) (?:daily|(?:a|per|each|every) day)"
#: What to write instead of what a phrase cannot say.
INSTEAD = {
    SKIPPING: "skips days or weeks, and no schedule can keep that up: name the days, as in "
    "`mon wed fri at 6pm` or `on the 1st and 15th of the month at 6pm`.",
    HOW_OFTEN: "does not say at what times: name them, as in `every day at 6am and 6pm`.",
}

MOST = 3
#: Words, as in `Port of Spain` and one to spare.
LONGEST_CITY = 4

#: The words that typing errors are mended to: words that say something.
MENDED = frozenset(
    (
        *("every", "each", "daily", "nightly", "hourly", "month"),
        *("minute", "minutes", "hour", "hours"),
        *("weekday", "weekdays", "weekend", "weekends", "noon", "midnight", "between", "until"),
        *DAYS_OF_WEEK,
        *ORDINALS,
    )
)
#: Words that may say when: `june` is no Juneau, `day last` no Dallas.
NO_CITY = frozenset(
    (
        *MENDED,
        *(name.lower() for name in MONTH_NAMES),
        *("day", "days", "last", "not", "except", "other", "from", "to", "at", "on"),
    )
)
#: Of a typing error and the word: `weekly` is not `weekday`, nor the fourteenth the fourth.
LEAST_ALIKE = 0.8

#: The clauses of a phrase, and their parts, by name.
Found = dict[str, str]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Hold what a phrase says: when, and the zone if it names one."""

    cron: Cron
    zone: ZoneInfo | None


def read_phrase(text: str) -> Phrase:
    """Read a phrase; ScheduleError says what is not understood and offers the nearest phrases."""
    words, zone = _without_zone(_normal(text))
    try:
        return Phrase(_read(words), zone)
    except RefusedError as error:
        why, *nearest = error.args
        suffix = f" {zone.key}" if zone else ""
        near = (
            list(_offered(nearest, suffix))
            or list(_offered(spelled(words), suffix))
            or filter(is_phrase, (phrase + suffix for phrase in _mended(words)))
        )
        repairs = tuple(dict.fromkeys(near))[:MOST]
        why += "" if repairs else f" Write a phrase such as {quote(EXAMPLE)}."
        raise ScheduleError([Problem("structure", text, why, repairs)]) from None


def _offered(nearest: Iterable[str], suffix: str) -> Iterator[str]:
    """Yield what is near and a phrase, or else what is near to that: `6pm london time` has no day.

    No deeper: each step looks for a zone, which takes the longest of all here.
    """
    for near in nearest:
        words, zone = _without_zone(_normal(near + suffix))
        try:
            _read(words)
        except RefusedError as error:
            after = f" {zone.key}" if zone else ""
            kept = (phrase for phrase in error.args[1:] if _keeps(phrase, words))
            yield from filter(is_phrase, (phrase + after for phrase in kept))
        else:
            yield near + suffix


def _keeps(phrase: str, words: str) -> bool:
    """Say whether a phrase has all of some words, perhaps with am or pm at the end of one."""
    there = phrase.split()
    return all(any(one.startswith(word) for one in there) for word in words.split())


def _without_zone(words: str) -> tuple[str, ZoneInfo | None]:
    """Split the zone or city off that a phrase may end in; a city of several zones is none."""
    tokens = words.split()
    for count in range(min(LONGEST_CITY, len(tokens)), 0, -1):
        name = " ".join(tokens[-count:])
        if zone := known_zone(name) or zone_of_city(name):
            return " ".join(tokens[:-count]).removesuffix(" in"), zone
    return words, None


def is_phrase(text: str) -> bool:
    """Tell whether a text reads as a phrase, without looking for what it may be instead."""
    try:
        return bool(_read(_without_zone(_normal(text))[0]))
    except RefusedError:
        return False


def _normal(text: str) -> str:
    """Write a phrase without commas: in a list they are an `and`, elsewhere they say nothing."""
    words = text.lower().rstrip(" .,!")
    for item in LISTED:
        comma = rf"(?<![^\s,])({item})\s*,\s*(?:and\s+)?"
        words = re.sub(
            rf"{comma}(?=(?:(?:on|every|each|at|the) )?{item}(?![\w:]))", r"\1 and ", words
        )
    return " ".join(words.replace(",", " ").split())


def _read(words: str) -> Cron:
    rest, second_zone = _without_zone(words)
    if second_zone:
        raise RefusedError("It names two zones: name one.", rest)
    end = rf"({WEEKDAY}|noon|midnight)"
    words = re.sub(rf"(?<![\w-]){end}-{end}(?![\w-])", r"\1 to \2", words)
    found = _clauses(words)
    _check_24(found, words)
    minute, hour = _repeated(found, words) if "repeat" in found else _at_times(found, words)
    day, weekday = _days(found, words)
    try:
        cron = Cron.parse(f"{minute} {hour} {day} * {weekday} *")
    except ScheduleError as error:
        raise RefusedError(str(error)) from None
    all_week = cron.days.kind is Kind.WEEKDAYS and len(cron.days.values) == len(DAY_NAMES)
    if "window" in found and day != "*" and not all_week:
        _check_night(cron, found, words)
    return cron


def _clauses(words: str) -> Found:
    if not words:
        raise RefusedError("It does not say when.")
    found: Found = {}
    rest = words
    while rest:
        name, match = _clause(rest)
        if not match:
            raise _not_understood(words, rest)
        if name in found or (name in DAY_CLAUSES and DAY_CLAUSES & found.keys()):
            raise RefusedError(f"{quote(match[0].strip())} says again what is said before.")
        found |= {name: match[0], **{key: part for key, part in match.groupdict().items() if part}}
        rest = rest[match.end() :]
    return found


def _clause(words: str) -> tuple[str, re.Match[str] | None]:
    """Return the clause that words begin with, and its name."""
    matches = ((name, re.match(f"{clause}(?: |$)", words)) for name, clause in CLAUSES.items())
    return next((pair for pair in matches if pair[1]), ("", None))


def _not_understood(words: str, rest: str) -> RefusedError:
    """Tell which words, at the start of the rest, are no clause."""
    begun = words.removesuffix(rest)
    nth = re.match(f"(?P<monthly>{MONTHLY} )?(?P<day>{MONTH_DAY})(?= |$)", rest)
    if nth and not re.search(OF_MONTH, rest):
        phrase = f"{begun}{nth['day']} of the month{rest[nth.end() :]}"
        why = "names the month before the day" if nth["monthly"] else "does not say of what"
        return RefusedError(f"{quote(nth[0])} {why}.", phrase)
    stray = _stray(rest)
    if stray == "and":
        message = (
            f"{quote(rest)} comes too late: name all days together, as one schedule has the same "
            "times on each of them. Other times need a schedule of their own."
        )
        return RefusedError(message)
    for pattern, instead in INSTEAD.items():
        if re.match(f"(?:{pattern})(?= |$)", rest):
            return RefusedError(f"{quote(stray)} {instead}")
    zones = _zones_meant(rest) if stray == rest else ()
    message = f"{quote(stray)} is not a time, a day or a zone that is understood."
    return RefusedError(message, *(begun + zone for zone in zones))


def _zones_meant(rest: str) -> tuple[str, ...]:
    """Return the zones that the end of a phrase may mean, if it cannot say when."""
    tokens = rest.removeprefix("in ").removesuffix(" time").split()
    # No city has more words, and to look for one takes longer than all else here.
    if len(tokens) > LONGEST_CITY or NO_CITY & set(tokens) or any(map(str.isdigit, tokens)):
        return ()
    whole, *parts = (" ".join(part) for part in (tokens, tokens[1:], tokens[:-1]) if part)
    # Where a part of it is a city, the other words say something else: `london only`.
    only_part = not zones_of_city(whole) and any(map(similar_zones, parts))
    return () if only_part else similar_zones(whole)


def _stray(rest: str) -> str:
    """Return the words before the next clause."""
    tokens = rest.split()
    later = (place for place in range(1, len(tokens)) if _clause(" ".join(tokens[place:]))[1])
    return " ".join(tokens[: next(later, len(tokens))])


def _repeated(found: Found, words: str) -> tuple[str, str]:
    """Return minute and hour fields of a phrase that repeats."""
    if "times" in found:
        raise RefusedError("It both repeats and names times of day: write one of the two.")
    if "night" in (daily := found.get("daily", "").strip()) and "window" not in found:
        message = "does not say from when to when, as `between 22:00 and 6:00` does."
        raise RefusedError(f"{quote(daily)} {message}")
    if "half" in found["repeat"]:
        return _every_minutes(30, found, words)
    minutes = _count(found) * (1 if found.get("unit", "").startswith("m") else MINUTES)
    if not minutes:
        raise RefusedError(f"{quote(found['repeat'].strip())} is never: repeat by 1 or more.")
    if minutes % MINUTES:
        return _every_minutes(minutes, found, words)
    return _every_hours(minutes // MINUTES, found, words)


def _count(found: Found) -> int:
    count = found.get("count", "1").strip()
    return COUNTS.index(count) + 1 if count in COUNTS else int(count)


def _every_minutes(count: int, found: Found, words: str) -> tuple[str, str]:
    _check_even(count, found, words)
    if "past" in found:
        message = "A minute past goes with hours, as in `hourly at :05`."
        raise RefusedError(message, words.replace(found["past"].strip(), "").strip())
    minute = "*" if count == 1 else f"0/{count}"
    if "window" not in found:
        return minute, "*"
    (start, first), (end, last) = clocks((found["start"], found["end"]), words)
    if start == end or first or last:
        full = f"between {start:02}:00 and {end:02}:00"
        message = "Minutes repeat from one full hour to another."
        raise RefusedError(message, words.replace(found["window"].strip(), full))
    return minute, f"{start}-{(end - 1) % HOURS}"


def _every_hours(count: int, found: Found, words: str) -> tuple[str, str]:
    minute = int(found.get("minute", 0))
    if "window" not in found:
        _check_even(count * MINUTES, found, words)
        return str(minute), {1: "*", HOURS: "0"}.get(count, f"0/{count}")
    (start, first), (end, last) = clocks((found["start"], found["end"]), words)
    if start == end or first != last or (first and minute) or not 0 < count < HOURS:
        raise RefusedError("Hours repeat between two times that have the same minutes.")
    return str(minute or first), f"{start}-{end}" if count == 1 else f"{start}-{end}/{count}"


def _check_night(cron: Cron, found: Found, words: str) -> None:
    """Refuse a window that goes on after midnight: on Friday `22-2` begins in Thursday's night."""
    hour, minute = clock(found["start"], words)
    if cron.hours[0] >= hour:
        return
    whole = found["window"].strip()
    message = (
        f"{quote(whole)} goes on into the next day, and a schedule of some days ends at midnight: "
        "the rest needs another one."
    )
    end = f"{HOURS - 1}:{minute:02}" if len(cron.minutes) == 1 else "midnight"
    part = words.replace(whole, whole.removesuffix(found["end"]) + end)
    if len(cron.minutes) == 1 and hour == HOURS - 1:
        days = next(found[name] for name in DAY_CLAUSES if name in found)
        part = f"{days.strip()} at {hour}:{cron.minutes[0]:02}"
    raise RefusedError(message, part)


def _check_24(found: Found, words: str) -> None:
    """Refuse 24 o'clock on some days: it is the midnight of the days after them."""
    times = found.get("clock") or found.get("start", "")
    if not re.search(r"(?<!:)\b24", times) or not (DAY_CLAUSES - {"daily"}) & found.keys():
        return
    nearest = []
    if "names" in found and re.fullmatch("24(:00)?", times):
        days = (day_later(_days(found, words)[1]) or "").lower()
        days = days.replace("-", " to ").replace(",", " and ")
        nearest = [words.replace(found["names"], days).replace(times, "midnight")]
    raise RefusedError("24 o'clock of a day is 00:00 of the next one.", *nearest)


def _check_even(minutes: int, found: Found, words: str) -> None:
    """Refuse a repetition that would not keep its distance from one hour or day to the next."""
    if minutes in EVEN:
        return
    repeat = found["repeat"].strip()
    near = {
        _every(distance): "more" if distance < minutes else "less"
        for distance in neighbours(minutes)
    }
    choices = ", and ".join(f"{every}, which is {how} often" for every, how in near.items())
    whole = "a day" if minutes % MINUTES == 0 else "an hour"
    message = f"{quote(repeat)} does not go evenly into {whole}: there is {choices}."
    raise RefusedError(message, *(words.replace(repeat, every, 1) for every in near))


def _every(minutes: int) -> str:
    hours, odd = divmod(minutes, MINUTES)
    count, unit = (minutes, "minute") if odd else (hours, "hour")
    return f"every {unit}" if count == 1 else f"every {count} {unit}s"


def _at_times(found: Found, words: str) -> tuple[str, str]:
    """Return minute and hour fields of times of day."""
    if other := "times" in found and (found.get("window") or found.get("past")):
        raise RefusedError(f"{quote(other.strip())} goes with how often, not with times of day.")
    if "times" not in found:
        message = "It does not say at what time of day, or how often."
        usual = "02:00" if "night" in words else "09:00"
        raise RefusedError(message, f"{words} at {usual}", f"hourly {words}")
    said = [time.removeprefix("at ") for time in found["clock"].split(" and ")]
    times = set(clocks(said, words))
    hours, minutes = sorted({hour for hour, _ in times}), sorted({minute for _, minute in times})
    if len(times) < len(hours) * len(minutes):
        same = [" and ".join(f"{hour:02}:{minute:02}" for hour in hours) for minute in minutes]
        message = "One schedule cannot hold these times: all of them need the same minutes."
        raise RefusedError(message, *(words.replace(found["clock"], times) for times in same))
    return ",".join(map(str, minutes)), ",".join(map(str, hours))


def _days(found: Found, words: str) -> tuple[str, str]:
    """Return day-of-month and day-of-week fields."""
    if "weekdays" in found:
        days = dict.fromkeys(map(_weekdays, re.findall(DAYS, found["names"])))
        return "?", ",".join(days)
    if "nth_weekday" in found:
        nth = "L" if found["nth"] == "last" else f"#{ORDINALS.index(found['nth']) + 1}"
        return "?", _weekday(found["weekday"]) + nth
    if "last_day" in found:
        return "L" if found["kind"] == "day" else "LW", "?"
    if "month_days" in found:
        numbers = found["numbers"].replace("the ", "").split(" and ")
        return ",".join(dict.fromkeys(_number(number) for number in numbers)), "?"
    if "daily" in found or "repeat" in found:
        return "*", "?"
    raise RefusedError("It does not say on which days.", f"every day {words}")


def _weekdays(said: str) -> str:
    """Return the weekdays of one item of a list, which may go from one to another."""
    if said.startswith("week"):
        return "MON-FRI" if said.startswith("weekd") else "SAT,SUN"
    return "-".join(map(_weekday, re.split(" (?:to|through) ", said)))


def _weekday(name: str) -> str:
    return name[:3].upper()


def _number(ordinal: str) -> str:
    if ordinal in ORDINALS:
        return str(ORDINALS.index(ordinal) + 1)
    return re.sub("[a-z]", "", ordinal)


def _mended(words: str) -> Iterator[str]:
    """Yield the phrase without its typing errors."""
    near = [_near(word) for word in words.split()]
    yield from (" ".join(choice) for choice in islice(product(*near), MOST))


def _near(word: str) -> list[str]:
    """Return what a word may be, itself where it is no typing error; a number is none."""
    if word in MENDED or not word.isalpha() or re.fullmatch(DAYS, word):
        return [word]
    near = get_close_matches(word, MENDED, 2, LEAST_ALIKE)
    # What stands before a word may turn it: `nonweekdays`, `bihourly`.
    if any(one in word[1:] for one in near):
        return [word]
    # A day may as well be the other: `munday`.
    return near if len(near) > 1 and set(near) <= {*DAYS_OF_WEEK} else near[:1] or [word]
