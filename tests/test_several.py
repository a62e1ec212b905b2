"""Four processes on one Postgres, over HTTP and over Socket Mode, behave as one."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.change import Event
from bot.database import connect
from bot.playground.omni import Fault, Requests
from bot.playground.slack import Message
from bot.playground.start import POLICY
from bot.settings import Mode
from bot.store import ChangeStore, SightingStore
from tests.crash.cells import finished
from tests.databases import Database
from tests.several.fleet import Fleet, fleet
from tests.test_once import ANYBODY_ELSE, CROWD, crowd, heard
from tests.test_seats import end_whoever_sits
from tests.world import COMMAND, DATA_TEAM, SCHEDULE, SECOND_PERSON, is_card, write_has_come

pytestmark = [
    pytest.mark.slow,  # each starts four processes
    pytest.mark.parametrize("database", ["postgres"], indirect=True),
]
EITHER_MODE = pytest.mark.parametrize("mode", [Mode.HTTP, Mode.SOCKET])
WATCHING = POLICY + '\n[watch]\nenabled = true\nevery = "15m"\n'


@EITHER_MODE
async def test_twenty_people_at_once_are_one_write_one_story_and_nineteen_answers(
    database: Database, tmp_path: Path, mode: Mode
) -> None:
    async with fleet(database, tmp_path, mode=mode, policy=ANYBODY_ELSE) as four:
        slack = four.playground.slack
        people = crowd(slack)
        await four.requester.types(COMMAND)
        card = await four.approver.sees_message(is_card)
        answers = await asyncio.gather(*(person.clicks(card, "approve") for person in people))
        assert {answer.error for answer in answers} == {None}
        await four.requester.sees_message("Omni says: ")
        await four.stop()
        told = [message.text for person in people for message in heard(person)]
        winners = {words.partition("<@")[2].partition(">")[0] for words in told}
        assert (len(told), len(winners)) == (CROWD - 1, 1)
        assert four.playground.omni.writes == 1
        assert len(announcements(four)) == 1


async def test_what_slack_repeats_to_another_process_is_taken_once(
    database: Database, tmp_path: Path
) -> None:
    async with fleet(database, tmp_path, mode=Mode.HTTP) as four:
        four.playground.slack.faults.twice = True
        await four.requester.types(COMMAND)
        card = await four.requester.sees_message(is_card)
        await four.requester.clicks(card, "approve")
        await four.requester.sees_message("Omni says: ")
        await four.stop()
        assert four.playground.omni.writes == 1
        assert len(heard(four.requester)) == 1
        assert len(announcements(four)) == 1


async def test_a_form_is_filled_in_over_all_of_them(database: Database, tmp_path: Path) -> None:
    async with fleet(database, tmp_path, mode=Mode.HTTP) as four:
        robin = four.requester
        await robin.types("/omni-schedule")
        form = await robin.sees_modal("Connection")
        await robin.selects(form, "connection", "Production Postgres Replica")
        form = await robin.sees_modal("Schedule")
        # The first process gets this one, and knows nothing of the connection yet.
        await robin.selects(form, "schedule", "At 05:00 AM, Europe/Berlin")
        form = await robin.sees_modal("Now  ")
        await robin.types_into(form, "when", "daily at noon")
        await robin.submits(await robin.sees_modal("Becomes  At 12:00 PM"))
        card = await robin.sees_message(is_card, channel=robin.dm)
        assert "Change the schema refresh of Production Postgres Replica?" in card.words


@EITHER_MODE
async def test_the_work_of_one_that_is_killed_is_taken_over_by_another(
    database: Database, tmp_path: Path, mode: Mode
) -> None:
    async with fleet(database, tmp_path, mode=mode) as four:
        omni = four.playground.omni
        omni.faults.switch_on(Fault.SLOW, requests=Requests.WRITES, seconds=60)
        await four.requester.types(COMMAND)
        await four.requester.clicks(await four.requester.sees_message(is_card), "approve")
        await write_has_come(omni)
        (busy,) = [one for one in four.processes if "approve by U0REQUESTER: won" in one.words]
        await busy.killed()
        omni.faults.clear()
        result = await four.requester.sees_message("Omni says: ", within=15)
        assert "Omni says: At 06:00 PM" in result.words
        await four.stop()
        assert omni.writes == 1
        assert len(announcements(four)) == 1


async def test_one_that_lost_its_seat_for_a_moment_keeps_its_work(
    database: Database, tmp_path: Path
) -> None:
    async with fleet(database, tmp_path, mode=Mode.SOCKET) as four:
        omni = four.playground.omni
        omni.faults.switch_on(Fault.SLOW, requests=Requests.WRITES, seconds=15)
        await four.requester.types(COMMAND)
        await four.requester.clicks(await four.requester.sees_message(is_card), "approve")
        await write_has_come(omni)
        (busy,) = [one for one in four.processes if "approve by U0REQUESTER: won" in one.words]
        number = four.processes.index(busy)
        await asyncio.to_thread(end_whoever_sits, database, f"web.{number}-1")
        await busy.says(f"Took seat web.{number}-1 again")
        # By then the others have looked three times for work that nobody does.
        await four.requester.sees_message("Omni says: ", within=30)
        await four.stop()
        assert not [one for one in four.processes if "Took over" in one.words]
        assert omni.writes == 1
        assert len(announcements(four)) == 1


async def test_whoever_decides_is_reminded_once_and_told_of_the_end_once(
    database: Database, tmp_path: Path
) -> None:
    async with fleet(database, tmp_path, mode=Mode.SOCKET) as four:
        await four.requester.types(SECOND_PERSON)
        card = await four.approver.sees_message(is_card)
        four.later(timedelta(hours=4, minutes=1))
        await four.playground.slack.pulse.until(
            lambda: four.said("Still waiting for a decision") or None
        )
        four.later(timedelta(hours=9))
        await four.approver.sees_message(
            lambda message: message.id == card.id and "Expired" in message.words
        )
        await four.stop()
        assert len(four.said("Still waiting for a decision")) == 1
        assert await events(four) == ["propose", Event.EXPIRE]


async def test_what_changes_outside_the_bot_is_told_once(
    database: Database, tmp_path: Path
) -> None:
    async with fleet(database, tmp_path, mode=Mode.SOCKET, policy=WATCHING) as four:
        await learned(four)
        four.playground.omni.data.edit(SCHEDULE)
        four.later(timedelta(minutes=16))
        await four.approver.sees_message("changed outside this bot", channel=DATA_TEAM, within=20)
        await four.stop()
        assert len(announcements(four)) == 1
        assert await events(four) == ["notice"]


async def learned(four: Fleet) -> None:
    """Wait until the watch has seen every connection."""
    engine = connect(four.database.async_url)
    sightings = SightingStore(engine)
    try:
        async with asyncio.timeout(30):
            while not await sightings.looked_at():  # noqa: ASYNC110 - a database rings no bell
                await asyncio.sleep(0.05)
    finally:
        await engine.dispose()
    await finished(four.database)


def announcements(four: Fleet) -> list[Message]:
    """Return what the data team can read that is not in a thread."""
    everything = four.said("Production Snowflake")
    in_channel = [one for one in everything if one.channel == DATA_TEAM and not one.ephemeral]
    return [one for one in in_channel if one.thread_ts in {None, one.ts} and not is_card(one)]


async def events(four: Fleet) -> list[str]:
    """Return what is on the trail of the one change there is."""
    engine = connect(four.database.async_url)
    try:
        store = ChangeStore(engine)
        (change,) = await store.history()
        return [entry.event for entry in await store.trail(change.id)]
    finally:
        await engine.dispose()
