"""A process that migrates a database: `python -m tests.store.migrating <database>`.

It waits for the others where its transaction begins, after what takes a process long and
another a little less: the imports, and the look whether there is anything to do.
"""

import sys

import alembic.command
import alembic.config  # noqa: F401 - imported beforehand, as said above
import sqlalchemy as sa

from bot.database import migrate
from tests.store.together import wait_for_the_others


def _wait(conn: sa.Connection) -> None:
    options = conn.get_execution_options()
    if not options.get("reads") and options.get("isolation_level") != "AUTOCOMMIT":
        wait_for_the_others()


if __name__ == "__main__":
    sa.event.listen(sa.Engine, "begin", _wait)
    sys.stdout.write(migrate(sys.argv[1]))
