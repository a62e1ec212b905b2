"""Who may ask and who decides: the rules of a connection, and the one function that applies them.

Every surface (command, button, modal, home, undo) asks `may` before it shows or does anything of
Omni's or of the bot's records. It answers a full member of the workspace by this table; anybody
else is refused whatever they want. Nobody is asked where the answer comes from what was typed
alone: `help`, `explain`, and what is wrong with a command.

    set create delete   who may ask, where `allow` has it
    undo                who may ask; what it would do is asked again when it is proposed
    approve, own        nobody with `second_person`; else an approver, or with none named whoever
                        may ask
    approve, other's    an approver; with none named whoever may ask, but only with
                        `second_person`: else each person confirms their own
    reject              as approve, other's, even if it is their own
    replace             who may ask: their own, and other people's as approve, other's
    edit cancel         the requester
    see                 every full member, who may also have a channel told

Who may ask: `requesters`, or with none named every full member. Being an admin changes nothing.

Texts name people, groups and channels as Slack mentions them (`<@U…>`) and hold nothing else that
somebody typed: they can be shown as mrkdwn as they stand.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol

from bot.counted import counted
from bot.finding import fold
from bot.schedule import Schedule

MOST_NAMED, MOST_ZONES = 5, 20

_ID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

#: Who decides where `deciders` names nobody: not whoever is in the channel, where guests may be.
ANY_OTHER = "any full member of the workspace but the requester"


class Act(StrEnum):
    """What a person can want to do."""

    SET = "set"
    CREATE = "create"
    DELETE = "delete"
    APPROVE = "approve"
    EDIT = "edit"
    CANCEL = "cancel"
    REJECT = "reject"
    UNDO = "undo"
    REPLACE = "replace"
    SEE = "see"


#: What `allow` chooses from, with what each does to schedules.
ASKS = {Act.SET: "changed", Act.CREATE: "created", Act.DELETE: "deleted"}


@dataclass(frozen=True, slots=True)
class Rules:
    """What the policy says about one connection; as here where there is no policy file."""

    requesters: tuple[str, ...] = ()  # people and groups; empty: every full member
    approvers: tuple[str, ...] = ()  # people and groups; empty: see the table above
    second_person: bool = False
    channels: tuple[str, ...] = ()
    expires: timedelta = timedelta(hours=8)
    min_interval: timedelta | None = None
    zones: tuple[str, ...] = ()  # empty: every zone
    allow: tuple[Act, ...] = tuple(ASKS)

    @property
    def deciding(self) -> tuple[str, ...]:
        """People and groups that decide on what others ask for; empty: every full member."""
        return self.approvers or self.requesters

    def told(self, subscribed: Iterable[str]) -> tuple[str, ...]:
        """Return the channels to tell of a change, those that subscribed included, each once."""
        return tuple(dict.fromkeys((*self.channels, *subscribed)))

    @property
    def alone(self) -> str | None:
        """Who could ask for something that nobody else can decide."""
        (one, *others) = self.deciding or ("",)
        only = self.second_person and not others and one.startswith(("U", "W"))
        return one if only and (not self.requesters or one in self.requesters) else None


@dataclass(frozen=True, slots=True)
class Watch:
    """Whether and how often to look for changes made outside the bot."""

    enabled: bool = False
    every: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole policy; without arguments, the one that holds where there is no policy file."""

    defaults: Rules = Rules()
    #: What differs from the defaults, by the folded id or name of a connection.
    connections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    watch: Watch = Watch()

    def for_connection(self, connection_id: str, name: str) -> Rules:
        """Return a connection's rules: those for its id before its name's, then the defaults."""
        rules: dict[str, Any] = {}
        for key in keys_of(connection_id, name):
            rules |= self.connections.get(key, {})
        return replace(self.defaults, **rules)


def keys_of(connection_id: str, name: str) -> tuple[str, ...]:
    """Return by what a table may be for a connection, folded; what counts for more comes last.

    One that is named like the id of another does not get the rules of that one.
    """
    names = () if _ID.fullmatch(fold(name)) else (fold(name),)
    return (*names, fold(connection_id))


