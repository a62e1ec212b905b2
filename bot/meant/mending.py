"""What a field may be instead of what it holds, taken by itself."""

import re
import unicodedata
from dataclasses import replace

from bot.meant.checks import fits
from bot.schedule import ScheduleError
from bot.schedule.fields import DAY, HOUR, MINUTE, WEEKDAY, YEAR, Field, values
from bot.typed import plain

#: More repairs than these are no help to choose from.
MOST = 4


def tidy(text: str) -> str:
    """Return a text with look-alikes made plain, and no quotation marks or brackets at its words.

    What else has no place stays, and so no line comes of it: left out, `1.5` would be 15 and
    `!MON` its opposite.
    """
    line = unicodedata.normalize("NFKC", plain(text)).replace(r"\*", "*")
    marks = "[\"'`()\\[\\]{}<>]+"
    line = re.sub(rf"(?<!\w){marks}|{marks}(?!\w)", "", line).rstrip(" .;")
    return re.sub(r"(?<=\w)\.\.(?=\w)", "-", line.replace(";", ","))


def options(field: Field, text: str) -> list[str]:
    """Return the text alone if the field may hold it, else what it may become."""
    if fits(field, text):
        return [text]
    return [option for option in _mended(field, text) if fits(field, option)]


def unix_weekdays(field: str) -> str:
    """Return the names of weekdays that are counted from 0 or to 7, either of them Sunday."""
    if field in {"0-6", "0-7", "1-7"}:
        return "*"
    names = WEEKDAY.names
    number = "(?<![/#0-9])0*[0-7](?![0-9])"
    return re.sub(number, lambda found: names[int(found[0]) % len(names)], field)


def _mended(field: Field, text: str) -> list[str]:
    if field is WEEKDAY and re.search("(?<![/#0-9])0+(?![0-9])", text):
        text = unix_weekdays(text)  # where one of them is 0, no 1 is Sunday
    items = [_mended_item(field, item) for item in text.split(",") if item]
    whole = "*" if "*" in items else ",".join(items)
    alone = field in {DAY, WEEKDAY} and re.search("L|#|[0-9]W", text)
    return [whole, *items[:MOST]] if alone else [whole]


def _mended_item(field: Field, item: str) -> str:
    base, slash, step = item.partition("/")
    if base != "*":
        # In the place of an hour a `?` is rather a day, after a minute or an hour left out.
        anything = base == "?" and field not in {MINUTE, HOUR}
        base = "*" if anything else "-".join(_mended_ends(field, base.split("-")))
    if field is WEEKDAY and slash:
        return _listed(f"{base}/{step}")
    if not step.isdecimal() or 1 <= int(step) <= field.longest_step:
        return base + slash + step
    return base if int(step) == 0 else base.split("-")[0].replace("*", str(field.low))


def _mended_ends(field: Field, ends: list[str]) -> list[str]:
    """Mend a number or name, or the two of a range."""
    ends = [_mended_name(field, end) for end in ends]
    if len({end in field.names for end in ends}) > 1:
        names = {str(n): name for n, name in enumerate(field.names, 1)}
        ends = [names.get(end, end) for end in ends]
    if ends[-1] == {HOUR: "24", MINUTE: "60"}.get(field):
        ends[-1] = "0" if len(ends) == 1 else str(field.high)
    return sorted(ends) if field is YEAR else ends


def _mended_name(field: Field, text: str) -> str:
    if field is WEEKDAY and text.isdecimal():
        return text.lstrip("0")
    return text[:3] if any(name.upper().startswith(text) for name in field.full_names) else text


def _listed(item: str) -> str:
    """Return the days that a step over weekdays would name."""
    try:
        days = values(replace(WEEKDAY, longest_step=7), item)
    except ScheduleError:
        return item
    return ",".join(WEEKDAY.names[day - 1] for day in days)
