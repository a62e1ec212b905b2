"""A cron expression in words, exact to its last run.

The words come from the parsed values, not from the text: `0/15`, `*/15` and `0,15,30,45` read the
same, and a range ends at its last run, not at the end of an hour. No locale is asked, so LC_TIME
does not change the name of a day.
"""

from collections.abc import Callable, Sequence

from bot.schedule.cron import Cron, Days, Kind
from bot.schedule.fields import DAY, HOUR, MINUTE, MONTH, WEEKDAY, YEAR

MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
DAY_NAMES = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
ORDINALS = ("first", "second", "third", "fourth", "fifth")

DAY_MINUTES = HOUR.size * MINUTE.size
ENDLESS = 10_000
"""A cycle longer than any values, which therefore do not begin again after the last."""
FEW = 3
"""So many values are listed; more are told as a sequence where they are one."""

Clock = Callable[[int], str]
"""Writes a time of day that is given in minutes after midnight."""


def describe(cron: Cron, *, hour24: bool = False) -> str:
    """Return when a cron runs as an English sentence, without zone and full stop."""
    clock = _clock24 if hour24 else _clock12
    parts = _times(cron, clock), days_in_words(cron.days), _months(cron.months), _years(cron.years)
    return ", ".join(part for part in parts if part)


def listed(words: Sequence[str]) -> str:
    """Return `a`, `a and b` or `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def _clock12(time: int) -> str:
    hour, minute = divmod(time, MINUTE.size)
    return f"{(hour - 1) % 12 + 1:02}:{minute:02} {'AM' if hour < HOUR.size / 2 else 'PM'}"


def _clock24(time: int) -> str:
    return "{:02}:{:02}".format(*divmod(time, MINUTE.size))


def _times(cron: Cron, clock: Clock) -> str:
    times = [hour * MINUTE.size + minute for hour in cron.hours for minute in cron.minutes]
    if len(times) > FEW and (sequence := _sequence(times, DAY_MINUTES)):
        return _every(cron, sequence, clock)
    if len(times) > 2 * FEW and len(cron.minutes) > 1:
        return _minutes(cron) + _hours(cron, clock)
    return "At " + listed([clock(time) for time in times])


def _every(cron: Cron, sequence: tuple[int, int, int], clock: Clock) -> str:
    """Describe times of one distance, through midnight if need be."""
    first, last, step = sequence
    hours, odd = divmod(step, MINUTE.size)
    every = f"Every {_counted(step, 'minute') if odd else _counted(hours, 'hour')}"
    if len(cron.hours) * len(cron.minutes) * step != DAY_MINUTES:
        return f"{every} from {clock(first)} through {clock(last)}"
    if first == 0:
        return every
    if step > MINUTE.size:
        return f"{every}, starting at {clock(first)}"
    if step < MINUTE.size:
        return f"{every}, starting at {_past(cron.minutes[:1])} past the hour"
    return f"At {_past(cron.minutes)} past every hour"


def _minutes(cron: Cron) -> str:
    """Describe the minutes of an hour, which are not one sequence with those of the next."""
    which = "every" if len(cron.hours) == HOUR.size else "the"
    sequence = _sequence(cron.minutes, ENDLESS)
    if not sequence:
        return f"At {_past(cron.minutes)} past {which} hour"
    first, last, step = sequence
    every = f"Every {_counted(step, 'minute')}"
    if len(cron.minutes) * step != MINUTE.size:
        return f"{every} from minute {first} through {last} of {which} hour"
    return every if first == 0 else f"{every}, starting at {_past(cron.minutes[:1])} past the hour"


def _hours(cron: Cron, clock: Clock) -> str:
    if len(cron.hours) == HOUR.size:
        return ""
    if len(cron.hours) <= FEW or not (sequence := _sequence(cron.hours, HOUR.size)):
        starts = listed([clock(hour * MINUTE.size) for hour in cron.hours])
        return f", in the hour{'s' * (len(cron.hours) > 1)} starting at {starts}"
    first, last, step = sequence
    if step == 1:
        first_run = clock(first * MINUTE.size + cron.minutes[0])
        last_run = clock(last * MINUTE.size + cron.minutes[-1])
        return f", from {first_run} through {last_run}"
    ends = f"{clock(first * MINUTE.size)} through {clock(last * MINUTE.size)}"
    return f", in the hours starting every {step} hours from {ends}"


def _counted(count: int, unit: str) -> str:
    return unit if count == 1 else f"{count} {unit}s"


def _past(minutes: Sequence[int]) -> str:
    return f"{_spans(minutes)} minute{'s' * (tuple(minutes) != (1,))}"


def _sequence(values: Sequence[int], cycle: int) -> tuple[int, int, int] | None:
    """Return first, last and step of values that keep one distance within a cycle."""
    if len(values) < FEW:
        return None
    following = [*values[1:], values[0]]
    gaps = [(after - value) % cycle for value, after in zip(values, following, strict=True)]
    pause = gaps.index(max(gaps)) if len(set(gaps)) > 1 else len(gaps) - 1
    steps = {*gaps[:pause], *gaps[pause + 1 :]}
    return (following[pause], values[pause], steps.pop()) if len(steps) == 1 else None


def days_in_words(days: Days) -> str:
    """Return which days of the months, or nothing for every day."""
    values = days.values
    match days.kind:
        case Kind.MONTH_DAYS:
            words = _month_days(values)
        case Kind.WEEKDAYS:
            words = _weekdays(values)
        case Kind.BEFORE_LAST:
            before = f"{values[0]} day{'s' * (values[0] > 1)} before" if values[0] else "on"
            words = f"{before} the last day of the month"
        case Kind.LAST_WORKDAY:
            words = "on the last weekday of the month"
        case Kind.NEAREST_WORKDAY:
            words = f"on the weekday nearest day {values[0]} of the month"
        case Kind.LAST_WEEKDAY:
            words = f"on the last {DAY_NAMES[values[0] - 1]} of the month"
        case Kind.NTH_WEEKDAY:
            words = f"on the {ORDINALS[days.nth - 1]} {DAY_NAMES[values[0] - 1]} of the month"
    return words


def _month_days(values: Sequence[int]) -> str:
    if len(values) == DAY.size:
        return ""
    sequence = _sequence(values, ENDLESS)
    if sequence and sequence[2] > 1 and len(values) > 2 * FEW:
        first = ", ".join(str(value) for value in values[:FEW])
        return f"on days {first} and so on through {values[-1]} of the month"
    return f"on day{'s' * (len(values) > 1)} {_spans(values)} of the month"


def _spans(values: Sequence[int]) -> str:
    """Return numbers, three neighbors or more as `1 through 7`."""
    spans: list[list[int]] = []
    for value in values:
        if spans and spans[-1][-1] == value - 1:
            spans[-1].append(value)
        else:
            spans.append([value])
    words: list[str] = []
    for span in spans:
        through = [f"{span[0]} through {span[-1]}"]
        words += through if len(span) >= FEW else [str(value) for value in span]
    return listed(words)


def _weekdays(values: Sequence[int]) -> str:
    if len(values) == WEEKDAY.size:
        return ""
    if (sequence := _sequence(values, WEEKDAY.size)) and sequence[2] == 1:
        return f"{DAY_NAMES[sequence[0] - 1]} through {DAY_NAMES[sequence[1] - 1]}"
    from_monday = sorted(values, key=lambda weekday: (weekday - 2) % WEEKDAY.size)
    return f"only on {listed([DAY_NAMES[weekday - 1] for weekday in from_monday])}"


def _months(values: Sequence[int]) -> str:
    if len(values) == MONTH.size:
        return ""
    if (sequence := _sequence(values, MONTH.size)) and sequence[2] == 1:
        return f"{MONTH_NAMES[sequence[0] - 1]} through {MONTH_NAMES[sequence[1] - 1]}"
    return f"only in {listed([MONTH_NAMES[month - 1] for month in values])}"


def _years(values: Sequence[int]) -> str:
    sequence = _sequence(values, ENDLESS)
    if len(values) == YEAR.size:
        return ""
    if sequence and sequence[2] == 1:
        return f"{values[0]} through {values[-1]}"
    if sequence and len(values) > FEW:
        return f"every {sequence[2]} years from {values[0]} through {values[-1]}"
    return f"only in {_spans(values)}"
