"""Other ways to write what a phrase says: `6.30 p.m.`, `@ 6pm`, `half past six`, `business days`.

They are offered in the words that are understood, and not taken as they stand: a working day may be
no weekday, and `8-6` no time of day.
"""

import re
from collections.abc import Iterator
from functools import partial

from bot.meant.clock import TIME

HOURS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve"),
)
_HOUR = f"(?P<hour>{'|'.join(HOURS)}|[0-9]{{1,2}})"
_DAY = "(?:sun|mon|tue|wed|thu|fri|sat)"
_PAST = re.compile(rf"\b(?P<past>half|(?:a )?quarter) past {_HOUR}(?P<half> ?[ap]m)?(?= |$)")
_CLOCK = re.compile(rf"\bat {_HOUR}(?: o'?clock)?(?P<half> ?[ap]m)?(?= |$)")

_INSTEAD = (
    (r"^(?:(?:change|move|set|update|switch) )?to ", ""),
    (r"(?<=[0-9])( ?)([ap])(?:\. ?m\.?|(?= |$))", r"\1\2m"),
    (r"(?<![0-9.:])([0-9]{1,2})[.h]([0-5][0-9])(?= ?[ap]m\b| |$)", r"\1:\2"),
    (r"(?<!every )\b([0-9]{1,2})h(?= |$)", r"\1:00"),
    (r"\bat ([01][0-9]|2[0-3])([0-5][0-9])(?= |$)", r"at \1:\2"),
    (r"@ ?", "at "),
    (r" ?(?:&|\+) ?", " and "),
    (rf"\b({_DAY}\w*)/(?={_DAY})", r"\1,"),
    (r"\bm-f\b", "mon-fri"),
    (r"\b(?:business|working|week)[ -]day|\bworkday", "weekday"),
    (r"\b(every|each) (?:morning|afternoon|evening) (?=at [0-9:]+ ?[ap]m)", r"\1 day "),
    (r"\bonce (?:a|per|every) day\b|\bonce daily\b", "daily"),
    (rf"\b(?:weekly|once (?:a|per|every) week) (?:on )?(?={_DAY})", "every "),
    (r"\bevery ([0-9]+) ?m(?= |$)", r"every \1 minutes"),
    (r"\bevery half an hour\b", "every half hour"),
    (rf"(?:\bfrom )?(?<!\S)({TIME}) ?(?:-|to|until) ?({TIME})(?= |$)", r"from \1 to \2"),
)


def spelled(words: str) -> Iterator[str]:
    """Yield words in the spelling that is understood, once for each time of day that they may be.

    Nothing where they are spelled so already.
    """
    instead = words
    for pattern, replacement in _INSTEAD:
        instead = re.sub(pattern, replacement, instead)
    for half in "am", "pm":
        said = _CLOCK.sub(_at, _PAST.sub(partial(_past, half=half), instead))
        if said != words:
            yield said


def _past(time: re.Match[str], half: str) -> str:
    minute = 30 if time["past"] == "half" else 15
    return f"{_number(time['hour'])}:{minute}{(time['half'] or half).strip()}"


def _at(time: re.Match[str]) -> str:
    return f"at {_number(time['hour'])}{time['half'] or ''}"


def _number(hour: str) -> str:
    return str(HOURS.index(hour) + 1) if hour in HOURS else hour
