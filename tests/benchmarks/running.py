"""What running the bot costs: Omni's round trips, the start, memory, imports.

`python -m tests.benchmarks.running` prints a table.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from bot.database import migrate
from bot.playground.omni import Fault
from bot.playground.slack import Message
from tests.benchmarks.servers import Process, bolt, readiness, surroundings, the_bot
from tests.benchmarks.wire import open_loop
from tests.databases import Database
from tests.world import World, is_card, world_on

LATENCY = 0.2  # seconds of Omni's
STARTS = 5
FIRST, THEN, RATE = 1_000, 9_000, 60  # commands, and how many a second
#: Seconds that a minute of Omni's takes, so that all commands are carried out.
WINDOW = 0.05
IMPORTS = ("bot.serve", "slack_bolt.async_app, uvicorn")
NOW, THEN_CRON = "00 18 ? * * *", "00 19 ? * * *"


async def round_trips() -> dict[str, float]:
    """Return how many of Omni's round trips a person waits for."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/bot.db")
        migrate(database.sync_url)
        async with world_on(database) as world:
            world.omni.faults.switch_on(Fault.SLOW, seconds=LATENCY)
            cold, card = await timed(world, partial(types, world, NOW), is_card)
            await world.requester.clicks(card, "cancel")
            await world.requester.sees_message("Cancelled")
            warm, card = await timed(world, partial(types, world, THEN_CRON), is_card)
            click = partial(world.requester.clicks, card, "approve")
            reply, _ = await timed(world, click, lambda message: "Omni says: " in message.words)
    return {"command to card, cold": cold, "command to card, warm": warm, "Approve to reply": reply}


async def types(world: World, cron: str) -> None:
    """Type a change of the documentation's connection."""
    await world.requester.types(f'/omni-schedule "Production Snowflake" "{cron}" Europe/London')


async def timed(
    world: World, act: Callable[[], Coroutine[Any, Any, object]], sees: Callable[[Message], bool]
) -> tuple[float, Message]:
    """Return after how many round trips somebody sees a message, and the message."""
    seen = {message.id for message in world.requester.sees() if sees(message)}
    began = time.perf_counter()
    acting = asyncio.create_task(act())
    message = await world.requester.sees_message(lambda m: sees(m) and m.id not in seen)
    elapsed = time.perf_counter() - began
    await acting
    return elapsed / LATENCY, message


def starts() -> tuple[float, float]:
    """Return the seconds from starting to ready, of the bot and of a bare Bolt."""
    ours, theirs = [], []
    with surroundings() as around:
        for _ in range(STARTS):
            began = time.perf_counter()
            with the_bot(around) as (port, _):
                while not readiness(port):
                    time.sleep(0.005)
                ours.append(time.perf_counter() - began)
            began = time.perf_counter()
            with bolt(around, before_response=True):
                theirs.append(time.perf_counter() - began)
    return median(ours), median(theirs)


def memory() -> tuple[float, float]:
    """Return the resident megabytes after 1,000 commands and after 10,000."""
    with surroundings() as around, the_bot(around, window=WINDOW) as (port, process):
        typed = around.commands()
        found = []
        for count in (FIRST, THEN):
            asyncio.run(open_loop(port, list(islice(typed, count)), RATE))
            wait_until_idle(process)
            found.append(resident(process))
    return found[0], found[1]


def wait_until_idle(process: Process) -> None:
    """Wait until the process has nothing left to do."""
    before = -1.0
    while (now := processor_seconds(process)) - before > 0.1:
        before = now
        time.sleep(1)


def processor_seconds(process: Process) -> float:
    """Return how long a process has been computing."""
    after_name = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, after_name[11:13])) / os.sysconf("SC_CLK_TCK")


def resident(process: Process) -> float:
    """Return the megabytes of a process that are in memory."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise LookupError("VmRSS")


def import_seconds(modules: str) -> float:
    """Return how long importing takes in a new interpreter, without the interpreter's start."""

    def run(code: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - began

    return median(run(f"import {modules}") - run("pass") for _ in range(STARTS))


def main() -> None:
    """Measure and print."""
    say = sys.stdout.write
    for what, trips in asyncio.run(round_trips()).items():
        say(f"{what:36}{trips:>10.2f} round trips to Omni\n")
    ours, theirs = starts()
    say(f"{'start to ready':36}{ours:>10.2f} s, a bare Bolt {theirs:.2f} s: {ours / theirs:.1f}\n")
    ours, theirs = map(import_seconds, IMPORTS)
    say(f"{'imports':36}{ours:>10.2f} s, a bare Bolt's {theirs:.2f} s: {ours / theirs:.1f}\n")
    few, many = memory()
    say(f"{'memory after 1,000 commands':36}{few:>10.0f} MB\n")
    say(f"{'memory after 10,000 commands':36}{many:>10.0f} MB: {many / few:.3f}\n")


if __name__ == "__main__":
    main()
