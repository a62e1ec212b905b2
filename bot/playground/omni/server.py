"""The stand-in itself: one front door that checks the key, goes wrong, and keeps the log."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.playground.omni.data import OmniData
from bot.playground.omni.endpoints import Endpoints, Refusal, read_json
from bot.playground.omni.faults import Fault, Faults, Switch
from bot.playground.omni.records import Entry
from bot.playground.pulse import Pulse

PLAYGROUND_KEY = "omni_playground_key"
DEFAULT_DELAY = 2.0  # seconds
LOGIN_PAGE = "<!doctype html><title>Log in</title><p>Log in to Omni</p>"
GATEWAY_PAGE = "<html><title>504 Gateway Time-out</title></html>"


class OmniStandIn:
    """Answer as Omni does, and go wrong as `faults` say; `app` is the aiohttp application.

    An `old` one knows neither `hardRefresh` nor `whoami`. `writes` counts the requests to write
    that came, whatever became of them; `pulse` beats with data, faults and log.
    """

    def __init__(
        self,
        api_key: str = PLAYGROUND_KEY,
        *,
        old: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Begin empty and without faults; whoever runs `app` says where it listens."""
        self.pulse = Pulse()
        self.faults = Faults(self.pulse.beat)
        self.data = OmniData(self.pulse.beat, clock)
        self.log: deque[Entry] = deque(maxlen=500)
        self.writes = 0
        self.app = web.Application(middlewares=[self._front_door])
        self.app.add_routes(Endpoints(self.data, clock, old=old).routes())
        self._api_key = api_key
        self._clock = clock
        self._put_off_work: set[asyncio.Task[None]] = set()

    @web.middleware
    async def _front_door(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        write = request.method != "GET"
        body = await read_json(request)
        due = self.faults.befall(write=write, one="schedule" in request.match_info)
        response = await self._respond(request, handler, due)
        dropped = Fault.DROPS_REQUEST in due or Fault.DROPS_ANSWER in due
        status = None if dropped else response.status
        self.log.append(Entry(self._clock(), request.method, request.path, body, status))
        self.writes += write
        self.pulse.beat()
        if Fault.SLOW in due:
            await asyncio.sleep(due[Fault.SLOW].seconds or DEFAULT_DELAY)
        if dropped and request.transport:
            request.transport.abort()  # aiohttp then finds nobody to send the response to
        return response

    async def _respond(
        self, request: web.Request, handler: Handler, due: dict[Fault, Switch]
    ) -> web.StreamResponse:
        if refusal := self._key_refused(request) or _refused(due):
            return refusal
        if Fault.DROPS_REQUEST in due:
            return web.Response()
        if Fault.EDITED in due:
            self._edit(request.match_info)
        if Fault.LATE in due:
            return self._put_off(request, handler, due[Fault.LATE].seconds or DEFAULT_DELAY)
        restore = self.data.snapshot()
        response = await _answer(request, handler)
        if Fault.NOT_HELD in due:
            restore()
        if Fault.RESETS_HARD_REFRESH in due:
            self._soften(request.match_info)
        return response

    def _put_off(self, request: web.Request, handler: Handler, seconds: float) -> web.Response:
        async def work() -> None:
            await asyncio.sleep(seconds)
            await _answer(request, handler)

        task = asyncio.create_task(work())
        self._put_off_work.add(task)
        task.add_done_callback(self._put_off_work.discard)
        return web.Response(text=GATEWAY_PAGE, content_type="text/html", status=504)

    def _key_refused(self, request: web.Request) -> web.Response | None:
        given = request.headers.get("Authorization")
        if given is None:
            return web.json_response({"error": "Unauthorized"}, status=401)
        return None if given == f"Bearer {self._api_key}" else _invalid_token()

    def _edit(self, named: web.UrlMappingMatchInfo) -> None:
        for schedule in self.data.schedules(named.get("connection", "")):
            if named.get("schedule", schedule.id) == schedule.id:
                self.data.edit(schedule.id)

    def _soften(self, named: web.UrlMappingMatchInfo) -> None:
        if schedule := self.data.schedule(named.get("schedule", "")):
            self.data.put(replace(schedule, hard_refresh=False))


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refusal:
        return _problem(refusal.status, refusal.detail)
    except web.HTTPException as error:  # aiohttp's own, for a path or method it does not know
        return web.json_response({"error": error.reason}, status=error.status)


def _refused(due: dict[Fault, Switch]) -> web.Response | None:
    """Return the answer of the first fault that answers in the endpoint's place."""
    return next((answer(due[fault]) for fault, answer in _IN_PLACE.items() if fault in due), None)


def _problem(status: int, detail: str) -> web.Response:
    return web.json_response({"detail": detail, "status": status}, status=status)


def _invalid_token() -> web.Response:
    return _problem(403, "Invalid bearer token")  # not 401: seen live


def _too_many(retry_after: float | None) -> web.Response:
    # Live instances send no Retry-After; the documentation allows for one.
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:.0f}"}
    answer = {"error": "429", "message": "Too Many Requests"}
    return web.json_response(answer, status=429, headers=headers)


def _failure() -> web.Response:
    answer = {"error": "500", "message": "Internal Server Error"}
    return web.json_response(answer, status=500)


_IN_PLACE: Mapping[Fault, Callable[[Switch], web.Response]] = {
    Fault.BAD_KEY: lambda _: _invalid_token(),
    Fault.NO_ROLE: lambda _: _problem(403, "Permission denied - connection admin role required"),
    Fault.RATE_LIMITED: lambda switch: _too_many(switch.seconds),
    Fault.FAILING: lambda _: _failure(),
    Fault.REMOVED: lambda _: _problem(410, "This endpoint was removed"),
    Fault.NONSENSE: lambda _: web.Response(text=LOGIN_PAGE, content_type="text/html"),
}
