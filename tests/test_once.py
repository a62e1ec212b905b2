"""Any number of clicks, people and deliveries: one write, one story, and losers who hear it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.playground.slack import Message, Person, SlackStandIn
from bot.workflow import Workflow
from tests.databases import Database
from tests.world import COMMAND, DATA_TEAM, SECOND_PERSON, World, is_card, world_on

CROWD = 20
ANYBODY_ELSE = '[defaults]\nsecond_person = true\nchannels = ["C0DATATEAM"]\n'


@pytest.fixture
async def open_world(sqlite_database: Database) -> AsyncIterator[World]:
    """Give a world in which every full member may approve what somebody else asked for."""
    async with world_on(sqlite_database, ANYBODY_ELSE) as world:
        yield world


def crowd(slack: SlackStandIn) -> list[Person]:
    """Let twenty more people into the data team's channel."""
    people = [slack.add_person(f"U0CROWD{n:02}", f"Person {n}") for n in range(CROWD)]
    channel = slack.workspace.channels[DATA_TEAM]
    members = (*channel.members, *(person.id for person in people))
    slack.add_channel(channel.id, channel.name, members=members)
    return people


def heard(person: Person) -> list[Message]:
    """Return what one person alone was told."""
    return [message for message in person.sees() if message.only_for == person.id]


async def test_a_double_click_is_one_decision(world: World) -> None:
    card = await world.proposes()
    await asyncio.gather(*(world.requester.clicks(card, "approve") for _ in range(2)))
    await world.requester.sees_message("Omni says: ")
    await world.stop()
    assert world.writes == ["PUT"]
    assert len(world.told(DATA_TEAM)) == 1
    assert not any("already" in message.text for message in heard(world.requester))


async def test_a_click_on_an_old_copy_of_a_card_is_answered_each_time(world: World) -> None:
    await world.requester.types(SECOND_PERSON)
    card = await world.approver.sees_message(is_card)
    for _ in range(2):  # so that the card keeps its buttons
        world.slack.faults.fail_next("chat.update", "message_not_found")
    await world.approver.opens_home()
    await world.approver.clicks(await world.approver.sees_home("Page 1"), "review")
    await world.approver.submits(await world.approver.sees_modal("Review the change"))
    await world.requester.sees_message("Omni says: ", channel=world.requester.dm)
    for _ in range(2):
        await world.approver.clicks(card, "approve")
    await world.stop()
    already = "You have decided it already: <@U0APPROVER> has approved it, and it is applied"
    assert [already in one.text for one in heard(world.approver)] == [True, True]
    assert world.writes == ["PUT"]


async def test_a_click_after_its_time_is_answered_each_time(world: World) -> None:
    card = await world.proposes()
    (change,) = await world.history()
    world.clock.ahead = change.expires_at - change.created_at
    for _ in range(2):  # before a sweep takes the buttons away
        await world.requester.clicks(card, "approve")
    await world.stop()
    assert ["it has expired" in one.text for one in heard(world.requester)].count(True) == 2
    assert not world.writes


