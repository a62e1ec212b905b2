"""Who is asked directly to decide a change, where they would not see its card by themselves."""

import asyncio
from typing import Protocol, TypedDict

from bot.change import Change
from bot.errors import PersonError
from bot.policy import Act, Actor, Allowed, Policy, deciders, may

MOST_ASKED = 20  # people: a larger group is for the requester to tell


class Directory(Protocol):
    """Who is who in the workspace."""

    async def actor(self, user_id: str) -> Actor:
        """Return who somebody is; raise `PersonError` where that cannot be told."""

    async def members(self, group_id: str) -> frozenset[str]:
        """Return the people in a user group; nobody where that cannot be told."""


class Asked(TypedDict):
    """Ids of people who are asked directly, and of people and groups who should be and are not."""

    people: list[str]
    left: list[str]


class Deciders:
    """Knows whom to ask."""

    def __init__(self, directory: Directory, policy: Policy) -> None:
        """Take where people are looked up, and the rules."""
        self._directory = directory
        self._policy = policy

    async def of(self, change: Change) -> Asked:
        """Return whom to ask: each who may decide, unless that would be very many."""
        people: list[str] = []
        left: list[str] = []
        for named in deciders(change.approvers, change.requester) or ():
            members = await self._members(named)
            more = sorted(members - {change.requester, *people})
            if not members or len(people) + len(more) > MOST_ASKED:
                left.append(named)
            else:
                people += more
        may_decide = await asyncio.gather(*(self._may_decide(one, change) for one in people))
        found = list(zip(people, may_decide, strict=True))
        left += [one for one, may_ in found if may_ is None]
        return {"people": [one for one, may_ in found if may_], "left": left}

    async def _members(self, named: str) -> frozenset[str]:
        if named.startswith("S"):
            return await self._directory.members(named)
        return frozenset({named})

    async def _may_decide(self, person: str, change: Change) -> bool | None:
        """Say whether somebody may decide; None where it is not known who that is."""
        rules = self._policy.for_connection(change.connection_id, change.connection_name)
        try:
            actor = await self._directory.actor(person)
        except PersonError:
            return None
        return isinstance(may(actor, Act.APPROVE, rules, change), Allowed)
