"""What schedules cost, against peers and against the floor that zoneinfo sets.

`python -m tests.benchmarks.schedule`, with the dependency group `benchmarks` installed. Each peer
is measured only where its runs are right, and everything by its best time of several, so that a
busy machine shows in no ratio.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib import import_module
from itertools import product
from time import perf_counter
from timeit import Timer
from typing import Any

from bot.schedule import Schedule, next_runs

COUNT = 5
AFTER = datetime(2026, 11, 23, 12, 34, tzinfo=UTC)
WEEKDAYS, UNIX_WEEKDAYS = "0 18 ? * MON-FRI *", "0 18 * * MON-FRI"
ZONE = "Europe/London"
LINES = 10_000

Runs = Callable[[], Sequence[datetime]]


def say(line: str) -> None:
    """Print a line at once: the next figure may take a while."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def microseconds(work: Callable[[], object]) -> float:
    """Return the best time of a piece of work."""
    timer = Timer(work)
    number, _ = timer.autorange()
    return min(timer.repeat(repeat=7, number=max(1, number // 5))) / max(1, number // 5) * 1e6


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
    """Print five runs of a weekday schedule against the peers and the floor."""
    in_utc, in_zone = Schedule.parse(WEEKDAYS, "UTC"), Schedule.parse(WEEKDAYS, ZONE)
    ours = microseconds(lambda: next_runs(in_zone, AFTER, COUNT))
    say(f"five runs of {WEEKDAYS} in {ZONE}: {ours:.1f} µs")
    expected = list(next_runs(in_utc, AFTER, COUNT))
    for name, runs in peers():
        if list(runs()) == expected:
            say(f"  {name}: {microseconds(runs) / ours:.1f} times that, in UTC")
        else:
            say(f"  {name}: wrong, not measured")
    days = [run.day for run in expected]
    zone = in_zone.zone
    floor = microseconds(
        lambda: [datetime(2026, 11, day, 18, 0, tzinfo=zone).astimezone(UTC) for day in days]
    )
    say(f"  five bare conversions to UTC: {floor:.1f} µs; the runs are {ours / floor:.1f} times")
    compare_with(ours, "0/15 * * * ? *", ZONE)
    compare_with(ours, "0 0 30 2 ? *", ZONE)
    compare_with(ours, "0 0 31W 2,4,6,9,11 ? *", ZONE)
    compare_with(ours, "30 2 ? 3 SUN#2 *", "America/New_York")


def compare_with(ours: float, line: str, zone: str) -> None:
    """Print what five runs of another schedule cost, or the proof that there are none."""
    schedule = Schedule.parse(line, zone)
    found = len(next_runs(schedule, AFTER, COUNT))
    cost = microseconds(lambda: next_runs(schedule, AFTER, COUNT))
    say(f"{found} runs of {line} in {zone}: {cost:.1f} µs, {cost / ours:.1f} times that")


def search() -> None:
    """Print the most expensive expression among many that are built to be."""
    worst = (0.0, "", "")
    minutes, hours = ("*", "0", "59"), ("*", "0", "1", "2", "1-2", "23")
    days = ("* {} ?", "31 {} ?", "29 {} ?", "L {} ?", "15W {} ?", "? {} 1L", "? {} 1#5", "? {} 1#2")
    months, years = ("*", "2", "3", "11", "2,4,6,9,11"), ("*", "2027-2199", "2199")
    zones = ("UTC", ZONE, "America/New_York", "Australia/Lord_Howe", "Antarctica/Troll")
    for minute, hour, day, month, year, zone in product(minutes, hours, days, months, years, zones):
        line = f"{minute} {hour} {day.format(month)} {year}"
        schedule = Schedule.parse(line, zone)
        start = perf_counter()
        next_runs(schedule, AFTER, COUNT)
        worst = max(worst, (perf_counter() - start, line, zone))
    cost, line, zone = worst
    say(f"worst of a search: {line} in {zone}: {cost * 1e3:.1f} ms")


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


if __name__ == "__main__":
    compare()
    search()
    stream()
