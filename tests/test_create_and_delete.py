"""Adding and deleting schedules: the same card, decision, reading back, telling, and way back."""

import asyncio
import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from bot.change import Change, Status
from bot.playground.omni import Fault, Requests
from bot.playground.omni.records import StoredSchedule
from bot.playground.omni.seed import DATABRICKS, POSTGRES, SNOWFLAKE
from bot.playground.slack import Message, Person
from bot.store import ChangeStore
from tests.databases import Database
from tests.world import DATA_TEAM, SCHEDULE, World, bot_in, is_card, surroundings

CREATE = '/omni-schedule create "Production Postgres" "0 4 * * ? *" Europe/Madrid'
DELETE = "/omni-schedule delete snowflake"
DELETE_HARD = '/omni-schedule delete "Databricks Lakehouse"'


async def carried_out(world: World, typed: str) -> Message:
    """Let a change be asked for and approved, and return how it ended."""
    card = await world.proposes(typed)
    await world.requester.clicks(card, "approve")
    return await world.requester.sees_message(
        lambda message: (
            message.id == card.id
            and "change" in message.words
            and not is_card(message)
            and "Applying" not in message.words
        )
    )


async def added(world: World, card: Message) -> Message:
    """Wait until a card says that its schedule was added."""
    return await world.requester.sees_message(
        lambda message: message.id == card.id and "added to" in message.text, within=10
    )


def schedules(world: World, connection_id: str) -> tuple[StoredSchedule, ...]:
    """Return a connection's schedules as Omni has them now."""
    return world.omni.data.schedules(connection_id)


async def test_a_new_schedule_is_shown_approved_written_read_back_and_told(world: World) -> None:
    card = await world.proposes(CREATE)
    for fact in (
        "Add a schema refresh to Production Postgres?",
        "no schedule",
        "At 04:00 AM\n`0 4 * * ? *`\nEurope/Madrid",
        f"Tells <#{DATA_TEAM}>",
    ):
        assert fact in card.words
    await world.requester.clicks(card, "approve")
    done = await world.requester.sees_message("Schema refresh added to Production Postgres")
    await world.stop()
    (made,) = schedules(world, POSTGRES.id)
    assert (made.cron, made.timezone) == ("0 4 * * ? *", "Europe/Madrid")
    assert world.writes == ["POST"]
    assert "undo" in {each.action_id for each in done.buttons}
    assert any("added to Production Postgres" in told.words for told in world.told(DATA_TEAM))


async def test_a_card_tells_of_the_schedules_beside_a_new_one(world: World) -> None:
    card = await world.proposes('/omni-schedule create snowflake "0 4 * * ? *" Europe/Madrid')
    assert "*Now*\n1 other schedule, which stays" in card.words
    assert "Now: 1 other schedule, which stays." in card.text


async def test_a_schedule_that_there_is_already_is_not_added_again(world: World) -> None:
    await world.requester.types(
        '/omni-schedule create snowflake "0 9 * * ? *" America/New_York'  # it is `00 09 * * ? *`
    )
    await world.requester.sees_message("There is such a schedule already")
    assert not await world.history()


async def test_one_that_was_added_since_the_card_is_not_added_again(world: World) -> None:
    card = await world.proposes(CREATE)
    world.omni.data.add_schedule(POSTGRES, "00 04 * * ? *", "Europe/Madrid")
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("There is such a schedule since the card was shown.")
    await world.stop()
    assert not world.writes
    assert not world.told(DATA_TEAM)


async def test_one_that_another_was_moved_to_since_the_card_is_not_added_beside_it(
    world: World,
) -> None:
    card = await world.proposes('/omni-schedule create snowflake "0 4 * * ? *" Europe/Madrid')
    world.omni.data.put(replace(world.schedule, cron="0 4 * * ? *", timezone="Europe/Madrid"))
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("There is such a schedule since the card was shown.")
    assert not world.writes


