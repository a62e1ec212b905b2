"""Slack's Web API and response_urls over HTTP, with the faults that are switched on."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.playground.slack import chat, directory, views
from bot.playground.slack.elements import Json
from bot.playground.slack.faults import LOST, Faults
from bot.playground.slack.methods import METHODS, ApiError, Method
from bot.playground.slack.responses import GONE, respond
from bot.playground.slack.workspace import Workspace

MODULES = (chat, directory, views)  # importing them fills METHODS
WRITTEN_AS_JSON = ("blocks", "view", "metadata", "message")


class WebApi:
    """The HTTP face of a workspace."""

    def __init__(
        self, workspace: Workspace, faults: Faults, *, bot_token: str, app_token: str
    ) -> None:
        self._workspace = workspace
        self._faults = faults
        self._tokens = {bot_token: False, app_token: True}

    def add_routes(self, app: web.Application) -> None:
        """Serve /api/<method> and /response/<token>."""
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_post("/response/{token}", self._respond)

    async def _call(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        arguments = await _arguments(request)
        token = _token(request, arguments)

        def run() -> Json:
            return self._allowed(name, token).run(self._workspace, arguments)

        answer = await self._answer(request, name, arguments, run)
        answer.headers["X-OAuth-Scopes"] = ",".join(self._workspace.scopes)
        if name in METHODS:
            answer.headers["X-Accepted-OAuth-Scopes"] = ",".join(METHODS[name].scopes)
        return answer

    async def _respond(self, request: web.Request) -> web.Response:
        try:
            content = json.loads(await request.text())
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)

        def run() -> Json:
            respond(self._workspace, request.match_info["token"], content)
            return {}

        return await self._answer(request, "response_url", content, run)

    def _allowed(self, name: str, token: str) -> Method:
        """Return the method if there is one and this token may call it."""
        method = METHODS.get(name)
        if method is None:
            raise ApiError("unknown_method", req_method=name)
        if not token:
            raise ApiError("not_authed")
        if token not in self._tokens:
            raise ApiError("invalid_auth")
        if self._faults.revoked:
            raise ApiError("token_revoked")
        if self._tokens[token] != method.app_token:
            raise ApiError("not_allowed_token_type")
        granted = self._workspace.scopes
        if method.scopes and not set(method.scopes) & set(granted):
            needed = ",".join(method.scopes)
            raise ApiError("missing_scope", needed=needed, provided=",".join(granted))
        return method

    async def _answer(
        self,
        request: web.Request,
        name: str,
        arguments: Json,
        run: Callable[[], Json],
    ) -> web.Response:
        """Carry a request out, or do to it what the faults say."""
        await asyncio.sleep(self._faults.slow)
        if self._faults.down:
            return web.Response(status=503, text="Service Unavailable")
        planned = self._faults.take(name)
        try:
            self._refuse(name, arguments, planned)
            body = {"ok": True, **run()}
        except ApiError as error:
            body = error.answer()
        self._workspace.log(name, arguments, body)
        if planned == LOST and request.transport is not None:
            request.transport.abort()
        return _response(body, self._faults.retry_after)

    def _refuse(self, name: str, arguments: Json, planned: str | None) -> None:
        if planned not in {None, LOST}:
            raise ApiError(str(planned))
        busy = self._faults.one_a_second and name == "chat.postMessage"
        if self._faults.retry_after or (busy and chat.too_soon(self._workspace, arguments)):
            raise ApiError("ratelimited")


def _response(body: Json, retry_after: int) -> web.Response:
    error = body.get("error")
    if error == "ratelimited":
        headers = {"Retry-After": str(retry_after or 1)}
        return web.json_response(body, status=429, headers=headers)
    return web.json_response(body, status=404 if error in GONE else 200)


async def _arguments(request: web.Request) -> Json:
    """Read a call's arguments from wherever Slack takes them: query, form or JSON."""
    arguments: Json = dict(request.query)
    if request.content_type == "application/json":
        arguments |= json.loads(await request.text() or "{}")
    else:
        arguments |= dict(await request.post())
    for key in WRITTEN_AS_JSON:
        if isinstance(arguments.get(key), str):
            arguments[key] = _parsed(arguments[key])
    return arguments


def _parsed(text: str) -> Any:
    """Read a JSON argument; what is none stays text, which no check accepts."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _token(request: web.Request, arguments: Json) -> str:
    """Take the token out of the header or the arguments."""
    given = arguments.pop("token", "")
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ") or str(given)
