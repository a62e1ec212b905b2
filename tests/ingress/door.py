"""What Slack sends, signed as Slack signs it, and a real server to send it to."""

import asyncio
import contextlib
import hmac
import itertools
import json
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
import uvicorn
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

SECRET = "0123456789abcdef0123456789abcdef"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
USER = {"id": "U0REQUESTER", "team_id": "T1"}
TEAM = {"id": "T1", "domain": "acme"}
VIEW = {"id": "V1", "type": "modal", "callback_id": "change", "state": {"values": {}}}
BUTTON = {"type": "button", "action_id": "approve", "block_id": "b", "value": "4f2a9c"}
INTERACTIONS: dict[str, dict[str, Any]] = {
    "a click": {
        "type": "block_actions",
        "user": USER,
        "team": TEAM,
        "channel": {"id": "C1", "name": "data-team"},
        "container": {"type": "message", "message_ts": "1.2"},
        "message": {"type": "message", "ts": "1.2", "user": "U0BOT"},
        "actions": [BUTTON],
        "response_url": "https://hooks.slack.com/actions/T1/1/x",
        "state": {"values": {}},
    },
    "a search in a menu": {
        "type": "block_suggestion",
        "user": USER,
        "team": TEAM,
        "action_id": "zone",
        "block_id": "b",
        "value": "Eu",
        "view": VIEW,
    },
    "a submitted modal": {
        "type": "view_submission",
        "user": USER,
        "team": TEAM,
        "view": VIEW,
        "response_urls": [],
    },
    "a closed modal": {"type": "view_closed", "user": USER, "team": TEAM, "view": VIEW},
    "a shortcut": {
        "type": "shortcut",
        "user": USER,
        "team": TEAM,
        "callback_id": "change_schedule",
    },
}
EVENTS: dict[str, dict[str, Any]] = {
    "an event": {
        "type": "event_callback",
        "event_id": "Ev0123456789",
        "team_id": "T1",
        "authorizations": [{"team_id": "T1", "user_id": "U0BOT", "is_bot": True}],
        "event": {"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home"},
    },
    "the check of an address": {"type": "url_verification", "challenge": "3eZbrw1aB"},
}
_numbers = itertools.count()

Ack = Callable[..., Awaitable[None]]


def command(text: str = "help") -> bytes:
    """Type a command; each time is another one."""
    fields = {"command": "/omni-schedule", "text": text, "user_id": "U1", "team_id": "T1"}
    return urlencode({**fields, "trigger_id": next(_numbers)}).encode()


def interaction(payload: object) -> bytes:
    return urlencode({"payload": json.dumps(payload), "number": next(_numbers)}).encode()


def event(payload: dict[str, Any], **changed: object) -> bytes:
    return json.dumps({**payload, "number": next(_numbers), **changed}).encode()


def signed(body: bytes, *, at: float | str | None = None, secret: str = SECRET) -> dict[str, Any]:
    timestamp = at if isinstance(at, str) else str(int(time.time() if at is None else at))
    digest = hmac.digest(secret.encode(), f"v0:{timestamp}:".encode() + body, "sha256").hex()
    return {"x-slack-request-timestamp": timestamp, "x-slack-signature": f"v0={digest}"}


@dataclass
class Bot:
    """A small bot that keeps what it heard."""

    heard: list[str] = field(default_factory=list)

    def app(self) -> AsyncApp:
        async def authorize() -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1")

        app = AsyncApp(signing_secret=SECRET, authorize=authorize, process_before_response=True)

        async def answer(ack: Ack, body: dict[str, Any]) -> None:
            self.heard.append(body["text"])
            await ack(f"You said {body['text']}")

        async def listen(ack: Ack, body: dict[str, Any]) -> None:
            self.heard.append(body["type"])
            await ack()

        app.command("/omni-schedule")(answer)
        app.action("approve")(listen)
        app.options("zone")(listen)
        app.view("change")(listen)
        app.view_closed("change")(listen)
        app.shortcut("change_schedule")(listen)
        app.event("app_home_opened")(listen)
        return app


@dataclass(frozen=True)
class Door:
    """A server on loopback, and the bot behind it."""

    port: int
    bot: Bot
    client: httpx.AsyncClient

    async def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        return await self.client.request(method, path, **request)

    async def post(self, body: Any, headers: dict[str, Any], kind: str = FORM) -> httpx.Response:
        typed = {"content-type": kind, **headers}
        return await self.ask("POST", "/slack/events", content=body, headers=typed)

    async def slack_sends(self, body: bytes, kind: str = FORM) -> httpx.Response:
        return await self.post(body, signed(body), kind)

    async def write(self, request: bytes) -> bytes:
        """Send bytes that need not be HTTP, and read until the server hangs up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        answer = await reader.read()
        writer.close()
        return answer


@contextlib.asynccontextmanager
async def serving(
    app: Any, bot: Bot, *, http: type[asyncio.Protocol] = HttpToolsProtocol
) -> AsyncIterator[Door]:
    """Serve an ASGI application on a free port of loopback."""
    listening = socket.create_server(("127.0.0.1", 0))  # who connects too early waits in its queue
    # asyncio does this for sockets of its own alone: without it every answer takes 40 ms longer.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server = uvicorn.Server(uvicorn.Config(app, http=http, log_config=None, lifespan="off"))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    port: int = listening.getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        yield Door(port, bot, client)
    server.should_exit = True
    await running
