"""The front doors: HTTP behind our own checks, or Socket Mode; both end on SIGTERM."""

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import sys
from collections.abc import Iterator

import uvicorn
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from bot import door, service
from bot.listening import opened
from bot.policy import Policy
from bot.service import Service
from bot.settings import Mode, Settings
from bot.slack.ingress import Ingress
from bot.tasks import in_time

log = logging.getLogger(__name__)


async def serve(settings: Settings, policy: Policy) -> None:
    """Run the bot until SIGTERM or SIGINT, in the mode that the settings name."""
    async with service.running(settings, policy) as bot:
        stop = stop_signal()  # until here, a signal ends what has not taken anything, at once
        _shorten_pauses()
        if settings.mode is Mode.SOCKET:
            await serve_socket_mode(settings, bot, stop)
        else:
            with contextlib.closing(opened(settings)) as listening:
                log.info("Listening on %s:%s", *listening.getsockname()[:2])
                await serve_http(settings, bot, stop, listening)
    log.info("Stopped")


def _shorten_pauses() -> None:
    """Let nothing else in the process hold up an answer to Slack for long."""
    # What is there by now stays for good, and is not searched for garbage: that costs 100 ms.
    gc.freeze()
    # A flood leaves much that waits and is no garbage: look a seventh as often.
    gc.set_threshold(5_000)
    gc.enable()
    # The database's threads may keep the interpreter for so long each time the loop lets it go.
    sys.setswitchinterval(0.0005)


def stop_signal() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


#: Seconds for which an answer may tell the same time.
TICK_SECONDS = 1.0


async def serve_http(
    settings: Settings, bot: Service, stop: asyncio.Event, listening: socket.socket
) -> None:
    """Take Slack's requests on a socket until told to stop."""
    ingress = Ingress(
        bot.app.async_dispatch,
        signing_secret=settings.slack_signing_secret,
        ready=bot.ready,
        seen=bot.seen,
        metrics=bot.metrics,
    )
    config = uvicorn.Config(
        ingress,
        http=door.Door,
        backlog=door.MOST_CONNECTIONS,  # asyncio takes so many at once before any is looked at
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # nothing here depends on who asks, only on who signed
        timeout_graceful_shutdown=3,
    )
    await _Server(config, stop).serve(sockets=[listening])


#: Seconds to try an address of Slack's, longer than one is good, until another is asked for.
CONNECT_SECONDS = 60.0

#: Seconds to end the connection to Slack; as many as an answer over HTTP gets.
CLOSE_SECONDS = 3.0


async def serve_socket_mode(settings: Settings, bot: Service, stop: asyncio.Event) -> None:
    """Take Slack's requests over Socket Mode until told to stop."""
    handler = AsyncSocketModeHandler(bot.app, settings.slack_app_token)
    _ask_anew(handler.client)
    connecting = asyncio.create_task(_connect(handler))
    stopping = asyncio.create_task(stop.wait())
    try:
        # Bolt connects again and again, without an end.
        await asyncio.wait({connecting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if connecting.done():
            await connecting
        await stopping
    finally:
        for task in (connecting, stopping):
            task.cancel()
        closing = handler.close_async()  # type: ignore[no-untyped-call]  # Bolt's own
        with contextlib.suppress(TimeoutError):  # over a dead line, Slack takes no leave
            await in_time(closing, CLOSE_SECONDS)


def _ask_anew(client: SocketModeClient) -> None:
    """Have Slack's client ask for another address where one leads nowhere.

    By itself it tries the first for ever, and is deaf until the next start.
    """
    connect = client.connect

    async def anew() -> None:
        while not client.closed:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    await connect()  # type: ignore[no-untyped-call]  # Slack's own
            except TimeoutError:
                client.wss_uri = None
            else:
                return

    client.connect = anew  # type: ignore[method-assign]  # Bolt makes the client


async def _connect(handler: AsyncSocketModeHandler) -> None:
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt's own
    log.info("Connected to Slack over Socket Mode")


class _Server(uvicorn.Server):
    """A server that waits to be told to stop, where uvicorn's own looks ten times a second.

    It leaves the signals to us, as uvicorn's own way ends the process with them.
    """

    def __init__(self, config: uvicorn.Config, stop: asyncio.Event) -> None:
        super().__init__(config)
        self._stop = stop

    async def main_loop(self) -> None:
        # A tick notes what time it is, for the header of the answers.
        while not (self._stop.is_set() or await self.on_tick(0)):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), TICK_SECONDS)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
