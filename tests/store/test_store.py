"""What the store promises, on SQLite and on Postgres alike."""

import asyncio
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.change import OPEN, TRANSITIONS, Action, Change, Event, Place, Status, Terms
from bot.store import (
    EVERY_CONNECTION,
    Announcement,
    AnnouncementStore,
    ChangeStore,
    Decided,
    DeliveryStore,
    Held,
    News,
    SightingStore,
    SubscriptionStore,
    UnknownChangeError,
)
from tests.databases import Database
from tests.store.samples import (
    AN_HOUR,
    APPROVER,
    EVENING,
    MORNING,
    NOON,
    REQUESTER,
    SNOWFLAKE,
    STRANGER,
    a_change,
    a_create,
    brought_to,
    by,
)

KATHMANDU = timezone(timedelta(hours=5, minutes=45))
NO_ID = 32 * "0"


async def events(store: ChangeStore, change: Change) -> list[str]:
    """Return the events of a change's audit trail, oldest first."""
    return [entry.event for entry in await store.trail(change.id)]


# -- proposing ---------------------------------------------------------------------


async def test_a_proposal_is_found_again_with_everything_it_says(store: ChangeStore) -> None:
    change = a_change(
        second_person=True,
        approvers=(APPROVER, "S0GROUP"),
        reason="the “nightly” load\nmoved",
        undo_of=NO_ID,
        cards=(Place("C0ASKED", "1763899200.000100"),),
        reply_url="https://hooks.slack.com/commands/T0/1/x",
    )

    assert await store.propose(change, "command") == change
    assert await store.get(change.id) == change


async def test_a_proposal_is_on_the_trail_with_what_was_seen(store: ChangeStore) -> None:
    change = await store.propose(a_change(), "modal")

    (entry,) = await store.trail(change.id)

    assert (entry.event, entry.status, entry.actor, entry.surface, entry.at) == (
        "propose",
        Status.PENDING,
        REQUESTER,
        "modal",
        NOON,
    )
    assert entry.detail == {"before": MORNING.to_json(), "after": EVENING.to_json()}


async def test_one_id_proposed_twice_is_recorded_once_and_told_as_it_stands(
    store: ChangeStore,
) -> None:
    change = await brought_to(store, Status.CANCELLED)

    again = await store.propose(replace(change, status=Status.PENDING), "command")

    assert again == change
    assert await events(store, change) == ["propose", "cancel"]


@pytest.mark.parametrize("change", [a_change(), a_create()], ids=["set", "create"])
async def test_one_id_proposed_ten_times_at_once_is_recorded_once(
    store: ChangeStore, change: Change
) -> None:
    await store.propose(a_create(), "command")  # another create, which must not be blamed

    answers = await asyncio.gather(*(store.propose(change, "command") for _ in range(10)))

    assert set(answers) == {change}
    assert await events(store, change) == ["propose"]


@pytest.mark.parametrize("status", Status)
async def test_a_change_holds_its_schedule_as_long_as_it_is_open(
    store: ChangeStore, status: Status
) -> None:
    first = await brought_to(store, status)
    second = a_change(schedule_id=first.schedule_id)

    if status in {Status.PENDING, Status.APPLYING}:
        with pytest.raises(Held) as held:
            await store.propose(second, "command")
        assert held.value.change == first
        assert await store.open_change(SNOWFLAKE, first.schedule_id) == first
        assert await store.trail(second.id) == ()
    else:
        assert await store.open_change(SNOWFLAKE, first.schedule_id) is None
        assert await store.propose(second, "command") == second


async def test_the_same_schedule_id_on_another_connection_is_another_schedule(
    store: ChangeStore,
) -> None:
    first = await store.propose(a_change(), "command")
    second = a_change(connection_id="another", schedule_id=first.schedule_id)

    assert await store.propose(second, "command") == second


async def test_creates_do_not_block_each_other(store: ChangeStore) -> None:
    first = await store.propose(a_create(), "command")
    second = await store.propose(a_create(), "command")

    assert set(await store.open_changes()) == {first, second}


