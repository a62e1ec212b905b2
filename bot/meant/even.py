"""How far apart runs can be so that one schedule keeps the distance by the clock, day after day."""

from bisect import bisect

#: In minutes.
AN_HOUR, A_DAY = 60, 24 * 60

#: The minutes from each run to the next that one schedule can keep.
EVEN = (
    *(minutes for minutes in range(1, AN_HOUR) if AN_HOUR % minutes == 0),
    *(minutes for minutes in range(AN_HOUR, A_DAY + 1, AN_HOUR) if A_DAY % minutes == 0),
)


def neighbours(minutes: int) -> tuple[int, ...]:
    """Return the next shorter and the next longer distance that there is, for one that is none."""
    place = bisect(EVEN, minutes)
    return EVEN[max(place - 1, 0) : place + 1]
