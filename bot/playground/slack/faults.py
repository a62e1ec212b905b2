"""What can go wrong between an app and Slack, switched on when asked."""

from collections import defaultdict, deque
from dataclasses import dataclass, field

LOST = "answer lost"


@dataclass(slots=True)
class Faults:
    """Faults that are on; every one is off at first.

    `down`: each request gets 503. `revoked`: no token is good any more, and response URLs are, as
    they need none. `slow`: seconds that each answer takes longer.
    `retry_after`: each request gets 429 with so many seconds in `Retry-After`.
    `one_a_second`: a channel takes one message a second, as Slack's does.
    `twice`: whatever goes to the app is delivered two times.
    """

    down: bool = False
    revoked: bool = False
    slow: float = 0.0
    retry_after: int = 0
    one_a_second: bool = False
    twice: bool = False
    _planned: defaultdict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))

    def fail_next(self, method: str, error: str) -> None:
        """Refuse the next call of this Web API method with this error of Slack's."""
        self._planned[method].append(error)

    def lose_next_answer(self, method: str) -> None:
        """Do what the next call of this Web API method asks, then drop the connection."""
        self._planned[method].append(LOST)

    def take(self, method: str) -> str | None:
        """Return what is planned for this call: an error, `LOST` or nothing."""
        planned = self._planned[method]
        return planned.popleft() if planned else None