async def test_of_twenty_proposals_for_one_schedule_one_wins_and_holds_the_others(
    store: ChangeStore,
) -> None:
    rivals = [a_change(schedule_id="contested") for _ in range(20)]

    answers = await asyncio.gather(
        *(store.propose(rival, "command") for rival in rivals), return_exceptions=True
    )

    (winner,) = [answer for answer in answers if isinstance(answer, Change)]
    held_by = [answer.change for answer in answers if isinstance(answer, Held)]
    assert held_by == 19 * [winner]
    assert await store.open_changes() == (winner,)


async def test_of_twenty_ways_back_from_one_deletion_one_wins(store: ChangeStore) -> None:
    elsewhere = await store.propose(a_create(), "command")
    rivals = [a_create(undo_of="deletion") for _ in range(20)]

    answers = await asyncio.gather(
        *(store.propose(rival, "button") for rival in rivals), return_exceptions=True
    )

    (winner,) = [answer for answer in answers if isinstance(answer, Change)]
    assert [answer.change for answer in answers if isinstance(answer, Held)] == 19 * [winner]
    assert set(await store.open_changes()) == {elsewhere, winner}


@pytest.mark.parametrize("status", Status)
async def test_a_deletion_is_taken_back_again_only_where_that_failed(
    store: ChangeStore, status: Status
) -> None:
    first = await brought_to(
        store, status, action=Action.CREATE, schedule_id=None, before=None, undo_of="deletion"
    )
    second = a_create(undo_of="deletion")

    if status in {*OPEN, Status.APPLIED, Status.UNKNOWN}:
        with pytest.raises(Held) as held:
            await store.propose(second, "button")
        assert held.value.change == first
    else:
        assert await store.propose(second, "button") == second


async def test_a_replacement_cancels_what_it_replaces_and_names_itself(store: ChangeStore) -> None:
    first = await store.propose(a_change(), "command")
    second = a_change(schedule_id=first.schedule_id)

    await store.propose(second, "edit", replaces=first)

    replaced = await store.get(first.id)
    assert (replaced.status, replaced.outcome) == (Status.CANCELLED, second.id)
    assert await store.open_change(SNOWFLAKE, first.schedule_id) == second


async def test_a_replacement_that_comes_too_late_is_held_by_the_approved_change(
    store: ChangeStore,
) -> None:
    first = await brought_to(store, Status.APPLYING)

    with pytest.raises(Held) as held:
        await store.propose(a_change(schedule_id=first.schedule_id), "edit", replaces=first)

    assert held.value.change == first


async def test_what_was_rejected_meanwhile_cannot_be_replaced(store: ChangeStore) -> None:
    first = await brought_to(store, Status.REJECTED)
    second = a_change(schedule_id=first.schedule_id)

    with pytest.raises(Decided) as decided:
        await store.propose(second, "edit", replaces=first)

    assert decided.value.change == first
    assert await store.open_changes() == ()
    with pytest.raises(UnknownChangeError):
        await store.get(second.id)


async def test_a_new_schedule_that_is_being_applied_cannot_be_replaced(store: ChangeStore) -> None:
    other = await store.propose(a_create(), "command")
    first = await store.propose(a_create(), "command")
    applying = (await store.move(first.id, Event.APPROVE, by(APPROVER))).change

    with pytest.raises(Decided) as decided:
        await store.propose(a_create(), "edit", replaces=first)

    assert decided.value.change == applying
    assert {one.id for one in await store.open_changes()} == {other.id, first.id}


async def test_a_replacement_that_is_held_elsewhere_cancels_nothing(store: ChangeStore) -> None:
    mine = await store.propose(a_change(), "command")
    theirs = await store.propose(a_change(), "command")

    with pytest.raises(Held) as held:
        await store.propose(a_change(schedule_id=theirs.schedule_id), "edit", replaces=mine)

    assert held.value.change == theirs
    assert await store.get(mine.id) == mine
    assert await events(store, mine) == ["propose"]


async def test_twenty_replacements_of_one_change_leave_one(store: ChangeStore) -> None:
    first = await store.propose(a_change(), "command")
    rivals = [a_change(schedule_id=first.schedule_id) for _ in range(20)]

    answers = await asyncio.gather(
        *(store.propose(rival, "edit", replaces=first) for rival in rivals),
        return_exceptions=True,
    )

    (winner,) = [answer for answer in answers if isinstance(answer, Change)]
    assert [answer.change for answer in answers if isinstance(answer, Held)] == 19 * [winner]
    assert (await store.get(first.id)).outcome == winner.id
    assert await events(store, first) == ["propose", "cancel"]


