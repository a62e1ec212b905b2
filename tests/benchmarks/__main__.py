"""Every measurement, one after the other: `python -m tests.benchmarks`."""

import subprocess
import sys

for module in ("ack", "running", "schedule", "store"):
    sys.stdout.write(f"\npython -m tests.benchmarks.{module}\n\n")
    sys.stdout.flush()
    subprocess.run([sys.executable, "-m", f"tests.benchmarks.{module}"], check=True)
