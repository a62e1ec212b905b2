"""How applying can end: each ending with its own words and its own next step, and never a lie."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from dbos import DBOS

from bot.applying import MAY_FOLLOW, Applying
from bot.change import Change, Event, Status
from bot.endings import NO_DOUBT, Sent
from bot.omni import Line, OmniClient, RateLimited, in_line, wire
from bot.omni.wire import schedules_path
from bot.playground.omni import Fault, Requests
from bot.playground.page_server.faults import switch_omni
from bot.playground.slack import Message
from bot.policy import Policy, Rules
from bot.store import By, ChangeStore, Moved
from tests.databases import Database
from tests.test_create_and_delete import DELETE
from tests.world import COMMAND, CONNECTION, DATA_TEAM, FINANCE, SCHEDULE, World, is_card, world_on

pytestmark = pytest.mark.usefixtures("hasty")


async def approved(world: World) -> Message:
    """Propose and approve; return the card."""
    card = await world.proposes()
    await world.requester.clicks(card, "approve")
    return card


async def ended(world: World, words: str) -> Message:
    """Wait for the result and for everything that follows; no channel was told anything."""
    result = await world.requester.sees_message(words, within=10)
    await world.stop()
    assert not world.told(DATA_TEAM)
    assert not any(button.action_id in {"approve", "undo"} for button in result.buttons)
    return result


async def stopped_before_the_count(world: World, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Propose and approve, and stop before the write is counted, until an event is set."""
    free, counts, begin_send = asyncio.Event(), asyncio.Event(), ChangeStore.begin_send

    async def held(*args: Any) -> int:
        monkeypatch.setattr(ChangeStore, "begin_send", begin_send)
        counts.set()
        await free.wait()
        return await begin_send(*args)

    monkeypatch.setattr(ChangeStore, "begin_send", held)
    await approved(world)
    await counts.wait()
    return free


async def until(world: World, so: Callable[[], bool]) -> None:
    """Wait until something is so in Omni."""
    await world.omni.pulse.until(lambda: so() or None)


async def status(world: World) -> Status:
    (change,) = await world.history()
    return change.status


# -- stale, and already so ----------------------------------------------------------------


@pytest.mark.parametrize("switched", ["before the proposal", "before the approval"])
async def test_the_playgrounds_switch_for_an_edit_shows_what_a_stale_card_is(
    world: World, switched: str
) -> None:
    if switched == "before the proposal":
        switch_omni(world.omni, Fault.EDITED, on=True)
    card = await world.proposes()
    switch_omni(world.omni, Fault.EDITED, on=True)
    await world.requester.clicks(card, "approve")
    result = await world.requester.sees_message("Not changed")
    assert "It has changed since the card was shown." in result.words
    await world.requester.sees_message(lambda m: is_card(m) and "30 6 * * ? *" in m.words)
    assert not world.omni.faults.on


async def test_a_schedule_that_moved_is_not_written_and_shown_afresh(world: World) -> None:
    card = await world.proposes()
    world.omni.data.edit(SCHEDULE)
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message(
        "Nothing was written. It has changed since the card was shown."
    )
    fresh = await world.requester.sees_message(is_card)
    assert "`30 6 * * ? *`" in fresh.words  # the new before
    assert not world.writes
    await world.requester.clicks(fresh, "approve")
    await world.requester.sees_message("Omni says: ")
    assert world.writes == ["PUT"]
    assert world.schedule.cron == "00 18 ? * * *"


async def test_a_fresh_card_is_of_the_kind_of_refresh_that_omni_shows_now(world: World) -> None:
    card = await world.proposes()
    world.omni.data.put(replace(world.schedule, cron="30 6 * * ? *", hard_refresh=True))
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Nothing was written.")
    await world.requester.sees_message(is_card)
    fresh, _ = await world.history()
    assert [terms and terms.hard_refresh for terms in (fresh.before, fresh.after)] == [True, True]


async def test_a_fresh_card_of_an_undo_says_that_it_goes_further_by_now(world: World) -> None:
    await approved(world)
    done = await world.requester.sees_message("Omni says: ")
    await world.requester.clicks(done, "undo")
    card = await world.requester.sees_message(is_card)
    assert "changed again since then" not in card.words
    world.omni.data.edit(SCHEDULE)
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message(
        lambda m: is_card(m) and "It was changed again since then" in m.words
    )


