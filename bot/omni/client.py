"""The only way to Omni: reads are tried again, writes are sent once.

What a write did is told by reading back, never by its answer: an answer may be partial, may be
lost, and may report a success that does not hold.
"""

import asyncio
import functools
import importlib
import logging
import random
import ssl
import sys
import time
from dataclasses import dataclass

import httpx

from bot import metrics
from bot.metrics import Number
from bot.omni.budget import Budget, MemoryBudget, Turns
from bot.omni.errors import NotFound, OmniError, RateLimited, Unavailable, Unexpected
from bot.omni.values import (
    Caller,
    Connection,
    ConnectionSchedule,
    items,
    live_connections,
    new_schedule_id,
)
from bot.omni.wire import api_url, is_loopback, parse, schedules_path
from bot.shared import Shared

logger = logging.getLogger(__name__)

# httpcore looks for it at each request, and each time a module is not found, every folder of the
# path is read again: 0.3 ms, several times a request. This tells it at once that it is not there.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]  # None is "there is none"

# httpx would look for this with its first request, and somebody would wait 60 ms for it.
importlib.import_module("anyio._backends._asyncio")

# These happen before the first byte of a request goes out, so it was surely not carried out.
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long to wait for what, in seconds."""

    connect: float = 3.0
    read: float = 8.0  # for all tries of a read together: a person is waiting
    write: float = 20.0  # one try: giving up early would only make the outcome unknown
    pauses: tuple[float, ...] = (0.5, 1.5)  # before the second and the third try of a read
    # Most cards are decided within that, which spares a new connection's round trips. What stands
    # in front of Omni may hang up after a minute; a write always follows a read, which notices.
    keep_alive: float = 45.0
    keep_connections: float = 60.0  # the list changes rarely, and the key has 60 requests a minute


DEFAULT_TIMING = Timing()

#: Beyond so many, those in use counted as well, a connection is closed when it is not needed any
#: more: before each request httpcore looks at all that are kept.
KEPT = 20

#: Bytes of an answer, unpacked: ten thousand connections take a third of it.
LARGEST_ANSWER = 16_000_000


class OmniClient:
    """Talk to one Omni with one API key.

    Every method raises an `OmniError`. Close it with `aclose()`.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        timing: Timing = DEFAULT_TIMING,
        budget: Budget | None = None,
    ) -> None:
        """Check address and key, and connect to nothing yet.

        Without a budget that others share, this process counts its requests by itself.
        Raises ValueError, with a sentence that names the variable at fault and not its value.
        """
        url = httpx.URL(api_url(base_url))
        self._key = _header_safe(api_key)
        self._host = url.host
        self._timing = timing
        self.turns = Turns(budget or MemoryBudget())
        far = not is_loopback(url.host)  # no proxy leads back to this machine
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"authorization": f"Bearer {self._key}", "accept": "application/json"},
            timeout=httpx.Timeout(None, connect=timing.connect),  # the rest is in `_once`
            limits=httpx.Limits(max_keepalive_connections=KEPT, keepalive_expiry=timing.keep_alive),
            follow_redirects=False,
            transport=transport,
            verify=_certificates(trust_env=far),
            trust_env=far,
        )
        self._connections = Shared(self._list_connections, seconds=timing.keep_connections)

    async def connections(self, *, fresh: bool = False) -> tuple[Connection, ...]:
        """List the connections, without deleted ones; unless `fresh`, as up to a minute ago."""
        return await self._connections.get(fresh=fresh)

    @property
    def latest_connections(self) -> tuple[Connection, ...]:
        """The connections as they were listed last, however long ago; none before that."""
        return self._connections.latest or ()

    async def schedules(self, connection_id: str) -> tuple[ConnectionSchedule, ...]:
        """List the schema refresh schedules of a connection."""
        answer = await self._read(schedules_path(connection_id))
        return tuple(ConnectionSchedule.from_api(item) for item in items(answer, "schedules"))

    async def schedule(self, connection_id: str, schedule_id: str) -> ConnectionSchedule:
        """Read one schedule as it stands now."""
        answer = await self._read(schedules_path(connection_id, schedule_id))
        found = ConnectionSchedule.from_api(answer)
        if found.id != schedule_id:  # what it says of another one would confirm a write to this
            raise Unexpected("expected the schedule that was asked for, got another")
        return found

    async def update(
        self,
        connection_id: str,
        schedule_id: str,
        *,
        cron: str,
        timezone: str,
        hard_refresh: bool | None,
    ) -> None:
        """Replace a schedule; read it back to learn what became of it.

        `hard_refresh` must be what Omni returned: left out, Omni very probably turns a hard
        refresh soft; sent to an instance that did not return it, it may be refused.
        """
        body: dict[str, object] = {"schedule": cron, "timezone": timezone}
        if hard_refresh is not None:
            body["hardRefresh"] = hard_refresh
        await self._write("PUT", schedules_path(connection_id, schedule_id), body)

    async def create(self, connection_id: str, *, cron: str, timezone: str) -> str:
        """Create a schedule and return its id; read it back to learn what became of it."""
        body: dict[str, object] = {"schedule": cron, "timezone": timezone}
        answer = await self._write("POST", schedules_path(connection_id), body)
        try:
            return new_schedule_id(answer)
        except Unexpected as error:
            raise Unexpected(error.detail, outcome_unknown=True) from None

    async def delete(self, connection_id: str, schedule_id: str) -> None:
        """Delete a schedule; reading it back must then raise `NotFound`."""
        await self._write("DELETE", schedules_path(connection_id, schedule_id))

    async def check_key(self) -> Caller:
        """Find out, with one request where possible, whether Omni accepts the API key."""
        try:
            return Caller.from_api(await self._read("v1/whoami"))
        except (NotFound, Unexpected):  # older instances do not have it
            await self.connections(fresh=True)
            return Caller()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._connections.close()
        await self._http.aclose()

    async def _list_connections(self) -> tuple[Connection, ...]:
        return live_connections(await self._read("v1/connections"))

    async def _read(self, path: str) -> object:
        left = self._timing.read
        pauses = iter(self._timing.pauses)
        while True:
            await self.turns.one()  # which may take longer than reading may
            began = time.monotonic()
            try:
                return await self._once("GET", path, within=left)
            except (Unavailable, RateLimited) as error:
                pause = _pause(next(pauses, None), error)
                left -= time.monotonic() - began + pause
                if left <= 0:
                    raise
                logger.info("Omni is asked again in %.1f s (%s)", pause, error.facts)
            await asyncio.sleep(pause)

    async def _write(self, method: str, path: str, body: dict[str, object] | None = None) -> object:
        await self.turns.one()
        return await self._once(method, path, body, within=self._timing.write)

    async def _once(
        self, method: str, path: str, body: dict[str, object] | None = None, *, within: float
    ) -> object:
        began, status = time.monotonic(), "none"
        try:
            async with (
                asyncio.timeout(within),
                self._http.stream(method, path, json=body) as answer,
            ):
                status = str(answer.status_code)
                content = await _content(answer)
        except TimeoutError as error:
            detail = f"{self._host} did not answer in time"
            raise Unavailable(detail, outcome_unknown=True) from error
        except httpx.RequestError as error:
            raise self._no_answer(error) from error
        finally:
            took = time.monotonic() - began
            metrics.observe(Number.OMNI_REQUESTS, took, method=method, status=status)
        try:
            return parse(answer.status_code, answer.headers, content, key=self._key)
        except RateLimited as error:
            if error.retry_after:
                await self.turns.budget.close(error.retry_after)
            raise

    def _no_answer(self, error: httpx.RequestError) -> OmniError:
        if isinstance(error, NEVER_SENT):
            reason = f": {error}" if str(error) else ""  # a time-out comes without words
            return Unavailable(f"no connection to {self._host}{reason}")
        if isinstance(error, httpx.DecodingError):
            return Unexpected("expected JSON, got broken compression", outcome_unknown=True)
        detail = f"{self._host} ended the connection without an answer"
        return Unavailable(detail, outcome_unknown=True)


