"""Fixtures that every test may ask for."""

import logging
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests import secrecy

pytest_plugins = ("tests.databases", "tests.world")

# A busy machine is no bug: how long one example takes says nothing here.
settings.register_profile("unhurried", deadline=None)
# `pytest --hypothesis-profile=long` on the tests that make their examples up: ten minutes.
settings.register_profile("long", deadline=None, max_examples=5_000)
settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def _no_secret_in_any_log() -> Iterator[None]:
    ears = secrecy.Ears()
    logging.getLogger().addHandler(ears)
    logging.getLogger("bot").setLevel(logging.INFO)  # as the bot runs
    yield
    logging.getLogger().removeHandler(ears)
    assert secrecy.leaks() == [], "a log holds a secret"


def pytest_xdist_auto_num_workers() -> int:
    """Run two workers on each core: half of a test's time is waiting for a process or a timer."""
    return 2 * (os.cpu_count() or 1)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at Omni as often after a write, without the seconds that it may take to settle."""
    monkeypatch.setattr("bot.applying.SETTLE", (0.0, 0.0, 0.0))
