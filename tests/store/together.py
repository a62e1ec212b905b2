"""Processes that begin in the same instant."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).parents[2]

#: Seconds after which processes that wait for each other would be a fault.
PATIENCE = 60


def run_together(module: str, arguments: Sequence[str], *, processes: int) -> list[str]:
    """Run a module in several processes at once and return what each wrote.

    Each says that it is ready, and begins when it is told to: see `wait_for_the_others`.
    """
    running = [
        subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(processes)
    ]
    for process in running:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    written = [process.communicate(timeout=PATIENCE)[0] for process in running]
    assert [process.returncode for process in running] == processes * [0]
    return written


def wait_for_the_others() -> None:
    """Say that this process is ready, and wait for the word."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
