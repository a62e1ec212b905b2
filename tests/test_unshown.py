"""A proposal whose process died between recording it and showing its card."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.durable import REMEMBER_FINISHED, Durable
from bot.workflow import SHOWN_WITHIN, Workflow
from tests.databases import Database
from tests.world import COMMAND, SCHEDULE, SECOND_PERSON, World, bot_in, is_card, surroundings


async def dies_with(world: World, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """Let somebody propose, and the process go no further once that is on record."""
    async with dying(monkeypatch):
        await world.requester.types(command)
    assert not any(map(is_card, world.requester.sees()))


@contextlib.asynccontextmanager
async def dying(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Let the process go no further once what is proposed inside is on record."""
    recorded = asyncio.Event()

    async def die(*_args: object, **_fields: object) -> None:
        recorded.set()

    with monkeypatch.context() as until_then:
        until_then.setattr(Workflow, "open", die)
        yield
        await recorded.wait()


async def test_the_card_is_shown_directly_by_whoever_lives(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await dies_with(world, monkeypatch, COMMAND)
    world.clock.ahead += SHOWN_WITHIN + timedelta(seconds=1)
    await world.bot.workflow.open_unshown()
    card = await world.requester.sees_message(is_card, channel=world.requester.dm)
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: ", channel=world.requester.dm)
    assert world.writes == ["PUT"]


async def test_whoever_decides_sees_the_card_as_if_nothing_had_happened(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await dies_with(world, monkeypatch, SECOND_PERSON)
    world.clock.ahead += SHOWN_WITHIN + timedelta(seconds=1)
    await world.bot.workflow.open_unshown()
    assert await world.approver.sees_message(is_card)


async def test_whoever_asked_for_what_was_replaced_hears_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.requester.types(SECOND_PERSON)
    card = await world.approver.sees_message(is_card)
    await world.approver.types(SECOND_PERSON.replace("20 L", "21 L"))
    offer = await world.approver.sees_message("Replace it")
    async with dying(monkeypatch):
        await world.approver.clicks(offer, "replace")
    world.clock.ahead += SHOWN_WITHIN + timedelta(seconds=1)
    await world.bot.workflow.open_unshown()
    await world.requester.sees_message("was not applied", channel=world.requester.dm)
    ended = await world.requester.sees_message("Cancelled: schema refresh of Finance Redshift")
    assert ended.id == card.id


@contextlib.asynccontextmanager
async def no_record(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[asyncio.Event]:
    """Let the showing of a card come on record only once an event is set."""
    free, begin = asyncio.Event(), Durable.begin

    async def late(*args: Any) -> None:
        await free.wait()
        await begin(*args)

    with monkeypatch.context() as until_then:
        until_then.setattr(Durable, "begin", late)
        yield free


async def test_what_was_typed_is_shown_before_that_is_on_record_and_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with no_record(monkeypatch) as free:
        await world.proposes()
        free.set()
    await world.stop()
    assert sum(map(is_card, world.requester.sees())) == 1


async def test_a_process_that_dies_before_its_card_is_on_record_leaves_two_cards_and_one_write(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with no_record(monkeypatch) as free:
        first = await world.proposes()
    world.bot.workflow._telling._early.clear()  # as in a process that began since
    world.clock.ahead += SHOWN_WITHIN + timedelta(seconds=1)
    await world.bot.workflow.open_unshown()  # by whoever lives
    second = await world.requester.sees_message(is_card, channel=world.requester.dm)
    for card in (first, second):
        await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: ")
    free.set()
    await world.stop()
    assert world.writes == ["PUT"]
    assert len(await world.history()) == 1


async def test_what_is_shown_is_not_shown_again(world: World) -> None:
    await world.proposes()
    world.bot.workflow._opened.clear()  # as in a process that began since
    world.clock.ahead += SHOWN_WITHIN + timedelta(seconds=1)
    await world.bot.workflow.open_unshown()
    await world.stop()
    assert sum(map(is_card, world.requester.sees())) == 1


async def test_nor_is_what_was_shown_afresh_in_place_of_a_stale_one(world: World) -> None:
    card = await world.proposes()
    world.omni.data.edit(SCHEDULE)
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Decide on the fresh card")
    await world.requester.sees_message(is_card)
    world.bot.workflow._opened.clear()
    world.clock.ahead += SHOWN_WITHIN + timedelta(seconds=1)
    await world.bot.workflow.open_unshown()
    await world.stop()
    assert sum(map(is_card, world.requester.sees())) == 1


async def test_what_waits_for_longer_than_is_on_record_is_not_shown_again(
    sqlite_database: Database,
) -> None:
    patient = '[defaults]\nexpires = "60d"\n'
    async with surroundings(sqlite_database) as playground:
        async with bot_in(playground, patient) as world:
            await world.proposes()
        async with bot_in(playground, patient) as world:
            world.clock.ahead += REMEMBER_FINISHED + timedelta(days=1)
            workflow = world.bot.workflow
            await workflow._durable.forget_finished(world.clock() - REMEMBER_FINISHED)
            await workflow.open_unshown()
            await world.stop()
            assert sum(map(is_card, world.requester.sees())) == 1


async def test_what_is_about_to_be_shown_is_left_to_its_process(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await dies_with(world, monkeypatch, COMMAND)
    await world.bot.workflow.open_unshown()
    await world.stop()
    assert not any(map(is_card, world.requester.sees()))
