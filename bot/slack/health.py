"""What `/healthz` and `/readyz` answer."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

from bot.log import reference

logger = logging.getLogger(__name__)

# Anybody may ask, as often as they like, and Omni's key has 60 requests a minute.
KEEP = 10.0  # seconds


@dataclass(frozen=True, slots=True)
class Check:
    """How one dependency answered: after how many seconds, and what is wrong, if anything.

    Anybody can read `problem`: a sentence without addresses or secrets.
    """

    name: str
    seconds: float
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    """How every dependency answered."""

    checks: tuple[Check, ...]

    @property
    def status(self) -> HTTPStatus:
        """200 where all answer well, otherwise 503."""
        if any(check.problem for check in self.checks):
            return HTTPStatus.SERVICE_UNAVAILABLE
        return HTTPStatus.OK

    def to_json(self) -> bytes:
        """Write what `/readyz` shows."""
        checks = {
            check.name: {
                "ready": check.problem is None,
                "milliseconds": round(check.seconds * 1000, 1),
                "problem": check.problem,
            }
            for check in self.checks
        }
        ready = self.status is HTTPStatus.OK
        return json.dumps({"ready": ready, "checks": checks}).encode()


Ready = Callable[[], Awaitable[Readiness]]


class Kept:
    """Ask once for any number of askers, and keep the answer for `KEEP` seconds."""

    def __init__(self, ready: Ready, clock: Callable[[], float]) -> None:
        self._ready = ready
        self._clock = clock
        self._lock = asyncio.Lock()
        self._answer: Readiness | None = None
        self._at = 0.0

    async def __call__(self) -> Readiness:
        """Return an answer that is at most `KEEP` seconds old."""
        async with self._lock:
            # A clock that was set back makes an answer old, too.
            if self._answer is None or not 0 <= self._clock() - self._at < KEEP:
                self._answer = await self._asked()
                self._at = self._clock()
            return self._answer

    async def _asked(self) -> Readiness:
        try:
            return await self._ready()
        except Exception:
            failed = reference()
            logger.exception("The check of readiness failed", extra={"reference": failed})
            return Readiness((Check("check", 0.0, f"failed; see reference {failed} in the log"),))
