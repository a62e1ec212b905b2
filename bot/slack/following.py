"""A teller that others follow: what shows changes elsewhere learns when one has moved."""

from collections.abc import Callable

from bot.change import Change, Place
from bot.slack.teller import SlackTeller


class FollowedTeller(SlackTeller):
    """Tells people, and then its followers, of every change."""

    _followers: tuple[Callable[[Change], None], ...] = ()

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

    def _tell_followers(self, change: Change) -> None:
        for follower in self._followers:
            follower(change)
