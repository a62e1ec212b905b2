"""What a person can do in Slack: type, look, click, choose, fill in."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from bot.playground.pulse import Found
from bot.playground.slack import payloads
from bot.playground.slack.delivery import Answer, Delivery, Kind
from bot.playground.slack.elements import Element, Json
from bot.playground.slack.forms import (
    ImpossibleError,
    chosen,
    dispatches_typing,
    find,
    missing,
    obey,
    with_value,
)
from bot.playground.slack.limits import problems_of_options
from bot.playground.slack.methods import ApiError
from bot.playground.slack.records import SLACKBOT, Channel, Message, Role, User, View
from bot.playground.slack.responses import show
from bot.playground.slack.workspace import Workspace

DATA_TEAM = "C0DATATEAM"
Where = Message | View


def curly(text: str) -> str:
    """Write straight quotes as a phone does: opening and closing ones in turn."""
    paired = re.sub(r'"([^"]*)"', "\u201c\\1\u201d", text)
    return re.sub(r"'([^']*)'", "\u2018\\1\u2019", paired)


class Person:
    """One person at a keyboard. Raises ImpossibleError for what Slack lets nobody do."""

    def __init__(
        self, user: User, workspace: Workspace, delivery: Delivery, commands: tuple[str, ...]
    ) -> None:
        self.id = user.id
        self._workspace = workspace
        self._delivery = delivery
        self._commands = commands
        self._offered: dict[tuple[str, str, str], tuple[Json, ...]] = {}

    @property
    def profile(self) -> User:
        """Who this is: name, time zone, role."""
        return self._workspace.users[self.id]

    @property
    def dm(self) -> str:
        """The id of this person's direct message with the bot."""
        return self._workspace.direct_channel(self.id).id

    @property
    def modal(self) -> View | None:
        """The modal in front of this person."""
        return self._workspace.top_view(self.id)

    @property
    def home(self) -> View | None:
        """The bot's App Home as this person sees it."""
        return self._workspace.home_of(self.id)

    # Typing

    async def types(
        self,
        text: str,
        *,
        channel: str = DATA_TEAM,
        mangle: Literal["curly"] | None = None,
        retry: bool = False,
    ) -> Answer:
        """Type a line and press Enter: a command goes to the bot, anything else is a message.

        `retry` delivers a command twice at the same time.
        """
        place = self._place(channel)
        line = curly(text) if mangle else text
        if not line.startswith("/"):
            self._workspace.post(place.id, self.id, {"text": line})
            return Answer()
        name, rest = re.split(r"[ \n]|$", line, maxsplit=1)
        if name not in self._commands:
            self._slackbot(place, f"{name} is not a command that this workspace knows.")
            return Answer(error="unknown_command")
        fields = payloads.command(self.profile, place, name, rest.strip(" \n"))
        fields["trigger_id"] = self._workspace.new_trigger(self.id)
        fields["response_url"] = self._workspace.new_response_url(self.id, place.id)
        answer = await self._delivery.send(Kind.COMMAND, fields, twice=retry)
        return self._shows(answer, place, name)

    def _shows(self, answer: Answer, place: Channel, name: str) -> Answer:
        """Show what the bot answered a command with, or that it failed."""
        content = answer.json or {"text": answer.body}
        if answer.error is None and answer.body:
            try:
                show(self._workspace, self.id, place.id, content)
            except ApiError as error:
                self._workspace.log("answer to a command", content, error.answer())
                answer = replace(answer, error=error.error)
        if answer.error is not None:
            self._slackbot(place, f'{name} failed with the error "{answer.error}"')
        return answer

    def _slackbot(self, place: Channel, text: str) -> None:
        self._workspace.post(place.id, SLACKBOT, {"text": text}, only_for=self.id)

    def _place(self, channel: str) -> Channel:
        self._can_act()
        place = self._workspace.channels.get(channel)
        if place is None or self.id not in place.members:
            raise ImpossibleError(f"{self.profile.name} is not in the channel {channel}")
        if place.archived:
            raise ImpossibleError(f"#{place.name} is archived: nobody can type there")
        return place

    def _can_act(self) -> None:
        if self.profile.role in {Role.BOT, Role.DEACTIVATED}:
            raise ImpossibleError(f"{self.profile.name} is {self.profile.role}: no such hands")

    # Looking

    def sees(self, channel: str | None = None) -> tuple[Message, ...]:
        """Return the messages this person sees, oldest first, in one channel or in all."""
        return tuple(self._workspace.seen_by(self.id, channel))

    async def sees_message(
        self,
        containing: str | Callable[[Message], bool],
        *,
        channel: str | None = None,
        within: float = 5.0,
    ) -> Message:
        """Wait until this person sees such a message and return the newest.

        Raises AssertionError after `within` seconds, with all that was seen instead.
        """

        def look() -> Message | None:
            fitting = (each for each in reversed(self.sees(channel)) if _fits(each, containing))
            return next(fitting, None)

        return await self._until(look, f"a message with {containing!r}", within)

    async def sees_modal(self, containing: str = "", *, within: float = 5.0) -> View:
        """Wait until the modal in front of this person contains these words."""
        return await self._until(
            lambda: _fitting(self.modal, containing), f"a modal with {containing!r}", within
        )

    async def sees_home(self, containing: str = "", *, within: float = 5.0) -> View:
        """Wait until this person's App Home contains these words."""
        return await self._until(
            lambda: _fitting(self.home, containing), f"an App Home with {containing!r}", within
        )

    async def _until(self, look: Callable[[], Found | None], what: str, within: float) -> Found:
        try:
            async with asyncio.timeout(within):
                return await self._workspace.pulse.until(look)
        except TimeoutError:
            seen = self._all_that_is_seen()
            raise AssertionError(f"{self.profile.name} did not see {what}, but:\n{seen}") from None

    def _all_that_is_seen(self) -> str:
        views = [("modal", self.modal), ("App Home", self.home)]
        told = [f"[{name}] {view.words}" for name, view in views if view is not None]
        for each in self.sees():
            alone = ", only visible to you" if each.ephemeral else ""
            told.append(f"[{each.channel}{alone}] {each.text}\n{each.words}")
        return "\n---\n".join(told) or "nothing at all"

    # Pressing and choosing

    async def clicks(
        self, where: Where, which: str, *, block_id: str | None = None, late: bool = False
    ) -> Answer:
        """Press the button with this action_id or these words, and confirm where it asks.

        `late` presses it as `where` shows it, on a screen that does not show yet what changed.
        """
        current = where if late else self._in_front(where)
        element = find(current.elements, which, block_id, ("button",))
        return await self._acts(current, element, {})

    async def selects(
        self, where: Where, which: str, *choices: str, block_id: str | None = None
    ) -> Answer:
        """Choose options by their words or values; other menus take an id, a date or a time.

        `which` is an action_id, a label or a block_id. A menu that asks the bot is asked first.
        """
        current = self._in_front(where)
        element = find(current.elements, which, block_id)
        place = (current.id, element.block_id, element.action_id)
        if "external" in element.type and place not in self._offered:
            await self.suggestions(where, which, choices[0], block_id=block_id)
        value = chosen(element, self._offered.pop(place, element.options), choices)
        return await self._fills(current, element, value, dispatch=element.dispatches)

    async def types_into(
        self,
        where: Where,
        which: str,
        text: str,
        *,
        enter: bool = False,
        block_id: str | None = None,
    ) -> Answer:
        """Fill in a text field; the bot is told where the field says so."""
        current = self._in_front(where)
        element = find(current.elements, which, block_id)
        dispatch = dispatches_typing(element, enter=enter)
        return await self._fills(current, element, {"value": text or None}, dispatch=dispatch)

    async def suggestions(
        self, where: Where, which: str, query: str, *, block_id: str | None = None
    ) -> tuple[Json, ...]:
        """Type into a menu that asks the bot for its options, and return what it offers."""
        current = self._in_front(where)
        element = find(current.elements, which, block_id)
        if len(query) < element.spec.get("min_query_length", 3):
            return ()
        asked = payloads.suggestion(self.profile, self._where(current), element, query)
        answer = await self._delivery.send(Kind.INTERACTION, asked)
        if answer.error is not None:
            return ()
        if problems := problems_of_options(answer.json):
            refusal = ApiError("invalid_arguments", problems).answer()
            self._workspace.log("answer to a menu", answer.json, refusal)
            return ()
        offered = Element(element.block, answer.json | {"type": element.type}).options
        self._offered[current.id, element.block_id, element.action_id] = offered
        return offered

    async def _fills(
        self, current: Where, element: Element, value: Json, *, dispatch: bool
    ) -> Answer:
        if isinstance(current, View):
            current = self._workspace.keep_view(with_value(current, element, value))
        else:
            self._workspace.choose(self.id, current, element, value)
        return await self._acts(current, element, value) if dispatch else Answer()

    async def _acts(self, current: Where, element: Element, value: Json) -> Answer:
        self._can_act()
        workspace = self._workspace
        act = payloads.action(element, value, workspace.new_ts())
        payload = payloads.block_actions(self.profile, self._where(current), act)
        if isinstance(current, View):
            payload["trigger_id"] = workspace.new_trigger(self.id, current.id)
        else:
            url = workspace.new_response_url(self.id, current.channel, current.ts)
            payload["response_url"] = url
            payload["trigger_id"] = workspace.new_trigger(self.id)
            payload["state"] = {"values": workspace.values_in(self.id, current)}
        return await self._delivery.send(Kind.INTERACTION, payload)

    def _where(self, current: Where) -> Json:
        if isinstance(current, View):
            return payloads.in_view(current)
        return payloads.in_message(current, self._workspace.channels[current.channel])

    def _in_front(self, where: Where) -> Where:
        """Return a message or view as it stands now, if this person can touch it."""
        if isinstance(where, View):
            now = self._workspace.views.get(where.id)
            if now is None or now not in (self.modal, self.home):
                raise ImpossibleError(f"{self.profile.name} has no such view open: {where.title}")
            return now
        message = self._workspace.messages.get((where.channel, where.ts))
        if message is None or not self._workspace.shows(self.id, message):
            raise ImpossibleError(f"{self.profile.name} sees no such message: {where.text}")
        return message

    # Modals, App Home, shortcuts

    async def submits(self, view: View, values: Mapping[str, str] | None = None) -> Answer:
        """Fill a modal in, by block_id, and press its submit button.

        What Slack itself wants corrected is not sent: the answer's error is `incomplete` then.
        """
        for block_id, value in (values or {}).items():
            element = find(view.elements, block_id, block_id)
            fill = self.types_into if element.key == "value" else self.selects
            await fill(view, block_id, value, block_id=block_id)
        current = self._modal(view)
        errors = missing(current)
        self._workspace.keep_view(replace(current, errors=errors))
        if errors:
            return Answer(error="incomplete")
        payload = payloads.interaction("view_submission", self.profile)
        payload |= {"view": current.as_slack_shows(), "response_urls": []}
        payload["trigger_id"] = self._workspace.new_trigger(self.id, current.id)
        answer = await self._delivery.send(Kind.INTERACTION, payload)
        return obey(self._workspace, self._workspace.views.get(view.id, current), answer)

    async def closes(self, view: View) -> Answer:
        """Press the close button of the modal in front."""
        current = self._modal(view)
        self._workspace.close_view(self.id)
        if not current.spec.get("notify_on_close"):
            return Answer()
        payload = payloads.interaction("view_closed", self.profile)
        payload |= {"view": current.as_slack_shows(), "is_cleared": False}
        return await self._delivery.send(Kind.INTERACTION, payload)

    def _modal(self, view: View) -> View:
        current = self._in_front(view)
        if not isinstance(current, View) or current.type != "modal":
            raise ImpossibleError("App Home cannot be submitted or closed")
        return current

    async def opens_home(self) -> Answer:
        """Open the bot's App Home."""
        self._can_act()
        workspace = self._workspace
        event_id, ts = workspace.new_id("Ev"), workspace.new_ts()
        payload = payloads.home_opened(self.profile, self.home, event_id, ts)
        return await self._delivery.send(Kind.EVENT, payload)

    async def runs_shortcut(self, callback_id: str) -> Answer:
        """Choose a global shortcut of the bot from Slack's menu."""
        self._can_act()
        payload = payloads.interaction("shortcut", self.profile)
        payload |= {"callback_id": callback_id, "action_ts": self._workspace.new_ts()}
        payload["trigger_id"] = self._workspace.new_trigger(self.id)
        return await self._delivery.send(Kind.INTERACTION, payload)


def _fits(message: Message, containing: str | Callable[[Message], bool]) -> bool:
    if callable(containing):
        return containing(message)
    return containing in message.text or containing in message.words


def _fitting(view: View | None, containing: str) -> View | None:
    return view if view is not None and containing in view.words else None
