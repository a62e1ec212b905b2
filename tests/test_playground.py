"""The playground as a process: what it runs on, and what it says where it cannot run."""

import os
from pathlib import Path

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
