"""A load generator: signed requests over kept connections, the same bytes for every server."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlencode

COMMAND = (
    "f47ac10b-58cc-4372-a567-0e02b2c3d479 a1b2c3d4-e5f6-7890-abcd-ef1234567890 "
    '"00 18 ? * * *" Europe/London'
)


@dataclass(slots=True)
class Timings:
    """How long each answer took, in seconds, and how many were not 200."""

    seconds: list[float] = field(default_factory=list)
    bad: int = 0
    elapsed: float = 0.0

    def percentile(self, share: float) -> float:
        """Return the seconds within which this share of the answers came."""
        return sorted(self.seconds)[min(int(len(self.seconds) * share), len(self.seconds) - 1)]

    @property
    def per_second(self) -> float:
        """Return how many answers came in a second."""
        return len(self.seconds) / self.elapsed


def commands(team: str, reply_url: str, secret: str, people: list[str]) -> Iterator[bytes]:
    """Yield the documentation's command, typed by people in turn, each delivery signed anew."""
    for number in count():
        body = urlencode(
            {
                "token": "gone",
                "team_id": team,
                "team_domain": "acme",
                "channel_id": "C0DATATEAM",
                "channel_name": "data-team",
                "user_id": people[number % len(people)],
                "user_name": "robin",
                "command": "/omni-schedule",
                "text": COMMAND,
                "api_app_id": "A0BENCHMARK",
                "is_enterprise_install": "false",
                "response_url": reply_url,
                "trigger_id": f"{number}.{time.time_ns()}",
            }
        )
        yield _signed(body, secret)


def _signed(body: str, secret: str) -> bytes:
    at = str(int(time.time()))
    digest = hmac.new(secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
    head = (
        "POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"X-Slack-Request-Timestamp: {at}\r\nX-Slack-Signature: v0={digest}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


class Connection(asyncio.Protocol):
    """One kept connection: sends a request, and times the answer to its last byte."""

    def __init__(self, timings: Timings) -> None:
        """Begin unconnected."""
        self._timings = timings
        self._received = b""
        self._began = 0.0
        self._done: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    async def ask(self, request: bytes) -> None:
        """Send a request and wait for its answer."""
        assert self._transport is not None
        self._done = asyncio.get_running_loop().create_future()
        self._received = b""
        self._began = time.perf_counter()
        self._transport.write(request)
        await self._done

    def data_received(self, data: bytes) -> None:
        """Collect an answer."""
        self._received += data
        if _is_whole(self._received) and self._done is not None:
            self._timings.seconds.append(time.perf_counter() - self._began)
            self._timings.bad += not self._received.startswith(b"HTTP/1.1 200")
            self._done.set_result(None)

    @property
    def is_closed(self) -> bool:
        """Whether the server has hung up, as it does on those that were idle for long."""
        return self._transport is None or self._transport.is_closing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the request that is under way."""
        if self._done is not None and not self._done.done():
            self._done.set_exception(exc or ConnectionResetError())

    def close(self) -> None:
        """Hang up."""
        assert self._transport is not None
        self._transport.close()


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line[15:])
    return body.endswith(b"0\r\n\r\n")  # chunked


async def connected(port: int, timings: Timings) -> Connection:
    """Open one connection."""
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_connection(lambda: Connection(timings), "127.0.0.1", port)
    return protocol


async def closed_loop(port: int, requests: list[bytes], clients: int) -> Timings:
    """Let some clients send all requests, each its next when its last is answered."""
    timings = Timings()
    left = iter(requests)

    async def client() -> None:
        connection = await connected(port, timings)
        for request in left:
            await connection.ask(request)
        connection.close()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    timings.elapsed = time.perf_counter() - began
    return timings


async def open_loop(port: int, requests: list[bytes], rate: float) -> Timings:
    """Send so many requests a second, whether answers come or not."""
    timings = Timings()
    idle: list[Connection] = []
    running: set[asyncio.Task[None]] = set()

    async def one(request: bytes) -> None:
        idle[:] = [each for each in idle if not each.is_closed]
        connection = idle.pop() if idle else await connected(port, timings)
        await connection.ask(request)
        idle.append(connection)

    began = time.perf_counter()
    for number, request in enumerate(requests):
        await asyncio.sleep(began + number / rate - time.perf_counter())
        task = asyncio.create_task(one(request))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    timings.elapsed = time.perf_counter() - began
    for connection in idle:
        connection.close()
    return timings
