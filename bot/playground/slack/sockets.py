"""Socket Mode: the connections a bot opens, and what goes over them.

Source: https://docs.slack.dev/apis/events-api/using-socket-mode.
"""

import asyncio
import json
import secrets

from aiohttp import WSMsgType, web

from bot.playground.slack.elements import Json
from bot.playground.slack.methods import Arguments, method
from bot.playground.slack.records import APP_ID
from bot.playground.slack.workspace import Workspace

MOST_CONNECTIONS = 10
HEARTBEAT = 10.0  # seconds between the pings that find out whether the bot is still there


@method("apps.connections.open", app_token=True)
def connections_open(workspace: Workspace, _args: Arguments) -> Json:
    """Return an address that is good for one connection."""
    ticket = secrets.token_hex(12)
    workspace.tickets.add(ticket)
    address = workspace.base_url.replace("http", "ws", 1)
    return {"url": f"{address}/socket?ticket={ticket}&app_id={APP_ID}"}


class Sockets:
    """The open connections, and which of them new envelopes go to."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._connected: set[web.WebSocketResponse] = set()
        self._ready: list[web.WebSocketResponse] = []
        self._unanswered: dict[str, asyncio.Future[Json]] = {}

    @property
    def count(self) -> int:
        """How many connections new envelopes can go to."""
        return len(self._ready)

    def add_routes(self, app: web.Application) -> None:
        """Serve /socket, and close what is open when the application ends."""
        app.router.add_get("/socket", self._connect)
        app.on_shutdown.append(self._shut_down)

    async def ask(self, envelope: Json) -> Json:
        """Send an envelope over any one connection and return what the bot answers to it.

        Raises ConnectionError where no connection is open.
        """
        if not self._ready:
            raise ConnectionError("the bot has no connection open")
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._unanswered[envelope["envelope_id"]] = answer
        try:
            await secrets.choice(self._ready).send_json(envelope)
            return await answer
        finally:
            del self._unanswered[envelope["envelope_id"]]

    async def refresh(self) -> None:
        """Ask the bot to connect anew, as Slack does every few hours."""
        before, self._ready = self._ready, []
        for socket in before:
            await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})

    async def cut(self) -> None:
        """Close every connection, as Slack does soon after it asked to connect anew."""
        for socket in tuple(self._connected):
            await socket.close()

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._workspace.tickets:
            return web.Response(status=403, text="The ticket is unknown or was used before")
        self._workspace.tickets.discard(ticket)
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT)
        await socket.prepare(request)
        self._connected.add(socket)
        try:
            await self._serve(socket)
        finally:
            self._forget(socket)
        return socket

    async def _serve(self, socket: web.WebSocketResponse) -> None:
        if self.count >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            return
        hello = {"type": "hello", "connection_info": {"app_id": APP_ID}}
        await socket.send_json({**hello, "num_connections": self.count + 1})
        self._ready.append(socket)
        self._workspace.pulse.beat()
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self._take(json.loads(message.data))

    def _take(self, said: Json) -> None:
        waiting = self._unanswered.get(said.get("envelope_id", ""))
        if waiting is not None and not waiting.done():
            waiting.set_result(said.get("payload") or {})

    def _forget(self, socket: web.WebSocketResponse) -> None:
        self._connected.discard(socket)
        self._ready = [each for each in self._ready if each is not socket]
        self._workspace.pulse.beat()

    async def _shut_down(self, _app: web.Application) -> None:
        await self.cut()