@dataclass(frozen=True, slots=True)
class Actor:
    """A person in Slack, as far as it matters who it is."""

    user_id: str
    tz: str
    is_guest: bool = False
    is_bot: bool = False
    is_deactivated: bool = False
    is_stranger: bool = False  # of another workspace, here through Slack Connect
    is_admin: bool = False
    groups: frozenset[str] = frozenset()

    def among(self, ids: tuple[str, ...]) -> bool:
        """Say whether this person or one of their groups is named."""
        return self.user_id in ids or not self.groups.isdisjoint(ids)


class Requested(Protocol):
    """Anything that somebody asked for: a change."""

    @property
    def requester(self) -> str:
        """The user id of who asked."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Yes."""


@dataclass(frozen=True, slots=True)
class Refused:
    """No: the code of the rule, and in words for the person refused the rule and who could."""

    rule: str
    text: str


Verdict = Allowed | Refused


def may(actor: Actor, act: Act, rules: Rules, change: Requested | None = None) -> Verdict:
    """Decide whether a person may do something, by the table above.

    Whatever is done to a change needs that change: ValueError without it.
    """
    return _unfit(actor) or _forbidden(actor, act, rules, change) or Allowed()


def needs_someone_else(actor: Actor, rules: Rules) -> bool:
    """Say whether a change that this person asks for has to be approved by another."""
    return rules.second_person or not (actor.among(rules.approvers) or not rules.approvers)


def stays_with_another(rules: Rules, *, second_person: bool) -> bool:
    """Say whether somebody else decides what was asked for under an earlier policy."""
    return rules.second_person or (second_person and bool(rules.approvers))


def deciders(deciding: tuple[str, ...], requester: str) -> tuple[str, ...] | None:
    """Return who of those that decide can do so on what somebody asked for themselves.

    That is None where `ANY_OTHER` can, and nothing where nobody can.
    """
    return tuple(one for one in deciding if one != requester) if deciding else None


def _unfit(actor: Actor) -> Refused | None:
    # These texts name nobody: who is on the list is not theirs to know.
    if actor.is_stranger:
        return Refused("own-workspace", "Only members of the bot's own workspace can use it.")
    if actor.is_deactivated:
        return Refused("active-members", "A deactivated account cannot use this bot.")
    if actor.is_bot:
        return Refused("people", "Only people can use this bot, not other bots.")
    if actor.is_guest:
        return Refused(
            "full-members", "Guests cannot use this bot. Ask a full member of the workspace."
        )
    return None


def _forbidden(actor: Actor, act: Act, rules: Rules, change: Requested | None) -> Refused | None:
    match act:
        case Act.SEE:
            return None
        case Act.UNDO:
            return _not_asking(actor, rules)
        case Act.SET | Act.CREATE | Act.DELETE:
            return _not_asking(actor, rules) or not_allowed(act, rules)
    if change is None:
        raise ValueError(f"{act.value} is done to a change")
    return _out_of_reach(actor, act, rules, change)


def _out_of_reach(actor: Actor, act: Act, rules: Rules, change: Requested) -> Refused | None:
    own = change.requester == actor.user_id
    match act:
        case Act.EDIT | Act.CANCEL:
            return None if own else _not_theirs(act, change)
        case Act.APPROVE if own:
            return _not_confirming(actor, rules)
        case Act.REPLACE if own:
            return _not_asking(actor, rules)
        case Act.REPLACE:
            return _not_asking(actor, rules) or _not_deciding(actor, rules, change)
        case _:
            return _not_deciding(actor, rules, change)


def _not_asking(actor: Actor, rules: Rules) -> Refused | None:
    if not rules.requesters or actor.among(rules.requesters):
        return None
    return Refused(
        "requesters",
        f"Changes of this connection can be asked for by {named(rules.requesters)} only.",
    )


def not_allowed(act: Act, rules: Rules) -> Refused | None:
    """Refuse what nobody may do to a connection's schedules."""
    if act in rules.allow:
        return None
    return Refused(
        "allow",
        f"The policy does not let this connection's schedules be {ASKS[act]} from Slack, by"
        f" anybody. Whoever keeps the policy can add `{act.value}` to `allow`.",
    )


def _not_confirming(actor: Actor, rules: Rules) -> Refused | None:
    if rules.second_person:
        return Refused(
            "second-person",
            "You asked for this change, so another person has to approve it, even if you are an"
            f" admin or an approver: {_others(rules, actor)}.",
        )
    if rules.approvers and not actor.among(rules.approvers):
        return _not_approver(rules)
    return None if rules.approvers else _not_asking(actor, rules)


