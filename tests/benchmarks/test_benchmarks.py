"""The benchmarks run, whatever they find: their figures are read by people, never asserted."""

import subprocess
import sys

import pytest

ROWS = (
    "the bot",
    "bare Bolt, default settings",
    "bare Bolt, process_before_response",
    "p50 at one client / Bolt's default",
    "a second / process_before_response",
    "p99 / process_before_response",
    "command to card, names not asked for lately, in round trips",
    "command to card, names known, in round trips",
    "Approve to reply, in round trips",
    "start to ready, the bot",
    "resident after 40 commands",
)


@pytest.mark.slow
def test_one_command_measures_the_bot_against_its_goals() -> None:
    command = [sys.executable, "-m", "tests.benchmarks", "--brief"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert [row for row in ROWS if f"\n{row}" not in said] == []
    assert "not 200" not in said
    assert "Changes approved while the last column was measured: 1\n" in said
