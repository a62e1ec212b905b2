"""Telling people in Slack: the cards, the answers that come late, the announcements.

A message that Slack may take another time raises `TryLater`; one that it will never take
goes another way, in the end to the requester directly.
"""

import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot import metrics
from bot.change import Change, Place, Status
from bot.metrics import Number
from bot.slack import announcements, cards, outcomes
from bot.slack.blocks import Message
from bot.slack.web import TROUBLE, error_name
from bot.store import Announcement
from bot.telling import TryLater

log = logging.getLogger(__name__)

#: Slack's answers that another try may change: its own trouble, and ours with the token,
#: which an admin can repair while the message waits.
PASSING = TROUBLE | {
    "invalid_auth",
    "token_revoked",
    "token_expired",
    "account_inactive",
    "not_authed",
}

#: Why a channel cannot be posted to, and the repair, by Slack's error.
REPAIRS: Mapping[str, str] = {
    "not_in_channel": "I am not in it. Invite me there with /invite, for the next time.",
    "channel_not_found": "I cannot see it: it is private or gone. Invite me there with /invite, "
    "or take it out of the policy.",
    "is_archived": "It is archived. Take it out of the policy, or unarchive it.",
    "restricted_action": "Posting there is restricted. Ask an admin to let me post.",
    "missing_scope": "The app lacks a scope. Install it again from manifest.yaml.",
}


class Unreachable(Exception):  # noqa: N818 - said to the requester, not to a log
    """Slack will not take a message for this channel, whenever it is tried."""

    def __init__(self, error: str) -> None:
        """Keep Slack's name for it."""
        super().__init__(error)
        self.problem = REPAIRS.get(error, f"Slack refuses it: {error}.")


