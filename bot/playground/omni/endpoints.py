"""Omni's endpoints over the stand-in's data, as its OpenAPI document describes them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from aiohttp import web

from bot.playground.omni.data import OmniData
from bot.playground.omni.records import StoredConnection, StoredSchedule
from bot.schedule import Cron, ScheduleError, parse_zone

SCHEDULES = "/api/v1/connections/{connection}/schedules"
SCHEDULE = SCHEDULES + "/{schedule}"


class Refusal(Exception):  # noqa: N818  one of Omni's answers, which leaves a handler early
    """Refuse a request with a status and Omni's words."""

    def __init__(self, status: int, detail: str) -> None:
        """Take the words that Omni would use."""
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Endpoints:
    """Read and change the data as requests say; an `old` Omni does not know every key."""

    def __init__(self, data: OmniData, clock: Callable[[], datetime], *, old: bool) -> None:
        """Serve this data."""
        self._data = data
        self._clock = clock
        self._old = old

    def routes(self) -> Iterator[web.RouteDef]:
        """Yield each path with its handler; a handler may raise `Refusal`."""
        if not self._old:
            yield web.get("/api/v1/whoami", self._whoami)
        yield web.get("/api/v1/connections", self._list_connections)
        yield web.get(SCHEDULES, self._list_schedules)
        yield web.post(SCHEDULES, self._create)
        yield web.get(SCHEDULE, self._read)
        yield web.put(SCHEDULE, self._update)
        yield web.delete(SCHEDULE, self._delete)

    async def _whoami(self, _request: web.Request) -> web.Response:
        user = {"id": "0d6f84c1", "membershipId": "51c2a9e7"}
        caller = {"keyScope": "organization", "orgRole": "ORG_ADMIN", "user": user}
        return web.json_response(caller | {"rolesByModel": {}, "rolesByModelTruncated": False})

    async def _list_connections(self, _request: web.Request) -> web.Response:
        return web.json_response({"connections": [c.as_json() for c in self._data.connections]})

    async def _list_schedules(self, request: web.Request) -> web.Response:
        found = self._data.schedules(self._connection(request).id)
        return web.json_response({"schedules": [self._as_json(s) for s in found]})

    async def _create(self, request: web.Request) -> web.Response:
        connection = self._connection(request)
        cron, timezone, hard = self._fields(await read_json(request))
        added = self._data.add_schedule(connection, cron, timezone, hard_refresh=hard)
        return web.json_response(self._as_json(added), status=201)

    async def _read(self, request: web.Request) -> web.Response:
        return web.json_response(self._as_json(self._schedule(request)))

    async def _update(self, request: web.Request) -> web.Response:
        found = self._schedule(request)
        cron, timezone, hard = self._fields(await read_json(request))
        changed = replace(found, cron=cron, timezone=timezone, hard_refresh=hard)
        put = self._data.put(replace(changed, updated_at=self._clock()))
        return web.json_response(self._as_json(put))

    async def _delete(self, request: web.Request) -> web.Response:
        self._data.remove(self._schedule(request).id)
        return web.json_response({"success": True})

    def _connection(self, request: web.Request) -> StoredConnection:
        connection_id = request.match_info["connection"]
        if found := self._data.connection(connection_id):
            return found
        raise Refusal(404, f"Connection with id {connection_id} does not exist")

    def _schedule(self, request: web.Request) -> StoredSchedule:
        connection = self._connection(request)
        schedule_id = request.match_info["schedule"]
        found = self._data.schedule(schedule_id)
        if found is None:
            raise Refusal(404, f"Schedule with id {schedule_id} does not exist")
        if found.connection_id != connection.id:  # Omni blames the connection then
            raise Refusal(404, f"Connection with id {connection.id} does not exist")
        return found

    def _fields(self, body: object) -> tuple[str, str, bool]:
        if not isinstance(body, dict):
            raise Refusal(400, "Expected a JSON object")
        known = {"schedule", "timezone"} | (set() if self._old else {"hardRefresh"})
        if unknown := body.keys() - known:
            raise Refusal(400, f"Unrecognized keys: {', '.join(sorted(unknown))}")
        # An update is a full replacement: what it leaves out goes back to the default.
        hard = body.get("hardRefresh", False)
        if not isinstance(hard, bool):
            raise Refusal(400, "hardRefresh: expected a boolean")
        return _cron(body.get("schedule")), _timezone(body.get("timezone")), hard

    def _as_json(self, schedule: StoredSchedule) -> dict[str, object]:
        return schedule.as_json(self._clock(), hard_refresh_known=not self._old)


async def read_json(request: web.Request) -> object:
    """Return a request's JSON body, or None where it has none."""
    try:
        value: object = json.loads(await request.read())
    except ValueError:
        return None
    return value


def _cron(value: object) -> str:
    if not isinstance(value, str):
        raise Refusal(400, "schedule: expected a string")
    try:
        Cron.parse(value)
    except ScheduleError:
        raise Refusal(400, f"Invalid cron expression: {value}") from None
    return value


def _timezone(value: object) -> str:
    if not isinstance(value, str):
        raise Refusal(400, "timezone: expected a string")
    try:
        parse_zone(value)
    except ScheduleError:
        raise Refusal(400, f"Invalid timezone: {value}") from None
    return value
