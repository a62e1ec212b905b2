"""Who somebody is, as far as the policy asks: from Slack, kept for five minutes."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Any, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import PersonError
from bot.policy import Actor
from bot.recent import Recent
from bot.shared import Shared
from bot.slack.web import FAULTS, TROUBLE, error_name

T = TypeVar("T")

MOST_KEPT = 2_000  # people
KEPT = 300.0  # seconds; Slack allows 20 looks at a user group a minute


class WhoAreYou(PersonError):  # noqa: N818 - a fault of Slack's, told to a person
    """Slack does not say who somebody is: nobody acts unknown."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__(
            "Slack did not tell this bot who you are, so nothing was done. Try again in a minute."
        )


class People:
    """Looks people and user groups up in Slack; what Slack does not tell grants nothing."""

    def __init__(
        self, client: AsyncWebClient, team_id: str, groups: Collection[str] = frozenset()
    ) -> None:
        """Take the workspace's own id and the groups that the policy names."""
        self._client = client
        self._team_id = team_id
        self._groups = groups
        self._users: Recent[str, Shared[dict[str, Any]]] = Recent(most=MOST_KEPT)
        self._members: dict[str, Shared[frozenset[str]]] = {}

    async def actor(
        self, user_id: str, team_id: str | None = None, *, fresh: bool = False
    ) -> Actor:
        """Return who acts; `team_id` is the one in the payload. Raises `WhoAreYou`.

        With `fresh` the profile is not one that was kept; user groups may be.
        """
        user, groups = await asyncio.gather(
            self._user(user_id, fresh=fresh), self._groups_of(user_id)
        )
        home = user.get("team_id") or team_id
        return Actor(
            user_id=user_id,
            tz=user.get("tz") or "UTC",
            is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
            is_bot=bool(user.get("is_bot")),
            is_deactivated=bool(user.get("deleted")),
            is_stranger=bool(user.get("is_stranger"))
            or home != self._team_id
            or team_id not in {None, self._team_id},
            is_admin=bool(user.get("is_admin")),
            groups=groups,
        )

    async def members(self, group_id: str) -> frozenset[str]:
        """Return the people in a user group; nobody where Slack does not tell."""
        try:
            return await self._told(group_id)
        except FAULTS:
            return frozenset()

    async def _told(self, group_id: str) -> frozenset[str]:
        async def ask() -> frozenset[str]:
            answer = await self._client.usergroups_users_list(usergroup=group_id)
            return frozenset(answer["users"])

        return await _kept(self._members, group_id, ask)

    async def _members_now(self, group_id: str) -> frozenset[str]:
        """Return them for somebody who acts: who may be one of them is not refused as none."""
        try:
            return await self._told(group_id)
        except FAULTS as error:
            if error_name(error) in TROUBLE | {""}:  # Slack's own, or of the way to Slack
                raise WhoAreYou from error
            return frozenset()  # closed: a group that cannot be read lets nobody in

    async def _user(self, user_id: str, *, fresh: bool) -> dict[str, Any]:
        async def ask() -> dict[str, Any]:
            answer = await self._client.users_info(user=user_id)
            user: dict[str, Any] = answer["user"]
            return user

        try:
            return await _kept(self._users, user_id, ask, fresh=fresh)
        except FAULTS as error:
            raise WhoAreYou from error

    async def _groups_of(self, user_id: str) -> frozenset[str]:
        members = await asyncio.gather(*(self._members_now(one) for one in self._groups))
        held = zip(self._groups, members, strict=True)
        return frozenset(group for group, people in held if user_id in people)


async def _kept(
    kept: dict[str, Shared[T]], key: str, ask: Callable[[], Awaitable[T]], *, fresh: bool = False
) -> T:
    return await kept.setdefault(key, Shared(ask, seconds=KEPT)).get(fresh=fresh)
