"""The playground as a process: what it runs on, and what it says where it cannot run."""

import os
import socket
from contextlib import closing
from pathlib import Path

import pytest

from bot.start import BAD_CONFIGURATION, COULD_NOT_START
from tests.crash.processes import bot_process

ADDRESS = "The playground is at http://127.0.0.1:"


def environment(**given: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PORT": "0", **given}


@pytest.mark.slow
@pytest.mark.parametrize("token", ["xoxb-12-ab34cd56", ""])
async def test_it_leaves_a_real_database_and_policy_alone(token: str, tmp_path: Path) -> None:
    real = tmp_path / "real.db"
    environ = environment(
        SLACK_BOT_TOKEN=token,
        DATABASE_URL=f"sqlite:///{real}",
        POLICY_FILE=str(tmp_path / "real.toml"),
    )
    async with bot_process(environ, "bot", "playground") as playground:
        await playground.says("DATABASE_URL and POLICY_FILE")
        await playground.says(ADDRESS)
        assert await playground.terminated() == 0
    assert not real.exists()


@pytest.mark.slow  # it starts a process
async def test_a_bot_that_misses_slacks_variables_leaves_its_database_and_policy_alone(
    tmp_path: Path,
) -> None:
    real, policy = tmp_path / "real.db", tmp_path / "real.toml"
    policy.write_text("[defaults]\n")
    environ = environment(
        OMNI_API_KEY="omni_ab34cd56ef", DATABASE_URL=f"sqlite:///{real}", POLICY_FILE=str(policy)
    )
    async with bot_process(environ, "bot") as playground:
        await playground.says("Serving the playground, because no variable of Slack's is set")
        await playground.says("does not use OMNI_API_KEY, DATABASE_URL and POLICY_FILE")
        await playground.says(ADDRESS)
        assert await playground.terminated() == 0
    assert not real.exists()


async def last_words(*command: str, **given: str) -> tuple[int, str]:
    """Run a command that cannot start, and return its exit status and all that it says."""
    async with bot_process(environment(**given), "bot", *command) as playground:
        return await playground.ended(), playground.words


async def test_a_policy_that_cannot_be_read_is_a_bad_setting(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text("[defaults]\napprover = []\n")
    status, words = await last_words("serve", POLICY_FILE=str(file))
    assert status == BAD_CONFIGURATION
    assert words.startswith(f"{file}:2: defaults.approver")


@pytest.mark.slow
async def test_a_port_that_is_taken_is_named_with_the_way_out() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        status, words = await last_words("playground", PORT=port)
    assert status == COULD_NOT_START
    assert words.startswith(f"PORT {port} of HOST 127.0.0.1 cannot be used: Address already in use")
    assert words.endswith("Set PORT to a free one, or to 0 for any.\n")
