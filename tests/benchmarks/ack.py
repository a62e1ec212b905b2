"""How fast a command is acknowledged: by the bot, a bare Bolt for Python, Bolt for JavaScript.

`python -m tests.benchmarks.ack` prints a table. One process each, one load generator, the same
signed command, all by turns on the same machine, each figure the median of some rounds. The bot
does the work of each command as well, while the others do nothing but acknowledge.
"""

import asyncio
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from statistics import median

from tests.benchmarks.servers import (
    Process,
    Surroundings,
    bolt,
    bolt_js,
    bolt_js_packages,
    surroundings,
    the_bot,
)
from tests.benchmarks.wire import closed_loop, open_loop

ROUNDS = 3
WARM, ALONE, MANY = 500, 2_000, 10_000  # requests
CLIENTS, RATE, SECONDS = 64, 50, 10
#: Seconds that a minute of Omni's takes: people leave ten requests of each to what is decided, and
#: a change a second needs three a second.
WINDOW = 2.0

Server = Callable[[Surroundings], AbstractContextManager[tuple[int, Process]]]


@dataclass(slots=True)
class Row:
    """What one server did in each round: milliseconds, answers a second, milliseconds."""

    alone: list[float] = field(default_factory=list)
    many: list[float] = field(default_factory=list)
    steady: list[float] = field(default_factory=list)
    bad: int = 0
    approved: int = 0


def one_round(around: Surroundings, server: Server, row: Row, *, ours: bool) -> None:
    """Run one server through the three loads, anew for each."""
    typed = around.commands()

    def take(count: int) -> list[bytes]:
        return list(islice(typed, count))

    with server(around) as (port, _):
        asyncio.run(closed_loop(port, take(WARM), 4))  # until all is imported
        alone = asyncio.run(closed_loop(port, take(ALONE), 1))
    with server(around) as (port, _):
        asyncio.run(closed_loop(port, take(WARM), 4))
        many = asyncio.run(closed_loop(port, take(MANY), CLIENTS))
    with server(around) as (port, _):
        asyncio.run(closed_loop(port, take(WARM // 5), 4))
        if ours:
            around.approve(port, SECONDS)
        steady = asyncio.run(open_loop(port, take(RATE * SECONDS), RATE))
        row.approved += around.number() if ours else 0
    row.alone.append(alone.percentile(0.5) * 1e3)
    row.many.append(many.per_second)
    row.steady.append(steady.percentile(0.99) * 1e3)
    row.bad += alone.bad + many.bad + steady.bad


def main() -> None:
    """Measure and print."""
    ours = "the bot"
    servers: dict[str, Server] = {
        ours: partial(the_bot, window=WINDOW),
        "bare Bolt, default settings": partial(bolt, before_response=False),
        "bare Bolt, process_before_response": partial(bolt, before_response=True),
    }
    with ExitStack() as stack:
        around = stack.enter_context(surroundings())
        if packages := stack.enter_context(bolt_js_packages()):
            servers["bare Bolt for JavaScript, Express"] = partial(bolt_js, packages=packages)
        else:
            sys.stdout.write("Bolt for JavaScript is left out: npm cannot install it here.\n")
        rows = {name: Row() for name in servers}
        for _ in range(ROUNDS):
            for name, server in servers.items():
                one_round(around, server, rows[name], ours=name == ours)
    sys.stdout.write(report(rows, rows[ours]))


def report(rows: dict[str, Row], ours: Row) -> str:
    """Return the table."""
    lines = [f"{'':36}{'p50, 1 client':>16}{f'a second, {CLIENTS}':>16}{f'p99, {RATE} a s':>16}"]
    for name, row in rows.items():
        figures = (
            f"{median(row.alone):>13.2f} ms{median(row.many):>16,.0f}{median(row.steady):>13.2f} ms"
        )
        lines.append(f"{name:36}{figures}" + (f"  {row.bad} not 200" if row.bad else ""))
    lines.append(f"Changes approved while the last column was measured: {ours.approved}\n")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
