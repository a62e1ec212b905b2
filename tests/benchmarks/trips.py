"""How many of Omni's round trips somebody waits for, from a command to its card and to its effect.

`python -m tests.benchmarks.trips` prints a table. A round trip is what a bare request takes to the
same stand-in, which answers 200 ms late: as many in a row as a wait has at least, after the same
rest, just before it. A machine that has rested is slow at first, in whatever it does.
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
from bot.playground.slack import Answer, Message, Person
from bot.playground.start import Playground
from bot.settings import Settings
from tests.benchmarks.goals import say_figure
from tests.benchmarks.servers import environment as own_environment
from tests.benchmarks.surroundings import environment
from tests.crash.processes import bot_process
from tests.databases import Database
from tests.world import is_card, surroundings

LATENCY = 0.2  # seconds of Omni's
REST = 0.3  # seconds between two waits, in which the bot comes to rest
FIRST, COLD, WARM, REPLY = (
    "command to card, the first after a start",
    "command to card, names not asked for lately",
    "command to card, names known",
    "Approve to reply",
)
GOALS = {FIRST: 2.1, COLD: 2.1, WARM: 1.1, REPLY: 3.2}
LEAST = {FIRST: 1, COLD: 1, WARM: 1, REPLY: 3}  # round trips without which it cannot be done
BARE = "one bare request"


@dataclass(frozen=True, slots=True)
class Wait:
    """How long somebody waited for something, and a bare request took before it, in seconds."""

    what: str
    seconds: float
    trip: float


Waits = list[Wait]


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
    wait, card = await waited(playground, FIRST, partial(types, requester, "00 17 ? * * *"))
    await cancels(requester, card)
    return [wait]


async def then(playground: Playground, changes: int) -> Waits:
    """Return the waits for a card with old names, then for others and the replies to approvals."""
    requester = playground.slack.people["U0REQUESTER"]
    cold, card = await waited(playground, COLD, partial(types, requester, "00 18 ? * * *"))
    await cancels(requester, card)
    found = [cold]
    for hour in range(changes):
        typing = partial(types, requester, f"00 {hour} ? * * *")
        warm, card = await waited(playground, WARM, typing)
        approving = partial(requester.clicks, card, "approve")
        reply, _ = await waited(playground, REPLY, approving)
        found += [warm, reply]
    return found


async def cancels(person: Person, card: Message) -> None:
    """Let somebody cancel a change, and see that it is."""
    await person.clicks(card, "cancel")
    await person.sees_message(lambda message: message.id == card.id and not is_card(message))


async def bare_trip(settings: Settings, count: int) -> float:
    """Return the seconds of each of some requests to the stand-in, one after the other."""
    key = {"Authorization": f"Bearer {settings.omni_api_key}"}
    url = f"{settings.omni_base_url}/api/v1/connections"
    async with aiohttp.ClientSession(headers=key) as session:
        await fetched(session, url)  # the connection is there, as the bot's is
        await asyncio.sleep(REST)
        began = time.perf_counter()
        for _ in range(count):
            await fetched(session, url)
        return (time.perf_counter() - began) / count


async def fetched(session: aiohttp.ClientSession, url: str) -> None:
    """Request something, and wait until all of it is there."""
    async with session.get(url) as answer:
        await answer.read()


async def types(requester: Person, cron: str) -> Answer:
    """Type a change of the documentation's connection."""
    return await requester.types(f'/omni-schedule "Production Snowflake" "{cron}" Europe/London')


async def waited(
    playground: Playground, what: str, act: Callable[[], Coroutine[Any, Any, Answer]]
) -> tuple[Wait, Message]:
    """Return how long the requester waits for what they do, and the message that they see then."""
    requester = playground.slack.people["U0REQUESTER"]
    sees = is_reply if what == REPLY else is_card
    trip = await bare_trip(playground.settings, LEAST[what])
    await asyncio.sleep(REST)
    seen = {message.id for message in requester.sees() if sees(message)}
    looking = requester.sees_message(lambda m: m.id not in seen and sees(m))
    # Tasks begin in this order: first they act, then they look.
    sending, seeing = asyncio.create_task(sent(act)), asyncio.create_task(looking)
    message = await seeing
    ended = time.perf_counter()
    return Wait(what, ended - await sending, trip), message


async def sent(act: Callable[[], Coroutine[Any, Any, Answer]]) -> float:
    """Do something, and return when Slack sent it: what it took Slack until then is not counted."""
    answer = await act()
    return time.perf_counter() - answer.seconds


def is_reply(message: Message) -> bool:
    """Say whether a message tells what an approved change came to."""
    return "Omni says: " in message.words


def main(load: Load) -> None:
    """Measure and print."""
    found = asyncio.run(measured(load))
    for what, goal in GOALS.items():
        waits = [wait for wait in found if wait.what == what]
        trips = median(wait.seconds / wait.trip for wait in waits)
        say_figure(f"{what}, in round trips", trips, most=goal)
        say_figure(f"{what}: {BARE}", 1_000 * median(wait.trip for wait in waits), "ms")


if __name__ == "__main__":
    main(BRIEF if "--brief" in sys.argv else FULL)
