"""Bring what happens to the bot: as signed HTTP requests, or over Socket Mode."""

import asyncio
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from bot.playground.slack.elements import Json
from bot.playground.slack.faults import Faults
from bot.playground.slack.sockets import Sockets

PATIENCE = 3.0  # seconds within which Slack wants an answer
TIMED_OUT = "operation_timeout"
FAILED = "dispatch_failed"


class Kind(Enum):
    """What is delivered: its name in Socket Mode, and whether its answer may say something."""

    COMMAND = "slash_commands", True
    INTERACTION = "interactive", True
    EVENT = "events_api", False

    @property
    def envelope(self) -> str:
        return self.value[0]

    @property
    def takes_answer(self) -> bool:
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Answer:
    """How the bot answered a delivery, and what Slack makes of it.

    `status` is None where no answer came or nothing was sent, `seconds` is how long it took,
    `error` is what Slack tells the person, None where all went well.
    """

    status: int | None = None
    body: str = ""
    seconds: float = 0.0
    error: str | None = None

    @property
    def json(self) -> Json:
        """The body where it is a JSON object, else an empty one."""
        with suppress(ValueError):
            parsed = json.loads(self.body or "{}")
            if isinstance(parsed, dict):
                return parsed
        return {}

    @property
    def text(self) -> str:
        """The text of a command's answer."""
        return str(self.json.get("text", "")) if self.body.startswith("{") else self.body


class Delivery:
    """The way from Slack to the bot."""

    def __init__(
        self,
        signing_secret: str,
        sockets: Sockets,
        faults: Faults,
        clock: Callable[[], datetime],
    ) -> None:
        self.events_url: str | None = None
        self.patience = PATIENCE
        self._session: aiohttp.ClientSession | None = None
        self._secret = signing_secret.encode()
        self._sockets = sockets
        self._faults = faults
        self._clock = clock

    async def session(self, _app: web.Application) -> AsyncIterator[None]:
        """Keep a client while the application runs; a connection is used once."""
        connector = aiohttp.TCPConnector(force_close=True)
        headers = {"User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}
        async with aiohttp.ClientSession(connector=connector, headers=headers) as self._session:
            yield

    async def send(self, kind: Kind, payload: Json, *, twice: bool = False) -> Answer:
        """Deliver, and once more at the same time where that is asked for; return the first answer.

        An event that fails is sent again at once, as Slack does with events alone.
        """
        times = 2 if twice or self._faults.twice else 1
        first, *_ = await asyncio.gather(*(self._once(kind, payload, n) for n in range(times)))
        if kind is Kind.EVENT and first.error is not None:
            return await self._once(kind, payload, 1)
        return first

    async def _once(self, kind: Kind, payload: Json, retries: int) -> Answer:
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self.patience):
                answer = await self._attempt(kind, payload, retries)
        except TimeoutError:
            answer = Answer(error=TIMED_OUT)
        except (aiohttp.ClientError, ConnectionError):
            answer = Answer(error=FAILED)
        return replace(answer, seconds=time.perf_counter() - started)

    async def _attempt(self, kind: Kind, payload: Json, retries: int) -> Answer:
        if self.events_url is None:
            return await self._over_socket(kind, payload, retries)
        if self._session is None:
            raise RuntimeError("start the stand-in's application before anything is delivered")
        body = encoded(kind, payload)
        headers = self.signed(body) | _content_type(kind) | _retry(retries)
        async with self._session.post(self.events_url, data=body, headers=headers) as response:
            text = await response.text()
            error = None if response.status == HTTPStatus.OK else FAILED
            return Answer(status=response.status, body=text, error=error)

    async def _over_socket(self, kind: Kind, payload: Json, retries: int) -> Answer:
        envelope: Json = {
            "envelope_id": secrets.token_hex(8),
            "type": kind.envelope,
            "payload": payload,
            "accepts_response_payload": kind.takes_answer,
        }
        if kind is Kind.EVENT:
            envelope |= {"retry_attempt": retries, "retry_reason": "timeout" if retries else ""}
        said = await self._sockets.ask(envelope)
        return Answer(status=200, body=json.dumps(said) if said else "")

    def signed(self, body: bytes) -> dict[str, str]:
        """Return the headers with which Slack proves that a request is its own."""
        stamp = str(int(self._clock().timestamp()))
        digest = hmac.new(self._secret, f"v0:{stamp}:".encode() + body, sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def encoded(kind: Kind, payload: Mapping[str, Any]) -> bytes:
    """Return a request's body: JSON for events, a form for everything else."""
    if kind is Kind.EVENT:
        return json.dumps(payload).encode()
    form = payload if kind is Kind.COMMAND else {"payload": json.dumps(payload)}
    return urlencode(form).encode()


def _content_type(kind: Kind) -> dict[str, str]:
    form = "application/x-www-form-urlencoded"
    return {"Content-Type": "application/json" if kind is Kind.EVENT else form}


def _retry(retries: int) -> dict[str, str]:
    if not retries:
        return {}
    return {"X-Slack-Retry-Num": str(retries), "X-Slack-Retry-Reason": "http_timeout"}