@functools.cache
def _certificates(*, trust_env: bool) -> ssl.SSLContext:
    """Return what httpx trusts by itself; reading it takes 20 ms, so that clients share it."""
    return httpx.create_ssl_context(trust_env=trust_env)


async def _content(answer: httpx.Response) -> bytes:
    """Return an answer's body; raise Unexpected for one that could fill the memory."""
    if "," in answer.headers.get("content-encoding", ""):  # packed twice, a little is without end
        raise _too_large(answer)
    content = bytearray()
    async for part in answer.aiter_bytes():
        content += part
        if len(content) > LARGEST_ANSWER:
            raise _too_large(answer)
    return bytes(content)


def _too_large(answer: httpx.Response) -> Unexpected:
    detail = f"expected at most {LARGEST_ANSWER // 1_000_000} MB, got more"
    return Unexpected(detail, status=answer.status_code, outcome_unknown=True)


def _pause(pause: float | None, error: OmniError) -> float:
    """Return how long to wait before the next try, in seconds; infinity where there is none."""
    if pause is None:
        return float("inf")
    spread = pause * random.uniform(0.5, 1.5)  # noqa: S311  only keeps many from coming at once
    return max(spread, error.retry_after or 0.0)


def _header_safe(api_key: str) -> str:
    key = api_key.strip()
    if key and key.isascii() and key.isprintable() and " " not in key:
        return key
    raise ValueError("OMNI_API_KEY must be one word of plain characters, as Omni shows it.")
