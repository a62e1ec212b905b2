"""Channels are told in the end, whatever Slack does; and who asked hears where they were not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.change import Change, Event, Status
from bot.database import connect
from bot.playground.slack import Message, Person
from bot.store import By, ChangeStore
from tests.databases import Database
from tests.world import (
    COMMAND,
    DATA_TEAM,
    FINANCE,
    SECOND_PERSON,
    World,
    bot_in,
    is_card,
    surroundings,
    world_on,
)

pytestmark = pytest.mark.usefixtures("hasty")

TWO_CHANNELS = '[defaults]\nchannels = ["C0DATATEAM", "C0FINANCE"]\n'

SUNDAY = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try Slack again as often, and sooner."""
    monkeypatch.setattr("bot.telling.RETRY_FIRST", 0.1)


async def applied(world: World) -> Message:
    """Propose and approve; return the result."""
    await world.requester.clicks(await world.proposes(), "approve")
    return await world.requester.sees_message("Omni says: ")


def direct(person: Person) -> list[Message]:
    """Return what the bot wrote to somebody directly."""
    return list(person.sees(person.dm))


@pytest.mark.slow
async def test_a_channel_that_slack_holds_back_is_told_later_and_once(world: World) -> None:
    card = await world.proposes()
    for _ in range(3):
        world.slack.faults.fail_next("chat.postMessage", "ratelimited")
    await world.requester.clicks(card, "approve")
    await world.admin.sees_message("Production Snowflake changed", channel=DATA_TEAM, within=20)
    await world.stop()
    assert len(world.told(DATA_TEAM)) == 1
    assert not direct(world.requester)


@pytest.mark.slow
async def test_an_announcement_outlives_the_process_that_could_not_make_it(
    sqlite_database: Database,
) -> None:
    async with surroundings(sqlite_database) as playground:
        async with bot_in(playground) as world:
            card = await world.proposes()
            for _ in range(2):
                world.slack.faults.fail_next("chat.postMessage", "internal_error")
            await world.requester.clicks(card, "approve")
            await world.slack.pulse.until(lambda: world.slack.calls("chat.postMessage") or None)
            assert not world.told(DATA_TEAM)
        async with bot_in(playground) as world:
            await world.admin.sees_message("Production Snowflake changed", within=20)
        assert len(world.told(DATA_TEAM)) == 1
        assert world.writes == ["PUT"]


async def test_a_result_that_slack_cannot_take_now_is_told_when_it_can(world: World) -> None:
    card = await world.proposes()
    world.slack.faults.fail_next("response_url", "internal_error")
    await world.requester.clicks(card, "approve")
    assert await world.requester.sees_message("Omni says: ", within=20)


async def test_an_archived_channel_is_reported_to_who_asked_once_with_the_repair(
    sqlite_database: Database,
) -> None:
    async with world_on(sqlite_database, TWO_CHANNELS) as world:
        finance = world.slack.workspace.channels[FINANCE]
        world.slack.add_channel(
            FINANCE, finance.name, members=tuple(finance.members), archived=True
        )
        await applied(world)
        report = await world.requester.sees_message("It is archived.")
        await world.stop()
        assert report.channel == world.requester.dm
        assert f"<#{FINANCE}>" in report.words
        assert "unarchive it" in report.words
        assert len(direct(world.requester)) == 1
        assert len(world.told(DATA_TEAM)) == 1  # the others are told all the same


async def test_a_channel_closed_to_the_bot_is_reported_with_how_to_invite_it(
    sqlite_database: Database,
) -> None:
    async with world_on(sqlite_database, TWO_CHANNELS) as world:
        finance = world.slack.workspace.channels[FINANCE]
        people = finance.members - {world.slack.bot_user_id}
        world.slack.add_channel(
            FINANCE, finance.name, members=tuple(people), private=True, bot_is_member=False
        )
        await applied(world)
        report = await world.requester.sees_message("/invite")
        assert report.channel == world.requester.dm


async def test_a_channel_that_is_gone_is_reported(sqlite_database: Database) -> None:
    async with world_on(sqlite_database, TWO_CHANNELS.replace(FINANCE, "C0NOWHERE1")) as world:
        await applied(world)
        report = await world.requester.sees_message("it is private or gone")
        assert "<#C0NOWHERE1>" in report.words


async def test_a_spent_response_url_sends_the_result_directly(world: World) -> None:
    card = await world.proposes()
    for _ in range(2):  # the card that is being applied, and the result
        world.slack.faults.fail_next("response_url", "used_url")
    await world.requester.clicks(card, "approve")
    result = await world.requester.sees_message("Omni says: ")
    assert result.channel == world.requester.dm


async def test_the_card_of_a_second_person_outlives_a_slack_that_is_down(world: World) -> None:
    world.slack.faults.fail_next("chat.postMessage", "internal_error")
    await world.requester.types(SECOND_PERSON)
    card = await world.approver.sees_message(is_card, within=20)
    assert card.channel == DATA_TEAM


async def test_what_was_undone_is_said_where_it_was_announced(world: World) -> None:
    result = await applied(world)
    await world.requester.clicks(result, "undo")
    back = await world.requester.sees_message(is_card)
    await world.requester.clicks(back, "approve")
    amended = await world.admin.sees_message(lambda message: bool(message.edited))
    assert amended.channel == DATA_TEAM
    for said in (amended.words, amended.text):
        assert said.startswith("Undone by <@U0REQUESTER>, change ")
    assert not amended.buttons


