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


async def test_beside_a_bot_that_serves_a_workspace_it_runs_on_its_own_database_and_policy(
    tmp_path: Path,
) -> None:
    real = tmp_path / "real.db"
    environ = environment(
        SLACK_BOT_TOKEN="xoxb-12-ab34cd56",
        DATABASE_URL=f"sqlite:///{real}",
        POLICY_FILE=str(tmp_path / "real.toml"),
    )
    async with bot_process(environ, "bot", "playground") as playground:
        await playground.says(ADDRESS)
        assert await playground.terminated() == 0
    assert not real.exists()


async def test_a_database_that_is_given_for_it_is_kept(tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"
    environ = environment(DATABASE_URL=f"sqlite:///{kept}")
    async with bot_process(environ, "bot", "playground") as playground:
        await playground.says(ADDRESS)
        assert await playground.terminated() == 0
    assert kept.exists()


async def test_where_nothing_of_slacks_is_set_the_log_says_why_it_runs_and_what_it_leaves_out() -> (
    None
):
    async with bot_process(environment(OMNI_API_KEY="omni_ab34cd56ef"), "bot") as playground:
        await playground.says("no variable of Slack's is set, which leaves OMNI_API_KEY unused")
        await playground.says(ADDRESS)
        assert await playground.terminated() == 0


async def last_words(*command: str, **given: str) -> tuple[int, str]:
    """Run a command that cannot start, and return its exit status and all that it says."""
    async with bot_process(environment(**given), "bot", *command) as playground:
        return await playground.ended(), playground.words


@pytest.mark.parametrize("command", ["serve", "playground"])
async def test_a_policy_that_cannot_be_read_is_a_bad_setting(command: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text("[defaults]\napprover = []\n")
    status, words = await last_words(command, POLICY_FILE=str(file))
    assert status == BAD_CONFIGURATION
    assert words.startswith(f"{file}:2: defaults.approver")


async def test_a_port_that_is_taken_is_named_with_the_way_out() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        status, words = await last_words("playground", PORT=port)
    assert status == COULD_NOT_START
    assert words.startswith(f"PORT {port} of HOST 127.0.0.1 cannot be used: Address already in use")
    assert words.endswith("Set PORT to a free one, or to 0 for any.\n")


async def test_a_database_without_a_folder_is_named_and_the_port_is_not(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    status, words = await last_words("playground", DATABASE_URL=f"sqlite:///{missing}/bot.db")
    assert status == COULD_NOT_START
    assert words == (
        f"DATABASE_URL: {missing}/bot.db cannot be made: there is no folder {missing} to write to. "
        "Make it, or name another file.\n"
    )
