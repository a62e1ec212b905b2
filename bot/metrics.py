"""Numbers about the running bot, kept only while somebody asked for them.

Whatever happens says so by `count`, `observe` and `under_way`, which do nothing otherwise. A label
takes one of a few known values: no person, no change, no connection.
https://prometheus.io/docs/practices/naming/
"""

import contextlib
from collections.abc import Callable, Iterator
from enum import StrEnum

from bot.change import Status

Page = Callable[[], bytes]  # what a GET answers with, in the text format

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"


class Number(StrEnum):
    """What is counted or measured, by its name on the page."""

    COMMANDS = "commands"
    DECISIONS = "decisions"
    CHANGES = "changes"
    SLACK_REFUSALS = "slack_refusals"
    SWEEP_FAILURES = "sweep_failures"
    OMNI_REQUESTS = "omni_request_seconds"
    OMNI_WAITS = "omni_wait_seconds"
    WORKFLOWS = "workflows"


COUNTED = {
    Number.COMMANDS: ("Commands that people typed", ()),
    Number.DECISIONS: ("Decisions about changes, and whether they came in time", ("event", "won")),
    Number.CHANGES: ("Changes that came into a status", ("status",)),
    Number.SLACK_REFUSALS: ("Messages that Slack did not take", ("error",)),
    Number.SWEEP_FAILURES: ("Parts of a sweep that failed", ()),
}
MEASURED = {
    Number.OMNI_REQUESTS: ("How long Omni took to answer", ("method", "status")),
    Number.OMNI_WAITS: ("How long requests waited for their turn at Omni", ("line",)),
}
SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 60.0)  # 60: the budget's minute


class _Kept:
    """Prometheus's objects, one for each number."""

    def __init__(self) -> None:
        # Imported where it is needed: few ask for numbers, and everybody waits for a start.
        from prometheus_client import (  # noqa: PLC0415 - as said above
            CollectorRegistry,
            Counter,
            Gauge,
            Histogram,
        )

        self.registry = CollectorRegistry()
        self.counters = {
            number: Counter(_name(number), words, labels, registry=self.registry)
            for number, (words, labels) in COUNTED.items()
        }
        # From 0: a count that is there only once something happened never rises by its first.
        for status in Status:
            self.counters[Number.CHANGES].labels(status=status)
        self.histograms = {
            number: Histogram(_name(number), words, labels, registry=self.registry, buckets=SECONDS)
            for number, (words, labels) in MEASURED.items()
        }
        words = "Workflows under way in this process"
        self.workflows = Gauge(_name(Number.WORKFLOWS), words, registry=self.registry)

    def page(self) -> bytes:
        from prometheus_client.exposition import (  # noqa: PLC0415 - as above
            generate_latest,
        )

        return generate_latest(self.registry)


_kept: _Kept | None = None


@contextlib.contextmanager
def kept(*, on: bool) -> Iterator[Page | None]:
    """Keep numbers inside, where asked for, and give what prints them."""
    global _kept  # noqa: PLW0603 - one process, one page of numbers
    _kept = _Kept() if on else None
    try:
        yield _kept.page if _kept else None
    finally:
        _kept = None


def count(number: Number, **labels: str) -> None:
    """Count something that happened."""
    if _kept is not None:
        counter = _kept.counters[number]
        (counter.labels(**labels) if labels else counter).inc()


def observe(number: Number, seconds: float, **labels: str) -> None:
    """Keep how long something took."""
    if _kept is not None:
        _kept.histograms[number].labels(**labels).observe(seconds)


@contextlib.contextmanager
def under_way() -> Iterator[None]:
    """Count a workflow as under way inside."""
    if _kept is None:
        yield
        return
    with _kept.workflows.track_inprogress():
        yield


def _name(number: Number) -> str:
    return f"omni_schedule_{number}"
