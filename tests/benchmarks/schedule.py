"""What schedules cost, against peers and against the floor that zoneinfo sets.

`python -m tests.benchmarks.schedule`, with the dependency group `benchmarks` installed. Each peer
is measured only where its runs are right. All are measured in turn and told by their best time, so
that a busy machine shows in no ratio.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from heapq import nlargest
from importlib import import_module
from itertools import product
from time import perf_counter
from timeit import Timer
from typing import Any

from bot.schedule import Schedule, next_runs, parse_zone

COUNT = 5
AFTER = datetime(2026, 11, 23, 12, 34, tzinfo=UTC)
WEEKDAYS, UNIX_WEEKDAYS = "0 18 ? * MON-FRI *", "0 18 * * MON-FRI"
ZONE = "Europe/London"
SCHEDULES = (
    (WEEKDAYS, ZONE),
    ("0/15 * * * ? *", ZONE),
    # These never run: no such day, or always within the hour that spring skips.
    ("0 0 30 2 ? *", ZONE),
    ("0 0 31W 2,4,6,9,11 ? *", ZONE),
    ("30 2 ? 3 SUN#2 *", "America/New_York"),
)
LINES = 10_000
ROUNDS, LOOPS = 40, 20
CANDIDATES = 50
"""Measured again, as any of them may only have been slow for once."""

Runs = Callable[[], Sequence[datetime]]


def say(line: str) -> None:
    """Print a line at once: the next figure may take a while."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def microseconds(works: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Return the best time of each piece of work, all of them measured in turn."""
    timers = {name: Timer(work) for name, work in works.items()}
    best = dict.fromkeys(works, float("inf"))
    for _ in range(ROUNDS):
        for name, timer in timers.items():
            best[name] = min(best[name], timer.timeit(LOOPS) / LOOPS * 1e6)
    return best


def peers() -> Iterator[tuple[str, Runs]]:
    """Yield what computes the same five runs, in UTC, with other libraries."""
    aws_croniter: Any = import_module("aws_croniter.aws_croniter")
    pyawscron: Any = import_module("pyawscron")
    croniter: Any = import_module("croniter")
    cronsim: Any = import_module("cronsim")
    parsed = aws_croniter.AwsCroniter(WEEKDAYS)
    yield "aws-croniter", lambda: parsed.get_next(AFTER, COUNT)
    yield "pyawscron", lambda: pyawscron.AWSCron.get_next_n_schedule(COUNT, AFTER, WEEKDAYS)
    yield "croniter (unix)", lambda: _taken(croniter.croniter(UNIX_WEEKDAYS, AFTER, datetime))
    yield "cronsim (unix)", lambda: _taken(cronsim.CronSim(UNIX_WEEKDAYS, AFTER))


def _taken(runs: Iterator[datetime]) -> list[datetime]:
    return [next(runs) for _ in range(COUNT)]


def compare() -> None:
    """Print five runs of a weekday schedule against the peers, the floor and other schedules."""
    expected = list(next_runs(Schedule.parse(WEEKDAYS, "UTC"), AFTER, COUNT))
    right = {name: runs for name, runs in peers() if list(runs()) == expected}
    days, zone = [run.day for run in expected], parse_zone(ZONE)
    works: dict[str, Callable[[], object]] = {
        **{f"{name}, in UTC": runs for name, runs in right.items()},
        "five bare conversions to UTC": lambda: [
            datetime(2026, 11, day, 18, 0, tzinfo=zone).astimezone(UTC) for day in days
        ],
        **{f"{line} in {name}": runs_of(line, name) for line, name in SCHEDULES},
    }
    cost = microseconds(works)
    ours = cost[f"{WEEKDAYS} in {ZONE}"]
    for name, taken in cost.items():
        say(f"{taken:8.1f} µs, {taken / ours:6.2f} of ours: {name}")


def runs_of(line: str, zone: str) -> Runs:
    """Return what computes five runs of a schedule, or the proof that there are none."""
    schedule = Schedule.parse(line, zone)
    return lambda: next_runs(schedule, AFTER, COUNT)


def search() -> None:
    """Print the most expensive expression among many that are built to be."""
    cost: dict[tuple[str, str], float] = {}
    minutes, hours = ("*", "0", "59"), ("*", "0", "1", "2", "1-2", "23")
    days = ("* {} ?", "31 {} ?", "29 {} ?", "L {} ?", "15W {} ?", "? {} 1L", "? {} 1#5", "? {} 1#2")
    months, years = ("*", "2", "3", "11", "2,4,6,9,11"), ("*", "2027-2199", "2199")
    zones = (
        "UTC",
        ZONE,
        "America/New_York",
        "Australia/Lord_Howe",
        "Antarctica/Troll",
        "Asia/Gaza",
    )
    for minute, hour, day, month, year, zone in product(minutes, hours, days, months, years, zones):
        line = f"{minute} {hour} {day.format(month)} {year}"
        cost[line, zone] = Timer(runs_of(line, zone)).timeit(1)
    again = {
        pair: Timer(runs_of(*pair)) for pair in nlargest(CANDIDATES, cost, key=cost.__getitem__)
    }
    best = {pair: min(timer.repeat(5, 1)) for pair, timer in again.items()}
    line, zone = max(best, key=best.__getitem__)
    say(f"worst of {len(cost)}: {line} in {zone}: {best[line, zone] * 1e3:.1f} ms")


def stream() -> None:
    """Print what ten thousand lines through one process cost."""
    expressions = (WEEKDAYS, "0/15 8-17 * * ? *", "30 2 L * ? *", "0 25 ? * MONDAY *")
    zones = (ZONE, "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/Lodnon")
    pairs = list(product(expressions, zones))
    lines = [
        {"expression": expression, "timezone": zone, "after": AFTER.isoformat(), "count": COUNT}
        for expression, zone in (pairs[number % len(pairs)] for number in range(LINES))
    ]
    command = [sys.executable, "-m", "bot", "explain", "--jsonl"]
    start = perf_counter()
    text = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    taken = perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    answers = len(done.stdout.splitlines())
    say(f"explain --jsonl: {answers} answers in {taken:.1f} s, peak memory {memory:.0f} MB")


def main() -> None:
    """Measure and print."""
    compare()
    search()
    stream()


if __name__ == "__main__":
    main()
