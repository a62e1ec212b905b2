"""What somebody asks for: what it would make of a schedule, and why it cannot be.

No input or output: whoever proposes, edits or applies holds it to the same rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bot.change import Action, Change, Terms, moved
from bot.errors import PersonError
from bot.policy import Act, Actor, Refused, Rules, Verdict, guardrails
from bot.schedule import Cron, Schedule, known_zone, load
from bot.schedule.problems import quote

#: What a refusal was about, where it was about no change.
About = Mapping[str, str | None]
NOTHING: About = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants done to a schedule, wherever in Slack they said it."""

    actor: Actor
    action: Action
    connection: str  # a name, an id or the start of one
    schedule: str | None  # an id or the start of one; None where the connection has just one
    cron: Cron | None  # None: delete
    zone: ZoneInfo | None  # None: the zone it has; for a new schedule, the person's own
    channel: str
    surface: str
    reason: str | None = None
    undoes: Change | None = None
    click: str | None = None  # on what, where it was no typing: a double click asks once


class NotAllowed(PersonError):  # noqa: N818 - a refusal, not a fault
    """The policy says no; the text is mrkdwn of the policy's own.

    Whoever tells the person puts the rest on the audit trail: what was refused by which rule,
    and the change or else what it was `about`.
    """

    def __init__(
        self, refused: Refused, act: Act, *, change: Change | None = None, about: About = NOTHING
    ) -> None:
        """Keep what belongs on the audit trail."""
        super().__init__(refused.text)
        self.rule = refused.rule
        self.act = act
        self.change = change
        self.about = about


class AlreadySo(PersonError):  # noqa: N818 - nothing to do, not a fault
    """The schedule is what was asked for: there is nothing to change."""


def require(
    verdict: Verdict | None, act: Act, *, change: Change | None = None, about: About = NOTHING
) -> None:
    """Raise `NotAllowed` for a refusal, with what belongs on the audit trail."""
    if isinstance(verdict, Refused):
        raise NotAllowed(verdict, act, change=change, about=about)


def asked_for(
    *,
    connection: str | None,
    connection_id: str,
    schedule: str | None,
    cron: Cron | None,
    zone: ZoneInfo | None,
) -> About:
    """Return what was asked for, for the audit trail."""
    return {
        "connection": connection,
        "connection_id": connection_id,
        "schedule": schedule,
        "cron": str(cron) if cron else None,
        "timezone": zone.key if zone else None,
    }


def wanted(ask: Ask, before: Terms | None) -> Terms | None:
    """Return what a schedule would become; raise `PersonError` where its zone is not known."""
    if ask.cron is None:
        return None
    zone = ask.zone.key if ask.zone else _default_zone(ask, before)
    kept = before.hard_refresh if before else None
    return Terms(cron=str(ask.cron), timezone=zone, hard_refresh=kept)


def _default_zone(ask: Ask, before: Terms | None) -> str:
    """Return the zone that the schedule has; for a new one, the person's own."""
    zone = before.timezone if before else ask.actor.tz
    if not known_zone(zone):
        owner = "The schedule has" if before else "Slack says that you are in"
        raise PersonError(
            f"{owner} the zone `{zone}`, which this bot does not know. Write a zone after the "
            "times, such as `Europe/London`."
        )
    return zone


def require_news(name: str, before: Terms | None, after: Terms | None) -> None:
    """Raise `AlreadySo` where nothing would become otherwise; `name` is the connection's."""
    if before and after and not moved(replace(before, disabled_at=None), after):
        raise AlreadySo(
            f"It is already so: {quote(name)} has `{after.cron}` in {after.timezone}. "
            "There is nothing to change."
        )


def within(rules: Rules, after: Terms | None, now: datetime) -> Refused | None:
    """Refuse a schedule that is valid, and that the policy's guardrails forbid."""
    if after is None:
        return None
    schedule = Schedule.parse(after.cron, after.timezone)
    gap = load(schedule, now).shortest_gap if rules.min_interval else None  # slow to find
    forbidden = guardrails(rules, schedule, gap)
    return Refused("guardrails", " ".join(forbidden)) if forbidden else None