# -- moving ------------------------------------------------------------------------


@pytest.mark.parametrize("status", Status)
async def test_a_change_moves_by_the_table_and_in_no_other_way(
    store: ChangeStore, status: Status
) -> None:
    for event in Event:
        change = await brought_to(store, status)
        told = len(await store.trail(change.id))

        result = await store.move(change.id, event, by(STRANGER))

        target = TRANSITIONS.get((status, event))
        assert result.won is (target is not None), event
        assert result.change.status is (target or status), event
        assert result.change == await store.get(change.id), event
        new = [(entry.event, entry.status) for entry in (await store.trail(change.id))[told:]]
        assert new == ([] if target is None else [(event, target)]), event


async def test_the_winner_is_stamped_and_the_loser_sees_who_it_was(store: ChangeStore) -> None:
    change = await store.propose(a_change(), "command")

    won = await store.move(change.id, Event.APPROVE, by(APPROVER))
    lost = await store.move(change.id, Event.CANCEL, by(REQUESTER, NOON + 2 * AN_HOUR))

    assert (won.won, lost.won) == (True, False)
    assert lost.change == won.change
    assert (lost.change.decided_by, lost.change.decided_at) == (APPROVER, NOON + AN_HOUR)
    assert lost.change.finished_at is None  # it has yet to be carried out


async def test_the_end_is_stamped_and_keeps_who_decided(store: ChangeStore) -> None:
    change = await brought_to(store, Status.APPLYING)

    done = await store.move(
        change.id,
        Event.CONFIRM,
        by("workflow", NOON + 2 * AN_HOUR),
        outcome="At 06:00 PM GMT",
        seen=EVENING,
    )

    assert done.change == replace(
        change,
        status=Status.APPLIED,
        finished_at=NOON + 2 * AN_HOUR,
        outcome="At 06:00 PM GMT",
        seen=EVENING,
    )
    assert await store.get(change.id) == done.change
    last = (await store.trail(change.id))[-1]
    assert last.detail == {"outcome": "At 06:00 PM GMT", "seen": EVENING.to_json()}


@pytest.mark.parametrize(
    ("late", "won"),
    [(timedelta(microseconds=-1), True), (timedelta(0), False), (AN_HOUR, False)],
    ids=["just before", "at the moment", "after"],
)
async def test_an_approval_counts_only_before_the_change_expires(
    store: ChangeStore,
    late: timedelta,
    won: bool,  # noqa: FBT001 - a table's column
) -> None:
    change = await store.propose(a_change(), "command")

    result = await store.move(change.id, Event.APPROVE, by(APPROVER, change.expires_at + late))

    assert result.won is won
    assert (await store.get(change.id)).status is (Status.APPLYING if won else Status.PENDING)


async def test_a_step_done_twice_is_recorded_once_and_won_both_times(store: ChangeStore) -> None:
    change = await store.propose(a_change(), "command")

    first = await store.move(change.id, Event.APPROVE, by(APPROVER, key="w1:claim"))
    again = await store.move(change.id, Event.APPROVE, by(APPROVER, key="w1:claim"))
    other = await store.move(change.id, Event.APPROVE, by(APPROVER, key="w2:claim"))

    assert first == again
    assert (first.won, other.won) == (True, False)
    assert await events(store, change) == ["propose", "approve"]


async def test_a_step_done_ten_times_at_once_is_recorded_once(store: ChangeStore) -> None:
    change = await store.propose(a_change(), "command")

    results = await asyncio.gather(
        *(store.move(change.id, Event.APPROVE, by(APPROVER, key="w1:claim")) for _ in range(10))
    )

    assert all(result.won for result in results)
    assert await events(store, change) == ["propose", "approve"]