@pytest.mark.slow
async def test_one_that_was_added_while_the_bot_was_stopped_is_not_added_again(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = asyncio.Event()

    async def stopped(*_args: object) -> int:
        listed.set()
        await asyncio.Event().wait()
        return 0

    async with surroundings(sqlite_database) as playground:
        async with bot_in(playground) as world:
            card = await world.proposes(CREATE)
            with monkeypatch.context() as stopping:
                stopping.setattr(ChangeStore, "begin_send", stopped)
                await world.requester.clicks(card, "approve")
                await listed.wait()
                await world.stop()
        playground.omni.data.add_schedule(POSTGRES, "0 4 * * ? *", "Europe/Madrid")
        async with bot_in(playground) as world:
            await world.requester.sees_message("There is such a schedule since the card")
            await world.stop()
            assert not world.writes
            assert not world.told(DATA_TEAM)


async def test_a_database_that_fails_before_the_write_leaves_nothing_unknown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.applying.FRESH", -math.inf)  # it is looked at once more
    looks, lost_since = 0, ChangeStore.lost_since

    async def fails_second(*args: Any) -> tuple[Change, ...]:
        nonlocal looks
        looks += 1
        if looks == 2:
            monkeypatch.setattr("bot.applying.FRESH", math.inf)
            raise OperationalError("", None, Exception("it is away"))
        return await lost_since(*args)

    monkeypatch.setattr(ChangeStore, "lost_since", fails_second)
    await carried_out(world, CREATE)
    assert world.writes == ["POST"]
    (change,) = await world.history()
    assert (change.status, change.sends) == (Status.APPLIED, 1)


async def test_what_stands_beside_a_new_schedule_is_told_everywhere(world: World) -> None:
    done = await carried_out(world, '/omni-schedule create snowflake "0 4 * * ? *" Europe/Madrid')
    assert "Before: 1 other schedule, which stays" in done.words
    told = await world.requester.sees_message(
        lambda message: not message.ephemeral and "added to" in message.words, channel=DATA_TEAM
    )
    for said in (told.words, told.text):
        assert "Before: 1 other schedule, which stays" in said
    await world.requester.types("/omni-schedule history")
    await world.requester.sees_message("1 other schedule, which stays  →  At 04:00 AM")


async def test_two_new_schedules_that_are_alike_are_each_told_by_their_own_id(
    world: World,
) -> None:
    cards = [await world.proposes(CREATE)]
    await world.requester.types(CREATE)
    cards.append(await world.requester.sees_message(lambda m: is_card(m) and m.id != cards[0].id))
    world.omni.faults.switch_on(Fault.SLOW, seconds=0.3)  # so that both look before either writes
    await asyncio.gather(*(world.requester.clicks(card, "approve") for card in cards))
    await asyncio.gather(*(added(world, card) for card in cards))
    recorded = {change.schedule_id for change in await world.history()}
    assert recorded == {one.id for one in schedules(world, POSTGRES.id)}
    assert len(recorded) == 2


async def test_a_new_schedule_without_a_zone_gets_the_persons_own(world: World) -> None:
    card = await world.proposes(CREATE.removesuffix(" Europe/Madrid"))
    assert "`0 4 * * ? *`\nEurope/London" in card.words


async def test_undoing_a_new_schedule_deletes_that_one_and_no_other(world: World) -> None:
    before = schedules(world, SNOWFLAKE.id)
    done = await carried_out(world, '/omni-schedule create snowflake "0 4 * * ? *" Europe/Madrid')
    assert len(schedules(world, SNOWFLAKE.id)) == len(before) + 1
    await world.requester.clicks(done, "undo")
    card = await world.requester.sees_message(is_card)
    assert "Delete a schema refresh of Production Snowflake?" in card.words
    assert "`0 4 * * ? *`" in card.words
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Schema refresh of Production Snowflake deleted")
    assert schedules(world, SNOWFLAKE.id) == before


async def test_undoing_a_new_schedule_warns_that_what_was_set_since_goes_with_it(
    world: World,
) -> None:
    done = await carried_out(world, CREATE)
    (made,) = schedules(world, POSTGRES.id)
    world.omni.data.put(replace(made, hard_refresh=True))
    await world.requester.clicks(done, "undo")
    card = await world.requester.sees_message(is_card)
    assert "It was changed again since then, and this takes that back as well." in card.words


async def test_a_deletion_shows_what_will_stop_running(world: World) -> None:
    card = await world.proposes(DELETE)
    for fact in (
        "Delete a schema refresh of Production Snowflake?",
        "At 09:00 AM\n`00 09 * * ? *`\nAmerica/New_York",
        "it stops running",
        "once a day until now",
    ):
        assert fact in card.words
    (approve,) = [each for each in card.buttons if each.action_id == "approve"]
    confirm = approve.spec["confirm"]
    assert confirm["title"]["text"] == "Delete this schedule?"
    assert confirm["text"]["text"].startswith("It will no longer refresh the schema of Production")
    assert "edit" not in {each.action_id for each in card.buttons}


async def test_a_deletion_of_a_disabled_schedule_does_not_claim_that_it_runs(world: World) -> None:
    world.omni.data.put(replace(world.schedule, disabled_at=datetime(2026, 11, 1, tzinfo=UTC)))
    card = await world.proposes(DELETE)
    assert "Omni has disabled this schedule: it does not run now." in card.words
    for claim in ("stops running", "until now", "a change may leave it so"):
        assert claim not in card.words


async def test_a_change_of_a_disabled_schedule_says_what_it_would_do(world: World) -> None:
    world.omni.data.put(replace(world.schedule, disabled_at=datetime(2026, 11, 1, tzinfo=UTC)))
    card = await world.proposes()
    assert "Would run once a day, as before" in card.words


async def test_a_deletion_is_read_back_and_told(world: World) -> None:
    done = await carried_out(world, DELETE)
    assert "Omni no longer has this schedule." in done.words
    await world.stop()
    assert schedules(world, SNOWFLAKE.id) == ()
    assert world.writes == ["DELETE"]
    assert any("Snowflake deleted" in told.words for told in world.told(DATA_TEAM))


async def test_undoing_a_deletion_adds_the_schedule_again(world: World) -> None:
    done = await carried_out(world, DELETE)
    await world.requester.clicks(done, "undo")
    card = await world.requester.sees_message(is_card)
    assert "Add a schema refresh to Production Snowflake?" in card.words
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Schema refresh added to Production Snowflake")
    (back,) = schedules(world, SNOWFLAKE.id)
    assert (back.cron, back.timezone) == ("00 09 * * ? *", "America/New_York")
    assert back.id != SCHEDULE


async def test_a_deletion_is_undone_once(world: World) -> None:
    done = await carried_out(world, DELETE)
    await world.requester.clicks(done, "undo")
    card = await world.requester.sees_message(is_card)
    await world.requester.clicks(done, "undo")
    await world.requester.sees_message("Its card is in App Home, under Review.")
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Schema refresh added to Production Snowflake")
    await world.requester.clicks(done, "undo")
    await world.requester.sees_message("was undone already, by change")
    assert len(schedules(world, SNOWFLAKE.id)) == 1


async def test_a_deletion_whose_undo_was_edited_is_not_called_undone(world: World) -> None:
    done = await carried_out(world, DELETE)
    await world.requester.clicks(done, "undo")
    await world.requester.clicks(await world.requester.sees_message(is_card), "edit")
    form = await world.requester.sees_modal("Edit the change")
    await world.requester.submits(form, {"when": "0 4 * * ? *"})
    card = await world.requester.sees_message(lambda m: is_card(m) and "0 4 * * ? *" in m.words)
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Schema refresh added to Production Snowflake")
    await world.requester.clicks(done, "undo")
    await world.requester.sees_message("already, and was edited to another time")


async def test_a_deletion_is_not_undone_beside_a_schedule_that_runs_at_the_same_times(
    world: World,
) -> None:
    done = await carried_out(world, DELETE)
    world.omni.data.add_schedule(SNOWFLAKE, "0 9 * * ? *", "America/New_York")
    await world.requester.clicks(done, "undo")
    await world.requester.sees_message("There is such a schedule already")
    assert len(await world.history()) == 1


async def test_a_way_back_is_not_edited_into_a_schedule_that_there_is_already(
    world: World,
) -> None:
    done = await carried_out(world, DELETE)
    world.omni.data.add_schedule(SNOWFLAKE, "0 6 * * ? *", "Europe/London")
    await world.requester.clicks(done, "undo")
    card = await world.requester.sees_message(is_card)
    await world.requester.clicks(card, "edit")
    form = await world.requester.sees_modal("Edit the change")
    await world.requester.submits(form, {"when": "00 06 * * ? *", "zone": "Europe/London"})
    await world.requester.sees_message("There is such a schedule already")
    (way_back, _) = await world.history()
    assert way_back.status is Status.PENDING


async def test_two_people_who_undo_a_deletion_at_once_get_one_card(world: World) -> None:
    done = await carried_out(world, DELETE)
    announcement = await world.approver.sees_message("deleted", channel=DATA_TEAM)
    people = (world.requester, world.approver)
    await asyncio.gather(*map(Person.clicks, people, (done, announcement), ("undo", "undo")))

    def answers() -> list[Message] | None:
        asks = "already asked"
        found = [one for who in people for one in who.sees() if is_card(one) or asks in one.words]
        return found if len(found) == len(people) else None

    assert sum(map(is_card, await world.slack.pulse.until(answers))) == 1


async def test_what_is_gone_from_omni_cannot_be_undone(world: World) -> None:
    done = await carried_out(world, CREATE)
    (made,) = schedules(world, POSTGRES.id)
    world.omni.data.remove(made.id)
    await world.requester.clicks(done, "undo")
    assert await world.requester.sees_message("Omni no longer has what change")


async def test_a_hard_schedule_that_comes_back_soft_is_said_to_do_so(world: World) -> None:
    done = await carried_out(world, DELETE_HARD)
    await world.requester.clicks(done, "undo")
    card = await world.requester.sees_message(is_card)
    assert "Warning  It was a hard refresh and comes back as a soft one" in card.words
    assert "Reason  Undo of change" in card.words
    assert "Omni does not say" not in card.words
    await world.requester.clicks(card, "approve")
    result = await world.requester.sees_message("Schema refresh added to Databricks Lakehouse")
    assert "Warning: It was a hard refresh and comes back as a soft one" in result.words
    (back,) = schedules(world, DATABRICKS.id)
    assert back.hard_refresh is False


async def test_a_disabled_schedule_that_comes_back_enabled_is_said_to_do_so(world: World) -> None:
    world.omni.data.put(replace(world.schedule, disabled_at=datetime(2026, 11, 1, tzinfo=UTC)))
    done = await carried_out(world, DELETE)
    await world.requester.clicks(done, "undo")
    card = await world.requester.sees_message(is_card)
    assert "Warning  It was disabled before, and this leaves it enabled" in card.words
    await world.requester.clicks(card, "approve")
    result = await world.requester.sees_message("Schema refresh added to Production Snowflake")
    assert "Warning: It was disabled before, and this leaves it enabled" in result.words


async def test_a_deletion_of_one_among_several_asks_which(world: World) -> None:
    await world.requester.types('/omni-schedule delete "Production Postgres Replica"')
    asked = await world.requester.sees_message("Which one?")
    await world.requester.clicks(asked, "Choose", block_id=asked.buttons[1].block_id)
    assert "`0/30 8-18 ? * MON-FRI *`" in (await world.requester.sees_message(is_card)).words


async def test_a_schedule_that_moved_since_the_preview_is_not_deleted(world: World) -> None:
    card = await world.proposes(DELETE)
    world.omni.data.edit(SCHEDULE)
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("It has changed since the card was shown.")
    assert world.writes == []


async def test_a_schedule_that_is_gone_already_is_not_deleted_again(world: World) -> None:
    card = await world.proposes(DELETE)
    world.omni.data.remove(SCHEDULE)
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("It was already so.")
    assert world.writes == []


@pytest.mark.parametrize(
    ("typed", "written", "ending"),
    [(CREATE, "POST", "added to"), (DELETE, "DELETE", "Snowflake deleted")],
    ids=["create", "delete"],
)
async def test_an_answer_that_is_lost_is_made_up_for_by_reading(
    world: World, typed: str, written: str, ending: str
) -> None:
    card = await world.proposes(typed)
    world.omni.faults.switch_on(Fault.DROPS_ANSWER, requests=Requests.WRITES, times=1)
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message(ending)
    await world.stop()
    assert world.writes == [written]


async def test_the_policy_decides_what_may_be_created_and_deleted(world: World) -> None:
    await world.requester.types('/omni-schedule delete "Finance Redshift"')
    card = await world.approver.sees_message(is_card)
    await world.requester.clicks(card, "approve")
    assert await world.requester.sees_message("another person has to approve it")
    assert world.writes == []
