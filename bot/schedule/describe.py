"""A cron expression in words, exact to its last run.

The words come from the parsed values, not from the text: `0/15`, `*/15` and `0,15,30,45` read the
same, and a range ends at its last run, not at the end of an hour. No locale is asked, so LC_TIME
does not change the name of a day.
"""

from collections.abc import Sequence

from bot.schedule.cron import Cron, Days, Kind

MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
DAY_NAMES = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
ORDINALS = ("first", "second", "third", "fourth", "fifth")
DAY_MINUTES = 24 * 60
ENDLESS = 10_000
"""A cycle that no values close: they do not begin again after the last."""
FEW = 3
"""So many times are listed; more are told as a sequence where they are one."""


def describe(cron: Cron, *, hour24: bool = False) -> str:
    """Return when a cron runs as one English sentence without zone or full stop."""
    parts = [_time(cron, hour24=hour24), _days(cron.days), _months(cron.months), _years(cron.years)]
    return ", ".join(part for part in parts if part)


def clock(minutes: int, *, hour24: bool) -> str:
    """Return a time of day, given in minutes after midnight."""
    hour, minute = divmod(minutes, 60)
    if hour24:
        return f"{hour:02}:{minute:02}"
    return f"{(hour - 1) % 12 + 1:02}:{minute:02} {'AM' if hour < 12 else 'PM'}"


