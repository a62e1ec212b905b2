"""A Slack stand-in that others wrote, and what people do in it.

local-slack (https://github.com/parvalabs/local-slack) is a program in an npm package. It is
driven over the connection of its own page: what the page sends when people type and click,
and what it is told to show. Unlike its HTTP interface, that takes forms, and needs no polling.

It takes any token and listens on every network interface, so it is only ever told secrets
that were made up for one test.
"""

import asyncio
import contextlib
import fcntl
import json
import platform
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from bot.playground.pulse import Pulse
from bot.settings import Mode, Settings
from tests.world import DATA_TEAM, FINANCE

PACKAGE = Path(__file__).with_name("package.json")
PATIENCE = 15.0  # seconds until something that does not show fails the test

APP, BOT, TEAM = "A0SCHEDULES", "U0SCHEDULES", "T0INDEPENDENT"
PEOPLE = {
    "U0REQUESTER": ("Robin", "Europe/London"),
    "U0APPROVER": ("Ada", "America/New_York"),
}
CHANNELS = {DATA_TEAM: "data-team", FINANCE: "finance"}

Json = dict[str, Any]
Found = TypeVar("Found")


class NotToBeHadError(Exception):
    """Say why the program cannot be had here."""


def install(folder: Path) -> Path:
    """Return the program, installed into a folder unless it is there already.

    The lock file beside this one pins its version and its hash. Raises NotToBeHadError where
    there is no npm, no registry or another kind of machine; a wrong hash is no such reason.
    """
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise NotToBeHadError("the package is for Linux on x86-64")
    npm = shutil.which("npm")
    if npm is None:
        raise NotToBeHadError("there is no npm")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # other workers want it, too
        if not (folder / "node_modules" / ".package-lock.json").exists():  # npm writes it last
            for file in (PACKAGE, PACKAGE.with_name("package-lock.json")):
                shutil.copy(file, folder)
            _npm_ci(npm, folder)
    return folder / "node_modules" / "local-slack-linux-x64" / "bin" / "local-slack"


