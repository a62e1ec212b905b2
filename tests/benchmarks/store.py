"""What a long log costs: the same work with 100 and with 100,000 past changes.

`python -m tests.benchmarks.store` prints the medians and their ratio, on
SQLite and on Postgres; the goal is a ratio of at most 1.2.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter

from bot.change import Change, Event
from bot.database import connect, migrate
from bot.store import ChangeStore
from tests.databases import Database, running_postgres
from tests.store.logs import fill
from tests.store.samples import APPROVER, a_change, by

FEW, MANY = 100, 100_000
ROUNDS = 400

Times = dict[str, list[float]]


async def one_round(store: ChangeStore, old: Change, times: Times) -> None:
    """Bring one change from its proposal to its end, and look into the log."""
    change = a_change()
    steps: dict[str, Callable[[], Awaitable[object]]] = {
        "propose": lambda: store.propose(change, "command"),
        "claim": lambda: store.move(change.id, Event.APPROVE, by(APPROVER, key=change.id)),
        "confirm": lambda: store.move(change.id, Event.CONFIRM, by("workflow")),
        "history": store.history,
        "history, an older page": lambda: store.history(before=old),
        # As many as a connection has among the few, so that both read equally much.
        "history of a connection": lambda: store.history(old.connection_id, limit=4),
        "due": lambda: store.due(change.created_at),
        "last applied": lambda: store.last_applied(change.schedule_id),
        "find": lambda: store.find(change.short_id),
    }
    for name, step in steps.items():
        start = perf_counter()
        await step()
        times.setdefault(name, []).append(perf_counter() - start)


async def measured(databases: tuple[Database, Database], past: tuple[int, int]) -> list[Times]:
    """Do the rounds on both databases by turns, so that both see the same machine."""
    engines = [connect(database.async_url) for database in databases]
    stores = [ChangeStore(engine) for engine in engines]
    for engine, length in zip(engines, past, strict=True):
        await fill(engine, length)
    olds = [(await store.history(limit=50))[-1] for store in stores]
    times: list[Times] = [{}, {}]
    for number in range(ROUNDS):
        for which in (0, 1) if number % 2 else (1, 0):
            await one_round(stores[which], olds[which], times[which])
    for engine in engines:
        await engine.dispose()
    return times


def report(title: str, past: tuple[int, int], times: list[Times]) -> str:
    """Return a table of medians in milliseconds, and their ratios."""
    few, many = (f"{length:,} past" for length in past)
    lines = [f"{title:<24}{few:>15}{many:>15}{'ratio':>8}"]
    for name in times[0]:
        short, long = (median(some[name]) * 1000 for some in times)
        lines.append(f"{name:<24}{short:>12.2f} ms{long:>12.2f} ms{long / short:>8.2f}")
    return "\n".join(lines) + "\n\n"


@contextmanager
def two_sqlites() -> Iterator[tuple[Database, Database]]:
    """Give two new SQLite files."""
    with tempfile.TemporaryDirectory() as folder:
        yield Database(f"sqlite:///{folder}/few.db"), Database(f"sqlite:///{folder}/many.db")


@contextmanager
def two_postgres() -> Iterator[tuple[Database, Database]]:
    """Give two new databases on a Postgres of their own."""
    with running_postgres() as server, server.database() as few, server.database() as many:
        yield few, many


def main() -> None:
    """Measure and print."""
    past = FEW, MANY
    for title, two in {"SQLite": two_sqlites, "Postgres": two_postgres}.items():
        with two() as databases:
            for database in databases:
                migrate(database.sync_url)
            sys.stdout.write(report(title, past, asyncio.run(measured(databases, past))))


if __name__ == "__main__":
    main()
