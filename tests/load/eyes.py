"""One pair of eyes for everybody: each message is looked at once, and whoever waits is told."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable
from enum import StrEnum
from itertools import takewhile
from typing import Any, TypeVar

from bot.playground.slack import Message, SlackStandIn

T = TypeVar("T")

#: How the connections are called; most of what is told names one.
NAME = re.compile(r"Load \d{5}")
_STAMP = re.compile(r"change `([0-9a-f]{6})`")
#: How the text of an announcement begins that another change followed.
_FOLLOWED = re.compile(r"^[^.:]+ by <@\w+>, change `[0-9a-f]{6}`\. ")


class Told(StrEnum):
    """How the messages begin that tell how a change ended."""

    CHANGED = "Schema refresh of "
    NOT_CHANGED = "Not changed: "
    UNKNOWN = "Outcome unknown: "
    CANCELLED = "Cancelled: "


def told(message: Message) -> Told | None:
    """Return how a change ended, as a message tells it."""
    text = _FOLLOWED.sub("", message.text)
    return next((one for one in Told if text.startswith(one)), None)


def named(message: Message) -> str:
    """Return the connection that a message is about, or nothing."""
    found = NAME.search(message.text)
    return found[0] if found else ""


def stamp(message: Message) -> str:
    """Return the start of the id of the change that a message is about, or nothing."""
    found = _STAMP.search(message.words)
    return found[1] if found else ""


class Eyes:
    """Sorts what the bot says by what it is about, and looks again for those who wait."""

    def __init__(self, slack: SlackStandIn) -> None:
        self._slack = slack
        self._topics: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        self._looks: dict[asyncio.Future[Any], Callable[[], Any]] = {}
        self._last = ""

    def count(self, topic: str) -> int:
        """Return how much was said about a connection, or to a person about none."""
        return len(self._topics[topic])

    def about(self, topic: str, since: int) -> list[Message]:
        """Return what was said after the first `since`, newest first, as it stands now."""
        messages = self._slack.workspace.messages
        found = (messages.get(key) for key in reversed(self._topics[topic][since:]))
        return [one for one in found if one is not None]

    async def until(self, look: Callable[[], T | None], within: float | None = None) -> T | None:
        """Wait until there is something to see; return None after so many seconds, if any."""
        if (found := look()) is not None:
            return found
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._looks[future] = look
        try:
            async with asyncio.timeout(within):
                return await future
        except TimeoutError:
            return None
        finally:
            del self._looks[future]

    async def watch(self) -> None:
        """Look for everybody after each change, for ever."""
        count = 0
        while True:
            count = await self._slack.pulse.after(count)
            self._take_in()
            for future, look in self._looks.items():
                if not future.done() and (found := look()) is not None:
                    future.set_result(found)

    def _take_in(self) -> None:
        newest_first = reversed(self._slack.workspace.messages.values())
        fresh = [*takewhile(lambda one: one.ts > self._last, newest_first)]
        for message in reversed(fresh):
            self._last = message.ts
            if message.user == self._slack.bot_user_id:
                topic = named(message) or message.only_for or ""
                self._topics[topic].append((message.channel, message.ts))
