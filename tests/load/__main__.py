"""Work the bot hard between an unsteady Omni and many people, and kill it: `python -m tests.load`.

Prints what came of it, and ends with 1 where anything is as it must not be. On two busy cores ten
thousand commands take about 25 minutes; `--commands 300` takes about one.
"""

import argparse
import asyncio
import contextlib
import secrets
import sys
import time
from collections.abc import Iterator

from tests.crash.cells import new_sqlite
from tests.databases import Database, running_postgres
from tests.load.account import Account, Row
from tests.load.run import MINUTE, Plan, load
from tests.load.town import CROWD, ERRORS, LOST


def main() -> int:
    """Run a load as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.load")
    parser.add_argument("--commands", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--postgres", action="store_true", help="in place of SQLite")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    given = parser.parse_args()
    plan = Plan(given.commands, given.kills, given.seed)
    print(
        f"{plan.commands:,} commands by {CROWD} people; Omni fails {ERRORS:.0%} of the requests\n"
        f"and loses {LOST:.0%} of the answers, half of them with the request; seed {plan.seed}.\n"
        f"The bot counts Omni's 60 requests in {MINUTE} s in place of a minute.",
        flush=True,
    )
    began = time.monotonic()
    with _database(postgres=given.postgres) as database:
        evidence = asyncio.run(load(plan, database, lambda words: print(words, flush=True)))
    seconds = time.monotonic() - began
    print(f"{seconds:.0f} s, {plan.commands / seconds:.1f} commands a second\n")
    rows = tuple(Account(evidence).rows())
    print(*map(_line, rows), sep="\n")
    print(f"\nErrors in the bot's log: {len(evidence.errors)}", *evidence.errors[:3], sep="\n  ")
    return int(any(row.wrong for row in rows))


@contextlib.contextmanager
def _database(*, postgres: bool) -> Iterator[Database]:
    if not postgres:
        with new_sqlite() as database:
            yield database
        return
    with running_postgres() as server, server.database() as database:
        yield database


def _line(row: Row) -> str:
    if row.wrong is None:
        return f"{row.what:<52}{row.found:>8}"
    return f"{row.what:<52}{row.wrong:>8}  {'WRONG' if row.wrong else 'as it must be'}"


if __name__ == "__main__":
    sys.exit(main())