async def test_a_stale_change_is_not_shown_afresh_where_somebody_proposed_anew(
    world: World,
) -> None:
    await world.proposes()
    (held,) = await world.history()
    stale = replace(held, id="4f2a9c0b1d2e", status=Status.STALE, seen=held.before)
    assert await world.bot.workflow._repropose(stale) is None
    assert await world.history() == (held,)


async def test_what_moves_while_an_approval_waits_for_the_database_is_not_overwritten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.applying.FRESH", -math.inf)  # however short the wait, it is too long
    free, move = asyncio.Event(), ChangeStore.move

    async def held(*args: Any, **fields: Any) -> Moved:
        await free.wait()
        return await move(*args, **fields)

    card = await world.proposes()
    monkeypatch.setattr(ChangeStore, "move", held)
    before = world.omni.pulse.count
    await world.requester.clicks(card, "approve")
    await world.omni.pulse.after(before)  # it was re-read already, when somebody edits it
    world.omni.data.edit(SCHEDULE)
    free.set()
    await world.requester.sees_message("It has changed since the card was shown.")
    assert not world.writes


async def test_what_moves_while_the_write_is_counted_is_not_overwritten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.applying.FRESH", -math.inf)  # however short the wait, it is too long
    free = await stopped_before_the_count(world, monkeypatch)
    world.omni.data.edit(SCHEDULE)
    free.set()
    await world.requester.sees_message("It has changed since the card was shown.")
    assert not world.writes
    await world.stop()
    assert [change.sends for change in await world.history()] == [0, 0]  # the fresh card's, too


async def test_what_another_process_applied_and_somebody_undid_meanwhile_is_not_written_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It hangs there until it is taken for dead.
    free = await stopped_before_the_count(world, monkeypatch)
    (change,) = await world.history()
    assert await world.bot.store.begin_send(change.id) == 1
    key = f"{change.id}:approve:{world.requester.id}/record"
    by = By("", "omni", world.clock(), key)
    await world.bot.store.move(change.id, Event.CONFIRM, by, seen=change.after)
    free.set()
    await world.requester.sees_message("changed")
    await world.stop()
    assert not world.writes
    assert [one.sends for one in await world.history()] == [1]


async def on_record_as_approved(world: World) -> Change:
    """Propose and approve, without anybody who carries it out."""
    await world.proposes()
    (change,) = await world.history()
    by = By(world.requester.id, "button", world.clock())
    return (await world.bot.store.move(change.id, Event.APPROVE, by)).change


async def test_a_write_that_another_process_took_back_uncounted_is_sent(world: World) -> None:
    change = await on_record_as_approved(world)
    with in_line(Line.DECIDED):
        await world.bot.workflow._applying.send(replace(change, sends=1))
    assert world.writes == ["PUT"]


async def test_what_was_sent_before_the_policy_forbade_it_is_read_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = await on_record_as_approved(world)
    await world.bot.store.begin_send(change.id)
    world.omni.data.put(replace(world.schedule, cron="00 18 ? * * *", timezone="Europe/London"))
    monkeypatch.setattr(world.bot.workflow, "_policy", Policy(Rules(allow=())))
    with in_line(Line.DECIDED):
        assert (await world.bot.workflow._send(change.id))["ending"] is None


async def test_what_omni_has_no_turn_to_show_is_looked_for_later_and_not_given_up(
    world: World,
) -> None:
    change = await on_record_as_approved(world)
    world.omni.faults.switch_on(Fault.RATE_LIMITED, requests=Requests.READS, seconds=60)
    sent: Sent = {"ending": None, "doubt": NO_DOUBT, "created": None}
    with in_line(Line.DECIDED), pytest.raises(RateLimited):
        await world.bot.workflow._applying.read_back(change, sent)


