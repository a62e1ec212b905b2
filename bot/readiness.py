"""Whether what the bot needs answers: its database, Slack and Omni."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from bot.omni import Line, OmniClient, RateLimited, in_line
from bot.slack.health import Check, Readiness
from bot.slack.web import error_name
from bot.store import ChangeStore
from bot.tasks import in_time

log = logging.getLogger(__name__)

#: For an answer, and for a turn in Omni's budget before that.
CHECK_SECONDS, TURN_SECONDS = 3.0, 1.5


async def ready(store: ChangeStore, client: AsyncWebClient, omni: OmniClient) -> Readiness:
    """Ask each, and say how it answered."""
    checks: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
        "database": store.ping,
        "slack": client.auth_test,  # a revoked token is no better than a Slack that is down
        "omni": partial(_ask_omni, omni),
    }
    return Readiness(
        tuple(await asyncio.gather(*(_check(name, ask) for name, ask in checks.items())))
    )


async def _ask_omni(omni: OmniClient) -> None:
    # It is there, if busy. And its budget is in the database: where that is away, Omni is not
    # asked, and nothing is said against it.
    with in_line(Line.BACKGROUND), contextlib.suppress(RateLimited, SQLAlchemyError, TimeoutError):
        await in_time(omni.turns.book(1), TURN_SECONDS)
        await omni.check_key()


async def _check(name: str, ask: Callable[[], Coroutine[Any, Any, object]]) -> Check:
    began = time.monotonic()
    try:
        await in_time(ask(), CHECK_SECONDS)
    except Exception as error:  # noqa: BLE001 - whatever it is, this dependency does not answer
        log.warning("%s does not answer: %s", name, _words(error))
        return Check(name, time.monotonic() - began, "does not answer; the log says why")
    return Check(name, time.monotonic() - began)


def _words(error: Exception) -> str:
    """Return in one line what an error is, and what it says: Slack's word for it, or its own."""
    said = (error_name(error) or str(error)).partition("\n")[0]
    return ": ".join(filter(None, (type(error).__name__, said)))
