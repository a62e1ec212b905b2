"""A real bot process in a hurry, whose clock the test moves: `python -m tests.several.process`.

It sweeps several times a second, and its clock is ahead by as many seconds as stand in the file
that CLOCK names, which all processes of a test share.
"""

import os
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from bot import service, sweep
from bot.__main__ import main

SWEEP_SECONDS = 0.3


def now() -> datetime:
    """Return the test's time."""
    ahead = Path(os.environ["CLOCK"]).read_text("ascii")
    return datetime.now(UTC) + timedelta(seconds=float(ahead))


if __name__ == "__main__":
    sweep.SWEEP_SECONDS = SWEEP_SECONDS
    service.running = partial(service.running, clock=now)
    sys.exit(main(["serve"]))