async def test_who_approved_in_time_is_not_too_late_though_that_is_recorded_late(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, move = asyncio.Event(), ChangeStore.move

    async def held(
        store: ChangeStore, change_id: str, event: Event, *by: Any, **facts: Any
    ) -> Moved:
        if event is Event.APPROVE:
            await free.wait()
        return await move(store, change_id, event, *by, **facts)

    card = await world.proposes()
    (change,) = await world.history()
    monkeypatch.setattr(ChangeStore, "move", held)
    await world.requester.clicks(card, "approve")
    world.clock.ahead = change.expires_at - change.created_at
    await world.bot.workflow.expire_due()
    expiry = f"{change.id}:{Event.EXPIRE}:"
    assert await DBOS.list_workflows_async(workflow_id_prefix=expiry) == []
    free.set()
    await world.requester.sees_message("Omni says: ")


async def test_a_write_is_read_back_before_it_is_on_record_that_it_was_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, send = asyncio.Event(), Applying.send

    async def held(*args: Any) -> Sent:
        sent = await send(*args)
        await free.wait()
        return sent

    def asked() -> list[str]:
        return [one.method for one in world.omni.log if SCHEDULE in one.path]

    monkeypatch.setattr(Applying, "send", held)
    await approved(world)
    async with asyncio.timeout(5):
        await until(world, lambda: asked() == ["GET", "PUT", "GET"])
    free.set()
    await world.requester.sees_message("Omni says: ")
    await world.stop()
    assert asked() == ["GET", "PUT", "GET"]


async def test_a_change_that_somebody_made_in_omni_meanwhile_is_not_made_again(
    world: World,
) -> None:
    card = await world.proposes()
    made = replace(world.schedule, cron="00 18 ? * * *", timezone="Europe/London")
    world.omni.data.put(made)
    await world.requester.clicks(card, "approve")
    await ended(world, "Nothing was written. It was already so.")
    assert not world.writes


async def test_a_change_that_leaves_only_the_kind_of_refresh_is_not_shown_afresh(
    world: World,
) -> None:
    card = await world.proposes()
    made = replace(world.schedule, cron="00 18 ? * * *", timezone="Europe/London")
    world.omni.data.put(replace(made, hard_refresh=True))
    await world.requester.clicks(card, "approve")
    result = await ended(world, "Nothing was written. Omni shows the new time, but the refresh is")
    assert "hard now and was soft: make it soft in Omni." in result.words
    assert "fresh card" not in result.words
    assert len(await world.history()) == 1


async def test_a_schedule_deleted_meanwhile_is_said_to_be_gone(world: World) -> None:
    card = await world.proposes()
    world.omni.data.remove(SCHEDULE)
    await world.requester.clicks(card, "approve")
    await ended(world, "Omni no longer has this schedule.")
    assert not world.writes


# -- refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.NO_ROLE, "Permission denied - connection admin role required"),
        (Fault.BAD_KEY, "Invalid bearer token"),
        (Fault.RATE_LIMITED, "Too Many Requests"),
        (Fault.FAILING, "Internal Server Error"),
        (Fault.NONSENSE, "expected JSON, got an HTML page"),
    ],
)
async def test_a_write_that_omni_refuses_is_told_in_omnis_words(
    world: World, fault: Fault, words: str
) -> None:
    world.omni.faults.switch_on(fault, requests=Requests.WRITES)
    await approved(world)
    result = await ended(world, "Nothing was changed. ")
    assert words in result.words
    assert world.writes == ["PUT"]
    assert world.schedule.cron == "00 09 * * ? *"


@pytest.mark.parametrize("fault", [Fault.NO_ROLE, Fault.BAD_KEY, Fault.NONSENSE])
async def test_where_omni_cannot_be_reread_nothing_is_sent(world: World, fault: Fault) -> None:
    card = await world.proposes()
    world.omni.faults.switch_on(fault, requests=Requests.READS)
    await world.requester.clicks(card, "approve")
    result = await ended(world, "Nothing was changed. ")
    assert "Nothing was sent." in result.words
    assert not world.writes


async def test_a_slow_omni_keeps_nobody_waiting_for_slack(world: World) -> None:
    card = await world.proposes()
    world.omni.faults.switch_on(Fault.SLOW, requests=Requests.WRITES, seconds=1)
    answer = await world.requester.clicks(card, "approve")
    assert answer.error is None
    assert answer.seconds < 1
    writing = await world.requester.sees_message("Writing to Omni and reading it back.")
    assert "Now: At 09:00 AM" in writing.words
    assert "Becomes: At 06:00 PM" in writing.words
    await world.requester.sees_message("Omni says: ")
    assert world.writes == ["PUT"]


# -- answers and requests that are lost -----------------------------------------------------


async def test_a_lost_answer_is_settled_by_reading_back(world: World) -> None:
    world.omni.faults.switch_on(Fault.DROPS_ANSWER, requests=Requests.WRITES)
    await approved(world)
    await world.requester.sees_message("Omni says: At 06:00 PM")
    await world.stop()
    assert world.writes == ["PUT"]
    assert len(world.told(DATA_TEAM)) == 1