def _not_deciding(actor: Actor, rules: Rules, change: Requested) -> Refused | None:
    if rules.approvers:
        return None if actor.among(rules.approvers) else _not_approver(rules)
    if rules.second_person:
        return _not_asking(actor, rules)
    return Refused(
        "own-changes",
        f"This change is for {mention(change.requester)}, who asked for it, to confirm or cancel.",
    )


def _not_approver(rules: Rules) -> Refused:
    return Refused(
        "approvers", f"Changes of this connection are decided by {named(rules.approvers)} only."
    )


def _not_theirs(act: Act, change: Requested) -> Refused:
    return Refused(
        "requester",
        f"Only {mention(change.requester)}, who asked for this change, can {act.value} it.",
    )


def _others(rules: Rules, requester: Actor) -> str:
    able = deciders(rules.deciding, requester.user_id)
    if able is None:
        return ANY_OTHER
    return named(able) or "the policy names nobody else yet"


def guardrails(rules: Rules, schedule: Schedule, gap: timedelta | None) -> tuple[str, ...]:
    """Return what the policy forbids about a schedule, each with its repair; nothing if it fits.

    `gap` is the shortest time between two runs, None where there are no two.
    """
    found = []
    least = rules.min_interval
    if least is not None and gap is not None and gap < least:
        found.append(
            f"Two runs would be only {in_units(gap)} apart; the policy asks for at least"
            f" {in_units(least)} between runs of a schedule. Choose fewer runs."
        )
    if rules.zones and schedule.zone.key not in rules.zones:
        found.append(
            f"The policy does not allow the time zone `{schedule.zone.key}` for this connection."
            f" Choose {_zones(rules)}."
        )
    return tuple(found)


def in_words(rules: Rules) -> tuple[str, ...]:
    """Tell the rules, a sentence each."""
    told = [
        f"{named(rules.requesters) or 'Every full member of the workspace'} may ask for changes.",
        _decision(rules),
        f"A request expires after {in_units(rules.expires)}.",
        f"Changes are announced in {named(rules.channels, 'and')}."
        if rules.channels
        else "Changes are announced in channels that subscribed, and in no others.",
    ]
    if rules.min_interval is not None:
        told.append(f"Runs of a schedule are at least {in_units(rules.min_interval)} apart.")
    if rules.zones:
        told.append(f"The time zone is {_zones(rules)}.")
    if missing := [done for act, done in ASKS.items() if act not in rules.allow]:
        told.append(f"Schedules cannot be {_either(missing)} from Slack.")
    return tuple(told)


def _decision(rules: Rules) -> str:
    if rules.second_person:
        able = named(rules.deciding) or "any full member of the workspace"
        return f"Nobody approves what they asked for, admins included; another does: {able}."
    if rules.approvers:
        return f"{named(rules.approvers)} approves, also what they asked for themselves."
    return "Whoever asks confirms it themselves."


def named(ids: tuple[str, ...], last: str = "or") -> str:
    """List people, groups and channels as mentions, the first few by name."""
    return _either(_first([mention(some_id) for some_id in ids], MOST_NAMED), last)


def _zones(rules: Rules) -> str:
    return _either(_first([f"`{zone}`" for zone in rules.zones], MOST_ZONES))


def _first(items: list[str], most: int) -> list[str]:
    """Return the first few, and how many more there are: a message of Slack's has an end."""
    more = len(items) - most
    return [*items[:most], f"{more} more"] if more > 0 else items


def mention(some_id: str) -> str:
    """Write an id so that Slack shows the name."""
    match some_id[0]:
        case "S":
            return f"<!subteam^{some_id}>"
        case "C" | "G":
            return f"<#{some_id}>"
        case _:
            return f"<@{some_id}>"


def in_units(length: timedelta) -> str:
    """Write a length of time in whole minutes: "1 day 2 hours"."""
    minutes = length // timedelta(minutes=1)
    counts = {"day": minutes // 1440, "hour": minutes // 60 % 24, "minute": minutes % 60}
    return " ".join(counted(count, unit) for unit, count in counts.items() if count)


def _either(items: list[str], last: str = "or") -> str:
    return f" {last} ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))
