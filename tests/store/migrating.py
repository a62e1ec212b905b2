"""A process that migrates a database: `python -m tests.store.migrating <database>`."""

import sys

from bot.database import migrate
from tests.store.together import wait_for_the_others

if __name__ == "__main__":
    wait_for_the_others()
    sys.stdout.write(migrate(sys.argv[1]))