async def test_a_lost_request_is_sent_again_only_after_reading_that_it_did_not_happen(
    world: World,
) -> None:
    world.omni.faults.switch_on(Fault.DROPS_REQUEST, requests=Requests.WRITES, times=1)
    await approved(world)
    await world.requester.sees_message("Omni says: At 06:00 PM")
    methods = [entry.method for entry in world.omni.log]
    first, second = (number for number, method in enumerate(methods) if method == "PUT")
    assert set(methods[first + 1 : second]) == {"GET"}


async def test_requests_that_keep_getting_lost_end_unknown_after_the_second(world: World) -> None:
    world.omni.faults.switch_on(Fault.DROPS_REQUEST, requests=Requests.WRITES)
    await approved(world)
    result = await ended(world, "Outcome unknown")
    assert world.writes == ["PUT", "PUT"]
    assert [button.action_id for button in result.buttons] == ["recheck"]


# -- said, and not so --------------------------------------------------------------------------


async def test_a_write_that_does_not_hold_is_called_unknown(world: World) -> None:
    world.omni.faults.switch_on(Fault.NOT_HELD)
    await approved(world)
    result = await ended(world, "Outcome unknown")
    assert "Omni reported success. Omni shows the schedule as it was before." in result.words
    assert "00 09 * * ? *" in result.words
    assert world.writes == ["PUT"]


async def test_show_and_list_tell_of_a_change_that_may_have_come(world: World) -> None:
    world.omni.faults.switch_on(Fault.NOT_HELD)
    await approved(world)
    await world.requester.sees_message("Outcome unknown: ")
    world.omni.faults.switch_off(Fault.NOT_HELD)
    (lost,) = await world.history()
    line = f"Outcome unknown  {lost.short_id}, asked by <@U0REQUESTER>: At 06:00 PM  00 18 ? * * *"
    await world.requester.types("/omni-schedule list snowflake")
    assert line in (await world.requester.sees_message("Schema refresh of Production")).words
    await world.requester.types("/omni-schedule show snowflake")
    assert line in (await world.requester.sees_message("All schedules")).words
    world.clock.ahead = timedelta(hours=1)
    card = await world.proposes(COMMAND.replace("00 18", "00 19"))
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: At 07:00 PM")
    await world.requester.types("/omni-schedule show snowflake")
    assert "Outcome unknown" not in (await world.requester.sees_message("Changed last")).words


async def test_a_write_that_loses_the_hard_refresh_is_called_unknown(world: World) -> None:
    world.omni.data.put(replace(world.schedule, hard_refresh=True))
    world.omni.faults.switch_on(Fault.RESETS_HARD_REFRESH)
    await approved(world)
    result = await ended(world, "Outcome unknown")
    assert "Omni shows the new time, but the refresh is soft now and was hard" in result.words
    assert "neither the old nor the new" not in result.words
    assert "Kind of refresh in Omni now: soft." in result.words


# -- unknown, and looked at again -----------------------------------------------------------


@pytest.fixture
async def blind(sqlite_database: Database) -> AsyncIterator[World]:
    """Give a world in which a write was sent, and nobody knows what became of it."""
    async with world_on(sqlite_database) as world:
        card = await world.proposes()
        world.omni.faults.switch_on(Fault.SLOW, requests=Requests.WRITES, seconds=0.2)
        world.omni.faults.switch_on(Fault.DROPS_ANSWER, requests=Requests.WRITES)
        await world.requester.clicks(card, "approve")
        await until(world, lambda: bool(world.writes))
        world.omni.faults.switch_on(Fault.NONSENSE, requests=Requests.READS)
        await world.requester.sees_message("Outcome unknown")
        yield world


async def test_reads_that_fail_after_the_write_leave_it_unknown_until_a_recheck(
    blind: World,
) -> None:
    result = await blind.requester.sees_message("Omni could not be read after the write.")
    assert not blind.told(DATA_TEAM)
    assert await status(blind) is Status.UNKNOWN
    await blind.requester.clicks(result, "recheck")
    told = await blind.requester.sees_message("is still not known")
    assert told.words.startswith("Omni could not be read. What became of change ")
    blind.omni.faults.clear()
    await blind.requester.clicks(result, "recheck")
    await blind.requester.sees_message("Omni says: At 06:00 PM")
    await blind.stop()
    assert blind.writes == ["PUT"]
    assert len(blind.told(DATA_TEAM)) == 1