async def test_of_twenty_people_one_decides_and_the_others_hear_who(store: ChangeStore) -> None:
    change = await store.propose(a_change(), "command")
    decisions = product([Event.APPROVE, Event.CANCEL, Event.REJECT, Event.EXPIRE], range(5))

    results = await asyncio.gather(
        *(store.move(change.id, event, by(f"U0{event}{number}")) for event, number in decisions)
    )

    (winner,) = [result.change for result in results if result.won]
    assert {result.change.decided_by for result in results} == {winner.decided_by}
    assert len(await store.trail(change.id)) == 2


async def test_what_was_applied_before_an_outcome_was_lost_does_not_keep_it_from_being_settled(
    store: ChangeStore,
) -> None:
    await brought_to(store, Status.APPLIED, schedule_id="contested")
    lost = await brought_to(store, Status.UNKNOWN, schedule_id="contested")

    settled = await store.move(lost.id, Event.CONFIRM, by("workflow", NOON + 2 * AN_HOUR))

    assert (settled.won, settled.overtaken_by) == (True, None)


async def test_an_unknown_id_is_said_to_be_unknown(store: ChangeStore) -> None:
    with pytest.raises(UnknownChangeError):
        await store.get(NO_ID)
    with pytest.raises(UnknownChangeError):
        await store.move(NO_ID, Event.APPROVE, by(APPROVER))
    with pytest.raises(UnknownChangeError):
        await store.place_card(NO_ID, Place("C0ASKED", "1.0"))
    with pytest.raises(UnknownChangeError):
        await store.propose(a_change(), "edit", replaces=a_change())


async def test_each_write_to_omni_is_counted_before_it_is_sent(store: ChangeStore) -> None:
    change = await brought_to(store, Status.APPLYING)

    counts = await asyncio.gather(*(store.begin_send(change.id) for _ in range(5)))

    assert sorted(counts) == [1, 2, 3, 4, 5]
    assert (await store.get(change.id)).sends == 5


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.APPLYING}))
async def test_no_write_begins_for_a_change_that_is_not_being_applied(
    store: ChangeStore, status: Status
) -> None:
    change = await brought_to(store, status)
    assert await store.begin_send(change.id, ["there-1"]) == 0
    assert await store.get(change.id) == change


async def test_a_write_that_was_not_sent_after_all_is_counted_no_more(store: ChangeStore) -> None:
    change = await brought_to(store, Status.APPLYING)
    await store.begin_send(change.id)

    await store.take_back_send(change.id)

    assert (await store.get(change.id)).sends == 0
    assert await store.begin_send(change.id) == 1


async def test_what_was_applied_by_more_than_one_write_is_found(store: ChangeStore) -> None:
    for sends in (0, 1, 2):
        change = await brought_to(store, Status.APPLYING, schedule_id="the-schedule")
        for _ in range(sends):
            await store.begin_send(change.id)
        change = (await store.move(change.id, Event.CONFIRM, by(APPROVER))).change

    assert await store.sent_again_since("the-schedule", NOON) == (await store.get(change.id),)
    assert await store.sent_again_since("the-schedule", NOON + 2 * AN_HOUR) == ()
    assert await store.sent_again_since("another", NOON) == ()
    assert await store.sent_again_since(None, NOON) == ()


async def test_the_schedules_from_which_a_new_one_is_told_apart_are_kept(
    store: ChangeStore,
) -> None:
    change = await brought_to(store, Status.APPLYING)
    assert change.others == ()

    await store.begin_send(change.id, ["there-1", "there-2"])

    assert (await store.get(change.id)).others == ("there-1", "there-2")


async def test_changes_that_made_a_schedule_on_the_same_connection_are_found(
    store: ChangeStore,
) -> None:
    asked = await store.propose(a_create(), "command")
    made = [await created(store, event) for event in (Event.CONFIRM, Event.LOSE)]
    await created(store, Event.FAIL)
    await created(store, Event.CONFIRM, connection_id="another")
    await brought_to(store, Status.APPLIED)

    beside = await store.created_beside(asked)

    assert {change.id for change in beside} == {change.id for change in made}


async def created(store: ChangeStore, end: Event, **facts: Any) -> Change:
    """Bring a change that creates a schedule to its end."""
    change = await store.propose(a_create(**facts), "command")
    await store.move(change.id, Event.APPROVE, by(APPROVER))
    return (await store.move(change.id, end, by("workflow"))).change


