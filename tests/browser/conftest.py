"""A real Chromium, and the playground's page in front of both stand-ins."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import (
    BrowserContext,
    ConsoleMessage,
    Page,
    ViewportSize,
    async_playwright,
)

from bot.playground.omni import OmniStandIn, seed
from bot.playground.page_server import add_routes
from bot.playground.slack import SlackStandIn
from tests.browser.journey import Journey
from tests.browser.practice import SECRET, TOKEN, practice_bot, serving
from tests.databases import Database
from tests.world import world_on

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",  # containers run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 5000
WIDE: ViewportSize = {"width": 1360, "height": 800}
SHARPNESS = 2 if os.environ.get("SCREENSHOTS") else 1  # of pictures, on today's screens


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return where Chromium is; without one, tests skip, but not where CI is set."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    reason = f"no Chromium on this machine: none of {', '.join(NAMES)} is in PATH"
    if found is None and os.environ.get("CI"):
        pytest.fail(reason)
    return found or pytest.skip(reason)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def window(chromium: str) -> AsyncIterator[BrowserContext]:
    """Give one window for the whole run, as a context each would start a process each.

    Tests do not meet in it: each opens a page of a server with a port of its own, and what a
    browser keeps, it keeps by port. Cookies are the exception, and the page has none.
    """
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        window = await browser.new_context(viewport=WIDE, device_scale_factor=SHARPNESS)
        window.set_default_timeout(PATIENCE_MS)
        yield window
        await browser.close()


@dataclass(frozen=True, slots=True)
class Playground:
    """Both stand-ins, the page's address, and the practice bot behind them."""

    slack: SlackStandIn
    omni: OmniStandIn
    url: str


@pytest_asyncio.fixture(loop_scope="session")
async def playground() -> AsyncIterator[Playground]:
    slack = SlackStandIn(signing_secret=SECRET, bot_token=TOKEN, app_token="xapp-app")
    slack.seed()
    omni = OmniStandIn()
    seed(omni.data)
    app = web.Application()
    add_routes(app, slack, omni)
    async with serving(slack.app) as slack.base_url, practice_bot(slack), serving(app) as url:
        yield Playground(slack, omni, url)


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """Collect what the page complains of; the test fails when there is anything at its end."""
    found: list[str] = []
    yield found
    assert found == []


@asynccontextmanager
async def visiting(window: BrowserContext, url: str, complaints: list[str]) -> AsyncIterator[Page]:
    """Open the page that is served there, as Robin, and leave it again."""
    page = await window.new_page()
    page.on("console", lambda message: _note(message, complaints))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: _stay(request.url, url, complaints))
    await page.goto(url)
    await page.get_by_role("log").wait_for()
    yield page
    await page.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(
    window: BrowserContext, playground: Playground, complaints: list[str]
) -> AsyncIterator[Page]:
    async with visiting(window, playground.url, complaints) as page:
        yield page


def _note(message: ConsoleMessage, complaints: list[str]) -> None:
    if message.type in {"error", "warning"}:
        complaints.append(message.text)


def _stay(requested: str, url: str, complaints: list[str]) -> None:
    if not requested.startswith(f"{url}/"):
        complaints.append(f"asked another place: {requested}")


@pytest_asyncio.fixture(loop_scope="session")
async def journey(
    migrated_sqlite: Path, tmp_path: Path, window: BrowserContext, complaints: list[str]
) -> AsyncIterator[Journey]:
    """Run the whole bot, and open the page in front of it."""
    file = shutil.copy(migrated_sqlite, tmp_path / "omni.db")
    async with world_on(Database(f"sqlite:///{file}")) as world:
        app = web.Application()
        add_routes(app, world.slack, world.omni)
        async with serving(app) as url, visiting(window, url, complaints) as page:
            yield Journey(page, world)
    # The durable engine takes the loop's executor and closes it; this loop outlives the test.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
