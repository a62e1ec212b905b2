"""What can be made to go wrong, switched on and off while the stand-in runs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random


class Fault(StrEnum):
    """One way to go wrong; the value is its name on the page."""

    SLOW = "slow"  # does its work, then keeps the answer back
    LATE = "late"  # a proxy gives up waiting with 504, and the work is done a while later
    RATE_LIMITED = "rate limited"  # 429, not carried out
    FAILING = "failing"  # 500, not carried out
    BAD_KEY = "bad key"  # 403 "Invalid bearer token", as live instances answer
    NO_ROLE = "no role"  # 403, the key's owner may not
    REMOVED = "removed"  # 410, as Omni answers for endpoints of the past
    NONSENSE = "nonsense"  # 200 with a login page, not carried out
    DROPS_REQUEST = "drops the request"  # closes the connection, not carried out
    DROPS_ANSWER = "drops the answer"  # closes the connection, carried out
    NOT_HELD = "says it wrote but did not"
    RESETS_HARD_REFRESH = "resets hardRefresh"  # whatever the update said
    EDITED = "edited behind your back"  # the schedules asked for change just before


class Requests(StrEnum):
    """Which requests a fault befalls."""

    ALL = "all"
    READS = "reads"
    ONE_READ = "reads of one schedule"  # as before a write, and after it
    WRITES = "writes"

    def cover(self, *, write: bool, one: bool) -> bool:
        """Tell whether a request is among them; `one` is about one schedule."""
        match self:
            case Requests.ALL:
                return True
            case Requests.READS:
                return not write
            case Requests.ONE_READ:
                return one and not write
            case Requests.WRITES:
                return write


ABOUT_WRITES = frozenset({Fault.NOT_HELD, Fault.RESETS_HARD_REFRESH})


@dataclass(frozen=True, slots=True)
class Switch:
    """A fault that is switched on.

    `left` counts the requests that it still befalls, None until switched off. `seconds` is the
    delay of a slow answer or of late work, where None means two; or the `Retry-After` of a 429,
    where None means that it is not sent. `share` of these requests are befallen, as the dice fall.
    """

    fault: Fault
    requests: Requests
    left: int | None
    seconds: float | None
    share: float


class Faults:
    """The switches; `changed` is called whenever one moves. Seed `dice` for the same run again."""

    def __init__(self, changed: Callable[[], None]) -> None:
        """Begin with nothing wrong."""
        self.dice = Random()  # noqa: S311 - chance, not a secret
        self._changed = changed
        self._on: dict[Fault, Switch] = {}

    @property
    def on(self) -> tuple[Switch, ...]:
        """The faults that are switched on."""
        return tuple(self._on.values())

    def switch_on(
        self,
        fault: Fault,
        *,
        requests: Requests = Requests.ALL,
        times: int | None = None,
        seconds: float | None = None,
        share: float = 1.0,
    ) -> None:
        """Let a fault befall the next `times` of these requests, or all until it is off.

        A `share` below 1 befalls that many of them, by chance.
        """
        befalls = Requests.WRITES if fault in ABOUT_WRITES else requests
        self._on[fault] = Switch(fault, befalls, times, seconds, share)
        self._changed()

    def switch_off(self, fault: Fault) -> None:
        """End a fault, whether it was on or not."""
        self._on.pop(fault, None)
        self._changed()

    def clear(self) -> None:
        """End all faults."""
        self._on.clear()
        self._changed()

    def befall(self, *, write: bool, one: bool) -> dict[Fault, Switch]:
        """Return the faults of the request that just came, and count it."""
        asked = [s for s in self.on if s.requests.cover(write=write, one=one)]
        due = {s.fault: s for s in asked if self.dice.random() < s.share}
        for switch in due.values():
            self._count(switch)
        return due

    def _count(self, switch: Switch) -> None:
        if switch.left == 1:
            del self._on[switch.fault]
        elif switch.left is not None:
            self._on[switch.fault] = replace(switch, left=switch.left - 1)
