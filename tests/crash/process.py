"""A real bot process that kills itself at a chosen moment: `python -m tests.crash.process`.

It is `python -m bot serve`, except that the environment variable DIE names a moment such as
`before record` or `after send`; all other moments pass unharmed. With STEPS set, the name of
each step is written to that file instead, to learn which there are. VERSION makes it a later
version of the bot.
"""

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot import durable
from bot.__main__ import main
from bot.applying import Applying
from bot.durable import Durable
from bot.omni import OmniClient

Function = Callable[..., Awaitable[Any]]

step: Function = Durable.step
update: Function = OmniClient.update
record: Function = Applying.record
call: Function = AsyncWebClient.api_call


def dies(when: str, what: str) -> bool:
    """Say whether this is the moment that was chosen."""
    return os.environ.get("DIE") == f"{when} {what}"


def die() -> None:
    """End at once, as the power going out would."""
    os.kill(os.getpid(), signal.SIGKILL)


async def mortal_step(self: Durable, name: str, function: Function, *args: Any) -> Any:
    """Run a step, and die before it, or after it while it is not yet on record as done."""

    async def run(*given: Any) -> Any:
        result = await function(*given)
        if dies("after", name):
            die()
        return result

    if dies("before", name):
        die()
    return await step(self, name, run, *args)


async def mortal_update(self: OmniClient, *args: Any, **fields: Any) -> None:
    """Write to Omni, and die just before or just after, when the write is counted already."""
    if dies("before", "the write"):
        die()
    await update(self, *args, **fields)
    if dies("after", "the write"):
        die()


async def mortal_record(self: Applying, *args: Any) -> Any:
    """Record how a change ended, and die just before or just after."""
    if dies("before", "record"):
        die()
    moved = await record(self, *args)
    if dies("after", "record"):
        die()
    return moved


async def mortal_call(self: AsyncWebClient, method: str, **fields: Any) -> Any:
    """Call Slack, and die before it is remembered that Slack took a message."""
    answer = await call(self, method, **fields)
    if method == "chat.postMessage" and dies("after", "the post"):
        die()
    return answer


async def noted_step(self: Durable, name: str, function: Function, *args: Any) -> Any:
    """Note a step's name, in order."""
    with Path(os.environ["STEPS"]).open("a") as file:  # noqa: ASYNC230 - a line of a few bytes
        file.write(f"{name}\n")
    return await step(self, name, function, *args)


if __name__ == "__main__":
    chosen = noted_step if "STEPS" in os.environ else mortal_step
    for owner, name, mortal in (
        (Durable, "step", chosen),
        (OmniClient, "update", mortal_update),
        (Applying, "record", mortal_record),
        (AsyncWebClient, "api_call", mortal_call),
    ):
        setattr(owner, name, mortal)
    durable.VERSION = int(os.environ.get("VERSION", durable.VERSION))
    sys.exit(main(["serve"]))
