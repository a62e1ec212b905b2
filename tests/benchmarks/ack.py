"""How fast a command is acknowledged: by the bot, a bare Bolt for Python, Bolt for JavaScript.

`python -m tests.benchmarks.ack` prints a table. One process each, one load generator, the same
signed command, all by turns on the same machine, each figure the median of some rounds, each
ratio the median of theirs. The bot does the work of each command as well, as far as Omni's
requests go, while the others do nothing but acknowledge.

Where a percentile is measured, the server has a core of its own. On a shared one, the kernel has
the load generator wait until the server sleeps, however long its answer has been there. For the
same reason the stand-ins, which have work only where the bot is measured, give way to the load
generator.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from statistics import median

from tests.benchmarks.goals import say, say_figure
from tests.benchmarks.servers import (
    Server,
    Surroundings,
    bolt,
    bolt_js,
    bolt_js_packages,
    on_a_core_of_its_own,
    surroundings,
    the_bot,
)
from tests.benchmarks.wire import closed_loop, open_loop

CLIENTS, RATE = 64, 50
#: Seconds that a minute of Omni's takes: people leave ten requests of each to what is decided, and
#: a change a second needs three a second.
WINDOW = 2.0

OURS = "the bot"
DEFAULT = "bare Bolt, default settings"
BEFORE = "bare Bolt, process_before_response"
JAVASCRIPT = "bare Bolt for JavaScript, Express"


@dataclass(frozen=True, slots=True)
class Load:
    """How often each server is measured, with how many requests, and for how many seconds."""

    rounds: int
    warm: int
    alone: int
    many: int
    seconds: int
    fetch: bool  # Bolt for JavaScript, from npm's registry


FULL, BRIEF = Load(5, 400, 300, 5_000, 20, fetch=True), Load(1, 100, 50, 300, 1, fetch=False)


@dataclass(slots=True)
class Row:
    """What one server did in each round: milliseconds, answers a second, milliseconds."""

    alone: list[float] = field(default_factory=list)
    many: list[float] = field(default_factory=list)
    steady: list[float] = field(default_factory=list)
    bad: int = 0
    approved: int = 0


class Round:
    """Puts one server after the other through the three loads, anew for each."""

    def __init__(self, around: Surroundings, load: Load) -> None:
        """Have enough to type."""
        self._around = around
        self._load = load
        self._typed: Iterator[bytes] = around.commands()

    def run(self, server: Server, row: Row, *, ours: bool) -> None:
        """Measure one server."""
        self._alone(server, row)
        self._many(server, row)
        self._steady(server, row, ours=ours)

    def _take(self, count: int) -> list[bytes]:
        return list(islice(self._typed, count))

    def _warm(self, port: int) -> None:
        asyncio.run(closed_loop(port, self._take(self._load.warm), 4))  # until all is imported

    def _alone(self, server: Server, row: Row) -> None:
        with server(self._around) as (port, _):
            self._warm(port)
            found = asyncio.run(closed_loop(port, self._take(self._load.alone), 1))
        row.alone.append(found.percentile(0.5) * 1e3)
        row.bad += found.bad

    def _many(self, server: Server, row: Row) -> None:
        with server(self._around) as (port, _):
            self._warm(port)
            found = asyncio.run(closed_loop(port, self._take(self._load.many), CLIENTS))
        row.many.append(found.per_second)
        row.bad += found.bad

    def _steady(self, server: Server, row: Row, *, ours: bool) -> None:
        seconds = self._load.seconds
        with (
            surroundings(gives_way=True) as around,
            on_a_core_of_its_own(server, around) as (port, _),
        ):
            typed = around.commands()
            asyncio.run(closed_loop(port, list(islice(typed, self._load.warm // 4)), 4))
            if ours:
                around.approve(port, seconds)
            found = asyncio.run(open_loop(port, list(islice(typed, RATE * seconds)), RATE))
            row.approved += around.number() if ours else 0
        row.steady.append(found.percentile(0.99) * 1e3)
        row.bad += found.bad


def main(load: Load) -> None:
    """Measure and print."""
    servers: dict[str, Server] = {
        OURS: partial(the_bot, window=WINDOW),
        DEFAULT: partial(bolt, before_response=False),
        BEFORE: partial(bolt, before_response=True),
    }
    with ExitStack() as stack:
        around = stack.enter_context(surroundings())
        if load.fetch and (packages := stack.enter_context(bolt_js_packages())):
            servers[JAVASCRIPT] = partial(bolt_js, packages=packages)
        else:
            say("Bolt for JavaScript is left out: it is to be fetched by npm, at full length.")
        rows = {name: Row() for name in servers}
        one_round = Round(around, load)
        for _ in range(load.rounds):
            for name, server in servers.items():
                one_round.run(server, rows[name], ours=name == OURS)
    report(rows)


def report(rows: dict[str, Row]) -> None:
    """Print the table, and the ratios with their goals."""
    say(f"{'':36}{'p50, 1 client':>16}{f'a second, {CLIENTS}':>16}{f'p99, {RATE} a s':>16}")
    for name, row in rows.items():
        alone, many, steady = map(median, (row.alone, row.many, row.steady))
        bad = f"  {row.bad} not 200" if row.bad else ""
        say(f"{name:36}{alone:>13.2f} ms{many:>16,.0f}{steady:>13.2f} ms{bad}")
    ours = rows[OURS]
    say(f"Changes approved while the last column was measured: {ours.approved}\n")
    say_ratio("p50 at one client / Bolt's default", ours.alone, rows[DEFAULT].alone, most=0.1)
    say_ratio("a second / process_before_response", ours.many, rows[BEFORE].many, least=0.7)
    if JAVASCRIPT in rows:
        say_ratio("a second / Bolt for JavaScript", ours.many, rows[JAVASCRIPT].many, least=1)
    say_ratio("p99 / process_before_response", ours.steady, rows[BEFORE].steady, most=2)


def say_ratio(
    what: str,
    ours: list[float],
    theirs: list[float],
    *,
    most: float | None = None,
    least: float | None = None,
) -> None:
    """Print the median of what each round's ratio was: both saw the same machine in it."""
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    say_figure(what, median(ratios), most=most, least=least)


if __name__ == "__main__":
    main(BRIEF if "--brief" in sys.argv else FULL)
