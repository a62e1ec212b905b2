"""From what somebody asks for to a change that can be decided: found, checked, recorded."""

import asyncio
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import NAMESPACE_OID, uuid5

from bot import undoing
from bot.asking import About, AlreadySo, Ask, asked_for, require, require_news, wanted, within
from bot.change import Action, Change, Status, Terms, is_channel, same_runs
from bot.deciders import Directory
from bot.errors import PersonError
from bot.finding import Unclear
from bot.lookup import Lookup, Schedules, pick_schedule
from bot.omni import Connection, ConnectionSchedule
from bot.policy import (
    Act,
    Actor,
    Policy,
    Refused,
    Rules,
    may,
    needs_someone_else,
    stays_with_another,
)
from bot.schedule import Cron, parse_zone
from bot.store import ChangeStore, Decided, Held, SubscriptionStore


@dataclass(frozen=True, slots=True)
class _Found:
    """What an ask is about: a schedule, or for a new one the others of its connection."""

    schedule: ConnectionSchedule | None
    others: tuple[ConnectionSchedule, ...]
    subscribed: tuple[str, ...]  # channels to tell


class Proposals:
    """Makes changes out of what people ask for."""

    def __init__(
        self,
        store: ChangeStore,
        subscriptions: SubscriptionStore,
        lookup: Lookup,
        policy: Policy,
        *,
        directory: Directory,
        clock: Callable[[], datetime],
    ) -> None:
        """Take what it works with."""
        self._store = store
        self._subscriptions = subscriptions
        self._lookup = lookup
        self._policy = policy
        self._directory = directory
        self._clock = clock

    async def propose(self, ask: Ask, *, replaces: Change | None = None) -> Change:
        """Record the change that somebody asks for.

        Raises `Unclear`, `OmniError`, `NotAllowed`, `AlreadySo` and other errors for people, and
        `Held` where another open change has the schedule.
        """
        allowed = partial(self._is_allowed, ask)
        async with self._lookup.ahead(ask.connection, ask.schedule, allowed) as schedules:
            change = await self._new(ask, schedules, replaces)
        try:
            proposed = await self._store.propose(change, ask.surface, replaces=replaces)
        except Decided as decided:
            raise _too_late(decided.change) from None
        if proposed.status is not Status.PENDING:  # by a click of long ago
            raise _clicked_before(proposed)
        return proposed

    async def _new(self, ask: Ask, schedules: Schedules, replaces: Change | None) -> Change:
        """Make the change that somebody asks for; raises as `propose`."""
        connection, schedule_query = await self._lookup.named(ask.connection, ask.schedule)
        ask = replace(ask, schedule=schedule_query)
        rules = self._policy.for_connection(connection.id, connection.name)
        require(
            may(ask.actor, Act(ask.action), rules), Act(ask.action), about=_about(ask, connection)
        )
        found = await self._found(ask, connection, schedules)
        if replaces is not None:
            self._require_replaceable(replaces, ask.actor, connection, found.schedule)
        before = found.schedule.terms if found.schedule else None
        after = wanted(ask, before)
        require_news(connection.name, before, after)
        await self._require_none_alike(ask, after, found.others, replaces)
        verdict = within(rules, after, self._clock())
        require(verdict, Act(ask.action), about=_about(ask, connection))
        change = self._change(ask, connection, rules, found, after)
        return change if replaces is None else _in_place_of(replaces, change)

    def _is_allowed(self, ask: Ask, connection: Connection) -> bool:
        rules = self._policy.for_connection(connection.id, connection.name)
        return not isinstance(may(ask.actor, Act(ask.action), rules), Refused)

    async def _found(self, ask: Ask, connection: Connection, schedules: Schedules) -> _Found:
        """Look up what an ask is about; the channels to tell are read meanwhile."""
        reading = asyncio.create_task(self._subscriptions.channels(connection.id))
        try:
            there = await schedules(connection)
            if ask.action is Action.CREATE:
                return _Found(None, there, await reading)
            return _Found(pick_schedule(connection, there, ask.schedule), (), await reading)
        finally:
            await asyncio.wait([reading])  # left alone, it might outlive the database

    async def _require_none_alike(
        self,
        ask: Ask,
        after: Terms | None,
        others: Iterable[ConnectionSchedule],
        replaces: Change | None,
    ) -> None:
        """Refuse a second schedule that would run at the same times as another.

        Who brings one back twice is told by which change it came back.
        """
        if after is None or not any(same_runs(after, other.terms) for other in others):
            return
        back = await self._store.way_back(ask.undoes) if ask.undoes else None
        if back is not None and (replaces is None or back.id != replaces.id):
            raise Held(back)
        raise AlreadySo(
            f"There is such a schedule already: `{after.cron}` in {after.timezone}. A second one "
            "would only run at the same times."
        )

    def may_replace(self, actor: Actor, held: Change) -> bool:
        """Say whether somebody may propose anew in place of a change that holds a schedule."""
        rules = self._policy.for_connection(held.connection_id, held.connection_name)
        return not isinstance(may(actor, Act.REPLACE, rules, held), Refused)

    def _require_replaceable(
        self,
        replaced: Change,
        actor: Actor,
        connection: Connection,
        schedule: ConnectionSchedule | None,
    ) -> None:
        """Check that somebody may replace a change, and that what they ask for is of its schedule.

        A name can mean another connection by now, with rules of its own.
        """
        rules = self._policy.for_connection(replaced.connection_id, replaced.connection_name)
        require(may(actor, Act.REPLACE, rules, replaced), Act.REPLACE, change=replaced)
        if replaced.status is not Status.PENDING:
            raise _too_late(replaced)
        schedule_id = schedule.id if schedule else None
        if (replaced.connection_id, replaced.schedule_id) != (connection.id, schedule_id):
            raise PersonError(
                f"Change `{replaced.short_id}` is of another schedule than the one that you name "
                "by now, so it stays. Type the command again to propose anew."
            )

    async def undo(self, change: Change, actor: Actor, *, channel: str, surface: str) -> Change:
        """Propose the way back from a change that was applied; raises as `propose`."""
        rules = self._policy.for_connection(change.connection_id, change.connection_name)
        require(may(actor, Act.UNDO, rules), Act.UNDO, change=change)
        if change.status is not Status.APPLIED:
            raise PersonError(
                f"Change `{change.short_id}` is {change.status}, so there is nothing to undo. "
                "Only an applied change can be undone."
            )
        undoing.require_readable(change)
        back = change.before
        ask = Ask(
            actor=actor,
            action=undoing.OPPOSITE[change.action],
            connection=change.connection_id,
            schedule=change.schedule_id,
            cron=Cron.parse(back.cron) if back else None,
            zone=parse_zone(back.timezone) if back else None,
            channel=channel,
            surface=surface,
            reason=undoing.usual_reason(change),
            undoes=change,
        )
        try:
            return await self.propose(ask)
        except Unclear as unclear:
            raise PersonError(
                f"Omni no longer has what change `{change.short_id}` was about, so there is "
                "nothing to undo. `list` shows what there is."
            ) from unclear
        except Held as held:
            undoing.require_open(held.change, change)
            raise

    async def afresh(self, stale: Change) -> Change | None:
        """Propose a stale change again, from what Omni shows now; None where it is gone.

        By the policy as it is now, except that what is not the requester's to approve stays so.
        """
        if stale.seen is None:
            return None
        now = self._clock()
        rules = self._policy.for_connection(stale.connection_id, stale.connection_name)
        second_person = await self._needs_someone_else(stale, rules)
        undoes = await self._store.get(stale.undo_of) if stale.undo_of else None
        fresh = replace(
            stale,
            reason=undoing.reason(stale.why[0], undoes, stale.seen, stale.after),
            id=_same_id(stale.id),
            before=stale.seen,
            after=stale.after and replace(stale.after, hard_refresh=stale.seen.hard_refresh),
            channel=_where_decided(stale.channel, rules, second_person=second_person),
            channels=rules.told(await self._subscriptions.channels(stale.connection_id)),
            second_person=second_person,
            approvers=rules.deciding,
            status=Status.PENDING,
            created_at=now,
            expires_at=now + rules.expires,
            decided_by=None,
            decided_at=None,
            finished_at=None,
            outcome=None,
            seen=None,
            sends=0,
            reminders=0,
            cards=(),
            reply_url=None,
        )
        try:
            return await self._store.propose(fresh, "stale")
        except Held:
            return None  # somebody proposed anew already: theirs is the fresh card

    async def _needs_someone_else(self, change: Change, rules: Rules) -> bool:
        if stays_with_another(rules, second_person=change.second_person):
            return True
        try:
            actor = await self._directory.actor(change.requester)
        except PersonError:  # in no group of approvers, then, as far as anybody knows
            actor = Actor(change.requester, tz="")
        return needs_someone_else(actor, rules)

    # -- making ----------------------------------------------------------------------

    def _change(
        self,
        ask: Ask,
        connection: Connection,
        rules: Rules,
        found: _Found,
        after: Terms | None,
    ) -> Change:
        now = self._clock()
        before = found.schedule.terms if found.schedule else None
        second_person = needs_someone_else(ask.actor, rules)
        return Change(
            id=_same_id(ask.click) if ask.click else secrets.token_hex(6),
            action=ask.action,
            connection_id=connection.id,
            connection_name=connection.name,
            schedule_id=found.schedule.id if found.schedule else None,
            before=before,
            after=after,
            others=tuple(other.id for other in found.others),
            requester=ask.actor.user_id,
            channel=_where_decided(ask.channel, rules, second_person=second_person),
            channels=rules.told(found.subscribed),
            second_person=second_person,
            approvers=rules.deciding,
            created_at=now,
            expires_at=now + rules.expires,
            reason=undoing.reason(ask.reason, ask.undoes, before, after),
            undo_of=ask.undoes.id if ask.undoes else None,
        )


