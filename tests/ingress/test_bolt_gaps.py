"""Each gap of Bolt's own HTTP side: shown without the ingress, closed with it."""

import logging
from typing import Any

import pytest

from tests.ingress.door import Door, command, interaction, signed

pytestmark = pytest.mark.asyncio(loop_scope="session")  # the doors' servers run in that loop

STALE = {"x-slack-request-timestamp": "1", "x-slack-signature": "v0=" + 64 * "0"}
WHEN = {**STALE, "x-slack-request-timestamp": "soon"}
WHO = {**signed(command()), "x-slack-signature": "v0=é".encode()}
WRONG = {"type": "block_actions", "user": 5, "actions": []}

# What is sent (a body, and its headers where they are not its signature), Bolt's status, ours.
GAPS: dict[str, tuple[tuple[bytes, dict[str, Any] | None], int, int]] = {
    "a timestamp that is no number": ((command(), WHEN), 500, 401),
    "a signature that is not ASCII": ((command(), WHO), 500, 401),
    "an unsigned body that is not UTF-8": ((b"command=\xff", STALE), 500, 401),
    "an unsigned payload that is broken": ((b"payload={", STALE), 500, 401),
    "a signed body that is not UTF-8": ((b"command=\xff", None), 500, 400),
    "a signed payload that is broken": ((b"payload={", None), 500, 400),
    "a signed payload of wrong types": ((interaction(WRONG), None), 500, 400),
    "a body of five megabytes": ((command(5_000_000 * "x"), None), 200, 413),
    "a command that mentions a payload": ((command("list payload"), None), 404, 200),
}


@pytest.mark.parametrize(("sent", "before", "after"), GAPS.values(), ids=GAPS)
async def test_the_gap_is_there_without_the_ingress_and_closed_with_it(
    sent: tuple[bytes, dict[str, Any] | None], before: int, after: int, bolt: Door, door: Door
) -> None:
    body, headers = sent
    headers = signed(body) if headers is None else headers
    assert (await bolt.post(body, headers)).status_code == before
    assert (await door.post(body, headers)).status_code == after


async def test_bolt_logs_the_body_of_a_request_that_is_not_slacks_and_the_ingress_does_not(
    bolt: Door, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    forged = signed(command(), secret="f" * 32)
    caplog.set_level(logging.INFO)
    for name in list(logging.Logger.manager.loggerDict):
        if name.startswith("slack_bolt"):
            caplog.set_level(logging.INFO, logger=name)
    assert (await bolt.post(command("before"), forged)).status_code == 401
    assert (await door.post(command("after"), forged)).status_code == 401
    assert "before" in caplog.text
    assert "after" not in caplog.text


async def test_bolt_hears_a_delivery_twice_and_the_ingress_once(bolt: Door, door: Door) -> None:
    body = command("undo")
    headers = signed(body)
    for each in (bolt, bolt, door, door):
        assert (await each.post(body, headers)).status_code == 200
    assert bolt.bot.heard == ["undo", "undo"]
    assert door.bot.heard == ["undo"]