def listed(words: Sequence[str]) -> str:
    """Return `a`, `a and b` or `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def counted(count: int, unit: str) -> str:
    """Return `minute` or `15 minutes`."""
    return unit if count == 1 else f"{count} {unit}s"


def _time(cron: Cron, *, hour24: bool) -> str:
    times = [hour * 60 + minute for hour in cron.hours for minute in cron.minutes]
    if len(times) > FEW:
        if every := _every(cron, times, hour24=hour24):
            return every
        if len(cron.minutes) > 1 and len(times) > 2 * FEW:
            return _within_hours(cron, times, hour24=hour24)
    return "At " + listed([clock(time, hour24=hour24) for time in times])


def _every(cron: Cron, times: Sequence[int], *, hour24: bool) -> str | None:
    """Describe times that follow each other at one distance, through midnight if need be."""
    sequence = _sequence(times, DAY_MINUTES)
    if not sequence:
        return None
    first, last, step = sequence
    every = "Every " + (counted(step // 60, "hour") if step % 60 == 0 else counted(step, "minute"))
    if len(times) * step < DAY_MINUTES:
        return f"{every} from {clock(first, hour24=hour24)} through {clock(last, hour24=hour24)}"
    if first == 0:
        return every
    if step == 60:
        return f"At {counted_minutes(cron.minutes)} past every hour"
    if step < 60:
        return f"{every}, starting at {counted_minutes(cron.minutes[:1])} past the hour"
    return f"{every}, starting at {clock(first, hour24=hour24)}"


def counted_minutes(minutes: Sequence[int]) -> str:
    return f"{_spans(minutes)} minute{'s' * (minutes != (1,))}"


def _within_hours(cron: Cron, times: Sequence[int], *, hour24: bool) -> str:
    """Describe a pattern of minutes that certain hours repeat."""
    which = "every" if len(cron.hours) == 24 else "the"
    sequence = _sequence(cron.minutes, ENDLESS)
    if not sequence:
        words = f"At {counted_minutes(cron.minutes)} past {which} hour"
    elif len(cron.minutes) * sequence[2] == 60:
        start = f", starting at {counted_minutes(cron.minutes[:1])} past the hour"
        words = f"Every {counted(sequence[2], 'minute')}{start * (cron.minutes[0] > 0)}"
    else:
        first, last, step = sequence
        words = (
            f"Every {counted(step, 'minute')} from minute {first} through {last} of {which} hour"
        )
    if len(cron.hours) == 24:
        return words
    hours = _sequence(cron.hours, 24)
    if hours and hours[2] == 1:
        start, end = hours[0] * 60 + cron.minutes[0], hours[1] * 60 + cron.minutes[-1]
        return f"{words}, from {clock(start, hour24=hour24)} through {clock(end, hour24=hour24)}"
    if hours and len(cron.hours) > FEW:
        first, last, step = hours
        start, end = (clock(hour * 60, hour24=hour24) for hour in (first, last))
        return f"{words}, in the hours starting every {step} hours from {start} through {end}"
    starts = [clock(hour * 60, hour24=hour24) for hour in cron.hours]
    return f"{words}, in the hour{'s' * (len(starts) > 1)} starting at {listed(starts)}"


def _sequence(values: Sequence[int], cycle: int) -> tuple[int, int, int] | None:
    """Return first, last and step of values that keep one distance in a cycle, such as a day."""
    if len(values) < FEW:
        return None
    gaps = [
        (after - value) % cycle
        for value, after in zip(values, [*values[1:], values[0]], strict=True)
    ]
    widest = len(gaps) - 1 if len(set(gaps)) == 1 else gaps.index(max(gaps))
    inner = {gap for place, gap in enumerate(gaps) if place != widest}
    if len(inner) > 1:
        return None
    return values[(widest + 1) % len(values)], values[widest], inner.pop()


def _days(days: Days) -> str:
    match days.kind:
        case Kind.MONTH_DAYS:
            return _month_days(days.values)
        case Kind.WEEKDAYS:
            return _weekdays(days.values)
        case Kind.BEFORE_LAST if days.values == (0,):
            return "on the last day of the month"
        case Kind.BEFORE_LAST:
            count = days.values[0]
            return f"{count} day{'s' * (count > 1)} before the last day of the month"
        case Kind.LAST_WORKDAY:
            return "on the last weekday of the month"
        case Kind.NEAREST_WORKDAY:
            return f"on the weekday nearest day {days.values[0]} of the month"
        case Kind.LAST_WEEKDAY:
            return f"on the last {DAY_NAMES[days.values[0] - 1]} of the month"
        case Kind.NTH_WEEKDAY:
            return f"on the {ORDINALS[days.nth - 1]} {DAY_NAMES[days.values[0] - 1]} of the month"


def _month_days(values: Sequence[int]) -> str:
    if len(values) == 31:
        return ""
    sequence = _sequence(values, ENDLESS)
    if sequence and sequence[2] > 1 and len(values) > 2 * FEW:
        return f"on days {', '.join(map(str, values[:FEW]))} and so on through {values[-1]} of the month"
    return f"on day{'s' * (len(values) > 1)} {_spans(values)} of the month"


def _spans(values: Sequence[int]) -> str:
    """Return numbers with three or more neighbors told as `1 through 7`."""
    spans: list[list[int]] = []
    for value in values:
        if spans and spans[-1][-1] == value - 1:
            spans[-1].append(value)
        else:
            spans.append([value])
    words: list[str] = []
    for span in spans:
        through = len(span) >= FEW
        words += [f"{span[0]} through {span[-1]}"] if through else [str(value) for value in span]
    return listed(words)


def _weekdays(values: Sequence[int]) -> str:
    if len(values) == 7:
        return ""
    sequence = _sequence(values, 7)
    if sequence and sequence[2] == 1:
        return f"{DAY_NAMES[sequence[0] - 1]} through {DAY_NAMES[sequence[1] - 1]}"
    from_monday = sorted(values, key=lambda value: (value - 2) % 7)
    return f"only on {listed([DAY_NAMES[value - 1] for value in from_monday])}"


def _months(values: Sequence[int]) -> str:
    if len(values) == 12:
        return ""
    sequence = _sequence(values, 12)
    if sequence and sequence[2] == 1:
        return f"{MONTH_NAMES[sequence[0] - 1]} through {MONTH_NAMES[sequence[1] - 1]}"
    return f"only in {listed([MONTH_NAMES[value - 1] for value in values])}"


def _years(values: Sequence[int]) -> str:
    if len(values) == 230:
        return ""
    sequence = _sequence(values, ENDLESS)
    if sequence and len(values) > FEW and sequence[2] > 1:
        return "every {2} years from {0} through {1}".format(*sequence)
    if sequence and sequence[2] == 1:
        return f"{sequence[0]} through {sequence[1]}"
    return f"only in {_spans(values)}"
