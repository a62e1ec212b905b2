"""What Omni does with a write when nobody waits for it any more, and who may claim it then."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.applying import MAY_FOLLOW, Applying
from bot.change import Event, Status
from bot.durable import VERSION
from bot.omni import Line, in_line
from bot.playground.omni import Fault, Requests
from bot.playground.omni.seed import POSTGRES
from bot.playground.slack import Message
from bot.store import By, Moved
from bot.telling import Telling
from tests.test_create_and_delete import CREATE, DELETE
from tests.test_endings import ended, until
from tests.world import COMMAND, DATA_TEAM, SCHEDULE, World, is_card

pytestmark = pytest.mark.usefixtures("hasty")

LATE = 0.7  # seconds


async def unsettled(world: World, card: Message) -> Message:
    """Approve, and wait until the outcome is told as unknown, with the way to settle it."""
    await world.requester.clicks(card, "approve")
    result = await world.requester.sees_message("Outcome unknown", within=10)
    assert [button.action_id for button in result.buttons] == ["recheck"]
    assert not world.told(DATA_TEAM)
    return result


async def test_a_write_that_comes_after_all_is_unknown_and_then_found(world: World) -> None:
    card = await world.proposes()
    world.omni.faults.switch_on(Fault.LATE, requests=Requests.WRITES, seconds=LATE)
    result = await unsettled(world, card)
    assert "Omni is not available (504: an HTML page)." in result.words
    assert "Try again" not in result.words
    await until(world, lambda: world.schedule.cron == "00 18 ? * * *")
    await world.requester.clicks(result, "recheck")
    await world.requester.sees_message("Omni says: At 06:00 PM")


@pytest.mark.slow
async def test_a_new_schedule_is_sent_once_however_late_it_comes(world: World) -> None:
    card = await world.proposes(CREATE)
    world.omni.faults.switch_on(Fault.LATE, requests=Requests.WRITES, seconds=5 * LATE)
    result = await unsettled(world, card)
    assert "Omni does not show the new schedule." in result.words
    await world.requester.clicks(result, "recheck")
    told = await world.requester.sees_message("is still not known")
    assert "Omni does not show the new schedule. What was sent may still come." in told.words
    await until(world, lambda: bool(world.omni.data.schedules(POSTGRES.id)))
    await world.requester.clicks(result, "recheck")
    done = await world.requester.sees_message("Schema refresh added to Production Postgres")
    assert [button.action_id for button in done.buttons] == ["undo"]
    await world.stop()
    assert world.writes == ["POST"]
    (change,) = await world.history()
    (made,) = world.omni.data.schedules(POSTGRES.id)
    assert change.schedule_id == made.id


async def test_a_new_schedule_that_never_comes_is_let_go(world: World) -> None:
    card = await world.proposes(CREATE)
    world.omni.faults.switch_on(Fault.DROPS_REQUEST, requests=Requests.WRITES)
    result = await unsettled(world, card)
    world.clock.ahead += MAY_FOLLOW
    await world.requester.clicks(result, "recheck")
    await ended(world, "Nothing was changed. Omni does not show the new schedule.")
    assert world.writes == ["POST"]


async def test_a_second_write_that_is_refused_does_not_deny_the_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.applying.SETTLE", (0.0, 0.3))  # time to take the role away
    card = await world.proposes(DELETE)
    world.omni.faults.switch_on(Fault.LATE, requests=Requests.WRITES, times=1, seconds=2 * LATE)
    await world.requester.clicks(card, "approve")
    await until(world, lambda: bool(world.writes))
    world.omni.faults.switch_on(Fault.NO_ROLE, requests=Requests.WRITES)
    result = await world.requester.sees_message("Outcome unknown", within=10)
    assert "Permission denied" in result.words
    await until(world, lambda: world.omni.data.schedule(SCHEDULE) is None)
    await world.requester.clicks(result, "recheck")
    await world.requester.sees_message("Omni no longer has this schedule.")
    assert world.writes == ["DELETE", "DELETE"]


LATER = '/omni-schedule f47a a1b2 "0 20 ? * * *" Europe/London'


async def applies(world: World, command: str) -> Message:
    """Let an admin type a command and approve it; return what its card becomes."""
    seen = {message.id for message in world.admin.sees()}
    await world.admin.types(command)
    card = await world.admin.sees_message(lambda m: is_card(m) and m.id not in seen)
    await world.admin.clicks(card, "approve")
    return await world.admin.sees_message(
        lambda m: m.id == card.id and not is_card(m) and "Applying" not in m.words, within=10
    )


async def test_nothing_is_written_that_a_late_write_would_take_back(world: World) -> None:
    world.omni.faults.switch_on(Fault.LATE, requests=Requests.WRITES, times=2, seconds=LATE)
    await unsettled(world, await world.proposes())
    world.omni.faults.clear()

    refused = await applies(world, LATER)

    (_, lost) = await world.history()
    assert f"What change {lost.short_id} sent for this schedule may still come" in refused.words
    assert "try again in two minutes. Nothing was sent." in refused.words
    await until(world, lambda: world.schedule.cron == "00 18 ? * * *")  # one of the two has come
    assert "may still come" in (await applies(world, LATER)).words


async def test_what_was_sent_once_and_has_come_takes_nothing_back(world: World) -> None:
    world.omni.faults.switch_on(Fault.NOT_HELD)
    await unsettled(world, await world.proposes())
    world.omni.faults.clear()
    world.omni.data.put(replace(world.schedule, cron="00 18 ? * * *", timezone="Europe/London"))

    assert "Omni says: At 08:00 PM" in (await applies(world, LATER)).words


async def test_nothing_is_written_that_the_first_of_two_writes_would_take_back(
    world: World,
) -> None:
    card = await world.proposes()
    world.omni.faults.switch_on(Fault.LATE, requests=Requests.WRITES, times=1, seconds=2 * LATE)
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: At 06:00 PM")
    assert world.writes == ["PUT", "PUT"]

    refused = await applies(world, LATER)

    (_, twice) = await world.history()
    assert f"What change {twice.short_id} sent for this schedule may still come" in refused.words
    assert "try again in two minutes. Nothing was sent." in refused.words
    world.clock.ahead += MAY_FOLLOW
    assert "Omni says: At 08:00 PM" in (await applies(world, LATER)).words


async def test_a_write_that_was_sent_once_is_no_second_one_after_a_crash(world: World) -> None:
    await world.proposes()
    (change,) = await world.history()
    store, clicked = world.bot.store, By(world.requester.id, "button", world.clock())
    change = (await store.move(change.id, Event.APPROVE, clicked)).change
    await store.begin_send(change.id)
    world.omni.data.put(replace(world.schedule, cron="00 18 ? * * *", timezone="Europe/London"))
    with in_line(Line.DECIDED):
        await world.bot.workflow._send(change.id)
    assert (await store.get(change.id)).sends == 1
    assert not world.writes


async def test_after_two_minutes_nothing_can_be_taken_back_any_more(world: World) -> None:
    world.omni.faults.switch_on(Fault.NOT_HELD)
    await unsettled(world, await world.proposes())
    world.omni.faults.clear()
    world.clock.ahead += MAY_FOLLOW

    assert "Omni says: At 08:00 PM" in (await applies(world, LATER)).words


@pytest.mark.parametrize("shown", ["00 18 ? * * *", "00 09 * * ? *"])
async def test_a_recheck_takes_no_credit_for_what_was_applied_since(
    world: World, shown: str
) -> None:
    world.omni.faults.switch_on(Fault.NOT_HELD)
    unknown = await unsettled(world, await world.proposes())
    world.omni.faults.clear()
    world.clock.ahead += MAY_FOLLOW
    await applies(world, LATER)
    await applies(world, f'/omni-schedule f47a a1b2 "{shown}" Europe/London')
    (last, *_, lost) = await world.history()

    await world.requester.clicks(unknown, "recheck")

    told = await world.requester.sees_message("is still not known")
    assert f"Change {last.short_id} was applied since" in told.words
    await world.stop()
    assert len(world.told(DATA_TEAM)) == 2
    assert not any(lost.short_id in message.words for message in world.told(DATA_TEAM))


async def test_a_recheck_takes_no_credit_for_what_is_being_applied(world: World) -> None:
    world.omni.faults.switch_on(Fault.NOT_HELD)
    unknown = await unsettled(world, await world.proposes())
    world.omni.faults.clear()
    world.clock.ahead += MAY_FOLLOW
    world.omni.faults.switch_on(Fault.SLOW, requests=Requests.WRITES, seconds=2 * LATE)
    same = asyncio.create_task(applies(world, COMMAND))
    await until(world, lambda: world.writes == ["PUT", "PUT"])  # and it is not read back yet

    await world.requester.clicks(unknown, "recheck")

    told = await world.requester.sees_message("is still not known")
    (now, lost) = await world.history()
    assert f"Change {now.short_id} is being applied to this schedule at this moment." in told.words
    assert "Omni says: At 06:00 PM" in (await same).words
    await world.stop()
    assert [one.status for one in await world.history()] == [Status.APPLIED, Status.UNKNOWN]
    assert not any(lost.short_id in message.words for message in world.told(DATA_TEAM))


async def test_a_recheck_that_is_overtaken_before_it_is_on_record_claims_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.omni.faults.switch_on(Fault.NOT_HELD)
    unknown = await unsettled(world, await world.proposes())
    world.omni.faults.clear()
    world.clock.ahead += MAY_FOLLOW
    world.omni.data.put(replace(world.schedule, cron="00 18 ? * * *", timezone="Europe/London"))
    free, read, record = asyncio.Event(), asyncio.Event(), Applying.record

    async def held(*args: Any) -> Moved:
        read.set()
        await free.wait()
        return await record(*args)

    with monkeypatch.context() as holding:
        holding.setattr(Applying, "record", held)
        await world.requester.clicks(unknown, "recheck")
        await read.wait()
    assert "Omni says: At 08:00 PM" in (await applies(world, LATER)).words
    free.set()

    await world.requester.sees_message("is still not known")
    await world.stop()
    assert [one.status for one in await world.history()] == [Status.APPLIED, Status.UNKNOWN]
    assert len(world.told(DATA_TEAM)) == 1


async def test_a_clock_that_was_set_back_blocks_no_schedule(world: World) -> None:
    world.clock.ahead += timedelta(days=1)
    world.omni.faults.switch_on(Fault.NOT_HELD)
    await unsettled(world, await world.proposes())
    world.omni.faults.clear()
    world.clock.ahead -= timedelta(days=1)
    assert "Omni says: At 08:00 PM" in (await applies(world, LATER)).words


async def test_a_recheck_that_an_older_version_did_not_come_to_tell_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.omni.faults.switch_on(Fault.NOT_HELD)
    await unsettled(world, await world.proposes())
    world.omni.faults.clear()
    world.omni.data.put(replace(world.schedule, cron="00 18 ? * * *", timezone="Europe/London"))
    (change,) = await world.history()
    workflow, stopped = world.bot.workflow, asyncio.Event()

    async def stops(*_args: object, **_fields: object) -> None:
        stopped.set()

    async def looks(workflow_id: str) -> None:
        asked = (change.id, world.requester.id, None)
        await workflow._durable.begin(workflow._recheck, workflow_id, *asked)

    with monkeypatch.context() as stopping:
        stopping.setattr(Telling, "ended", stops)
        await looks(f"{change.id}:recheck:1")
        await stopped.wait()
    assert not world.told(DATA_TEAM)
    await looks(f"{change.id}:recheck:1@{VERSION}")
    assert await world.admin.sees_message("Production Snowflake changed", channel=DATA_TEAM)


async def test_a_recheck_leaves_what_is_approved_its_turns(world: World) -> None:
    world.omni.faults.switch_on(Fault.NOT_HELD)
    unknown = await unsettled(world, await world.proposes())
    before = len(world.omni.log)

    await world.requester.clicks(unknown, "recheck")

    await world.requester.sees_message("is still not known")
    assert len(world.omni.log) == before + 1


async def test_a_new_schedule_is_not_taken_for_the_one_that_somebody_else_made(
    world: World,
) -> None:
    cards = [await world.proposes(CREATE)]
    await world.requester.types(CREATE)
    cards.append(await world.requester.sees_message(lambda m: is_card(m) and m.id != cards[0].id))
    world.omni.faults.switch_on(Fault.DROPS_REQUEST, requests=Requests.WRITES, times=1)
    world.omni.faults.switch_on(Fault.SLOW, requests=Requests.WRITES, seconds=0.3)
    await asyncio.gather(*(world.requester.clicks(card, "approve") for card in cards))
    await world.requester.sees_message("Outcome unknown", within=10)
    await world.requester.sees_message("Schema refresh added to", within=10)
    await world.stop()
    assert {change.status for change in await world.history()} == {Status.UNKNOWN, Status.APPLIED}
    assert len(world.omni.data.schedules(POSTGRES.id)) == 1


async def never_made(world: World) -> Message:
    """Approve a new schedule, whose request is lost on its way; return what is told of it."""
    card = await world.proposes(CREATE)
    world.omni.faults.switch_on(Fault.DROPS_REQUEST, requests=Requests.WRITES, times=1)
    return await unsettled(world, card)


async def test_a_recheck_takes_no_credit_for_a_schedule_that_another_change_made(
    world: World,
) -> None:
    result = await never_made(world)
    assert "added to" in (await applies(world, CREATE)).words
    await world.requester.clicks(result, "recheck")
    told = await world.requester.sees_message("is still not known")
    assert "Omni does not show the new schedule." in told.words


async def test_a_new_schedule_is_not_taken_for_either_of_two_that_are_like_it(
    world: World,
) -> None:
    result = await never_made(world)
    for _ in range(2):
        world.omni.data.add_schedule(POSTGRES, "0 4 * * ? *", "Europe/Madrid")
    await world.requester.clicks(result, "recheck")
    await world.requester.sees_message("is still not known")


@pytest.mark.slow  # a write that comes seconds late
async def test_a_new_schedule_is_not_taken_for_one_that_is_written_another_way_and_comes_late(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await world.proposes(CREATE)
    await world.approver.types(CREATE.replace('"0 4 ', '"00 04 '))
    second = await world.approver.sees_message(is_card)
    world.omni.faults.switch_on(Fault.LATE, requests=Requests.WRITES, times=1, seconds=2 * LATE)
    await unsettled(world, first)
    world.omni.faults.switch_on(Fault.DROPS_REQUEST, requests=Requests.WRITES)
    monkeypatch.setattr("bot.applying.SETTLE", (3 * LATE,))  # the first has come by then
    await world.approver.clicks(second, "approve")
    await world.approver.sees_message("Outcome unknown", within=10)
    assert len(world.omni.data.schedules(POSTGRES.id)) == 1
    await world.stop()
    assert {change.status for change in await world.history()} == {Status.UNKNOWN}
