"""The page's requests: its files, a snapshot, a stream that tells when it is old, and acts."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.playground.omni import OmniStandIn
from bot.playground.page_server.actions import ACTS, Act
from bot.playground.page_server.guard import add_headers, only_this_machine
from bot.playground.page_server.snapshot import snapshot
from bot.playground.slack import ImpossibleError, Person, SlackStandIn

PAGE = Path(__file__).parent.parent / "page"


def add_routes(
    app: web.Application,
    slack: SlackStandIn,
    omni: OmniStandIn,
    *,
    command: str = "/omni-schedule",
    shortcuts: tuple[tuple[str, str], ...] = (),
) -> None:
    """Serve the page at `/`, for requests of this machine alone.

    `shortcuts` are the bot's global ones, each its callback_id and its name. What Omni has now is
    what "Start over" goes back to.
    """
    server = _Server(slack, omni, command, shortcuts)
    app.middlewares.append(only_this_machine)
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(server.end_streams)
    app.router.add_get("/", server.index)
    app.router.add_get("/state", server.state)
    app.router.add_get("/stream", server.stream)
    app.router.add_post("/act/{name}", server.act)
    app.router.add_static("/", PAGE)


class _Server:
    def __init__(
        self,
        slack: SlackStandIn,
        omni: OmniStandIn,
        command: str,
        shortcuts: tuple[tuple[str, str], ...],
    ) -> None:
        self._slack = slack
        self._omni = omni
        self._names = {
            "command": command,
            "shortcuts": [{"id": key, "name": name} for key, name in shortcuts],
        }
        self._take_back = omni.data.snapshot()
        self._streams: set[asyncio.Task[Any]] = set()

    async def index(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html")

    async def state(self, request: web.Request) -> web.Response:
        me = self._person(request.query.get("as"))
        return web.json_response(snapshot(self._slack, self._omni, me, self._names))

    def _restore_omni(self) -> None:
        self._take_back()
        self._take_back = self._omni.data.snapshot()

    def _person(self, named: object) -> Person:
        """Return who is named, else the first: an address may be older than this process."""
        people = self._slack.people
        return people.get(str(named)) or next(iter(people.values()))

    async def act(self, request: web.Request) -> web.Response:
        """Do it, and answer `problem` with what to tell the person where it could not be done."""
        do = ACTS.get(request.match_info["name"])
        if do is None:
            raise web.HTTPNotFound
        try:
            details = await request.json()
            me = self._person(details.get("as"))
            act = Act(self._slack, self._omni, me, details, self._restore_omni)
            return web.json_response(await do(act))
        except (JSONDecodeError, AttributeError, KeyError) as error:
            raise web.HTTPBadRequest(text=f"Not what the page sends: {error!r}") from None
        except (ImpossibleError, ValueError) as error:  # ScheduleError is a ValueError
            return web.json_response({"problem": str(error)})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Send an event now and after each change, until somebody leaves."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        task = asyncio.current_task()
        if task is not None:
            self._streams.add(task)
            task.add_done_callback(self._streams.discard)
        with suppress(ConnectionError):  # the page is gone
            while True:
                seen = [(pulse, pulse.count) for pulse in (self._slack.pulse, self._omni.pulse)]
                await response.write(b"data: changed\n\n")
                await _first(*(pulse.after(count) for pulse, count in seen))
        return response

    async def end_streams(self, _app: web.Application) -> None:
        """End what would keep the server from stopping."""
        for task in self._streams:
            task.cancel()


async def _first(*awaitables: Awaitable[int]) -> None:
    tasks = [asyncio.ensure_future(each) for each in awaitables]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
