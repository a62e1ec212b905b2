"""Slack's word for what is wrong, however its answer came."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.web import error_name


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
