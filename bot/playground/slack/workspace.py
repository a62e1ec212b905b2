"""The workspace's state: frozen values in dictionaries, and the moments at which they change."""

import secrets
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.playground.pulse import Pulse
from bot.playground.slack.elements import Element, Json, Values, elements_of, values_of
from bot.playground.slack.records import (
    BOT_USER_ID,
    SLACKBOT,
    Channel,
    Message,
    Request,
    ResponseUrl,
    Role,
    Trigger,
    User,
    UserGroup,
    View,
)

REQUESTS_KEPT = 500


class Workspace:
    """Everything that Slack keeps, and the moments at which it changed."""

    def __init__(self, clock: Callable[[], datetime], scopes: Sequence[str]) -> None:
        self.clock = clock
        self.scopes = tuple(scopes)
        self.pulse = Pulse()
        self.base_url = ""
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.groups: dict[str, UserGroup] = {}
        self.messages: dict[tuple[str, str], Message] = {}
        self.choices: dict[tuple[str, str], Values] = {}
        self.views: dict[str, View] = {}
        self.stacks: dict[str, list[str]] = {}
        self.homes: dict[str, str] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.tickets: set[str] = set()
        self.requests: deque[Request] = deque(maxlen=REQUESTS_KEPT)
        self._last_ts = 0
        self._ids = 0
        self.users[BOT_USER_ID] = User(BOT_USER_ID, "Schedule bot", Role.BOT)
        self.users[SLACKBOT] = User(SLACKBOT, "Slackbot", Role.BOT)

    def new_id(self, prefix: str) -> str:
        """Return an id that nothing else has."""
        self._ids += 1
        return f"{prefix}{self._ids:05d}"

    def new_ts(self) -> str:
        """Return a time stamp later than every one before it, as Slack names messages."""
        now = int(self.clock().timestamp() * 1_000_000)
        self._last_ts = max(now, self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def complete(self, blocks: Sequence[Json]) -> tuple[Json, ...]:
        """Return a copy in which every block and element has an id, as Slack gives them."""
        copied = tuple(deepcopy(list(blocks)))
        for block in copied:
            block.setdefault("block_id", self.new_id("block"))
        for element in elements_of(copied):
            element.spec.setdefault("action_id", self.new_id("action"))
        return copied

    def log(self, method: str, arguments: Json, answer: Json) -> None:
        """Remember what the bot sent and what it was told."""
        self.requests.append(Request(method, arguments, answer, self.clock()))
        self.pulse.beat()

    def reset(self) -> None:
        """Empty every channel, close every view and forget the bot's requests."""
        for kept in (self.messages, self.choices, self.views, self.stacks, self.homes):
            kept.clear()
        self.requests.clear()
        self.pulse.beat()

    # Messages

    def post(
        self,
        channel: str,
        user: str,
        content: Mapping[str, Any],
        *,
        only_for: str | None = None,
    ) -> Message:
        """Put a message with this text and these blocks into a channel."""
        message = Message(
            ts=self.new_ts(),
            channel=channel,
            user=user,
            text=content.get("text") or "",
            blocks=self.complete(content.get("blocks") or ()),
            only_for=only_for,
            thread_ts=content.get("thread_ts"),
            metadata=content.get("metadata"),
        )
        return self._keep(message)

    def edit(self, message: Message, content: Mapping[str, Any]) -> Message:
        """Replace a message's text and blocks; blocks that are not given go, as in Slack."""
        text = content.get("text")
        return self._keep(
            replace(
                message,
                text=message.text if text is None else text,
                blocks=self.complete(content.get("blocks") or ()),
                edited=self.new_ts(),
                metadata=content.get("metadata", message.metadata),
            )
        )

    def remove(self, message: Message) -> None:
        """Take a message out of its channel."""
        del self.messages[message.channel, message.ts]
        self.pulse.beat()

    def _keep(self, message: Message) -> Message:
        self.messages[message.channel, message.ts] = message
        self.pulse.beat()
        return message

    def seen_by(self, user: str, channel: str | None = None) -> Iterator[Message]:
        """Yield what this person can see, oldest first."""
        for message in sorted(self.messages.values(), key=lambda each: each.ts):
            if channel in {None, message.channel} and self.shows(user, message):
                yield message

    def shows(self, user: str, message: Message) -> bool:
        """Say whether this person can see a message."""
        mine = user in self.channels[message.channel].members
        return mine and message.only_for in {None, user}

    def values_in(self, user: str, message: Message) -> Values:
        """Return what this person chose in a message's menus; everybody sees their own choice."""
        return values_of(message.blocks, self.choices.get((user, message.id), {}))

    def choose(self, user: str, message: Message, element: Element, value: Json) -> None:
        """Remember what this person chose in a message."""
        values = self.choices.setdefault((user, message.id), {})
        held = {"type": element.type, **value}
        values.setdefault(element.block_id, {})[element.action_id] = held
        self.pulse.beat()

    def direct_channel(self, user: str) -> Channel:
        """Return the direct message of this person and the bot, opened where it is not yet."""
        channel_id = "D" + user[1:]
        members = frozenset({user, BOT_USER_ID})
        opened = Channel(channel_id, "directmessage", members, private=True, direct=True)
        return self.channels.setdefault(channel_id, opened)

    # Views

    def show_view(self, user: str, spec: Json, previous: View | None = None) -> View:
        """Put a view on top of this person's stack, or make it their App Home."""
        view_id = self.new_id("V")
        blocks = self.complete(spec["blocks"])
        if spec["type"] == "home":
            self.homes[user] = view_id
        else:
            if previous is None:
                self.close_view(user, all_of_them=True)
            self.stacks[user].append(view_id)
        return self.keep_view(
            View(
                id=view_id,
                user=user,
                spec={**spec, "blocks": list(blocks)},
                hash=self.new_ts(),
                values=values_of(blocks, {}),
                root_id=previous.root_id if previous else view_id,
                previous_id=previous.id if previous else None,
            )
        )

    def update_view(self, view: View, spec: Json) -> View:
        """Show other content in the same view; what was typed stays where its ids stay."""
        blocks = self.complete(spec["blocks"])
        return self.keep_view(
            replace(
                view,
                spec={**spec, "blocks": list(blocks)},
                hash=self.new_ts(),
                values=values_of(blocks, view.values),
                errors={},
            )
        )

    def keep_view(self, view: View) -> View:
        """Store a view as it stands now."""
        self.views[view.id] = view
        self.pulse.beat()
        return view

    def close_view(self, user: str, *, all_of_them: bool = False) -> None:
        """Close the view on top, or the whole stack."""
        stack = self.stacks.get(user, [])
        for view_id in stack if all_of_them else stack[-1:]:
            del self.views[view_id]
        self.stacks[user] = [] if all_of_them else stack[:-1]
        self.pulse.beat()

    def top_view(self, user: str) -> View | None:
        """Return the modal that this person looks at."""
        stack = self.stacks.get(user)
        return self.views[stack[-1]] if stack else None

    def home_of(self, user: str) -> View | None:
        """Return this person's App Home."""
        return self.views.get(self.homes.get(user, ""))

    # What an app is given with an interaction

    def new_trigger(self, user: str, view_id: str | None = None) -> str:
        """Return a fresh trigger_id."""
        trigger = Trigger(secrets.token_hex(12), user, self.clock(), view_id)
        self.triggers[trigger.id] = trigger
        return trigger.id

    def use_trigger(self, trigger: Trigger) -> None:
        """Use a trigger up."""
        self.triggers[trigger.id] = replace(trigger, used=True)

    def new_response_url(self, user: str, channel: str, original: str | None = None) -> str:
        """Return a fresh response_url."""
        grant = ResponseUrl(secrets.token_hex(12), user, channel, self.clock(), original)
        self.response_urls[grant.token] = grant
        return f"{self.base_url}/response/{grant.token}"

    def use_response_url(self, grant: ResponseUrl) -> None:
        """Count one use of a response_url."""
        self.response_urls[grant.token] = replace(grant, uses=grant.uses + 1)
