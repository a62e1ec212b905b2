"""Print what becomes of a change whose bot is killed: `python -m tests.crash`.

Every moment of a change's life, on SQLite and on a real Postgres; about five minutes.
"""

import asyncio
import sys

from tests.crash.cells import Outcome, crash, moments, new_sqlite, steps
from tests.databases import running_postgres

ROW = "{:<29} {:<9} {:<8} {:>6} {:>7} {:>7}  {}"


async def main() -> int:
    """Run every cell and return 1 where one is not as it must be."""
    print(ROW.format("killed", "on", "status", "writes", "replies", "stories", ""))
    bad = 0
    with running_postgres() as postgres:
        with new_sqlite() as database:
            names = await steps(database)
        for moment in moments(names):
            for kind, new in (("sqlite", new_sqlite), ("postgres", postgres.database)):
                with new() as database:
                    outcome = await crash(database, moment)
                bad += not outcome.fits(moment)
                print(_row(moment, kind, outcome), flush=True)
    return min(bad, 1)


def _row(moment: str, kind: str, outcome: Outcome) -> str:
    remark = "" if outcome.once else "told twice: Slack has no idempotency key"
    if not outcome.fits(moment):
        remark = "WRONG"
    told = (outcome.writes, outcome.replies, outcome.stories)
    return ROW.format(moment, kind, outcome.status, *told, remark)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
