"""A change of one schedule: what it is, and the only ways its status can move."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

from bot.schedule import Cron, ScheduleError
from bot.typed import one_line


class Action(StrEnum):
    """What a change does to a schedule in Omni."""

    SET = "set"
    CREATE = "create"
    DELETE = "delete"


class Status(StrEnum):
    """Where a change stands."""

    PENDING = "pending"
    APPLYING = "applying"
    APPLIED = "applied"
    FAILED = "failed"  # Omni refused, or was not reached: nothing changed
    STALE = "stale"  # the schedule moved since the preview: nothing was written
    UNKNOWN = "unknown"  # sent, and not seen to have landed as approved
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"


class Event(StrEnum):
    """What happens to a change; each leads to one status."""

    APPROVE = "approve"
    CANCEL = "cancel"
    REJECT = "reject"
    EXPIRE = "expire"
    CONFIRM = "confirm"
    FAIL = "fail"
    OUTDATE = "outdate"
    LOSE = "lose"


#: Statuses in which a change holds its schedule: one open change per schedule.
OPEN = frozenset({Status.PENDING, Status.APPLYING})

TRANSITIONS: Mapping[tuple[Status, Event], Status] = MappingProxyType(
    {
        (Status.PENDING, Event.APPROVE): Status.APPLYING,
        (Status.PENDING, Event.CANCEL): Status.CANCELLED,
        (Status.PENDING, Event.REJECT): Status.REJECTED,
        (Status.PENDING, Event.EXPIRE): Status.EXPIRED,
        (Status.APPLYING, Event.CONFIRM): Status.APPLIED,
        (Status.APPLYING, Event.FAIL): Status.FAILED,
        (Status.APPLYING, Event.OUTDATE): Status.STALE,
        (Status.APPLYING, Event.LOSE): Status.UNKNOWN,
        (Status.UNKNOWN, Event.CONFIRM): Status.APPLIED,
        (Status.UNKNOWN, Event.FAIL): Status.FAILED,
    }
)

#: What people or the clock do to a change that waits.
DECISIONS = frozenset(event for status, event in TRANSITIONS if status is Status.PENDING)

#: What an undo does beside what it says, and what it leaves undone. It ends the reason of the
#: undo, where history keeps it, in this order.
GOES_FURTHER = "It was changed again since then, and this takes that back as well."
#: For a new schedule Omni's API takes a cron and a zone, and nothing else.
COMES_BACK_SOFT = "It was a hard refresh and comes back as a soft one; make it hard in Omni."
#: Of one that there is, the bot writes a cron and a zone, and carries the kind over.
STAYS_HARD = "It was a soft refresh before, and stays a hard one; only Omni can make it soft."
STAYS_SOFT = "It was a hard refresh before, and stays a soft one; only Omni can make it hard."
#: Omni's API has nothing to disable a schedule with.
STAYS_ENABLED = "It was disabled before, and this leaves it enabled; only Omni can disable it."
_BESIDE = (GOES_FURTHER, COMES_BACK_SOFT, STAYS_HARD, STAYS_SOFT, STAYS_ENABLED)


@dataclass(frozen=True, slots=True)
class Terms:
    """A schedule's settings as Omni holds them, or as they shall become.

    `hard_refresh` is None where Omni did not return it: it is then never sent.
    """

    cron: str
    timezone: str
    hard_refresh: bool | None = None
    disabled_at: datetime | None = None
    description: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON, for the database and for the durable record."""
        disabled = self.disabled_at.isoformat() if self.disabled_at else None
        return {**asdict(self), "disabled_at": disabled}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Return what `to_json` was made of."""
        disabled = plain.get("disabled_at")
        moment = datetime.fromisoformat(disabled) if disabled else None
        return cls(**{**plain, "disabled_at": moment})


@dataclass(frozen=True, slots=True)
class Place:
    """A message in Slack that can be updated later."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Change:
    """One proposed change, from the question to its end."""

    id: str
    action: Action
    connection_id: str
    connection_name: str
    schedule_id: str | None  # None: a schedule that Omni has yet to create
    before: Terms | None  # None: create
    after: Terms | None  # None: delete
    requester: str  # "": nobody asked, it was noticed after it happened outside the bot
    channel: str  # where it was asked
    channels: tuple[str, ...]  # that will be told
    second_person: bool  # somebody other than the requester decides
    approvers: tuple[str, ...]  # people and groups to ask; empty: anybody who may
    created_at: datetime
    expires_at: datetime
    reason: str | None = None
    undo_of: str | None = None
    status: Status = Status.PENDING
    decided_by: str | None = None
    decided_at: datetime | None = None
    finished_at: datetime | None = None
    outcome: str | None = None  # Omni's description, or the words of a failure
    seen: Terms | None = None  # what Omni showed last
    sends: int = 0  # writes begun, counted before each is sent
    others: tuple[str, ...] = ()  # the schedules that were there before a new one was sent
    reminders: int = 0  # sent to whoever decides
    cards: tuple[Place, ...] = ()  # none: the card is ephemeral, reached by `reply_url`
    reply_url: str | None = None

    @property
    def from_outside(self) -> bool:
        """Whether it happened outside the bot, which only noticed it."""
        return not self.requester

    @property
    def why(self) -> tuple[str, tuple[str, ...]]:
        """Why it was asked for, and apart from that what an undo does beside what it says."""
        reason = self.reason or ""
        beside: tuple[str, ...] = ()
        for more in reversed(_BESIDE if self.undo_of is not None else ()):
            if reason.endswith(more):
                reason, beside = reason.removesuffix(more).strip(), (more, *beside)
        return reason, beside

    @property
    def replaced_by(self) -> str | None:
        """The start of the id of the change that took its place, as people see it."""
        return self.outcome[:6] if self.status is Status.CANCELLED and self.outcome else None

    @property
    def in_channel(self) -> bool:
        """Whether its card is where others see it too, and not in a direct message."""
        return is_channel(self.channel)

    @property
    def is_seen(self) -> bool:
        """Whether its card is where whoever decides it looks without being asked."""
        stands = (self.channel, *(card.channel for card in self.cards))
        return not self.second_person or any(map(is_channel, stands))

    @property
    def is_still_news(self) -> bool:
        """Whether it became stale, and what it asked for is not what Omni showed then."""
        if self.status is not Status.STALE or self.seen is None:
            return False
        return self.after is None or not same_runs(self.after, self.seen)

    def takes_over(self, replaced: "Change") -> bool:
        """Say whether it stands on the cards of the change that it replaces, and not on its own.

        What a second person decides needs them in a channel: of direct messages it is not known
        who of those to ask has one by now.
        """
        in_channels = all(is_channel(card.channel) for card in replaced.cards)
        return self.requester == replaced.requester and (not self.second_person or in_channels)

    @property
    def next_reminder(self) -> datetime:
        """When to remind whoever decides: with half of the time that was left, left."""
        return self.expires_at - (self.expires_at - self.created_at) / (2 << self.reminders)

    @property
    def short_id(self) -> str:
        """The id as people see and type it."""
        return self.id[:6]