async def test_who_hears_an_announcement_hears_that_the_schedule_does_not_run(world: World) -> None:
    world.omni.data.put(replace(world.schedule, disabled_at=SUNDAY))
    await applied(world)
    told = await world.admin.sees_message("changed: At 06:00 PM", channel=DATA_TEAM)
    assert told.text.endswith("Omni shows it as disabled: it does not run.")


async def test_an_undo_that_omni_writes_another_way_is_told_as_one(world: World) -> None:
    world.omni.data.put(replace(world.schedule, cron="0 9 ? * mon-fri *"))
    result = await applied(world)
    await world.requester.clicks(result, "undo")
    back = await world.requester.sees_message(is_card)
    assert "Undo of change" in back.words
    await world.requester.clicks(back, "approve")
    await world.admin.sees_message("Undone by <@U0REQUESTER>", channel=DATA_TEAM)


async def test_an_undo_that_was_edited_is_told_as_another_change(world: World) -> None:
    result = await applied(world)
    await world.requester.clicks(result, "undo")
    card = await world.requester.sees_message(is_card)
    await world.requester.clicks(card, "edit")
    form = await world.requester.sees_modal("Edit the change")
    await world.requester.submits(form, {"when": "daily at noon"})
    edited = await world.requester.sees_message(lambda m: is_card(m) and "0 12" in m.words)
    await world.requester.clicks(edited, "approve")
    told = await world.admin.sees_message("Changed again by <@U0REQUESTER>", channel=DATA_TEAM)
    assert "Undone" not in told.words


async def test_a_deletion_whose_way_back_is_another_kind_of_refresh_is_not_called_undone(
    world: World,
) -> None:
    card = await world.proposes('/omni-schedule delete "Databricks Lakehouse"')
    await world.requester.clicks(card, "approve")
    deleted = await world.requester.sees_message("Omni no longer has this schedule.")
    await world.requester.clicks(deleted, "undo")
    await world.requester.clicks(await world.requester.sees_message(is_card), "approve")
    told = await world.admin.sees_message("Added again by <@U0REQUESTER>", channel=DATA_TEAM)
    assert ": the refresh is soft now and was hard" in told.words
    assert "Undone" not in told.words


@pytest.mark.parametrize(
    ("before", "since", "left"),
    [
        (None, SUNDAY, "it is disabled now and was not"),
        (SUNDAY, None, "it was disabled and is not now"),
    ],
    ids=["disabled since", "enabled since"],
)
async def test_an_undo_that_leaves_it_on_or_off_unlike_before_is_told_as_one_of_the_time(
    world: World, before: datetime | None, since: datetime | None, left: str
) -> None:
    world.omni.data.put(replace(world.schedule, disabled_at=before))
    result = await applied(world)
    world.omni.data.put(replace(world.schedule, disabled_at=since))
    await world.requester.clicks(result, "undo")
    await world.requester.clicks(await world.requester.sees_message(is_card), "approve")
    told = await world.admin.sees_message("Time undone by <@U0REQUESTER>", channel=DATA_TEAM)
    assert f": {left}" in told.words


async def test_a_clock_that_is_set_back_turns_no_two_changes_round(world: World) -> None:
    world.clock.ahead += timedelta(hours=1)
    await applied(world)
    world.clock.ahead -= timedelta(hours=1)
    await world.admin.types('/omni-schedule f47a a1b2 "0 20 ? * * *" Europe/London')
    await world.admin.clicks(await world.admin.sees_message(is_card), "approve")
    await world.admin.sees_message("Changed again by <@U0ADMIN>", channel=DATA_TEAM)
    await world.stop()
    first, second = world.told(DATA_TEAM)
    assert [button.action_id for button in (*first.buttons, *second.buttons)] == ["undo"]
    assert "Changed again" not in second.words


async def test_what_slack_took_late_is_told_as_what_it_is_by_then(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telling.RETRY_FIRST", 1.0)
    card = await world.proposes()
    world.slack.faults.fail_next("chat.postMessage", "internal_error")
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: ")

    await world.requester.types(COMMAND.replace("18", "06"))
    second = await world.requester.sees_message(lambda m: is_card(m) and "06 ?" in m.words)
    await world.requester.clicks(second, "approve")

    late = await world.admin.sees_message("Changed again by <@U0REQUESTER>", channel=DATA_TEAM)
    assert "06:00 PM" in late.words
    assert not late.buttons
    await world.admin.sees_message(lambda m: bool(m.buttons), channel=DATA_TEAM)  # may be later
    assert [undo.action_id for told in world.told(DATA_TEAM) for undo in told.buttons] == ["undo"]


@pytest.mark.slow
async def test_what_moves_while_slack_takes_an_announcement_is_said_there(world: World) -> None:
    card = await world.proposes()
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: ")
    world.slack.faults.slow = 1.0  # the announcement is on its way
    (change,) = await world.history()
    await applied_elsewhere(world, change)

    told = await world.admin.sees_message("Changed again by <@U0ADMIN>", channel=DATA_TEAM)
    assert not told.buttons


async def applied_elsewhere(world: World, change: Change) -> None:
    """Let another process apply the next change of the same schedule, and not tell it yet."""
    engine = connect(world.database.async_url)
    store, by = ChangeStore(engine), By("U0ADMIN", "command", world.clock())
    following = replace(
        change,
        id="feedfeedfeed",
        requester="U0ADMIN",
        status=Status.PENDING,
        expires_at=world.clock() + timedelta(hours=1),
    )
    await store.propose(following, "command")
    await store.move(following.id, Event.APPROVE, by)
    await store.move(following.id, Event.CONFIRM, by)
    await engine.dispose()
