"""Slack's Web API as the bot calls it, and who the bot is there."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

import aiohttp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryState
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import PersonError
from bot.settings import WHERE, Fault, Settings, SettingsError
from bot.slack.web import TROUBLE, error_name

log = logging.getLogger(__name__)

AGAIN_FIRST, AGAIN_LAST = 1.0, 30.0  # seconds, doubled each time
LONGEST_WAIT = 60  # seconds that a call waits for Slack, which counts by the minute


class _ShortWaits(AsyncRateLimitErrorRetryHandler):
    """Asks again after what Slack asks for, unless somebody would wait in vain for so long."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is None or not await super()._can_retry_async(
            state=state, request=request, response=response, error=error
        ):
            return False
        headers = {name.lower(): values[0] for name, values in response.headers.items()}
        asked = headers.get("retry-after", "1")
        return asked.isascii() and asked.isdigit() and int(asked) <= LONGEST_WAIT


def client_of(settings: Settings, session: aiohttp.ClientSession) -> AsyncWebClient:
    """Return a client that waits for Slack and asks again as the bot does."""
    return AsyncWebClient(
        token=settings.slack_bot_token,
        base_url=settings.slack_api_url,
        session=session,  # one for all calls: half the time of a call is a new session
        timeout=20,
        retry_handlers=[
            AsyncConnectionErrorRetryHandler(max_retry_count=1),
            _ShortWaits(max_retry_count=1),
        ],
    )


async def identity_of(client: AsyncWebClient) -> AuthorizeResult:
    """Ask Slack who we are, once; Bolt would ask inside the three seconds of a request.

    Raises `SettingsError` where Slack refuses the token.
    """
    answer = await _proven("SLACK_BOT_TOKEN", client.auth_test)
    return AuthorizeResult.from_auth_test_response(
        auth_test_response=answer, bot_token=client.token
    )


async def prove_app_token(client: AsyncWebClient, token: str) -> None:
    """Ask Slack whether Socket Mode may begin; Bolt would try a refused token without an end.

    Raises `SettingsError` where Slack refuses the token.
    """
    await _proven("SLACK_APP_TOKEN", partial(client.apps_connections_open, app_token=token))


async def _proven(
    variable: str, ask: Callable[[], Awaitable[AsyncSlackResponse]]
) -> AsyncSlackResponse:
    """Return what Slack answers to the token of a variable.

    A Slack that is down is waited for: many platforms start what ended badly ever later.
    """
    pause = AGAIN_FIRST
    while True:
        try:
            with _proving(variable):
                return await ask()
        except PersonError as error:
            log.warning("%s It is tried again in %.0f s", error.text, pause)
        await asyncio.sleep(pause)
        pause = min(pause * 2, AGAIN_LAST)


@contextlib.contextmanager
def _proving(variable: str) -> Iterator[None]:
    """Tell whoever starts the bot that Slack refuses the token of this variable, or is not there.

    Raises `SettingsError` and `PersonError`.
    """
    try:
        yield
    except SlackApiError as error:
        name = error_name(error)
        if not name or name in TROUBLE:
            raise PersonError("Slack cannot be reached: it answers with a failure.") from error
        text = f"Slack refuses {variable} ({name}): {WHERE[variable]}."
        raise SettingsError((Fault(variable, text),)) from error
    except (aiohttp.ClientError, OSError) as error:
        raise PersonError(f"Slack cannot be reached: {error}.") from error
