"""What gets through the door for Slack's requests, once, and what does not."""

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack.delivery import LARGEST_BODY, OLDEST
from bot.slack.health import Readiness
from bot.slack.ingress import Dispatch, Event, Ingress, Memory, Seen
from tests.ingress.door import (
    EVENTS,
    INTERACTIONS,
    JSON,
    SECRET,
    Bot,
    Door,
    command,
    event,
    interaction,
    signed,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")  # the doors' servers run in that loop

NOW = 1795456800.0  # Monday 23 November 2026, 18:00 UTC


async def ready() -> Readiness:
    return Readiness(())


class InProcess:
    """A door without a socket, for what needs a clock or a step held still."""

    def __init__(self, dispatch: Dispatch, *, seen: Seen | None = None) -> None:
        self.ingress = Ingress(
            dispatch, signing_secret=SECRET, ready=ready, seen=seen, clock=lambda: NOW
        )

    async def post(
        self, content: bytes | AsyncIterator[bytes], headers: dict[str, str]
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.ingress)
        async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
            typed = {"content-type": "application/x-www-form-urlencoded", **headers}
            return await client.post("/slack/events", content=content, headers=typed)


async def test_a_command_is_heard_and_answered_with_bolts_words(door: Door) -> None:
    answer = await door.slack_sends(command("list “Production”"))
    assert (answer.status_code, answer.text) == (200, "You said list “Production”")
    assert answer.headers["content-type"] == "text/plain;charset=utf-8"
    assert door.bot.heard == ["list “Production”"]


@pytest.mark.parametrize("payload", INTERACTIONS.values(), ids=INTERACTIONS)
async def test_an_interaction_is_heard(payload: dict[str, str], door: Door) -> None:
    answer = await door.slack_sends(interaction(payload))
    assert (answer.status_code, answer.text) == (200, "")
    assert door.bot.heard == [payload["type"]]


async def test_an_event_is_heard(door: Door) -> None:
    answer = await door.slack_sends(event(EVENTS["an event"]), f"{JSON}; charset=utf-8")
    assert (answer.status_code, door.bot.heard) == (200, ["event_callback"])


async def test_slack_can_check_the_address(door: Door) -> None:
    answer = await door.slack_sends(event(EVENTS["the check of an address"]), JSON)
    assert (answer.status_code, answer.json()) == (200, {"challenge": "3eZbrw1aB"})


async def test_what_nobody_listens_for_is_not_found(door: Door) -> None:
    answer = await door.slack_sends(command().replace(b"omni-schedule", b"other"))
    assert (answer.status_code, answer.text) == (404, "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"x-slack-signature": ""}, "64 hexadecimal digits"),
        ({"x-slack-signature": "v0=" + 64 * "0"}, "is SLACK_SIGNING_SECRET the one of this app?"),
        ({"x-slack-signature": "v0=" + 64 * "é"}, "64 hexadecimal digits"),
        ({"x-slack-signature": "v1=" + 64 * "0"}, "64 hexadecimal digits"),
        ({"x-slack-request-timestamp": ""}, "not a number of seconds"),
        ({"x-slack-request-timestamp": "soon"}, "not a number of seconds"),
        ({"x-slack-request-timestamp": "-1"}, "not a number of seconds"),
        ({"x-slack-request-timestamp": "1e9"}, "not a number of seconds"),
        ({"x-slack-request-timestamp": "٣"}, "not a number of seconds"),
        ({"x-slack-request-timestamp": 5000 * "9"}, "not a number of seconds"),
        ({"x-slack-request-timestamp": "0"}, "is the clock right?"),
    ],
)
async def test_a_request_that_slack_did_not_sign_is_refused_with_the_reason_in_the_log(
    change: dict[str, str], reason: str, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    body = command("a secret plan")
    headers = {name: value.encode() for name, value in {**signed(body), **change}.items()}
    answer = await door.post(body, headers)
    assert (answer.status_code, answer.content, door.bot.heard) == (401, b"", [])
    assert reason in caplog.text
    assert "plan" not in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_request_without_signature_is_refused(door: Door) -> None:
    answer = await door.post(command(), {})
    assert (answer.status_code, answer.content, door.bot.heard) == (401, b"", [])


async def test_another_apps_signature_is_refused(door: Door) -> None:
    body = command()
    answer = await door.post(body, signed(body, secret=SECRET[::-1]))
    assert (answer.status_code, door.bot.heard) == (401, [])


async def test_a_signature_holds_for_its_own_body_and_time_alone(door: Door) -> None:
    headers = signed(command("list"))
    assert (await door.post(command("undo"), headers)).status_code == 401
    body = command("list")
    later = {**signed(body), "x-slack-request-timestamp": str(int(time.time()) + 1)}
    assert (await door.post(body, later)).status_code == 401
    assert door.bot.heard == []


@pytest.mark.parametrize(
    ("seconds", "status"),
    [(-OLDEST - 1, 401), (-OLDEST, 200), (0, 200), (OLDEST, 200), (OLDEST + 1, 401)],
)
async def test_a_signature_holds_for_five_minutes_before_and_after(
    seconds: int, status: int
) -> None:
    bot = Bot()
    body = command("list")
    answer = await InProcess(bot.app().async_dispatch).post(body, signed(body, at=NOW + seconds))
    assert (answer.status_code, bot.heard) == (status, ["list"] if status == 200 else [])


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("text/plain", b"command=/omni-schedule", 415),
        ("", b"command=/omni-schedule", 415),
        ("application/x-www-form-urlencoded", b"", 400),
        ("application/x-www-form-urlencoded", b"text=list", 400),
        ("application/x-www-form-urlencoded", b"command=\xff", 400),
        ("application/x-www-form-urlencoded", b"command=%ff", 400),
        ("application/x-www-form-urlencoded", b"command=x" + 200 * b"&a=b", 400),
        ("application/x-www-form-urlencoded", b"payload=", 400),
        ("application/x-www-form-urlencoded", b"payload={", 400),
        ("application/x-www-form-urlencoded", b"payload=[]", 400),
        ("application/x-www-form-urlencoded", b"payload={}", 400),
        ("application/x-www-form-urlencoded", b'payload={"type": "block_actions"}', 400),
        ("application/json", b"{", 400),
        ("application/json", b'"event_callback"', 400),
        ("application/json", 100_000 * b"[", 400),
        ("application/json", b'{"type": "event_callback"}', 400),
        ("application/json", b'{"type": "event_callback", "event": 5}', 400),
        ("application/json", b'{"type": %s}' % (5000 * b"9"), 400),
    ],
)
async def test_what_slack_would_not_send_is_refused_even_signed(
    kind: str, body: bytes, status: int, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await door.slack_sends(body, kind)
    assert (answer.status_code, answer.content, door.bot.heard) == (status, b"", [])
    assert "Refused a request to /slack/events" in caplog.text
    assert "Traceback" not in caplog.text


async def test_the_largest_body_is_a_megabyte(door: Door) -> None:
    fitting = command("x").ljust(LARGEST_BODY, b"x")
    assert (await door.slack_sends(fitting)).status_code == 200
    assert (await door.slack_sends(fitting + b"x")).status_code == 413
    assert len(door.bot.heard) == 1


async def test_a_body_that_says_it_is_larger_is_refused_before_it_comes(door: Door) -> None:
    lines = b"host: bot\r\nconnection: close\r\ncontent-length: %d\r\n" % (LARGEST_BODY + 1)
    answer = await door.write(b"POST /slack/events HTTP/1.1\r\n%b\r\n" % lines)
    assert answer.startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("actions", [[], [5], [{}], {"action_id": "approve"}])
async def test_a_click_on_nothing_is_refused(actions: object, door: Door) -> None:
    click = {**INTERACTIONS["a click"], "actions": actions}
    assert (await door.slack_sends(interaction(click))).status_code == 400


async def test_a_body_of_unknown_length_is_read_no_further_than_a_megabyte(door: Door) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(LARGEST_BODY // 50_000 + 1):
            yield 50_000 * b"x"

    answer = await door.post(endless(), signed(b""))
    assert (answer.status_code, answer.content) == (413, b"")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_slacks_address_takes_posts_alone(method: str, door: Door) -> None:
    answer = await door.ask(method, "/slack/events")
    assert (answer.status_code, answer.headers["allow"], answer.content) == (405, "POST", b"")


@pytest.mark.parametrize("path", ["/", "/slack/events/", "/slack/install", "/healthz/x", "/%00"])
async def test_there_is_nothing_else(path: str, door: Door) -> None:
    for method in ("GET", "POST"):
        assert (await door.ask(method, path)).status_code == 404


async def test_a_websocket_is_turned_away() -> None:
    said: list[str] = []

    async def receive() -> Event:
        return {"type": "websocket.connect"}

    async def send(event: Event) -> None:
        said.append(event["type"])

    ingress = InProcess(Bot().app().async_dispatch).ingress
    await ingress({"type": "websocket", "path": "/slack/events"}, receive, send)
    assert said == ["websocket.close"]


async def test_a_command_delivered_twice_is_heard_once(door: Door) -> None:
    body = command("undo")
    headers = signed(body)
    first, second = await door.post(body, headers), await door.post(body, headers)
    assert (first.status_code, first.text) == (200, "You said undo")
    assert (second.status_code, second.text) == (200, "")
    assert door.bot.heard == ["undo"]


async def test_a_command_typed_twice_is_heard_twice(door: Door) -> None:
    await door.slack_sends(command("list"))
    await door.slack_sends(command("list"))
    assert door.bot.heard == ["list", "list"]


async def test_an_event_sent_again_is_heard_once_though_it_is_signed_anew(door: Door) -> None:
    body = event(EVENTS["an event"], event_id="Ev1")
    for age in (2, 1, 0):
        answer = await door.post(body, signed(body, at=time.time() - age), JSON)
        assert answer.status_code == 200
    await door.slack_sends(event(EVENTS["an event"], event_id="Ev2"), JSON)
    assert door.bot.heard == ["event_callback", "event_callback"]


async def test_while_the_first_is_being_answered_the_second_gets_the_same_answer() -> None:
    heard, go, arrived = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def dispatch(_request: AsyncBoltRequest) -> BoltResponse:
        assert not heard.is_set()
        heard.set()
        await go.wait()
        return BoltResponse(status=200, body={"response_action": "errors"})

    async def content() -> AsyncIterator[bytes]:
        yield body
        arrived.set()

    door, body = InProcess(dispatch), command()
    headers = signed(body, at=NOW)
    first = asyncio.create_task(door.post(body, headers))
    await heard.wait()
    gone = asyncio.create_task(door.post(content(), headers))
    await arrived.wait()
    gone.cancel()  # it takes the answer from nobody else
    await asyncio.wait([gone])
    arrived.clear()
    second = asyncio.create_task(door.post(content(), headers))
    await arrived.wait()
    go.set()
    answers = [await first, await second]
    assert [answer.json() for answer in answers] == 2 * [{"response_action": "errors"}]
    third = await door.post(body, headers)
    assert (third.status_code, third.content) == (200, b"")


async def test_a_failure_behind_the_door_is_an_empty_500_and_a_reference_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def dispatch(_request: AsyncBoltRequest) -> BoltResponse:
        raise ZeroDivisionError

    body = command()
    answer = await InProcess(dispatch).post(body, signed(body, at=NOW))
    assert (answer.status_code, answer.content) == (500, b"")
    (record,) = caplog.records
    assert record.exc_info
    assert len(vars(record)["reference"]) == 8


async def test_processes_that_share_a_memory_hear_a_delivery_once() -> None:
    memory, bot = Memory(), Bot()
    doors = [InProcess(bot.app().async_dispatch, seen=memory) for _ in range(2)]
    body = command("list")
    for door in doors:
        assert (await door.post(body, signed(body, at=NOW))).status_code == 200
    assert bot.heard == ["list"]


@pytest.mark.parametrize("trouble", ["breaks", "hangs"])
async def test_a_shared_memory_in_trouble_costs_nobody_the_answer(trouble: str) -> None:
    async def seen(_key: str) -> bool:
        if trouble == "breaks":
            raise ConnectionError
        return await asyncio.Event().wait()

    bot, body = Bot(), command("list")
    door = InProcess(bot.app().async_dispatch, seen=seen)
    answer = await door.post(body, signed(body, at=NOW))
    assert (answer.status_code, bot.heard) == (200, ["list"])


async def test_a_memory_is_bounded_and_forgets_the_oldest() -> None:
    memory = Memory(size=2)
    assert [await memory(key) for key in "abab"] == [False, False, True, True]
    assert [await memory(key) for key in "ca"] == [False, False]
    assert [await memory(key) for key in "ca"] == [True, True]
