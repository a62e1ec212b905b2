"""Whatever is sent, signed or not, the door neither breaks nor lets it in unsigned."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ingress.door import EVENTS, FORM, INTERACTIONS, JSON, Door, command, event, interaction

pytestmark = pytest.mark.asyncio(loop_scope="session")  # the doors' servers run in that loop

thoroughly = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # the bot's memory, read each time
)
HEADERS = ["x-slack-signature", "x-slack-request-timestamp", "content-type", "x"]
values = st.binary(max_size=80).map(lambda value: value.translate(None, b"\r\n\0"))
headers = st.lists(st.tuples(st.sampled_from(HEADERS).map(str.encode), values), max_size=6)
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place inside a payload: what holds it, and its name or number there."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in inside:
        yield value, key
        if isinstance(part, dict | list):
            yield from places(part)


@st.composite
def spoilt(draw: st.DrawFn, payloads: list[dict[str, Any]]) -> dict[str, Any]:
    """Take something that Slack sends, and put something else into one or two places of it."""
    payload: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(payloads)))
    for _ in range(draw(st.integers(1, 2))):
        holder, key = draw(st.sampled_from(list(places(payload))))
        if isinstance(holder, dict) and draw(st.booleans()):
            del holder[key]
        else:
            holder[key] = draw(junk)
    return payload


@thoroughly
@given(request=st.binary(max_size=300))
async def test_bytes_that_are_no_request_break_nothing(request: bytes, door: Door) -> None:
    ended = request + b"\r\n\r\n\0"  # no request goes on like this, so the server hangs up
    assert b"HTTP/1.1 5" not in await door.write(ended)
    assert (await door.ask("GET", "/healthz")).status_code == 200
    assert door.bot.heard == []


@thoroughly
@given(body=st.binary(max_size=200) | st.just(command()), headers=headers)
async def test_unsigned_requests_break_nothing_and_are_not_heard(
    body: bytes, headers: list[tuple[bytes, bytes]], door: Door
) -> None:
    own = [(b"host", b"bot"), (b"connection", b"close"), (b"content-length", b"%d" % len(body))]
    lines = b"".join(b"%b: %b\r\n" % header for header in [*own, *headers])
    answer = await door.write(b"POST /slack/events HTTP/1.1\r\n%b\r\n%b" % (lines, body))
    assert answer.startswith(b"HTTP/1.1 4")
    assert door.bot.heard == []


@thoroughly
@given(payload=spoilt(list(INTERACTIONS.values())) | junk)
async def test_spoilt_interactions_break_nothing(payload: object, door: Door) -> None:
    answer = await door.slack_sends(interaction(payload), FORM)
    assert answer.status_code in {200, 400, 404}


@thoroughly
@given(payload=spoilt(list(EVENTS.values())))
async def test_spoilt_events_break_nothing(payload: dict[str, Any], door: Door) -> None:
    answer = await door.slack_sends(event(payload), JSON)
    assert answer.status_code in {200, 400, 404}


@thoroughly
@given(body=st.binary(max_size=200), kind=st.sampled_from([FORM, JSON]))
async def test_signed_bytes_break_nothing(body: bytes, kind: str, door: Door) -> None:
    answer = await door.slack_sends(body, kind)
    assert answer.status_code in {200, 400, 404}