async def test_a_move_keeps_the_count_of_writes_the_cards_and_the_reply_url(
    store: ChangeStore,
) -> None:
    change = await brought_to(store, Status.APPLYING)
    await store.begin_send(change.id)
    await store.place_card(change.id, Place("C0ASKED", "1.0"))
    await store.reply_through(change.id, "https://hooks.slack.com/commands/T0/2/y")

    await store.move(change.id, Event.CONFIRM, by("workflow"))

    kept = await store.get(change.id)
    assert (kept.sends, kept.cards) == (1, (Place("C0ASKED", "1.0"),))
    assert kept.reply_url == "https://hooks.slack.com/commands/T0/2/y"


async def test_each_reminder_is_counted(store: ChangeStore) -> None:
    change = await store.propose(a_change(), "command")

    await asyncio.gather(*(store.count_reminder(change.id) for _ in range(3)))

    assert (await store.get(change.id)).reminders == 3


async def test_cards_are_kept_once_each_in_the_order_they_were_posted(store: ChangeStore) -> None:
    change = await store.propose(a_change(), "command")
    cards = [Place("C0ASKED", f"{number}.0") for number in range(1, 6)]

    for card in (*cards, cards[0]):
        await store.place_card(change.id, card)

    assert (await store.get(change.id)).cards == tuple(cards)


async def test_ten_cards_posted_at_once_are_all_kept(store: ChangeStore) -> None:
    change = await store.propose(a_change(), "command")
    cards = {Place("C0ASKED", f"{number}.0") for number in range(10)}

    await asyncio.gather(*(store.place_card(change.id, card) for card in cards))

    assert set((await store.get(change.id)).cards) == cards


# -- the audit trail ---------------------------------------------------------------


async def test_a_refusal_is_on_the_trail_and_moves_nothing(store: ChangeStore) -> None:
    change = await store.propose(a_change(), "command")

    await store.refuse(change, by(STRANGER), Event.APPROVE, "approvers")

    entry = (await store.trail(change.id))[-1]
    assert (entry.actor, entry.event, entry.status) == (
        STRANGER,
        "refused-approve",
        Status.PENDING,
    )
    assert entry.detail == {"rule": "approvers"}
    assert await store.get(change.id) == change


async def test_the_trail_of_one_change_tells_of_no_other(store: ChangeStore) -> None:
    mine, theirs = await brought_to(store, Status.APPLIED), await brought_to(store, Status.EXPIRED)

    assert await events(store, mine) == ["propose", "approve", "confirm"]
    assert await events(store, theirs) == ["propose", "expire"]


async def test_the_database_itself_refuses_to_edit_the_trail(
    store: ChangeStore, engine: AsyncEngine
) -> None:
    change = await brought_to(store, Status.APPLIED)
    trail = await store.trail(change.id)
    edits = ["UPDATE audit SET actor = 'U0NOBODY'", "DELETE FROM audit"]
    if engine.dialect.name == "postgresql":
        edits.append("TRUNCATE audit")

    for edit in edits:
        with pytest.raises(DBAPIError, match="the audit trail is append-only"):
            async with engine.begin() as conn:
                await conn.execute(sa.text(edit))

    assert await store.trail(change.id) == trail


# -- what comes back is what went in -----------------------------------------------


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 23, 12, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 11, 23, 0, 30, 0, 999_999, tzinfo=KATHMANDU),
        datetime(2026, 11, 23, 23, 30, tzinfo=timezone(timedelta(hours=-11))),
    ],
    ids=str,
)
async def test_a_moment_comes_back_as_the_same_moment_in_utc(
    store: ChangeStore, moment: datetime
) -> None:
    change = await store.propose(a_change(created_at=moment), "command")

    found = await store.get(change.id)

    assert found.created_at == moment
    assert found.created_at.tzinfo is UTC
    assert (await store.trail(change.id))[0].at == moment


