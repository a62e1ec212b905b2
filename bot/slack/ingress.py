"""The HTTP side: an ASGI application in front of Bolt that lets only Slack's requests through.

    POST /slack/events   commands, interactions, options and events, each handed on once
    GET /healthz         200 as long as the process lives
    GET /readyz          200 or 503, and which dependency does not answer
    GET /metrics         numbers for Prometheus, where they are kept

A delivery that is refused gets a status and no body, and leaves one line in the log with the reason
and nothing of the request.
Bolt gets bodies that are parsed and proven already, in the way it gets them in Socket Mode.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.log import reference
from bot.metrics import CONTENT_TYPE, Page
from bot.recent import Recent
from bot.slack.delivery import LARGEST_BODY, Delivery, Envelope, Refused, malformed, too_large
from bot.slack.health import Kept, Ready
from bot.tasks import in_time

logger = logging.getLogger(__name__)

Event = MutableMapping[str, Any]  # ASGI's word; https://asgi.readthedocs.io/en/latest/specs/
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Dispatch = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]
Seen = Callable[[str], Coroutine[Any, Any, bool]]

REMEMBERED = 10_000  # deliveries: 16 a second for as long as a signature is valid
PATIENCE = 0.5  # seconds of Slack's 3 that a shared memory may take


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over HTTP."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Memory:
    """Tell which of the last `size` deliveries came to this process before."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._keys: Recent[str, None] = Recent(most=size)

    async def __call__(self, key: str) -> bool:
        """Return whether `key` is known, and know it from now on."""
        if key in self._keys:
            return True
        self._keys[key] = None
        return False


class Ingress:
    """Check, parse and hand on what Slack sends, and answer about this process's health.

    `dispatch` is Bolt's `AsyncApp.async_dispatch`. `seen` tells whether a delivery came to another
    process before and remembers it. `clock` returns Unix seconds.
    """

    def __init__(
        self,
        dispatch: Dispatch,
        *,
        signing_secret: str,
        ready: Ready,
        seen: Seen | None = None,
        metrics: Page | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._dispatch = dispatch
        self._secret = signing_secret.encode()
        self._ready = Kept(ready, clock)
        self._memory = Memory()
        self._seen = seen
        self._metrics = metrics
        self._clock = clock
        self._running: dict[str, asyncio.Future[Answer]] = {}

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        match scope["type"]:
            case "http":
                await _send(send, await self._answer(scope, receive))
            case "websocket":
                await send({"type": "websocket.close"})

    async def _answer(self, scope: Event, receive: Receive) -> Answer:
        match scope["path"], scope["method"]:
            case "/slack/events", "POST":
                return await self._take(scope, receive)
            case "/slack/events", _:
                return _not_allowed(b"POST")
            case _:
                return await self._tell(scope)

    async def _tell(self, scope: Event) -> Answer:
        match scope["path"], scope["method"]:
            case "/healthz", "GET" | "HEAD":
                return _json(HTTPStatus.OK, b'{"alive": true}')
            case "/readyz", "GET" | "HEAD":
                readiness = await self._ready()
                return _json(readiness.status, readiness.to_json())
            case "/metrics", "GET" | "HEAD" if self._metrics is not None:
                headers = ((b"content-type", CONTENT_TYPE),)
                return Answer(HTTPStatus.OK, self._metrics(), headers)
            case "/healthz" | "/readyz", _:
                return _not_allowed(b"GET, HEAD")
        return Answer(HTTPStatus.NOT_FOUND)

    async def _take(self, scope: Event, receive: Receive) -> Answer:
        try:
            envelope = Envelope.from_headers(scope["headers"], self._clock())
            delivery = envelope.open(await _body(receive), self._secret)
            return await self._once(delivery)
        except Refused as refused:
            return _refusal(refused)

    async def _once(self, delivery: Delivery) -> Answer:
        # Slack sends an event again when it got no answer for 3 s, and whatever stands between may
        # send anything again. While the first is being handled, its answer is the only true one: an
        # empty 200 would close a view whose fields are wrong. Afterwards an empty 200 says that it
        # was taken, even where that failed: half a click twice is worse than half a click.
        if (first := self._running.get(delivery.key)) is not None:
            return await asyncio.shield(first)  # one sender that goes away stops nobody else
        first = self._running[delivery.key] = asyncio.get_running_loop().create_future()
        answer = Answer(HTTPStatus.SERVICE_UNAVAILABLE)  # where the server ends meanwhile
        try:
            answer = await self._handle(delivery)
        finally:
            del self._running[delivery.key]
            first.set_result(answer)
        return answer

    async def _handle(self, delivery: Delivery) -> Answer:
        if await self._was_seen(delivery.key):
            return Answer(HTTPStatus.OK)
        try:
            request = AsyncBoltRequest(body=delivery.body, mode="socket_mode")
        except Exception:  # noqa: BLE001 - Bolt trips over wrong types in many ways
            return _refusal(malformed("its payload has a part of a wrong type"))
        try:
            response = await self._dispatch(request)
        except Exception:
            logger.exception("A delivery could not be handled", extra={"reference": reference()})
            return Answer(HTTPStatus.INTERNAL_SERVER_ERROR)
        return _from_bolt(response)

    async def _was_seen(self, key: str) -> bool:
        if await self._memory(key):
            return True
        if self._seen is None:
            return False
        try:
            return await in_time(self._seen(key), PATIENCE)
        except Exception:
            # Slack waits. What must happen once is kept from happening twice further in as well.
            logger.exception("Took a delivery without knowing whether it came before")
            return False


def _refusal(refused: Refused) -> Answer:
    fields = {"status": int(refused.status)}
    logger.warning("Refused a request to /slack/events: %s", refused.reason, extra=fields)
    return Answer(refused.status)


def _from_bolt(response: BoltResponse) -> Answer:
    if response.status >= HTTPStatus.BAD_REQUEST:
        fields = {"status": response.status, "reference": reference()}
        logger.warning("Nothing listens for what Slack sent, or Bolt failed", extra=fields)
        return Answer(response.status)
    headers = ((k, v) for k, values in response.headers.items() for v in values)
    encoded = tuple((k.encode("latin-1"), v.encode("latin-1")) for k, v in headers)
    return Answer(response.status, response.body.encode(), encoded)


def _json(status: HTTPStatus, body: bytes) -> Answer:
    return Answer(status, body, ((b"content-type", b"application/json"),))


def _not_allowed(methods: bytes) -> Answer:
    return Answer(HTTPStatus.METHOD_NOT_ALLOWED, headers=((b"allow", methods),))


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise malformed("its body did not come to its end")
        body += event.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise too_large()
        if not event.get("more_body", False):
            return bytes(body)


async def _send(send: Send, answer: Answer) -> None:
    length = (b"content-length", str(len(answer.body)).encode())
    headers = [*answer.headers, length]
    await send({"type": "http.response.start", "status": int(answer.status), "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
