"""Changes made outside the bot: noticed once, told in the connection's channels, undone."""

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dbos import DBOS, WorkflowHandleAsync

from bot.change import Action, Status, Terms
from bot.omni import Connection, ConnectionSchedule
from bot.playground.omni import Fault, StoredSchedule
from bot.playground.omni.seed import SNOWFLAKE
from bot.playground.slack import Message
from bot.playground.start import POLICY
from bot.slack.announcements import announcement
from bot.store import Known, News, Sighting, SightingStore
from bot.store.sightings import KEEP_LOST
from bot.watch import SETTLING, Look, Watch
from tests.databases import Database
from tests.store.samples import NOON, a_change
from tests.world import (
    COMMAND,
    DATA_TEAM,
    FINANCE,
    SCHEDULE,
    World,
    bot_in,
    is_card,
    surroundings,
    world_on,
)

EVERY = timedelta(minutes=15)
WATCHING = POLICY + '\n[watch]\nenabled = true\nevery = "15m"\n'


async def swept(world: World) -> None:
    """Let the watch look in the stretch of time that is now, and wait for its end."""
    await world.bot.watch.due()
    handle: WorkflowHandleAsync[None]
    handle = await DBOS.retrieve_workflow_async(f"watch:{world.bot.watch._begun}")
    await handle.get_result(polling_interval_sec=0.02)


async def sweeps(world: World) -> None:
    """Let the watch look in the next stretch of time."""
    world.clock.ahead += EVERY
    await swept(world)


@pytest.fixture
async def watching(sqlite_database: Database) -> AsyncIterator[World]:
    """Give a world whose watch has learned how things stand."""
    async with world_on(sqlite_database, WATCHING) as world:
        await swept(world)
        yield world


async def told(world: World, words: str, channel: str = DATA_TEAM) -> Message:
    return await world.requester.sees_message(
        lambda message: words in message.words and message.thread_ts in {None, message.ts},
        channel=channel,
    )


def quiet(world: World) -> bool:
    return not world.told(DATA_TEAM) and not world.told(FINANCE)


async def test_the_first_look_only_learns(watching: World) -> None:
    assert quiet(watching)
    assert await watching.history() == ()
    assert watching.writes == []


async def test_what_stays_as_it_is_is_no_news(watching: World) -> None:
    await sweeps(watching)
    await sweeps(watching)
    assert quiet(watching)


async def test_it_is_off_unless_the_policy_asks_for_it(world: World) -> None:
    asked = len(world.omni.log)
    await world.bot.watch.due()
    assert len(world.omni.log) == asked


async def test_a_change_behind_our_back_is_told_once_with_before_and_after(
    watching: World,
) -> None:
    watching.omni.data.edit(SCHEDULE)
    await sweeps(watching)
    message = await told(watching, "changed outside this bot")
    assert "00 09 * * ? *" in message.words
    assert "30 6 * * ? *" in message.words
    assert "America/New_York" in message.words
    assert [button.action_id for button in message.buttons] == ["undo"]
    await sweeps(watching)
    assert len(watching.told(DATA_TEAM)) == 1
    (change,) = await watching.history()
    assert (change.status, change.action, change.from_outside) == (
        Status.APPLIED,
        Action.SET,
        True,
    )


async def test_a_proposal_that_waits_hides_no_change_behind_our_back(watching: World) -> None:
    await watching.proposes()
    watching.omni.data.edit(SCHEDULE)
    await sweeps(watching)
    await told(watching, "changed outside this bot")


async def test_it_can_be_undone_and_the_announcement_says_so(watching: World) -> None:
    watching.omni.data.edit(SCHEDULE)
    await sweeps(watching)
    await watching.requester.clicks(await told(watching, "changed outside this bot"), "undo")
    card = await watching.requester.sees_message(is_card)
    await watching.requester.clicks(card, "approve")
    amended = await told(watching, "Undone by")
    assert amended.buttons == ()
    assert watching.schedule.cron == "00 09 * * ? *"
    await sweeps(watching)  # the undo is our own doing
    assert len(await watching.history()) == 2