def is_channel(slack_id: str) -> bool:
    """Say whether an id of Slack's is a channel's, not a person's or a direct message's."""
    return slack_id.startswith(("C", "G"))


def moved(preview: Terms | None, now: Terms | None) -> bool:
    """Say whether the schedule is no longer what the preview showed.

    Omni's `description` is left out: its zone abbreviation changes with the season.
    """
    return _facts(preview) != _facts(now)


def landed(change: Change, now: Terms | None) -> bool:
    """Say whether Omni shows what was approved, with everything else carried over."""
    if change.after is None or now is None:
        return change.after is now
    wanted_refresh = change.before.hard_refresh if change.before else change.after.hard_refresh
    return same_runs(change.after, now) and wanted_refresh in {None, now.hard_refresh}


def same_runs(one: Terms, other: Terms) -> bool:
    """Say whether two are one schedule, though it is written `0 8 * * ? *` and `00 08 * * ? *`."""
    if one.timezone != other.timezone:
        return False
    try:
        crons = [replace(Cron.parse(terms.cron), text="") for terms in (one, other)]
    except ScheduleError:
        return one.cron == other.cron
    return crons[0] == crons[1]


def leads_back(change: Change, after: Terms | None) -> bool:
    """Say whether an undo leads to where a change began: it can be edited before it is approved."""
    if after is None or change.before is None:
        return after is change.before
    return same_runs(after, change.before)


def other_kind(one: Terms, other: Terms) -> bool:
    """Say whether one is a hard and the other a soft refresh, where Omni tells it of both."""
    kinds = {one.hard_refresh, other.hard_refresh}
    return None not in kinds and len(kinds) > 1


def _facts(terms: Terms | None) -> tuple[object, ...] | None:
    if terms is None:
        return None
    # What an older version kept has its blanks as Omni has them.
    texts = one_line(terms.cron), one_line(terms.timezone)
    return *texts, terms.hard_refresh, terms.disabled_at is not None


def diagram() -> str:
    """Print the transition table, one line a status, for the README."""
    lines = []
    for status in Status:
        ways = [(event, end) for (start, event), end in TRANSITIONS.items() if start is status]
        for number, (event, end) in enumerate(ways):
            start = status.value if number == 0 else ""
            lines.append(f"{start:<9} ──{event.value:─<8}▶ {end.value}")
    return "\n".join(lines)
