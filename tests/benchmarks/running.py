"""What running the bot costs: the start, imports, memory.

`python -m tests.benchmarks.running` prints a table.
"""

import asyncio
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median

from tests.benchmarks.goals import say_figure
from tests.benchmarks.servers import (
    Process,
    Surroundings,
    bolt,
    environment,
    readiness,
    surroundings,
    the_bot,
)
from tests.benchmarks.wire import open_loop

RATE = 60  # commands a second
#: Seconds that a minute of Omni's takes, so that all commands are carried out.
WINDOW = 0.05
IMPORTS = ("bot.serve", "slack_bolt.async_app, uvicorn")


@dataclass(frozen=True, slots=True)
class Load:
    """How often the bot is started, and how many commands it takes before memory is looked at."""

    starts: int
    few: int
    many: int


FULL, BRIEF = Load(7, 1_000, 10_000), Load(1, 20, 40)


def starts(around: Surroundings, times: int) -> tuple[float, float]:
    """Return the seconds from starting to ready, of the bot and of a bare Bolt."""
    start_bot(around), start_bolt(around)  # compiled from now on
    both = [(start_bot(around), start_bolt(around)) for _ in range(times)]
    return median(ours for ours, _ in both), median(theirs for _, theirs in both)


def start_bot(around: Surroundings) -> float:
    """Return the seconds until the bot answers that it is ready, on a new database."""
    began = time.perf_counter()
    with the_bot(around) as (port, _):
        while not readiness(port):
            time.sleep(0.005)
        return time.perf_counter() - began


def start_bolt(around: Surroundings) -> float:
    """Return the seconds until a bare Bolt takes connections."""
    began = time.perf_counter()
    with bolt(around, before_response=True):
        return time.perf_counter() - began


def memory(around: Surroundings, counts: tuple[int, int]) -> list[float]:
    """Return the resident megabytes after so many commands, and after so many in all."""
    found = []
    with the_bot(around, window=WINDOW) as (port, process):
        typed = around.commands()
        for count in (counts[0], counts[1] - counts[0]):
            asyncio.run(open_loop(port, list(islice(typed, count)), RATE))
            wait_until_idle(process)
            found.append(resident(process))
    return found


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
        subprocess.run([sys.executable, "-c", code], check=True, env=environment())
        return time.perf_counter() - began

    # As the bot does, without searching what was just imported for garbage.
    return run(f"import gc; gc.disable(); import {modules}") - run("pass")


def main(load: Load) -> None:
    """Measure and print."""
    with surroundings() as around:
        ours, theirs = starts(around, load.starts)
        say_figure("start to ready, a bare Bolt", theirs, "s")
        say_figure("start to ready, the bot", ours, "s")
        say_figure("the bot's / a bare Bolt's", ours / theirs, most=3)
        for modules in IMPORTS:
            taken = median(import_seconds(modules) for _ in range(load.starts))
            say_figure(f"import {modules}", taken, "s")
        few, many = memory(around, (load.few, load.many))
        say_figure(f"resident after {load.few:,} commands", few, "MB")
        say_figure(f"resident after {load.many:,} commands", many, "MB", most=130)
        say_figure("the latter / the former", many / few, most=1.05)


if __name__ == "__main__":
    main(BRIEF if "--brief" in sys.argv else FULL)