async def test_a_kind_of_refresh_that_no_undo_brings_back_is_not_called_undone(
    watching: World,
) -> None:
    stands(watching, cron="0 7 * * ? *", hard_refresh=True)
    await sweeps(watching)
    await watching.requester.clicks(await told(watching, "changed outside this bot"), "undo")
    card = await watching.requester.sees_message(is_card)
    assert "Warning  It was a soft refresh before, and stays a hard one" in card.words
    assert "changed again since" not in card.words
    await watching.requester.clicks(card, "approve")
    amended = await told(watching, "Time undone by <@U0REQUESTER>")
    assert ": the refresh is hard now and was soft" in amended.words


async def test_what_the_bot_applies_is_never_news(watching: World) -> None:
    await watching.requester.clicks(await watching.proposes(), "approve")
    await watching.requester.sees_message("Omni says")
    await sweeps(watching)
    await sweeps(watching)
    assert len(await watching.history()) == 1


async def test_what_the_bot_applies_while_a_look_hangs_is_no_news(
    watching: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs, free, notice = asyncio.Event(), asyncio.Event(), SightingStore.notice

    async def held(*args: Any) -> None:
        hangs.set()
        await free.wait()
        await notice(*args)

    with monkeypatch.context() as holding:
        holding.setattr(SightingStore, "notice", held)
        sweeping = asyncio.create_task(sweeps(watching))
        await hangs.wait()  # it has seen the schedule as it was
    watching.clock.ahead += 2 * SETTLING
    card = await watching.proposes()
    await watching.requester.clicks(card, "approve")
    await told(watching, "Production Snowflake changed")
    free.set()
    await sweeping
    watching.omni.data.edit(SCHEDULE)
    await sweeps(watching)
    outside, own = await watching.history()
    assert (outside.from_outside, outside.before) == (True, own.seen)


async def test_what_the_bot_created_and_deleted_is_never_news(watching: World) -> None:
    typed = '/omni-schedule create "Marketing BigQuery" "0 7 * * ? *" Europe/London'
    await watching.requester.clicks(await watching.proposes(typed), "approve")
    await watching.requester.sees_message("Schema refresh added")
    card = await watching.proposes(f"/omni-schedule delete {SNOWFLAKE.id}")
    await watching.requester.clicks(card, "approve")
    await watching.requester.sees_message("deleted")
    await sweeps(watching)
    await sweeps(watching)
    assert len(await watching.history()) == 2


async def test_a_schedule_that_somebody_else_creates_is_told_and_can_be_deleted(
    watching: World,
) -> None:
    added = watching.omni.data.add_schedule(SNOWFLAKE, "0 12 * * ? *", "UTC")
    await sweeps(watching)
    message = await told(watching, "added to Production Snowflake outside this bot")
    assert "0 12 * * ? *" in message.words
    await watching.requester.clicks(message, "undo")
    await watching.requester.clicks(await watching.requester.sees_message(is_card), "approve")
    await watching.requester.sees_message("Omni no longer has this schedule.")
    assert watching.omni.data.schedule(added.id) is None


async def test_a_schedule_that_somebody_else_deletes_is_told_and_can_be_brought_back(
    watching: World,
) -> None:
    watching.omni.data.remove(SCHEDULE)
    await sweeps(watching)
    message = await told(watching, "Production Snowflake deleted outside this bot")
    await watching.requester.clicks(message, "undo")
    await watching.requester.clicks(await watching.requester.sees_message(is_card), "approve")
    await watching.requester.sees_message("Schema refresh added")
    (back,) = watching.omni.data.schedules(SNOWFLAKE.id)
    assert (back.cron, back.timezone) == ("00 09 * * ? *", "America/New_York")


def stands(world: World, **facts: object) -> StoredSchedule:
    """Let the documentation's schedule stand otherwise."""
    return world.omni.data.put(replace(world.schedule, **facts))  # type: ignore[arg-type]  # by name


async def test_one_that_omni_disables_is_told_without_an_undo_that_would_not_help(
    watching: World,
) -> None:
    stands(watching, disabled_at=datetime.now(UTC))
    await sweeps(watching)
    message = await told(watching, "Omni shows it as disabled")
    assert message.buttons == ()
    assert message.words.count("it does not run") == 1
    stands(watching, disabled_at=None)
    await sweeps(watching)
    await told(watching, "Omni shows it as enabled again")


async def test_a_kind_of_refresh_that_somebody_else_sets_is_told(watching: World) -> None:
    stands(watching, hard_refresh=True)
    await sweeps(watching)
    message = await told(watching, "Kind of refresh: soft → hard.")
    assert message.buttons == ()
    await watching.requester.types("/omni-schedule history")
    await watching.requester.sees_message(
        lambda m: "Changes, newest first" in m.words and "Kind of refresh: soft → hard." in m.words
    )


def test_one_that_this_bot_cannot_read_is_told_without_an_undo() -> None:
    change = a_change(
        requester="",
        status=Status.APPLIED,
        before=Terms("@whenever", "Mars/Olympus", description="Whenever"),
        after=Terms("@sometimes", "Mars/Olympus", description="Sometimes"),
    )
    message = announcement(change, NOON)
    assert "Sometimes" in message.text
    assert "@whenever" in message.text
    assert not any(block["type"] == "actions" for block in message.blocks)


async def test_a_connection_that_cannot_be_read_is_left_out_not_deleted(watching: World) -> None:
    watching.omni.faults.switch_on(Fault.NO_ROLE)
    await sweeps(watching)
    watching.omni.faults.clear()
    await sweeps(watching)
    assert quiet(watching)
    assert await watching.history() == ()


async def test_a_connection_that_omni_shows_as_deleted_is_looked_at_no_more(
    watching: World,
) -> None:
    watching.omni.data.put_connection(replace(SNOWFLAKE, deleted_at=watching.clock()))
    watching.omni.data.put(replace(watching.schedule, cron="0 7 * * ? *"))
    await sweeps(watching)
    assert quiet(watching)


async def test_channels_that_subscribed_are_told_as_well(watching: World) -> None:
    await watching.requester.types(
        '/omni-schedule subscribe "Production Snowflake"', channel=FINANCE
    )
    await told(watching, "will be announced here", FINANCE)
    watching.omni.data.edit(SCHEDULE)
    await sweeps(watching)
    await told(watching, "changed outside this bot", FINANCE)


@pytest.mark.slow
async def test_a_change_that_lands_after_it_was_lost_is_the_bots_own(watching: World) -> None:
    card = await watching.proposes()
    watching.omni.faults.switch_on(Fault.NOT_HELD)
    await watching.requester.clicks(card, "approve")
    await watching.requester.sees_message("Outcome unknown")
    watching.omni.faults.clear()
    stands(watching, cron="00 18 ? * * *", timezone="Europe/London")
    await sweeps(watching)
    assert len(await watching.history()) == 1
    watching.omni.data.edit(SCHEDULE)  # what comes later is news again
    await sweeps(watching)
    await told(watching, "changed outside this bot")


@pytest.mark.slow
async def test_a_change_that_is_lost_hides_no_other_schedules_from_it(watching: World) -> None:
    beside = watching.omni.data.add_schedule(SNOWFLAKE, "0 12 * * ? *", "UTC")
    await sweeps(watching)
    await told(watching, "added to Production Snowflake outside this bot")
    watching.omni.data.put(replace(beside, cron="0 13 * * ? *"))
    card = await watching.proposes(COMMAND)
    watching.omni.faults.switch_on(Fault.NOT_HELD)
    await watching.requester.clicks(card, "approve")
    await watching.requester.sees_message("Outcome unknown", within=10)
    watching.omni.faults.clear()
    await sweeps(watching)
    await told(watching, "changed outside this bot")


@pytest.mark.slow
@pytest.mark.parametrize("shows", ["before the next look", "later"])
async def test_a_new_schedule_that_shows_late_is_the_bots_own(watching: World, shows: str) -> None:
    typed = '/omni-schedule create "Marketing BigQuery" "0 7 * * ? *" Europe/London'
    card = await watching.proposes(typed)
    watching.omni.faults.switch_on(Fault.NOT_HELD)
    await watching.requester.clicks(card, "approve")
    await watching.requester.sees_message("Outcome unknown", within=10)
    watching.omni.faults.clear()
    (lost,) = await watching.history()
    assert lost.schedule_id is not None
    if shows == "later":
        await sweeps(watching)  # it is not there yet
    made = replace(watching.schedule, cron="0 7 * * ? *", timezone="Europe/London")
    watching.omni.data.put(replace(made, id=lost.schedule_id, connection_id=lost.connection_id))
    await sweeps(watching)
    if shows != "later":  # both have as many looks, for which there are requests in a minute
        watching.clock.ahead += KEEP_LOST
        await sweeps(watching)
    assert await watching.history() == (lost,)


async def test_a_clock_that_was_ahead_and_is_set_right_makes_it_miss_nothing(
    watching: World,
) -> None:
    watching.clock.ahead += timedelta(days=1)
    await swept(watching)
    watching.clock.ahead -= timedelta(days=1)
    watching.omni.data.edit(SCHEDULE)
    await sweeps(watching)
    await told(watching, "changed outside this bot")


async def test_what_is_noticed_while_the_clock_is_set_back_is_told(
    watching: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_at = Watch._look_at

    async def set_back(watch: Watch, connection: Connection) -> None:
        watching.clock.ahead -= timedelta(minutes=5)
        await look_at(watch, connection)

    watching.omni.data.edit(SCHEDULE)
    monkeypatch.setattr(Watch, "_look_at", set_back)
    await sweeps(watching)
    await told(watching, "changed outside this bot")


async def test_it_goes_on_after_a_restart_from_what_it_has_seen(sqlite_database: Database) -> None:
    async with surroundings(sqlite_database) as playground:
        async with bot_in(playground, WATCHING) as world:
            await swept(world)
        playground.omni.data.edit(SCHEDULE)
        async with bot_in(playground, WATCHING) as world:
            await sweeps(world)
            await told(world, "changed outside this bot")


async def test_it_keeps_what_it_has_seen_in_both_databases(database: Database) -> None:
    async with world_on(database, WATCHING) as world:
        await swept(world)
        world.omni.data.edit(SCHEDULE)
        world.omni.data.add_schedule(SNOWFLAKE, "0 12 * * ? *", "UTC")
        await sweeps(world)
        await sweeps(world)
        found = sorted(change.action for change in await world.history())
        assert found == [Action.CREATE, Action.SET]


async def test_several_processes_begin_one_sweep(watching: World) -> None:
    into = timedelta(seconds=watching.clock().timestamp() % EVERY.total_seconds())
    watching.clock.ahead += EVERY - into  # a stretch of time begins, and none ends meanwhile
    watching.omni.log.clear()
    watching.bot.watch._begun = 0
    await swept(watching)
    watching.bot.watch._begun = 0  # as a process that did not begin it
    await swept(watching)
    lists = [entry for entry in watching.omni.log if entry.path.endswith("/connections")]
    assert len(lists) == 1


async def test_it_stands_in_history_and_lists_as_nobodys(watching: World) -> None:
    watching.omni.data.edit(SCHEDULE)
    await sweeps(watching)
    await told(watching, "changed outside this bot")
    await watching.requester.types("/omni-schedule history")
    await watching.requester.sees_message("outside this bot")
    await watching.requester.types('/omni-schedule show "Production Snowflake"')
    await watching.requester.sees_message("Changed last outside this bot")
    await watching.requester.types("/omni-schedule undo")
    await watching.requester.sees_message("Nothing has been changed through this bot yet")


async def test_where_omni_has_no_turn_left_it_goes_on_later(watching: World) -> None:
    watching.omni.faults.switch_on(Fault.RATE_LIMITED, seconds=30)
    watching.clock.ahead += EVERY
    assert await watching.bot.watch._look(watching.clock().isoformat()) == 30
    # A sweep whose time is over leaves the rest to the next one.
    assert await watching.bot.watch._look((watching.clock() - EVERY).isoformat()) == 0
    assert await watching.history() == ()


# -- what is no news, however Omni and the bot overlap ---------------------------------------

OTHER = Terms("0 7 * * ? *", "Europe/London", hard_refresh=False)
NOW = ConnectionSchedule("s1", "c1", "0 6 * * ? *", "Europe/London", "At 06:00 AM", False, None)
LOOK = Look(Connection("c1", "Shop", "postgres"), {"s1": NOW}, (), NOON)
LONG_AGO, JUST_NOW = NOON - timedelta(hours=1), NOON - SETTLING / 2


def news(
    terms: Terms | None, at: datetime = LONG_AGO, *, busy: Collection[str | None] = ()
) -> list[Action]:
    known = Known(first=False, sightings={"s1": Sighting(terms, at)}, busy=frozenset(busy))
    return [change.action for change in LOOK.news(known).changes]


def test_what_differs_is_news_and_what_does_not_is_none() -> None:
    assert news(OTHER) == [Action.SET]
    assert news(NOW.terms) == []
    assert news(replace(NOW.terms, description="At 06:00 AM BST")) == []


def test_what_was_kept_with_its_blanks_is_no_news_now_that_they_are_left_out() -> None:
    cron, zone = NOW.terms.cron.replace(" ", "  "), f"{NOW.terms.timezone} "
    assert news(replace(NOW.terms, cron=cron, timezone=zone)) == []


def test_a_look_that_overtook_our_own_write_tells_nothing() -> None:
    assert news(OTHER, JUST_NOW) == []
    assert news(None, JUST_NOW) == []  # deleted by the bot while Omni's answer was on its way


def test_a_schedule_that_the_bot_is_changing_is_left_alone() -> None:
    assert news(OTHER, busy=["s1"]) == []
    assert news(OTHER, busy=["s2"]) == [Action.SET]


def test_while_the_bot_creates_one_no_new_one_is_news() -> None:
    creating = Known(first=False, sightings={}, busy=frozenset({None}))
    assert LOOK.news(creating) == News()
    idle = Known(first=False, sightings={})
    assert [change.action for change in LOOK.news(idle).changes] == [Action.CREATE]


def test_an_omni_that_begins_to_tell_the_kind_of_refresh_is_no_news() -> None:
    untold = replace(NOW.terms, hard_refresh=None)
    assert news(untold) == []
    # Learned all the same, or no change of it would ever be news.
    known = Known(first=False, sightings={"s1": Sighting(untold, LONG_AGO)})
    assert LOOK.news(known) == News((), {"s1": NOW.terms})


def test_the_first_look_learns_all_but_what_was_just_written() -> None:
    first = Known(first=True, sightings={}, busy=frozenset({None}))
    assert LOOK.news(first) == News((), {"s1": NOW.terms})
    written = Known(first=True, sightings={"s1": Sighting(OTHER, JUST_NOW)})
    assert LOOK.news(written) == News()


async def comes_late(world: World, monkeypatch: pytest.MonkeyPatch) -> Message:
    """Lose a write, let the watch see that it is not there, and let it come; return the card."""
    monkeypatch.setattr("bot.applying.SETTLE", (0.0,))
    card = await world.proposes()
    world.omni.faults.switch_on(Fault.NOT_HELD)
    await world.requester.clicks(card, "approve")
    unknown = await world.requester.sees_message("Outcome unknown", within=10)
    world.omni.faults.clear()
    await sweeps(world)
    world.omni.data.put(replace(world.schedule, cron="00 18 ? * * *", timezone="Europe/London"))
    return unknown


async def test_a_write_of_the_bots_that_comes_late_is_not_told_as_somebody_elses(
    watching: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = await comes_late(watching, monkeypatch)
    await sweeps(watching)
    assert not watching.told(DATA_TEAM)

    await watching.requester.clicks(unknown, "recheck")
    await told(watching, "Production Snowflake changed")
    await watching.stop()
    assert len(watching.told(DATA_TEAM)) == 1


async def test_what_came_late_is_never_told_as_somebody_elses(
    watching: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await comes_late(watching, monkeypatch)
    await sweeps(watching)

    watching.clock.ahead += KEEP_LOST
    await sweeps(watching)

    assert len(await watching.history()) == 1


async def test_a_deletion_that_came_late_and_was_found_is_not_told_as_somebody_elses(
    watching: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.applying.SETTLE", (0.0,))
    card = await watching.proposes(f"/omni-schedule delete {SNOWFLAKE.id}")
    watching.omni.faults.switch_on(Fault.NOT_HELD)
    await watching.requester.clicks(card, "approve")
    unknown = await watching.requester.sees_message("Outcome unknown", within=10)
    watching.omni.faults.clear()
    watching.omni.data.remove(SCHEDULE)
    await watching.requester.clicks(unknown, "recheck")
    await told(watching, "Production Snowflake deleted")
    await sweeps(watching)
    (change,) = await watching.history()
    assert (change.status, change.seen) == (Status.APPLIED, None)
