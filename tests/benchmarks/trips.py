"""How many of Omni's round trips somebody waits for, from a command to its card and to its effect.

`python -m tests.benchmarks.trips` prints a table. A round trip is what one bare request takes to
the same stand-in, which answers 200 ms late.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from statistics import median
from typing import Any

import aiohttp

from bot.playground.omni import Fault
from bot.playground.slack import Message, Person
from bot.playground.start import Playground
from bot.settings import Settings
from tests.benchmarks.goals import say_figure
from tests.benchmarks.servers import environment as own_environment
from tests.benchmarks.surroundings import environment
from tests.crash.processes import bot_process
from tests.databases import Database
from tests.world import is_card, surroundings

ROUNDS, BARE = 7, 3
LATENCY = 0.2  # seconds of Omni's
READING = 0.3  # seconds that people look at a card, and in which the bot comes to rest
FIRST_CRON, THEN_CRON = "00 18 ? * * *", "00 19 ? * * *"
COLD, WARM, REPLY = (
    "command to card, names not known",
    "command to card, names known",
    "Approve to reply",
)
GOALS = {COLD: 2.1, WARM: 1.1, REPLY: 3.2}


async def one_round() -> dict[str, float]:
    """Return the round trips of each wait, for a bot that has just started."""
    with tempfile.TemporaryDirectory() as folder:
        async with between(Database(f"sqlite:///{folder}/bot.db")) as playground:
            playground.omni.faults.switch_on(Fault.SLOW, seconds=LATENCY)
            trip = await bare_trip(playground.settings)
            found = await waits(playground.slack.people["U0REQUESTER"])
            return {what: seconds / trip for what, seconds in found.items()}


@asynccontextmanager
async def between(database: Database) -> AsyncIterator[Playground]:
    """Run the bot in a process of its own, between stand-ins in this one."""
    async with surroundings(database) as playground:
        chosen = {"DATABASE_URL": database.url, "HOST": "127.0.0.1", "PORT": "0"}
        environ = {**own_environment(), **environment(playground), **chosen}
        async with bot_process(environ, "bot") as process:
            address = (await process.says("Listening on")).split("Listening on")[1].split()[0]
            playground.slack.events_url = f"http://{address}/slack/events"
            yield playground


async def waits(requester: Person) -> dict[str, float]:
    """Return the seconds of each wait."""
    await requester.types("/omni-schedule help")  # Slack and the bot have met
    await requester.sees_message("/omni-schedule")
    cold, card = await timed(requester, partial(types, requester, FIRST_CRON), is_card)
    await requester.clicks(card, "cancel")
    await requester.sees_message("Cancelled")
    warm, card = await timed(requester, partial(types, requester, THEN_CRON), is_card)
    click = partial(requester.clicks, card, "approve")
    reply, _ = await timed(requester, click, lambda message: "Omni says: " in message.words)
    return {COLD: cold, WARM: warm, REPLY: reply}


async def bare_trip(settings: Settings) -> float:
    """Return the seconds of one request to the stand-in, over a connection that is there."""
    key = {"Authorization": f"Bearer {settings.omni_api_key}"}
    url, seconds = f"{settings.omni_base_url}/api/v1/connections", []
    async with aiohttp.ClientSession(headers=key) as session:
        for _ in range(BARE + 1):
            began = time.perf_counter()
            async with session.get(url) as answer:
                await answer.read()
            seconds.append(time.perf_counter() - began)
    return median(seconds[1:])


async def types(requester: Person, cron: str) -> None:
    """Type a change of the documentation's connection."""
    await requester.types(f'/omni-schedule "Production Snowflake" "{cron}" Europe/London')


async def timed(
    person: Person, act: Callable[[], Coroutine[Any, Any, object]], sees: Callable[[Message], bool]
) -> tuple[float, Message]:
    """Return after how many seconds somebody sees a message, and the message."""
    await asyncio.sleep(READING)
    seen = {message.id for message in person.sees() if sees(message)}
    began = time.perf_counter()
    acting = asyncio.create_task(act())
    message = await person.sees_message(lambda m: sees(m) and m.id not in seen)
    elapsed = time.perf_counter() - began
    await acting
    return elapsed, message


def main(rounds: int) -> None:
    """Measure and print."""
    found = [asyncio.run(one_round()) for _ in range(rounds)]
    for what, goal in GOALS.items():
        trips = [one[what] for one in found]
        say_figure(f"{what}, in round trips", median(trips), most=goal)
        say_figure("    the best of these", min(trips))


if __name__ == "__main__":
    main(1 if "--brief" in sys.argv else ROUNDS)
