"""Every measurement, one after the other: `python -m tests.benchmarks`, in about fifteen minutes.

First `uv sync --locked --all-groups`, for the libraries that schedules are compared with.
`--brief` takes a minute and shows that the processes can be measured; its figures mean nothing.
"""

import subprocess
import sys

from tests.benchmarks.goals import say

PROCESSES, FUNCTIONS = ("ack", "trips", "running"), ("schedule", "store")

brief = sys.argv[1:]
for module in PROCESSES if brief else PROCESSES + FUNCTIONS:
    say(f"\npython -m tests.benchmarks.{module}\n")
    subprocess.run([sys.executable, "-m", f"tests.benchmarks.{module}", *brief], check=True)
