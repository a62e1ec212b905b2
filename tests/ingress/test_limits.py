"""How long and how much a stranger may keep the bot's connections, over real sockets."""

import asyncio
import contextlib
import resource
import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from bot import door
from bot.slack.delivery import LARGEST_BODY
from bot.slack.ingress import Event, Receive, Send
from tests.ingress.door import Bot, serving
from tests.world import World

POST = b"POST /slack/events HTTP/1.1\r\nhost: bot\r\n"
BODY_TO_COME = b"content-type: application/json\r\ncontent-length: 900000\r\n"
SOON = 0.2  # seconds


class Stranger:
    """A connection whose other end does as it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def pour(self, data: bytes, *, most: int) -> int:
        """Send the same again and again until the bot hangs up, and return how many bytes went."""
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < most:
                await self.send(data)
                sent += len(data)
        return sent

    async def hears(self) -> bytes:
        """Return all that the bot says until it hangs up."""
        try:
            return await asyncio.wait_for(self.reader.read(), 30)
        except ConnectionError:
            return b""


@contextlib.asynccontextmanager
async def at(port: int) -> AsyncIterator[Stranger]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Stranger(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@pytest.fixture
def port(world: World) -> int:
    """Give the port where the whole bot listens."""
    assert world.slack.events_url
    return urlsplit(world.slack.events_url).port or 0


def signed_by_nobody() -> bytes:
    """Return headers that only their body can betray."""
    return b"x-slack-request-timestamp: %d\r\nx-slack-signature: v0=%b\r\n" % (
        int(time.time()),
        64 * b"0",
    )


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"POST /sla", POST])
async def test_whoever_does_not_say_what_they_want_is_hung_up_on(
    sent: bytes, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "BODY_SECONDS", SOON)  # how often it looks
    monkeypatch.setattr(door, "HEAD_SECONDS", SOON)
    async with at(port) as stranger:
        await stranger.send(sent)
        assert await stranger.hears() == b""


async def test_a_body_that_does_not_come_to_its_end_is_given_up(
    port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(door, "BODY_SECONDS", SOON)
    async with at(port) as stranger:
        await stranger.send(POST + BODY_TO_COME + signed_by_nobody() + b"\r\n{")
        answer = await stranger.hears()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer
    assert "its request did not come to its end" in caplog.text


async def test_what_follows_a_refusal_is_not_waited_for(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "BODY_SECONDS", SOON)
    async with at(port) as stranger:
        await stranger.send(POST + BODY_TO_COME + b"\r\n{")
        answer = await stranger.hears()
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"HTTP/1.1 408" not in answer


@pytest.mark.parametrize(
    ("start", "again"),
    [
        (POST, b"x: " + 1_000 * b"a" + b"\r\n"),
        (POST + b"x: ", 1_000 * b"a"),
        (b"POST /", 1_000 * b"a"),
        (b"", 500 * b"\r\n"),
    ],
    ids=["headers", "one header", "the address", "empty lines"],
)
async def test_headers_are_read_up_to_64_kilobytes(start: bytes, again: bytes, port: int) -> None:
    # What the kernels hold for either end is sent as well, and read by nobody.
    async with at(port) as stranger:
        await stranger.send(start)
        assert await stranger.pour(again, most=100_000_000) < 20_000_000
        assert not (await stranger.hears()).startswith(b"HTTP/1.1 2")


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(POST + b"content-length: 999999\r\n\r\n" + 999_999 * b"a", id="of the next"),
        pytest.param(POST + b"transfer-encoding: chunked\r\n\r\n0\r\nx: ", id="after the body"),
    ],
)
async def test_nor_can_they_be_endless_later_on(head: bytes, port: int) -> None:
    async with at(port) as stranger:
        await stranger.send(head)
        assert await stranger.pour(10_000 * b"a", most=100_000_000) < 20_000_000


async def test_a_refused_body_is_not_read_for_ever(port: int) -> None:
    async with at(port) as stranger:
        await stranger.send(POST + b"transfer-encoding: chunked\r\n\r\n")
        chunk = b"%x\r\n%b\r\n" % (10_000, 10_000 * b"a")
        assert await stranger.pour(chunk, most=100 * LARGEST_BODY) < 20 * LARGEST_BODY


async def test_slack_gets_through_however_many_connections_are_held(
    world: World, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_CONNECTIONS", 8)
    async with contextlib.AsyncExitStack() as stack:
        held = [await stack.enter_async_context(at(port)) for _ in range(40)]
        await world.requester.types("/omni-schedule help")
        await world.requester.sees_message("How to use")
        for stranger in held[:32]:
            assert await stranger.hears() == b""


async def test_the_bot_may_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "BODY_SECONDS", SOON)
    monkeypatch.setattr(door, "HEAD_SECONDS", SOON)
    go = asyncio.Event()

    async def slow(scope: Event, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await go.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"at last"})

    async with serving(slow, Bot(), http=door.Door) as opened, at(opened.port) as asker:
        await asker.send(b"GET / HTTP/1.0\r\n\r\n")
        async with at(opened.port) as stranger:
            assert await stranger.hears() == b""  # so the limits are over for the one as well
        go.set()
        assert (await asker.hears()).endswith(b"7\r\nat last\r\n0\r\n\r\n")


async def test_whoever_takes_no_answer_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "BODY_SECONDS", SOON)
    monkeypatch.setattr(door, "HEAD_SECONDS", SOON)
    given_up = asyncio.Event()

    async def long(scope: Event, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": 50_000_000 * b"a"})
            given_up.set()

    async with serving(long, Bot(), http=door.Door) as opened, at(opened.port) as stranger:
        await stranger.send(b"GET / HTTP/1.1\r\nhost: bot\r\n\r\n")
        async with asyncio.timeout(30):
            await given_up.wait()


@pytest.mark.parametrize(
    ("files", "most"), [(256, 64), (1024, 256), (1_048_576, 256), (resource.RLIM_INFINITY, 256)]
)
def test_connections_leave_files_to_the_bot_itself(files: int, most: int) -> None:
    assert door.most_connections(files) == most