@pytest.mark.parametrize("hard", [None, True, False])
@pytest.mark.parametrize(
    "disabled_at", [None, datetime(2026, 11, 23, 0, 30, 0, 123_456, tzinfo=KATHMANDU)]
)
async def test_terms_come_back_as_they_were(
    store: ChangeStore,
    hard: bool | None,  # noqa: FBT001 - a table's column
    disabled_at: datetime | None,
) -> None:
    terms = Terms("00 18 ? * * *", "Europe/London", hard, disabled_at, 'At 06:00 "PM", täglich')

    change = await store.propose(a_change(before=terms, after=None), "command")

    found = await store.get(change.id)
    assert (found.before, found.after) == (terms, None)


# -- finding -----------------------------------------------------------------------


async def a_log(store: ChangeStore) -> list[Change]:
    """Record 30 changes, in no order, several at the same moment; return them newest first."""
    log = [
        a_change(
            connection_id=f"connection-{number % 2}",
            created_at=NOON + timedelta(seconds=(number * 7) % 30 // 4),
        )
        for number in range(30)
    ]
    for change in log:
        await store.propose(change, "command")
    return sorted(log, key=lambda change: (change.created_at, change.id), reverse=True)


@pytest.mark.parametrize(("connection", "size"), [(None, 1), (None, 7), ("connection-1", 4)])
async def test_pages_of_history_are_newest_first_without_gap_or_repeat(
    store: ChangeStore, connection: str | None, size: int
) -> None:
    log = [c for c in await a_log(store) if connection in {None, c.connection_id}]

    read: list[Change] = []
    while page := await store.history(connection, before=read[-1] if read else None, limit=size):
        assert len(page) <= size
        read += page
        newer = a_change(connection_id="connection-1", created_at=NOON + AN_HOUR)
        await store.propose(newer, "command")  # comes in between, and disturbs no later page

    assert read == log


async def test_a_page_starts_where_it_is_asked_to_whatever_the_offset(store: ChangeStore) -> None:
    log = await a_log(store)
    tenth = replace(log[9], created_at=log[9].created_at.astimezone(KATHMANDU))

    assert await store.history(before=tenth, limit=3) == tuple(log[10:13])


async def test_a_change_is_found_by_the_start_of_its_id(store: ChangeStore) -> None:
    older = await store.propose(a_change(id="4f2a9c" + 26 * "0"), "command")
    newer = await store.propose(
        a_change(id="4f2aff" + 26 * "f", created_at=NOON + AN_HOUR), "command"
    )
    await store.propose(a_change(id="4f2b" + 28 * "0"), "command")

    assert await store.find("4f2a") == (newer, older)
    assert await store.find("4F2A9C") == (older,)
    assert await store.find(older.id) == (older,)
    assert await store.find("4f2a", limit=1) == (newer,)
    assert await store.find(older.id + "0") == ()


async def test_signs_that_mean_something_to_a_database_find_nothing(store: ChangeStore) -> None:
    await store.propose(a_change(id="4f2a9c" + 26 * "0"), "command")

    for typed in ("%", "_", "4f2%", "4f2_", "4f2a9c\\", "4f2'", "zz", "é", "\0"):
        assert await store.find(typed) == (), typed


async def test_a_pending_change_is_due_from_the_moment_it_expires(store: ChangeStore) -> None:
    change = await store.propose(a_change(), "command")
    await brought_to(store, Status.APPLYING)
    await brought_to(store, Status.CANCELLED)

    assert await store.due(change.expires_at - timedelta(microseconds=1)) == ()
    assert await store.due(change.expires_at) == (change,)


async def test_what_waits_for_a_second_person_is_to_be_remembered_the_oldest_first(
    store: ChangeStore,
) -> None:
    async def asked(minutes: int) -> Change:
        at = NOON + timedelta(minutes=minutes)
        return await store.propose(a_change(second_person=True, created_at=at), "command")

    younger, older = await asked(2), await asked(1)
    often = await asked(0)
    for _ in range(2):
        await store.count_reminder(often.id)
    await brought_to(store, Status.PENDING)  # which its requester decides
    for status in (Status.APPLYING, Status.CANCELLED):
        await brought_to(store, status, second_person=True)

    end = older.expires_at
    assert await store.to_remind(NOON, most=2) == (older, younger)
    assert await store.to_remind(NOON, most=2, limit=1) == (older,)
    assert await store.to_remind(NOON, most=3) == (await store.get(often.id), older, younger)
    assert await store.to_remind(end - timedelta(microseconds=1), most=2) == (older, younger)
    assert await store.to_remind(end, most=2) == ()


async def test_open_changes_are_those_that_wait_or_are_being_applied(store: ChangeStore) -> None:
    every = {status: await brought_to(store, status) for status in Status}

    assert set(await store.open_changes()) == {every[Status.PENDING], every[Status.APPLYING]}
    assert await store.count_open() == 2


async def test_open_changes_are_paged_from_the_one_that_ends_next(store: ChangeStore) -> None:
    ends = [NOON + timedelta(minutes=minute) for minute in (3, 1, 2)]
    late, soon, then = [await brought_to(store, Status.PENDING, expires_at=end) for end in ends]

    assert await store.ending_soonest(first=0, limit=2) == (soon, then)
    assert await store.ending_soonest(first=2, limit=2) == (late,)


async def test_the_last_applied_change_is_the_one_that_finished_last(store: ChangeStore) -> None:
    slow = await brought_to(store, Status.APPLYING)
    quick = await brought_to(store, Status.APPLIED, created_at=NOON + timedelta(minutes=1))
    await brought_to(store, Status.FAILED, schedule_id=quick.schedule_id)

    assert await store.last_applied() == quick
    assert await store.last_applied(slow.schedule_id) is None
    done = await store.move(slow.id, Event.CONFIRM, by("workflow", NOON + 2 * AN_HOUR))
    assert await store.last_applied() == done.change
    assert await store.last_applied(quick.schedule_id) == quick


async def test_the_changes_applied_before_and_after_are_the_last_ones_to_the_same_schedule(
    store: ChangeStore,
) -> None:
    async def applied(hours: int) -> Change:
        change = await store.propose(a_change(schedule_id="revenue"), "command")
        await store.move(change.id, Event.APPROVE, by(APPROVER))
        done = await store.move(change.id, Event.CONFIRM, by("workflow", NOON + hours * AN_HOUR))
        return done.change

    first, second, third = [await applied(hours) for hours in (1, 2, 3)]
    await brought_to(store, Status.APPLIED)

    assert await store.applied_after(first) == third
    assert await store.applied_after(third) is None
    assert await store.applied_before(third) == second
    assert await store.applied_before(second) == first
    assert await store.applied_before(first) is None


@pytest.mark.parametrize("status", [Status.APPLIED, Status.UNKNOWN])
async def test_what_is_applied_later_comes_after_though_the_clock_was_set_back(
    store: ChangeStore, status: Status
) -> None:
    earlier = await brought_to(store, status, schedule_id="contested")
    later = await brought_to(store, Status.APPLYING, schedule_id="contested")

    later = (await store.move(later.id, Event.CONFIRM, by(APPROVER, NOON))).change

    assert await store.last_applied("contested") == later
    assert earlier.finished_at is not None
    assert later.finished_at == earlier.finished_at + timedelta.resolution
    recheck = await store.move(earlier.id, Event.CONFIRM, by(APPROVER))
    assert (recheck.won, recheck.change) == (False, earlier)


async def test_what_the_watch_notices_comes_after_what_it_differs_from(
    store: ChangeStore, engine: AsyncEngine
) -> None:
    earlier = await brought_to(store, Status.APPLIED, schedule_id="contested")
    noticed = a_change(
        schedule_id="contested", requester="", status=Status.APPLIED, finished_at=NOON
    )

    news = News((noticed,))
    await SightingStore(engine).notice(SNOWFLAKE, by("", NOON), lambda _known: news)

    assert await store.applied_after(earlier) == await store.get(noticed.id)


async def test_what_brings_a_deleted_schedule_back_comes_after_its_deletion(
    store: ChangeStore,
) -> None:
    deleted = await brought_to(store, Status.APPLIED, action=Action.DELETE, after=None)
    way_back = {"action": Action.CREATE, "schedule_id": None, "undo_of": deleted.id}
    back = await brought_to(store, Status.APPLYING, **way_back)

    assert await store.way_back(deleted) == back
    assert await store.applied_after(deleted) is None
    confirm = by("workflow", NOON + AN_HOUR)
    done = await store.move(back.id, Event.CONFIRM, confirm, schedule_id="another")
    assert await store.applied_after(deleted) == done.change


# -- telling -----------------------------------------------------------------------


async def test_what_became_of_telling_a_channel_is_kept_up_to_date(
    store: ChangeStore, announcements: AnnouncementStore
) -> None:
    change = await store.propose(a_change(), "command")
    untried = Announcement(change.id, "C0TEAM")
    assert await announcements.get(change.id, "C0TEAM") == untried

    await announcements.keep(replace(untried, problem="not_in_channel"))
    await announcements.keep(replace(untried, ts="1763899200.000100", thread="1763899201.000100"))
    await announcements.keep(Announcement(change.id, "C0FINANCE", problem="is_archived"))

    told = Announcement(change.id, "C0TEAM", ts="1763899200.000100", thread="1763899201.000100")
    assert await announcements.get(change.id, "C0TEAM") == told
    assert await announcements.of(change.id) == (
        Announcement(change.id, "C0FINANCE", problem="is_archived"),
        told,
    )


async def test_a_channel_hears_of_the_connections_it_asked_for_once_each(
    subscriptions: SubscriptionStore,
) -> None:
    assert await subscriptions.begin("C0ALL", EVERY_CONNECTION, by(REQUESTER))
    assert await subscriptions.begin("C0ONE", SNOWFLAKE, by(REQUESTER))
    assert await subscriptions.begin("C0ONE", EVERY_CONNECTION, by(REQUESTER))
    assert await subscriptions.begin("C0OTHER", "another", by(REQUESTER))
    assert not await subscriptions.begin("C0ONE", SNOWFLAKE, by(APPROVER))

    assert await subscriptions.channels(SNOWFLAKE) == ("C0ALL", "C0ONE")
    assert await subscriptions.channels("a third") == ("C0ALL", "C0ONE")
    assert await subscriptions.connections("C0OTHER") == ("another",)
    assert set(await subscriptions.connections("C0ONE")) == {SNOWFLAKE, EVERY_CONNECTION}
    assert await subscriptions.connections("C0NONE") == ()
    assert await subscriptions.end("C0ONE", EVERY_CONNECTION, by(REQUESTER)) == 1
    assert await subscriptions.channels("a third") == ("C0ALL",)
    assert await subscriptions.begin("C0ONE", "another", by(REQUESTER))
    assert await subscriptions.end("C0ONE", None, by(REQUESTER)) == 2
    assert await subscriptions.end("C0ONE", None, by(REQUESTER)) == 0
    assert await subscriptions.channels(SNOWFLAKE) == ("C0ALL",)


# -- deliveries and the rest -------------------------------------------------------


async def test_a_delivery_is_the_first_of_its_key_once_until_it_is_forgotten(
    deliveries: DeliveryStore,
) -> None:
    at_once = await asyncio.gather(*(deliveries.is_first("Ev1", NOON) for _ in range(10)))
    assert sorted(at_once) == 9 * [False] + [True]
    assert await deliveries.is_first("Ev2", NOON + AN_HOUR)

    await deliveries.forget(NOON + AN_HOUR)

    assert await deliveries.is_first("Ev1", NOON)
    assert not await deliveries.is_first("Ev2", NOON)


async def test_a_delivery_may_be_known_by_its_signature(deliveries: DeliveryStore) -> None:
    signature = "v0=" + 64 * "a"

    assert await deliveries.is_first(signature, NOON)
    assert not await deliveries.is_first(signature, NOON)


async def test_the_store_answers_a_ping(store: ChangeStore) -> None:
    await store.ping()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_readers_on_sqlite_do_not_wait_for_a_writer(
    store: ChangeStore, database: Database
) -> None:
    change = await store.propose(a_change(), "command")
    writer = sqlite3.connect(make_url(database.url).database or "", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        async with asyncio.timeout(5):  # a reader that waited would do so for ten seconds
            assert await store.history() == (change,)
    finally:
        writer.close()


async def test_a_delete_has_nothing_after_it(store: ChangeStore) -> None:
    change = await store.propose(a_change(action=Action.DELETE, after=None), "command")

    assert (await store.get(change.id)).after is None
