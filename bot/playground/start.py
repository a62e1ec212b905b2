"""The playground: the same bot, over HTTP with real signatures, against two stand-ins.

Everything is in this process and on this machine: Slack's stand-in delivers to the bot's
own front door, the bot calls both stand-ins over HTTP, and a page shows all of it.
"""

import argparse
import asyncio
import contextlib
import logging
import secrets
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aiohttp import web

from bot import log, service, settings
from bot.listening import listen, opened
from bot.playground import page_server
from bot.playground.demo import perform
from bot.playground.omni import OmniStandIn
from bot.playground.omni.seed import seed as seed_omni
from bot.playground.slack import SlackStandIn
from bot.policy import Policy
from bot.policy_file import read
from bot.serve import serve_http, stop_signal
from bot.service import Service
from bot.settings import Mode, Settings, SettingsError
from bot.slack.ids import CHANGE_SHORTCUT
from bot.start import BAD_CONFIGURATION, MENDABLE, ended_by, failed
from bot.told.describe import listed

logger = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"

POLICY = """\
[defaults]
channels = ["C0DATATEAM"]

# Somebody else has to approve these, so that the switch between people has a use.
[connections."Finance Redshift"]
second_person = true
approvers = ["U0APPROVER", "U0ADMIN"]
channels = ["C0DATATEAM", "C0FINANCE"]

[connections."Production Postgres Replica"]
min_interval = "15m"
"""


@dataclass(frozen=True, slots=True)
class Playground:
    """The two stand-ins, and the settings that lead the bot to them."""

    slack: SlackStandIn
    omni: OmniStandIn
    settings: Settings


@contextlib.asynccontextmanager
async def stand_ins(chosen: Settings) -> AsyncIterator[Playground]:
    """Run both stand-ins on loopback."""
    chosen = replace(
        chosen,
        mode=Mode.HTTP,
        slack_bot_token=f"xoxb-{secrets.token_hex(12)}",
        slack_app_token=f"xapp-{secrets.token_hex(12)}",
        slack_signing_secret=secrets.token_hex(16),
        omni_api_key=f"omni_{secrets.token_hex(12)}",
        host=LOOPBACK,
    )
    slack = SlackStandIn(
        signing_secret=chosen.slack_signing_secret,
        bot_token=chosen.slack_bot_token,
        app_token=chosen.slack_app_token,
        commands=(chosen.slash_command,),
    )
    slack.seed()
    omni = OmniStandIn(chosen.omni_api_key)
    seed_omni(omni.data)
    async with listening(slack.app) as slack_url, listening(omni.app) as omni_url:
        slack.base_url = slack_url
        chosen = replace(chosen, slack_api_url=slack.api_url, omni_base_url=omni_url)
        yield Playground(slack, omni, chosen)


@contextlib.asynccontextmanager
async def bot_between(
    playground: Playground, policy: Policy, *, clock: service.Clock = service.now
) -> AsyncIterator[Service]:
    """Run the bot over HTTP between the stand-ins."""
    stop = asyncio.Event()
    with contextlib.closing(listen(LOOPBACK, 0)) as door:
        address = f"http://{LOOPBACK}:{door.getsockname()[1]}"
        playground.slack.events_url = f"{address}/slack/events"
        async with service.running(playground.settings, policy, clock=clock) as bot:
            serving = asyncio.create_task(serve_http(playground.settings, bot, stop, door))
            try:
                yield bot
            finally:
                stop.set()
                await serving


@contextlib.asynccontextmanager
async def listening(app: web.Application, door: socket.socket | None = None) -> AsyncIterator[str]:
    """Serve an application on loopback, at any free port unless at a door; yield its address."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        door = door or listen(LOOPBACK, 0)
        await web.SockSite(runner, door).start()
        yield f"http://{LOOPBACK}:{door.getsockname()[1]}"
    finally:
        await runner.cleanup()


def main(argv: Sequence[str]) -> int:
    """Run the playground from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bot playground",
        description="Try the bot on this machine: no Slack workspace, no Omni account.",
    )
    parser.add_argument("--demo", action="store_true", help="play the main flow by itself")
    arguments = parser.parse_args(argv)
    try:
        chosen = settings.load_for_playground()
    except SettingsError as error:
        return failed(str(error), BAD_CONFIGURATION)
    log.configure(chosen.log_level, chosen.log_format, hide=chosen.secrets)
    return play(chosen, demo=arguments.demo)


def play(chosen: Settings, *, demo: bool = False) -> int:
    """Run the playground until told to stop, with a policy of its own; it keeps nothing."""
    if chosen.unused:
        logger.info("The playground does not use %s", listed(chosen.unused))
    policy = read(POLICY, file="the playground's")
    with tempfile.TemporaryDirectory(prefix="omni-playground-") as folder:
        own = f"sqlite:///{Path(folder) / 'playground.db'}"
        chosen = replace(chosen, database_url=own, policy_file=None)
        try:
            asyncio.run(_play(chosen, policy, demo=demo))
        except MENDABLE as error:
            return ended_by(error, chosen)
    return 0


async def _play(chosen: Settings, policy: Policy, *, demo: bool) -> None:
    stop = stop_signal()
    async with stand_ins(chosen) as playground, bot_between(playground, policy):
        page = web.Application()
        page_server.add_routes(
            page,
            playground.slack,
            playground.omni,
            command=chosen.slash_command,
            shortcuts=((CHANGE_SHORTCUT, "Change an Omni schedule"),),
        )
        async with listening(page, opened(playground.settings)) as url:
            print(  # noqa: T201 - what a newcomer looks for
                f"\n  The playground is at {url}\n"
                "  Slack and Omni are stand-ins on this machine. Stop it with Ctrl+C.\n",
                file=sys.stderr,
            )
            if demo:
                await _until(stop, perform(playground.slack, chosen.slash_command))
            await stop.wait()


async def _until(stop: asyncio.Event, show: Coroutine[Any, Any, None]) -> None:
    """Let a show run to its end, or until somebody has seen enough."""
    showing, stopping = asyncio.create_task(show), asyncio.create_task(stop.wait())
    await asyncio.wait({showing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not showing.done():
        showing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await showing
