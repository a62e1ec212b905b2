"""Two doors to the same bot: Bolt's own, and ours."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler

from bot.door import Door as Connection
from bot.slack.health import Readiness
from bot.slack.ingress import Ingress
from tests.ingress.door import SECRET, Bot, Door, serving


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _doors() -> AsyncIterator[tuple[Door, Door]]:
    alone, guarded = Bot(), Bot()

    async def ready() -> Readiness:
        return Readiness(())

    ingress = Ingress(guarded.app().async_dispatch, signing_secret=SECRET, ready=ready)
    async with (
        serving(AsyncSlackRequestHandler(alone.app()), alone) as bolt,
        serving(ingress, guarded, http=Connection) as guarded_door,
    ):
        yield bolt, guarded_door


@pytest.fixture
def bolt(_doors: tuple[Door, Door]) -> Door:
    """Bolt behind its own adapter."""
    _doors[0].bot.heard.clear()
    return _doors[0]


@pytest.fixture
def door(_doors: tuple[Door, Door]) -> Door:
    """Bolt behind the ingress."""
    _doors[1].bot.heard.clear()
    return _doors[1]
