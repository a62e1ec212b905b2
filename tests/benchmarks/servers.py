"""The servers that are compared, each a process of its own."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen

from tests.benchmarks.wire import commands

PEERS = Path(__file__).parent / "peers"
BOLT_JS = "@slack/bolt@5"

Process = Popen[bytes]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The stand-ins, in a process of their own."""

    process: Popen[str]
    env: Mapping[str, str]
    team: str
    sink: str
    people: list[str]

    def commands(self) -> Iterator[bytes]:
        """Yield the documentation's command, again and again."""
        return commands(self.team, self.sink, self.secret, self.people)

    @property
    def secret(self) -> str:
        """The signing secret."""
        return self.env["SLACK_SIGNING_SECRET"]

    def approve(self, port: int, count: int) -> None:
        """Have some changes typed, and begin to approve one a second."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"http://127.0.0.1:{port}/slack/events {count}\n")
        self.process.stdin.flush()
        self.number()

    def number(self) -> int:
        """Wait for how many were typed, and then for how many were applied."""
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())


#: Starts a server for the time of a context that yields its port and process.
Server = Callable[[Surroundings], AbstractContextManager[tuple[int, Process]]]


@contextmanager
def surroundings(delay: float = 0.0, *, gives_way: bool = False) -> Iterator[Surroundings]:
    """Run the stand-ins; Omni answers `delay` seconds late.

    Where the process gives way, it runs only while nobody else wants its core.
    """
    command = [sys.executable, "-m", "tests.benchmarks.surroundings", str(delay)]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        if gives_way:
            os.sched_setscheduler(process.pid, os.SCHED_IDLE, os.sched_param(0))
        yield Surroundings(process, **json.loads(process.stdout.readline()))
        process.terminate()


@contextmanager
def serving(command: list[str], env: Mapping[str, str], port: int) -> Iterator[Process]:
    """Run a server until it takes connections, and as long as the context lasts."""
    with Popen(command, env={**environment(), **env}, stdout=PIPE) as process:
        try:
            _wait_for(port, process)
            yield process
        finally:
            process.terminate()


@contextmanager
def on_a_core_of_its_own(server: Server, around: Surroundings) -> Iterator[tuple[int, Process]]:
    """Run a server on a core that neither this process nor the stand-ins use meanwhile."""
    cores = sorted(os.sched_getaffinity(0))
    ours, its = cores[:-1] or cores, cores[-1:]
    os.sched_setaffinity(around.process.pid, ours)
    os.sched_setaffinity(0, its)  # a process, and every thread of it, begins where its parent is
    try:
        with server(around) as running:
            os.sched_setaffinity(0, ours)
            yield running
    finally:
        os.sched_setaffinity(0, cores)
        os.sched_setaffinity(around.process.pid, cores)


def environment() -> dict[str, str]:
    """Return this process's own, in which modules are compiled once and not at every start."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def free_port() -> int:
    """Return a port that nobody listens on at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def _wait_for(port: int, process: Process) -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.005)
        else:
            return
    raise RuntimeError(f"{process.args!r} ended with {process.returncode}")


@contextmanager
def the_bot(around: Surroundings, window: float = 60.0) -> Iterator[tuple[int, Process]]:
    """Run the bot on a new SQLite file; yield its port and process."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        env = {
            **around.env,
            "DATABASE_URL": f"sqlite:///{folder}/bot.db",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "LOG_LEVEL": "WARNING",
        }
        command = [sys.executable, "-m", "tests.load.process", str(window)]
        with serving(command, env, port) as process:
            yield port, process


@contextmanager
def bolt(around: Surroundings, *, before_response: bool) -> Iterator[tuple[int, Process]]:
    """Run a bare Bolt for Python."""
    port = free_port()
    module = "tests.benchmarks.peers.bolt"
    command = [sys.executable, "-m", module, str(before_response), around.secret, str(port)]
    with serving(command, {}, port) as process:
        yield port, process


@contextmanager
def bolt_js(around: Surroundings, packages: Path) -> Iterator[tuple[int, Process]]:
    """Run a bare Bolt for JavaScript."""
    port = free_port()
    script = str(PEERS / "bolt.mjs")
    command = ["node", script, str(packages), around.secret, str(port)]
    with serving(command, {"NODE_ENV": "production"}, port) as process:
        yield port, process


@contextmanager
def bolt_js_packages() -> Iterator[Path | None]:
    """Install Bolt for JavaScript into a folder for the time of the context, if that can be."""
    npm = shutil.which("npm")
    with tempfile.TemporaryDirectory() as folder:
        if npm is None or shutil.which("node") is None:
            yield None
            return
        (Path(folder) / "package.json").write_text("{}")
        command = [npm, "install", "--no-audit", "--no-fund", "--silent", BOLT_JS]
        done = subprocess.run(command, cwd=folder, check=False, capture_output=True)
        yield Path(folder) if done.returncode == 0 else None


def readiness(port: int) -> bool:
    """Say whether the bot on a port answers that it is ready."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
