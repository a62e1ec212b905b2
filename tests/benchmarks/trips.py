"""How many of Omni's round trips somebody waits for, from a command to its card and to its effect.

`python -m tests.benchmarks.trips` prints a table. A round trip is what one bare request takes to
the same stand-in, which answers 200 ms late.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
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

LATENCY = 0.2  # seconds of Omni's
READING = 1.0  # seconds that people look at a card, and in which the bot comes to rest
FIRST, COLD, WARM, REPLY = (
    "command to card, the first after a start",
    "command to card, names not asked for lately",
    "command to card, names known",
    "Approve to reply",
)
GOALS = {FIRST: 2.1, COLD: 2.1, WARM: 1.1, REPLY: 3.2}

Waits = list[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Load:
    """What is measured of how many bots."""

    bots: int
    forget: float  # seconds after which they are taken to ask for the names anew
    changes: int  # proposed with names known, and approved, by each


FULL, BRIEF = Load(3, 61.0, 5), Load(1, 0.0, 1)


async def measured(load: Load) -> Waits:
    """Return the round trips of each wait, for some bots one after the other."""
    async with AsyncExitStack() as stack:
        bots = [await stack.enter_async_context(between()) for _ in range(load.bots)]
        found = [await first(each) for each in bots]
        await asyncio.sleep(load.forget)
        found += [await then(each, load.changes) for each in bots]
        return [wait for waits in found for wait in waits]


@asynccontextmanager
async def between() -> AsyncIterator[Playground]:
    """Run the bot in a process of its own, between slow stand-ins in this one."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/bot.db")
        async with surroundings(database) as playground:
            playground.omni.faults.switch_on(Fault.SLOW, seconds=LATENCY)
            chosen = {"DATABASE_URL": database.url, "HOST": "127.0.0.1", "PORT": "0"}
            environ = {**own_environment(), **environment(playground), **chosen}
            async with bot_process(environ, "bot") as process:
                address = (await process.says("Listening on")).split("Listening on")[1].split()[0]
                playground.slack.events_url = f"http://{address}/slack/events"
                yield playground


async def first(playground: Playground) -> Waits:
    """Return the wait for the first card, which is cancelled."""
    requester = playground.slack.people["U0REQUESTER"]
    await requester.types("/omni-schedule help")  # Slack and the bot have met
    await requester.sees_message("/omni-schedule")
    trip = await bare_trip(playground.settings)
    seconds, card = await timed(requester, partial(types, requester, "00 17 ? * * *"), is_card)
    await cancels(requester, card)
    return [(FIRST, seconds / trip)]


async def then(playground: Playground, changes: int) -> Waits:
    """Return the waits for a card with old names, then for others and the replies to approvals."""
    requester = playground.slack.people["U0REQUESTER"]
    trip = await bare_trip(playground.settings)
    cold, card = await timed(requester, partial(types, requester, "00 18 ? * * *"), is_card)
    await cancels(requester, card)
    found = [(COLD, cold / trip)]
    for hour in range(changes):
        typing = partial(types, requester, f"00 {hour} ? * * *")
        warm, card = await timed(requester, typing, is_card)
        approving = partial(requester.clicks, card, "approve")
        reply, _ = await timed(requester, approving, lambda message: "Omni says: " in message.words)
        found += [(WARM, warm / trip), (REPLY, reply / trip)]
    return found


async def cancels(person: Person, card: Message) -> None:
    """Let somebody cancel a change, and see that it is."""
    await person.clicks(card, "cancel")
    await person.sees_message(lambda message: message.id == card.id and not is_card(message))


async def bare_trip(settings: Settings) -> float:
    """Return the seconds of one request to the stand-in, at its best."""
    key = {"Authorization": f"Bearer {settings.omni_api_key}"}
    url, seconds = f"{settings.omni_base_url}/api/v1/connections", []
    async with aiohttp.ClientSession(headers=key) as session:
        for _ in range(5):
            began = time.perf_counter()
            async with session.get(url) as answer:
                await answer.read()
            seconds.append(time.perf_counter() - began)
    return min(seconds)


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


def main(load: Load) -> None:
    """Measure and print."""
    found = asyncio.run(measured(load))
    for what, goal in GOALS.items():
        trips = median(trips for waited, trips in found if waited == what)
        say_figure(f"{what}, in round trips", trips, most=goal)


if __name__ == "__main__":
    main(BRIEF if "--brief" in sys.argv else FULL)