async def test_who_approved_in_time_is_not_too_late_though_the_bot_was(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, claim = asyncio.Event(), Workflow._claim

    async def held(*args: Any) -> bool:
        await free.wait()
        return await claim(*args)

    monkeypatch.setattr(Workflow, "_claim", held)
    card = await world.proposes()
    await world.requester.clicks(card, "approve")
    (change,) = await world.history()
    world.clock.ahead = change.expires_at - change.created_at
    await world.bot.workflow.expire_due()
    free.set()
    await world.requester.sees_message("Omni says: ")
    assert world.writes == ["PUT"]


async def test_a_delivery_that_slack_repeats_is_taken_once(world: World) -> None:
    world.slack.faults.twice = True
    card = await world.proposes()
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: ")
    await world.stop()
    assert world.writes == ["PUT"]
    assert len(await world.history()) == 1
    assert len(world.told(DATA_TEAM)) == 1


async def test_of_two_people_one_approves_and_the_other_hears_who_did(world: World) -> None:
    await world.requester.types(SECOND_PERSON)
    card = await world.approver.sees_message(is_card)
    await asyncio.gather(
        world.approver.clicks(card, "approve"), world.admin.clicks(card, "approve")
    )
    await world.requester.sees_message("Omni says: ")
    await world.stop()
    assert world.writes == ["PUT"]
    (change,) = await world.history()
    loser = world.admin if change.decided_by == world.approver.id else world.approver
    (told,) = heard(loser)
    assert f"<@{change.decided_by}> has approved it" in told.text


async def test_twenty_people_at_once_are_one_write_and_nineteen_answers(open_world: World) -> None:
    people = crowd(open_world.slack)
    await open_world.requester.types(COMMAND)
    card = await open_world.approver.sees_message(is_card)
    asked = len(open_world.omni.log)
    answers = await asyncio.gather(*(person.clicks(card, "approve") for person in people))
    assert {answer.error for answer in answers} == {None}
    await open_world.requester.sees_message("Omni says: ")
    await open_world.stop()
    assert open_world.writes == ["PUT"]
    assert len(open_world.omni.log) - asked <= 4  # not one look at Omni for each of the twenty
    (change,) = await open_world.history()
    told = {person.id: heard(person) for person in people}
    assert told.pop(str(change.decided_by)) == []
    for messages in told.values():
        (message,) = messages
        assert f"<@{change.decided_by}> has approved it" in message.text
    assert len(open_world.told(DATA_TEAM)) == 1


async def test_approve_and_cancel_at_once_end_in_one_of_them(world: World) -> None:
    await world.requester.types(SECOND_PERSON)
    card = await world.approver.sees_message(is_card)
    await asyncio.gather(
        world.approver.clicks(card, "approve"), world.requester.clicks(card, "cancel")
    )
    await world.requester.sees_message(
        lambda message: message.id == card.id and not is_card(message)
    )
    await world.stop()
    (change,) = await world.history()
    loser = world.approver if change.status == "cancelled" else world.requester
    assert len(world.writes) == (change.status == "applied")
    assert any("Too late" in message.text for message in heard(loser))


async def test_an_approval_and_its_expiry_at_once_end_in_one_of_them(world: World) -> None:
    await world.requester.types(SECOND_PERSON)
    card = await world.approver.sees_message(is_card)
    (change,) = await world.history()
    clicking = asyncio.create_task(world.approver.clicks(card, "approve"))
    world.clock.ahead = change.expires_at - change.created_at
    await asyncio.gather(clicking, world.bot.workflow.expire_due())
    await world.stop()
    (change,) = await world.history()
    assert change.status in {"applied", "expired"}
    assert len(world.writes) == (change.status == "applied")
    assert not any(is_card(message) for message in world.told(DATA_TEAM))


async def test_of_two_proposals_for_one_schedule_the_second_hears_who_holds_it(
    world: World,
) -> None:
    await asyncio.gather(world.requester.types(COMMAND), world.approver.types(COMMAND))
    await world.slack.pulse.until(
        lambda: True if len(heard(world.requester)) and len(heard(world.approver)) else None
    )
    (change,) = await world.history()
    first, second = world.requester, world.approver
    if change.requester == second.id:
        first, second = second, first
    told = await second.sees_message("already asked to change this schedule")
    assert f"<@{first.id}>" in told.words


async def test_a_second_proposal_of_ones_own_can_take_the_firsts_place(world: World) -> None:
    await world.proposes()
    await world.requester.types(COMMAND.replace("18", "20"))
    held = await world.requester.sees_message("You already asked to change this schedule")
    await world.requester.clicks(held, "replace")
    second = await world.requester.sees_message("`00 20 ? * * *`")
    await world.requester.clicks(second, "approve")
    await world.requester.sees_message("Omni says: ")
    assert world.schedule.cron == "00 20 ? * * *"
    assert world.writes == ["PUT"]
    newest, oldest = await world.history()
    assert (newest.status, oldest.status) == ("applied", "cancelled")


async def test_what_was_approved_meanwhile_cannot_be_edited_any_more(world: World) -> None:
    await world.requester.types(SECOND_PERSON)
    card = await world.requester.sees_message(is_card)
    await world.requester.clicks(card, "edit")
    form = await world.requester.sees_modal("Edit the change")
    await world.approver.clicks(card, "approve")
    await world.approver.sees_message("Omni says: ")
    await world.requester.submits(form, {"when": "0 21 L * ? *"})
    await world.requester.sees_message("nothing left to edit")
    assert world.writes == ["PUT"]
    assert len(await world.history()) == 1