def _where_decided(asked_in: str, rules: Rules, *, second_person: bool) -> str:
    """Return the channel of a change's card: where whoever decides can see it, if there is one."""
    if second_person and rules.channels and not is_channel(asked_in):
        return rules.channels[0]
    return asked_in


def _about(ask: Ask, connection: Connection) -> About:
    return asked_for(
        connection=connection.name,
        connection_id=connection.id,
        schedule=ask.schedule,
        cron=ask.cron,
        zone=ask.zone,
    )


def _same_id(of: str) -> str:
    """Return a change's id that is the same each time, so that it is recorded once."""
    return uuid5(NAMESPACE_OID, of).hex[:12]


def _clicked_before(change: Change) -> PersonError:
    return PersonError(
        f"This button led to change `{change.short_id}` already, which is {change.status} by now. "
        "Type the command to propose anew."
    )


def _too_late(replaced: Change) -> PersonError:
    return PersonError(
        f"Change `{replaced.short_id}` is {replaced.status} by now, so nothing can take its "
        "place. Type the command again to propose anew."
    )


def _in_place_of(replaced: Change, change: Change) -> Change:
    """Let a change take over the cards of the one that it replaces, where it may."""
    if not change.takes_over(replaced):
        return change
    return replace(change, cards=replaced.cards, reply_url=replaced.reply_url)
