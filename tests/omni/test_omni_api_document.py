"""Client and stand-in against the official OpenAPI document, where it lies beside the project."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from bot.omni import OmniClient
from bot.playground.omni import OmniStandIn

Connect = Callable[..., OmniClient]

DOCUMENT = Path(__file__).parents[2].parent / "shared/facts/omni-openapi.json"
SNOWFLAKE = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
DAILY = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
REDSHIFT = "a70c16e4-5b2d-4e89-93f7-d8420b6e1c95"

pytestmark = pytest.mark.skipif(
    not DOCUMENT.exists(), reason="../shared/facts/omni-openapi.json is not there"
)


class Document:
    """The official description of Omni's API."""

    def __init__(self) -> None:
        self._paths: dict[str, Any] = json.loads(DOCUMENT.read_text())["paths"]

    def check(self, method: str, path: str, sent: bytes, answer: httpx.Response) -> None:
        operation = self._operation(method, path)
        assert bool(sent) is ("requestBody" in operation)
        if sent:
            self._validate(json.loads(sent), operation["requestBody"])
        self._validate(answer.json(), operation["responses"][str(answer.status_code)])

    def _operation(self, method: str, path: str) -> dict[str, Any]:
        for template, operations in self._paths.items():
            if re.fullmatch(re.sub(r"{\w+}", "[0-9a-f-]{36}", template), path):
                found: dict[str, Any] = operations[method.lower()]
                return found
        pytest.fail(f"{method} {path} is not in the document")

    def _validate(self, value: object, described: dict[str, Any]) -> None:
        schema = described["content"]["application/json"]["schema"]
        Draft202012Validator(schema, format_checker=FormatChecker()).validate(value)


class Checked(httpx.AsyncHTTPTransport):
    """A transport that holds every exchange against the document."""

    def __init__(self) -> None:
        super().__init__()
        self.document = Document()
        self.seen: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        await response.aread()
        self.document.check(request.method, request.url.path, request.content, response)
        self.seen.append(f"{request.method} {response.status_code}")
        return response


async def everything(client: OmniClient, *, hard_refresh: bool | None) -> None:
    await client.connections()
    await client.schedules(SNOWFLAKE)
    await client.schedules(REDSHIFT)
    created = await client.create(SNOWFLAKE, cron="0 2 * * ? *", timezone="America/New_York")
    await client.update(
        SNOWFLAKE,
        DAILY,
        cron="00 18 ? * * *",
        timezone="Europe/London",
        hard_refresh=hard_refresh,
    )
    await client.schedule(SNOWFLAKE, DAILY)
    await client.delete(SNOWFLAKE, created)


EVERYTHING = ["GET 200"] * 3 + ["POST 201", "PUT 200", "GET 200", "DELETE 200"]


async def test_all_that_is_asked_and_answered_is_as_the_document_says(
    url: str, connect: Connect
) -> None:
    transport = Checked()
    await everything(connect(url, transport=transport), hard_refresh=True)
    assert transport.seen == EVERYTHING


async def test_an_older_omni_too_is_as_the_document_says(old_url: str, connect: Connect) -> None:
    transport = Checked()
    await everything(connect(old_url, transport=transport), hard_refresh=None)
    assert transport.seen == EVERYTHING


async def test_an_answer_that_lacks_what_the_document_promises_would_be_noticed(
    omni: OmniStandIn,
) -> None:
    schedule = omni.data.schedules(SNOWFLAKE)[0]
    path = f"/api/v1/connections/{SNOWFLAKE}/schedules/{schedule.id}"
    answer = schedule.as_json(schedule.created_at, hard_refresh_known=True)
    Document().check("GET", path, b"", httpx.Response(200, json=answer))
    del answer["disabledAt"]
    with pytest.raises(ValidationError, match="disabledAt"):
        Document().check("GET", path, b"", httpx.Response(200, json=answer))
