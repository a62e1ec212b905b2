"""Real bot processes between the stand-ins, connected over Socket Mode."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from bot.playground.pulse import Pulse
from bot.playground.slack import SlackStandIn
from bot.playground.start import POLICY, Playground
from tests import secrecy

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


class BotProcess:
    """A bot in a process of its own, and what it writes to standard error."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._lines: list[str] = []
        self._heard = Pulse()
        self._listening = asyncio.create_task(self._listen())

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def words(self) -> str:
        """What it has written so far."""
        return "".join(self._lines)

    @property
    def lives(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.returncode is None

    async def says(self, words: str) -> str:
        """Wait until it has written a line with these words, and return the line."""
        async with asyncio.timeout(PATIENCE):
            return await self._heard.until(
                lambda: next((line for line in self._lines if words in line), None)
            )

    async def ended(self) -> int:
        """Wait until it has ended, and return its exit status."""
        async with asyncio.timeout(PATIENCE):
            await asyncio.shield(self._listening)  # one who gives up waiting stops nobody else
            return await self._process.wait()

    async def terminated(self) -> int:
        """Ask it to end, and return its exit status."""
        self._process.send_signal(signal.SIGTERM)
        return await self.ended()

    async def killed(self) -> None:
        """End it where it still lives."""
        if self.lives:
            self._process.kill()
        await self.ended()

    async def _listen(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self._lines.append(line.decode())
            secrecy.hear(self._lines[-1])
            self._heard.beat()


@contextlib.asynccontextmanager
async def bot_process(environ: dict[str, str], *command: str) -> AsyncIterator[BotProcess]:
    """Run a bot process, the mortal one unless said otherwise; kill it where it still lives."""
    command = command or ("tests.crash.process",)
    process = BotProcess(
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", *command, cwd=ROOT, env=environ, stderr=asyncio.subprocess.PIPE
        )
    )
    try:
        yield process
    finally:
        await process.killed()


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