async def test_a_recheck_that_finds_something_else_says_what_omni_shows(blind: World) -> None:
    result = await blind.requester.sees_message("Omni could not be read after the write.")
    blind.omni.data.put(replace(blind.schedule, cron="0 1 * * ? *"))
    blind.omni.faults.clear()
    await blind.requester.clicks(result, "recheck")
    told = await blind.requester.sees_message("is still not known")
    assert "Omni shows neither the old nor the new." in told.words
    assert "Omni shows: At 01:00 AM  0 1 * * ? *  Europe/London" in told.words
    assert await status(blind) is Status.UNKNOWN


async def test_a_recheck_tells_that_a_soft_refresh_is_hard_now(blind: World) -> None:
    result = await blind.requester.sees_message("Omni could not be read after the write.")
    blind.omni.data.put(replace(blind.schedule, hard_refresh=True))
    blind.omni.faults.clear()
    await blind.requester.clicks(result, "recheck")
    told = await blind.requester.sees_message("is still not known")
    assert "the refresh is hard now and was soft: make it soft in Omni." in told.words


async def test_a_recheck_that_finds_the_schedule_as_before_says_so_once_nothing_can_follow(
    blind: World,
) -> None:
    result = await blind.requester.sees_message("Omni could not be read after the write.")
    before = replace(blind.schedule, cron="00 09 * * ? *", timezone="America/New_York")
    blind.omni.data.put(before)
    blind.omni.faults.clear()
    await blind.requester.clicks(result, "recheck")
    told = await blind.requester.sees_message("is still not known")
    assert "as it was before. What was sent may still come." in told.words
    blind.clock.ahead += MAY_FOLLOW
    await blind.requester.clicks(result, "recheck")
    await ended(blind, "Nothing was changed. Omni shows the schedule as it was before.")
    assert await status(blind) is Status.FAILED


# -- something else answers ---------------------------------------------------------------


async def test_an_endpoint_that_omni_removed_does_not_mean_that_the_schedule_is_gone(
    world: World,
) -> None:
    card = await world.proposes(DELETE)
    world.omni.faults.switch_on(Fault.REMOVED)
    await world.requester.clicks(card, "approve")
    result = await ended(world, "Nothing was changed. ")
    assert "This endpoint was removed" in result.words
    assert not world.writes


async def test_a_schedule_is_not_called_deleted_because_a_proxy_finds_no_omni(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.requester.types("/omni-schedule subscribe", channel=FINANCE)
    await world.requester.sees_message("will be announced here")
    card = await world.proposes(f"/omni-schedule delete {CONNECTION} {SCHEDULE}")
    world.omni.faults.switch_on(Fault.DROPS_REQUEST, requests=Requests.WRITES)
    delete, parse = OmniClient.delete, wire.parse

    async def restarts(self: OmniClient, connection_id: str, schedule_id: str) -> None:
        def nobody(_status: int, headers: Any, _body: bytes, *, key: str) -> object:
            return parse(404, headers, b"404 page not found", key=key)

        monkeypatch.setattr("bot.omni.client.parse", nobody)
        await delete(self, connection_id, schedule_id)

    monkeypatch.setattr(OmniClient, "delete", restarts)
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Outcome unknown")
    await world.stop()
    assert world.schedule
    assert not any("deleted" in message.words for message in world.told(FINANCE))


async def test_what_is_said_of_another_schedule_confirms_no_write(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = world.omni.data.add_connection("Beside")
    other = world.omni.data.add_schedule(beside, "00 18 ? * * *", "Europe/London")
    card = await world.proposes()
    world.omni.faults.switch_on(Fault.NOT_HELD)
    read, write = OmniClient._read, OmniClient._write
    elsewhere = schedules_path(beside.id, other.id)

    async def mixed_up(self: OmniClient, *args: Any) -> object:
        monkeypatch.setattr(OmniClient, "_read", lambda self, _path: read(self, elsewhere))
        return await write(self, *args)

    monkeypatch.setattr(OmniClient, "_write", mixed_up)
    await world.requester.clicks(card, "approve")
    await ended(world, "Outcome unknown")
    assert world.schedule.cron == "00 09 * * ? *"
