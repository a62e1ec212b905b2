"""Omni's stand-in behind real HTTP on a port of its own, and clients that talk to it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from aiohttp import web

from bot.omni import OmniClient, Timing
from bot.playground.omni import PLAYGROUND_KEY, OmniStandIn, seed

# The order and number of tries are the client's own; only the waiting is cut short.
IMPATIENT = Timing(connect=5.0, read=5.0, write=5.0, pauses=(0.01, 0.02))

Connect = Callable[..., OmniClient]


@asynccontextmanager
async def serving(omni: OmniStandIn) -> AsyncIterator[str]:
    runner = web.AppRunner(omni.app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@pytest.fixture
async def omni() -> OmniStandIn:
    stand_in = OmniStandIn()
    seed(stand_in.data)
    return stand_in


@pytest.fixture
async def url(omni: OmniStandIn) -> AsyncIterator[str]:
    async with serving(omni) as address:
        yield address


@pytest.fixture
async def old_omni() -> OmniStandIn:
    stand_in = OmniStandIn(old=True)
    seed(stand_in.data)
    return stand_in


@pytest.fixture
async def old_url(old_omni: OmniStandIn) -> AsyncIterator[str]:
    async with serving(old_omni) as address:
        yield address


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Make clients that are closed when the test ends."""
    made: list[OmniClient] = []

    def make(
        address: str = "https://acme.omniapp.co",
        key: str = PLAYGROUND_KEY,
        *,
        timing: Timing = IMPATIENT,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> OmniClient:
        made.append(OmniClient(address, key, timing=timing, transport=transport))
        return made[-1]

    yield make
    for client in made:
        await client.aclose()


@pytest.fixture
def client(url: str, connect: Connect) -> OmniClient:
    return connect(url)
