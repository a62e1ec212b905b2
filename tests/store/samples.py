"""Changes as people make them, each with an id and a schedule of its own unless told."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from bot.change import Action, Change, Event, Status, Terms
from bot.store import By, ChangeStore

REQUESTER, APPROVER, STRANGER = "U0REQUESTER", "U0APPROVER", "U0STRANGER"
SNOWFLAKE = "f47ac10b-58cc-4372-a567-0e02b2c3d479"

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)

MORNING = Terms("00 09 * * ? *", "America/New_York", description="At 09:00 AM EST")
EVENING = Terms("00 18 ? * * *", "Europe/London")

#: The shortest way to each status, by what happens to a change.
WAYS: Mapping[Status, tuple[Event, ...]] = MappingProxyType(
    {
        Status.PENDING: (),
        Status.APPLYING: (Event.APPROVE,),
        Status.APPLIED: (Event.APPROVE, Event.CONFIRM),
        Status.FAILED: (Event.APPROVE, Event.FAIL),
        Status.STALE: (Event.APPROVE, Event.OUTDATE),
        Status.UNKNOWN: (Event.APPROVE, Event.LOSE),
        Status.CANCELLED: (Event.CANCEL,),
        Status.REJECTED: (Event.REJECT,),
        Status.EXPIRED: (Event.EXPIRE,),
    }
)

_numbers = count(1)


def a_change(**facts: Any) -> Change:
    """Make a pending change of one schedule, asked for at noon."""
    usual: dict[str, Any] = {
        "id": uuid4().hex,
        "action": Action.SET,
        "connection_id": SNOWFLAKE,
        "connection_name": "Production Snowflake",
        "schedule_id": f"schedule-{next(_numbers)}",
        "before": MORNING,
        "after": EVENING,
        "requester": REQUESTER,
        "channel": "C0ASKED",
        "channels": ("C0TEAM", "C0FINANCE"),
        "second_person": False,
        "approvers": (),
        "created_at": NOON,
        "expires_at": NOON + 8 * AN_HOUR,
    }
    return Change(**usual | facts)


def a_create(**facts: Any) -> Change:
    """Make a pending change that creates a schedule."""
    return a_change(action=Action.CREATE, schedule_id=None, before=None, **facts)


def by(actor: str, at: datetime = NOON + AN_HOUR, *, key: str | None = None) -> By:
    """Say who clicked, an hour after the change was asked for."""
    return By(actor, "button", at, key)


async def brought_to(store: ChangeStore, status: Status, **facts: Any) -> Change:
    """Propose a change and bring it to a status."""
    change = await store.propose(a_change(**facts), "command")
    for event in WAYS[status]:
        change = (await store.move(change.id, event, by(APPROVER))).change
    return change