def _npm_ci(npm: str, folder: Path) -> None:
    quick = ("--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=0")
    done = subprocess.run(
        (npm, "ci", *quick), cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        why = re.findall("npm error (.+)", done.stderr) or [done.stderr]
        assert "EINTEGRITY" not in done.stderr, why
        raise NotToBeHadError("npm says: " + "; ".join(why[:4]))


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it is shown; `only_for` is the one person who sees an ephemeral one."""

    ts: str
    channel: str
    text: str
    blocks: tuple[Json, ...]
    only_for: str | None
    thread_ts: str | None

    @classmethod
    def from_page(cls, shown: Json) -> "Message":
        """Read what the page is told to show."""
        return cls(
            shown["ts"],
            shown["channel"],
            shown["text"],
            tuple(shown.get("blocks", ())),
            shown.get("ephemeral_to"),
            shown.get("thread_ts"),
        )

    @property
    def buttons(self) -> dict[str, Json]:
        """Its buttons, by action id."""
        return {element["action_id"]: element for element in elements(self.blocks)}


def elements(blocks: tuple[Json, ...]) -> list[Json]:
    """Return what can be clicked in blocks."""
    rows = [block["elements"] for block in blocks if block["type"] == "actions"]
    return [element for row in rows for element in row]


class LocalSlack:
    """The running program, seen through the connection of its page."""

    def __init__(self, base_url: str, page: aiohttp.ClientWebSocketResponse) -> None:
        self.api_url = f"{base_url}/api/"
        self.messages: dict[str, Message] = {}  # by ts
        self.modals: list[Json] = []
        self.errors: Json = {}  # of the form that was submitted last
        self.homes: dict[str, Json] = {}
        self.traffic: list[Json] = []
        self._page = page
        self._pulse = Pulse()

    def person(self, user: str) -> "Person":
        """Return somebody of the workspace."""
        return Person(self, user)

    @property
    def complaints(self) -> list[str]:
        """What the program refused, or could not deliver."""
        return [one["summary"] for one in self.traffic if one["direction"] == "internal"]

    async def listen(self) -> None:
        """Take in what the page is told to show, until it is closed."""
        async for told in self._page:
            self._show(told.json())
            self._pulse.beat()

    def _show(self, told: Json) -> None:
        match told["t"]:
            case "message" | "message_update":
                message = Message.from_page(told["message"])
                self.messages[message.ts] = message
            case "message_delete":
                del self.messages[told["ts"]]
            case "view":
                self.modals = told["stack"]
            case "view_errors":
                self.errors = told["errors"]
            case "home":
                self.homes[told["user"]] = told["view"]
            case "log":
                self.traffic.append(told["entry"])

    async def tell(self, what: str, **details: Any) -> None:
        """Tell the program what somebody did."""
        await self._page.send_json({"t": what, **details})

    async def until(self, look: Callable[[], Found | None]) -> Found:
        """Wait until there is something to see, and return it."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._pulse.until(look)
        except TimeoutError:
            shown = "\n".join(one.text for one in self.messages.values())
            raise AssertionError(f"It does not show. What shows:\n{shown}") from None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who uses the program's page."""

    slack: LocalSlack
    id: str

    async def types(self, command: str, channel: str = DATA_TEAM) -> None:
        """Type a slash command."""
        name, _, text = command.partition(" ")
        where = {"user": self.id, "channel": channel}
        await self.slack.tell("slash_command", command=name, text=text, **where)

    async def sees(self, words: str, *, channel: str = DATA_TEAM, thread: bool = False) -> Message:
        """Wait for the newest message with these words that this person can see there."""

        def look() -> Message | None:
            here = [one for one in self.slack.messages.values() if one.channel == channel]
            seen = [one for one in here if one.only_for in {None, self.id}]
            fits = [one for one in seen if words in one.text and thread == bool(one.thread_ts)]
            return fits[-1] if fits else None

        return await self.slack.until(look)

    async def clicks(self, message: Message, action_id: str) -> None:
        """Press a button."""
        where = {"user": self.id, "channel": message.channel, "messageTs": message.ts}
        await self.slack.tell("block_action", action=message.buttons[action_id], **where)

    async def sees_modal(self, title: str) -> Json:
        """Wait for a form."""

        def look() -> Json | None:
            top = self.slack.modals[-1] if self.slack.modals else None
            return top if top and top["title"]["text"] == title else None

        return await self.slack.until(look)

    async def submits(self, modal: Json, **typed: str) -> None:
        """Submit a form with some texts typed anew; the rest stays as it was filled in."""
        self.slack.errors.clear()
        values: dict[str, Json] = {}
        for block in modal["blocks"]:
            if block["type"] == "input":
                element, own = block["element"], block["block_id"]
                values[own] = {element["action_id"]: _value(element, typed.get(own))}
        await self.slack.tell("view_submit", user=self.id, values=values)

    async def sees_error(self, block_id: str) -> str:
        """Wait for what is wrong in a field of the form."""
        return await self.slack.until(lambda: self.slack.errors.get(block_id))

    async def opens_home(self) -> None:
        """Open the bot's App Home."""
        await self.slack.tell("open_home", user=self.id)

    async def sees_home(self, words: str) -> Json:
        """Wait for an App Home with these words."""
        home = self.slack.homes

        def look() -> Json | None:
            shown = home.get(self.id)
            return shown if shown and words in json.dumps(shown, ensure_ascii=False) else None

        return await self.slack.until(look)


def _value(element: Json, typed: str | None) -> Json:
    """Return what a field of a form holds."""
    if element["type"] == "plain_text_input":
        return {"type": element["type"], "value": typed or element.get("initial_value")}
    return {"type": element["type"], "selected_option": element.get("initial_option")}


@contextlib.asynccontextmanager
async def running(program: Path, folder: Path, settings: Settings) -> AsyncIterator[LocalSlack]:
    """Run the program for a bot with these settings; it delivers in the mode that they name."""
    file = folder / "local-slack.json"
    file.write_text(json.dumps(_workspace(settings)))
    # Port 0 takes a free one. What it stores and where it looks for itself stays in the folder.
    options = ("--config", str(file), "--port", "0", "--base-host", "127.0.0.1")
    process = await asyncio.create_subprocess_exec(
        program, *options, cwd=folder, env={"TMPDIR": str(folder)}, stdout=asyncio.subprocess.PIPE
    )
    try:
        base_url = await _address(process)
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{base_url}/ui") as page,
        ):
            slack = LocalSlack(base_url, page)
            listening = asyncio.create_task(slack.listen())
            try:
                yield slack
            finally:
                await page.close()
                await listening
    finally:
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
            process.terminate()
        await process.wait()


async def _address(process: asyncio.subprocess.Process) -> str:
    """Wait until the program has said where it listens."""
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        async for line in process.stdout:
            if found := re.search(r"Web UI:\s+(http://\S+)", line.decode()):
                return found[1]
    raise AssertionError("local-slack ended before it listened")


def _workspace(settings: Settings) -> Json:
    return {
        "workspace": {"teamId": TEAM},
        "app": {
            "appId": APP,
            "botUserId": BOT,
            "botToken": settings.slack_bot_token,
            "appToken": settings.slack_app_token,
            "signingSecret": settings.slack_signing_secret,
            "mode": "socket" if settings.mode is Mode.SOCKET else "events",
            "requestUrl": f"http://{settings.host}:{settings.port}/slack/events",
        },
        "users": [
            {"id": user, "name": name.lower(), "real_name": name, "tz": tz}
            for user, (name, tz) in PEOPLE.items()
        ],
        "channels": [
            {"id": channel, "name": name, "members": [*PEOPLE, BOT]}
            for channel, name in CHANNELS.items()
        ],
    }
