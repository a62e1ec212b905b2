"""A teller that others follow: what shows changes elsewhere learns when one has moved."""

from collections.abc import Callable
from datetime import datetime

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.change import Change, Place, Status
from bot.recent import Recent
from bot.slack.teller import SlackTeller
from bot.store import ChangeStore

MOST_TOLD = 1_000  # changes of which it is remembered how followers know them

#: Rows of the audit trail that are looked at again: one that another process was slow to commit
#: can have a lower number than one that was read before.
MAY_COME_LATE = 200


class FollowedTeller(SlackTeller):
    """Tells people, and then its followers, of every change."""

    def __init__(
        self,
        client: AsyncWebClient,
        session: aiohttp.ClientSession,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        """Begin without followers."""
        super().__init__(client, session, clock=clock)
        self._followers: tuple[Callable[[Change], None], ...] = ()
        self._told: Recent[str, Status] = Recent(most=MOST_TOLD)
        self._read_up_to: int | None = None

    def follow(self, follower: Callable[[Change], None]) -> None:
        """Call this with each change that is shown anew; it must not wait."""
        self._followers = (*self._followers, follower)

    async def present(
        self, change: Change, *, reply_url: str | None, instead: bool
    ) -> Place | None:
        """Show a new change, and say so."""
        self._tell_followers(change)
        return await super().present(change, reply_url=reply_url, instead=instead)

    async def show(self, change: Change, *, reply_url: str | None) -> None:
        """Bring a card up to date, and say so, whether Slack takes the card or not."""
        self._tell_followers(change)
        await super().show(change, reply_url=reply_url)

    async def catch_up(self, store: ChangeStore) -> None:
        """Tell followers of the changes that other processes have moved since this was called."""
        latest, since = await store.latest(), self._read_up_to
        after = (latest if since is None else since) - MAY_COME_LATE
        for change in await store.moved_between(after, latest):
            if since is None:
                self._told[change.id] = change.status  # followers begin with what there is
            elif self._told.get(change.id) is not change.status:
                self._tell_followers(change)
        self._read_up_to = latest

    def _tell_followers(self, change: Change) -> None:
        self._told[change.id] = change.status
        for follower in self._followers:
            follower(change)
