"""Real bot processes between the stand-ins, connected over Socket Mode."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from bot.playground.slack import SlackStandIn
from bot.playground.start import POLICY, Playground

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds until a process that does not come up, or down, fails the test


def environment(playground: Playground, folder: Path, *, policy: str = POLICY) -> dict[str, str]:
    """Return what leads a bot process over Socket Mode to the stand-ins."""
    chosen = playground.settings
    file = folder / "policy.toml"
    file.write_text(policy)
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return inherited | {
        "SLACK_BOT_TOKEN": chosen.slack_bot_token,
        "SLACK_APP_TOKEN": chosen.slack_app_token,
        "SLACK_API_URL": chosen.slack_api_url,
        "OMNI_BASE_URL": chosen.omni_base_url,
        "OMNI_API_KEY": chosen.omni_api_key,
        "DATABASE_URL": chosen.database_url,
        "POLICY_FILE": str(file),
        "DYNO": "worker.1",
    }


@dataclass(frozen=True, slots=True)
class BotProcess:
    """A bot in a process of its own, and what it wrote to standard error."""

    process: asyncio.subprocess.Process
    log: Path

    @property
    def words(self) -> str:
        """What it has written so far."""
        return self.log.read_text()

    async def ended(self) -> int:
        """Wait until it has ended, and return its exit status."""
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()

    async def terminated(self) -> int:
        """Ask it to end, and return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return await self.ended()


@contextlib.asynccontextmanager
async def bot_process(environ: dict[str, str], *command: str) -> AsyncIterator[BotProcess]:
    """Run a bot process, the mortal one unless said otherwise; kill it where it still lives."""
    command = command or ("tests.crash.process",)
    with tempfile.NamedTemporaryFile(prefix="bot-", suffix=".log") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *command, cwd=ROOT, env=environ, stderr=log
        )
        try:
            yield BotProcess(process, Path(log.name))
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def connected(slack: SlackStandIn, *processes: BotProcess) -> None:
    """Wait until these processes are connected over Socket Mode."""
    ends = [asyncio.create_task(one.ended()) for one in processes]
    waiting = asyncio.create_task(
        slack.pulse.until(lambda: True if slack.sockets.count == len(processes) else None)
    )
    try:
        await asyncio.wait({waiting, *ends}, return_when="FIRST_COMPLETED", timeout=PATIENCE)
        assert waiting.done(), "\n".join(one.words for one in processes)
    finally:
        for task in (waiting, *ends):
            task.cancel()