class Unplaced(Unreachable):
    """Slack took a message and did not say where it is: it is there, and stays as it is."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("its answer does not say where the message is")
        self.problem = "Slack took it without saying where it is, so that it stays as it is now."


class SlackTeller:
    """Tells people through Slack's Web API and response URLs."""

    def __init__(
        self,
        client: AsyncWebClient,
        session: aiohttp.ClientSession,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        """Take the clients; nothing is sent yet."""
        self._client = client
        self._session = session
        self._clock = clock

    # -- cards -------------------------------------------------------------------------

    async def present(
        self, change: Change, *, reply_url: str | None, instead: bool
    ) -> Place | None:
        """Show a new change to whoever decides it; `instead` of what the URL belongs to."""
        message = cards.card(change, self._clock())
        if not change.second_person:
            if await self.reply(reply_url, message, replace=instead):
                return None
            return await self._to_requester(change, message)
        try:
            return await self.post(change.channel, message)
        except Unplaced as error:
            log.warning("The card of change %s stays as it is: %s", change.short_id, error)
            return None
        except Unreachable:
            hint = cards.uninvited(message) if change.in_channel else message
            if await self.reply(reply_url, hint, in_channel=True):
                return None
            return await self._to_requester(change, hint)

    async def ask(self, change: Change, person: str) -> Place | None:
        """Show a new change's card to somebody who decides, directly."""
        return await self._directly(person, cards.card(change, self._clock()))

    async def asked(
        self, change: Change, people: list[str], left: list[str], *, reply_url: str | None
    ) -> None:
        """Tell whoever asked for a change who was asked to decide it, and who was not."""
        await self.say(change.requester, reply_url, outcomes.asked(people, left))

    async def replaced(self, change: Change, successor: Change) -> None:
        """Tell whoever asked for a change that somebody else's took its place."""
        await self._to_requester(change, outcomes.replaced(change, successor))

    async def edited(self, change: Change, successor: Change, card: Place) -> None:
        """Say in a card's thread that it is not the same any more that is to be decided."""
        with contextlib.suppress(Unreachable):
            message = announcements.edited(change, successor)
            await self.post(card.channel, message, thread_ts=card.ts)

    async def show(self, change: Change, *, reply_url: str | None) -> None:
        """Bring a change's card up to date wherever it is."""
        message = cards.card(change, self._clock())
        if await self._instead(change, message, reply_url):
            return
        if change.status not in {Status.EXPIRED, Status.CANCELLED, Status.APPLYING}:
            await self._to_requester(change, message)

    async def wait(self, change: Change, until: datetime, *, reply_url: str | None) -> None:
        """Say on an approved change's card when its turn at Omni comes."""
        await self._instead(change, outcomes.waiting(change, until), reply_url)

    async def _instead(self, change: Change, message: Message, reply_url: str | None) -> bool:
        """Put a message in the place of a change's card, wherever that is."""
        shown = [await self._update(place, message) for place in change.cards]
        return any(shown) or await self.reply(reply_url or change.reply_url, message, replace=True)

    async def lost(self, change: Change, actor: str, reply_url: str | None) -> None:
        """Tell somebody who decided too late how the change stands."""
        await self.say(actor, reply_url, outcomes.lost(change, actor))

    async def unsettled(self, change: Change, actor: str, reply_url: str | None) -> None:
        """Tell somebody who had Omni read again that its outcome is still not known."""
        await self.say(actor, reply_url, outcomes.unsettled(change))

    async def say(self, user: str, reply_url: str | None, message: Message) -> None:
        """Tell one person something, where they are or else directly."""
        if not await self.reply(reply_url, message):
            await self._directly(user, message)

    async def withdraw(self, reply_url: str | None) -> None:
        """Remove the message that somebody clicked in, if Slack lets us."""
        if reply_url is not None:
            webhook = AsyncWebhookClient(reply_url, session=self._session)
            with contextlib.suppress(aiohttp.ClientError, OSError):
                await webhook.send_dict({"delete_original": True})

    # -- announcements -----------------------------------------------------------------

    async def announce(
        self, change: Change, told: Announcement, *, followed_by: Change | None
    ) -> Announcement:
        """Tell a channel, or bring what it was told up to date."""
        here = [place for place in change.cards if place.channel == told.channel]
        if here and told.ts is None:
            told = replace(told, ts=here[0].ts)
        if here and followed_by is None:
            return told  # the card itself tells this channel how it ended
        message = announcements.announcement(change, self._clock(), followed_by=followed_by)
        try:
            if told.ts is not None:
                await self._update(Place(told.channel, told.ts), message)
                return told
            place = await self.post(told.channel, message)
        except Unreachable as error:
            return replace(told, problem=error.problem)
        return replace(told, ts=place.ts)

    async def below(self, change: Change, told: Announcement) -> Announcement:
        """Tell the details, or how it ended, in the thread of what a channel was told."""
        on_card = any(place.channel == told.channel for place in change.cards)
        message = (
            announcements.note(change) if on_card else announcements.details(change, self._clock())
        )
        try:
            place = await self.post(told.channel, message, thread_ts=told.ts)
        except Unreachable as error:
            return replace(told, problem=error.problem)
        return replace(told, thread=place.ts)

    async def remind(self, change: Change) -> None:
        """Say in the threads of a card that it still waits."""
        for place in change.cards:
            with contextlib.suppress(Unreachable):
                await self.post(place.channel, announcements.reminder(change), thread_ts=place.ts)

    async def report(self, change: Change, failed: tuple[Announcement, ...]) -> None:
        """Tell the requester which channels could not be told, and the repair."""
        problems = [(one.channel, one.problem or "") for one in failed]
        if change.from_outside:  # nobody asked, so nobody waits for this but the log
            log.warning("Not every channel could be told: %s", problems)
            return
        await self._to_requester(change, outcomes.unreached(change, problems))

    # -- ways into Slack ---------------------------------------------------------------

    async def reply(
        self, url: str | None, message: Message, *, replace: bool = False, in_channel: bool = False
    ) -> bool:
        """Answer through a response URL; say False where it is spent or over its time.

        https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
        """
        if url is None:
            return False
        body = {
            **message.payload(),
            "response_type": "in_channel" if in_channel else "ephemeral",
            "replace_original": replace,
        }
        webhook = AsyncWebhookClient(url, session=self._session)
        try:
            answer = await webhook.send_dict(body)
        except (aiohttp.ClientError, OSError) as error:
            raise TryLater from error
        status = answer.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise TryLater(_seconds(answer.headers))
        if status != HTTPStatus.OK:
            log.info("A response URL is no longer good: %s", status)
        return status == HTTPStatus.OK

    async def _to_requester(self, change: Change, message: Message) -> Place | None:
        return await self._directly(change.requester, message)

    async def _directly(self, user: str, message: Message) -> Place | None:
        try:
            return await self.post(user, message)
        except Unreachable as error:
            log.warning("%s cannot be told: %s", user, error)
            return None

    async def post(self, channel: str, message: Message, **more: str | None) -> Place:
        """Post a message; raises `Unreachable` where Slack will never take it."""
        answer = await self._call("chat.postMessage", channel=channel, **message.payload(), **more)
        if not {"channel", "ts"} <= answer.keys():  # it was taken: posted again, it would be twice
            raise Unplaced
        return Place(answer["channel"], answer["ts"])

    async def _update(self, place: Place, message: Message) -> bool:
        try:
            await self._call("chat.update", channel=place.channel, ts=place.ts, **message.payload())
        except Unreachable as error:
            log.warning("A message cannot be updated: %s", error)
            return False
        return True

    async def _call(self, method: str, **arguments: Any) -> dict[str, Any]:
        try:
            answer = await self._client.api_call(method, json=arguments)
        except SlackApiError as error:
            name = error_name(error)
            known = name in PASSING or name in REPAIRS
            metrics.count(Number.SLACK_REFUSALS, error=name if known else "other")
            # An answer that was cut short comes without a status of slack_sdk's.
            failure = HTTPStatus.INTERNAL_SERVER_ERROR
            if name in PASSING or getattr(error.response, "status_code", failure) >= failure:
                raise TryLater(_seconds(error.response.headers)) from error
            raise Unreachable(name) from error
        except (aiohttp.ClientError, OSError) as error:
            raise TryLater from error
        data = answer.data
        return data if isinstance(data, dict) else {}


def _seconds(headers: Mapping[str, str]) -> float | None:
    asked = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    return float(asked) if asked.isascii() and asked.isdigit() else None
