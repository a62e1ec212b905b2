"""Answers of Slack's that say less than they should, or ask for more."""

from datetime import UTC, datetime
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.blocks import Message
from bot.slack.teller import SlackTeller
from bot.slack.web import error_name
from bot.telling import TryLater
from tests.world import DATA_TEAM, FINANCE, SECOND_PERSON, World, is_card


def answered(data: dict[str, Any]) -> AsyncSlackResponse:
    """Return an answer of Slack's as slack_sdk keeps it."""
    return AsyncSlackResponse(
        client=None,
        http_verb="POST",
        api_url="",
        req_args={},
        data=data,
        headers={},
        status_code=200,
    )


@pytest.mark.parametrize(
    ("response", "name"),
    [
        (answered({"ok": False, "error": "ratelimited"}), "ratelimited"),
        (answered({"ok": False}), ""),
        (object(), ""),  # cut short: aiohttp's own answer, which has no data
    ],
)
def test_an_error_has_slacks_name_where_slack_gave_one(response: object, name: str) -> None:
    assert error_name(SlackApiError("refused", response)) == name  # type: ignore[no-untyped-call]


def test_what_was_no_answer_has_no_name() -> None:
    assert error_name(TimeoutError()) == ""


async def test_a_slack_that_asks_for_a_day_of_patience_does_not_get_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.front.LONGEST_PAUSE", 0.1)
    world.slack.faults.retry_after = 86_400
    await world.requester.types("/omni-schedule list")
    calls = world.slack.requests
    await world.slack.pulse.until(lambda: "users.info" in {one.method for one in calls} or None)
    world.slack.faults.retry_after = 0
    await world.requester.sees_message("Slack did not tell this bot who you are")


def says_no_more_than_ok(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Slack take each call, and say nothing else of it."""
    call = SlackTeller._call

    async def terse(self: SlackTeller, method: str, **arguments: Any) -> dict[str, Any]:
        return await call(self, method, **arguments) and {"ok": True}

    monkeypatch.setattr(SlackTeller, "_call", terse)


async def test_what_slack_took_without_saying_where_is_not_posted_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await world.proposes()
    says_no_more_than_ok(monkeypatch)
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("not every channel could be told")
    assert len(world.told(DATA_TEAM)) == 1


async def test_what_the_system_refuses_is_tried_later_like_any_other_lost_call() -> None:
    class Session:
        closed = False

        def request(self, *_args: object, **_more: object) -> object:
            raise OSError(24, "Too many open files")

    session: Any = Session()
    client = AsyncWebClient(session=session)
    teller = SlackTeller(client, session, clock=lambda: datetime.now(UTC))
    with pytest.raises(TryLater):
        await teller.post("C0DATATEAM", Message("hello", ()))
    with pytest.raises(TryLater):
        await teller.reply("https://hooks.slack.com/x", Message("hello", ()))


async def test_a_card_that_slack_took_without_saying_where_is_not_posted_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    says_no_more_than_ok(monkeypatch)
    await world.requester.types(SECOND_PERSON, channel=FINANCE)
    await world.approver.sees_message(is_card, channel=FINANCE)
    await world.stop()
    (card,) = world.told(FINANCE)
    assert "I am not in this channel" not in card.words
