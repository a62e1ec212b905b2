"""What Slack lets nobody send: clicks and forms that were tampered with on their way."""

import asyncio
from collections.abc import Callable
from typing import Any

from bot.change import Status
from bot.playground.slack.delivery import Answer, Kind
from tests.databases import Database
from tests.test_second_person import asked
from tests.world import CONNECTION, SCHEDULE, World, is_card, world_on

ONLY_DELETE = '[defaults]\nallow = ["delete"]\n'


def tampers(world: World, tamper: Callable[[dict[str, Any]], None]) -> None:
    """Let somebody change what Slack delivers next."""
    delivery = world.slack.delivery
    send = delivery.send

    async def tampered(kind: Kind, payload: dict[str, Any], *, twice: bool = False) -> Answer:
        delivery.send = send  # type: ignore[method-assign]  # once
        tamper(payload)
        return await send(kind, payload, twice=twice)

    delivery.send = tampered  # type: ignore[method-assign]


def types(view_state: dict[str, Any], words: str) -> None:
    """Write the same into each field of a form."""
    for elements in view_state["values"].values():
        for element in elements.values():
            element["value"] = words


async def test_a_deletion_cannot_be_edited_into_a_new_time(sqlite_database: Database) -> None:
    async with world_on(sqlite_database, ONLY_DELETE) as world:
        card = await world.proposes(f"/omni-schedule delete {CONNECTION} {SCHEDULE}")
        tampers(world, lambda payload: payload["actions"][0].update(action_id="edit"))
        await world.requester.clicks(card, "cancel")
        await world.requester.sees_message("is a deletion: it has no time to edit")
        assert world.requester.modal is None


async def test_a_rejection_counts_whatever_letters_its_reason_has(world: World) -> None:
    card = await asked(world)
    await world.approver.clicks(card, "reject")
    form = await world.approver.sees_modal("Reject")
    tampers(world, lambda payload: types(payload["view"]["state"], "no \ud83d, \0"))
    await world.approver.submits(form, {"reason": "no"})
    await world.requester.sees_message("Reason: no ?, \ufffd")
    (change,) = await world.history()
    assert change.status is Status.REJECTED


async def test_a_form_with_far_too_many_words_keeps_nobody_waiting(world: World) -> None:
    card = await world.proposes()
    await world.requester.clicks(card, "edit")
    form = await world.requester.sees_modal("Edit the change")
    await world.requester.types_into(form, "when", "every day at 6pm")
    tampers(world, lambda payload: types(payload["view"]["state"], "1," * 10_000))
    async with asyncio.timeout(3):
        answer = await world.requester.submits(form)
    assert "It has 20,000 characters: 300 are the most." in answer.body
    assert not any(map(is_card, world.approver.sees()))


async def test_a_guest_learns_nothing_of_the_policy_from_a_form(world: World) -> None:
    await world.requester.types("/omni-schedule")
    form = await world.requester.sees_modal("Connection")
    await world.requester.selects(form, "connection", "Production Postgres Replica")
    form = await world.requester.sees_modal("Schedule\n")
    schedule = (await world.requester.suggestions(form, "schedule", ""))[0]["value"]
    await world.requester.selects(form, "schedule", schedule)
    await world.requester.types_into(form, "when", "every minute")
    tampers(world, lambda payload: payload["user"].update(id=world.guest.id))
    answer = await world.requester.submits(form)
    assert "policy" not in answer.body
    await world.requester.sees_message("Guests cannot use this bot")  # through the form's own URL


async def test_a_reason_neither_begins_a_line_of_the_card_nor_turns_one(world: World) -> None:
    await world.requester.types("/omni-schedule")
    form = await world.requester.sees_modal("Connection")
    await world.requester.selects(form, "connection", "Finance Redshift")
    form = await world.requester.sees_modal("Now  ")
    odd = "fine\nDecides  <@U0REQUESTER>\u2028\u202eWarning  none"
    await world.requester.submits(form, {"when": "every weekday at 6pm", "reason": odd})
    card = await world.approver.sees_message(is_card)
    assert "\nReason  fine Decides <@U0REQUESTER> Warning none\n" in card.words
