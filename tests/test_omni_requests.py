"""What each action asks of Omni, the first time and again: the key has 60 requests a minute."""

from collections.abc import Awaitable, Callable

import pytest

from bot.playground.slack import Message
from tests.world import COMMAND, SECOND_PERSON, World, is_card

Action = Callable[[World], Awaitable[object]]


async def answer(world: World, typed: str, containing: str) -> Message:
    """Type a command and wait for an answer that was not there before."""
    before = {message.id for message in world.requester.sees()}
    await world.requester.types(f"/omni-schedule {typed}")
    return await world.requester.sees_message(
        lambda message: message.id not in before and containing in message.words
    )


async def lists_all(world: World) -> None:
    """Read the first page of all connections."""
    await answer(world, "list", "page 1 of 2")


async def lists_one(world: World) -> None:
    """Read the schedules of one connection."""
    await answer(world, "list snowflake", "Schema refresh of Production Snowflake")


async def shows(world: World) -> None:
    """Read one schedule in full."""
    await answer(world, "show snowflake", "Next runs in")


async def proposes(world: World) -> Message:
    """Ask for a change."""
    return await world.proposes()


async def opens_home(world: World) -> None:
    """Look at App Home, and wait until it is published anew."""
    before = world.requester.home
    await world.requester.opens_home()
    await world.slack.pulse.until(
        lambda: world.requester.home if world.requester.home != before else None
    )
    await world.requester.sees_home("Page 1 of 2")


async def opens_the_form(world: World) -> None:
    """Open the form and choose a connection."""
    if world.requester.modal is not None:
        await world.requester.closes(world.requester.modal)
    await world.requester.types("/omni-schedule")
    form = await world.requester.sees_modal("Connection")
    await world.requester.selects(form, "connection", "Production Snowflake")
    await world.requester.sees_modal("Now  At 09:00 AM")


async def types_into_the_form(world: World) -> None:
    """Type a phrase, letter by letter."""
    form = world.requester.modal
    assert form is not None
    for end in range(1, 20):
        await world.requester.types_into(form, "when", "every weekday at 6pm"[:end])
    await world.requester.types_into(form, "when", "every weekday at 6pm")
    await world.requester.sees_modal("0 18 ? * MON-FRI *")


async def requests(world: World, action: Action) -> int:
    """Count the requests that reach Omni for an action."""
    before = len(world.omni.log)
    await action(world)
    return len(world.omni.log) - before


async def approves(world: World) -> int:
    """Count the requests from the click on Approve to the end of everything after it."""
    card = await world.requester.sees_message(is_card)
    before = len(world.omni.log)
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: ")
    await world.stop()
    return len(world.omni.log) - before


async def test_a_start_asks_for_the_names_before_anybody_needs_them(world: World) -> None:
    assert [entry.path for entry in world.omni.log] == ["/api/v1/connections"]


@pytest.mark.parametrize(
    ("action", "cold", "warm"),
    [
        (lists_all, 5, 0),  # the schedules of the five connections on the page
        (lists_one, 1, 0),
        (shows, 1, 1),  # one in full is never an old one
        (proposes, 1, 1),  # nor is what somebody decides from
        (opens_home, 5, 0),
        (opens_the_form, 1, 0),
    ],
    ids=lambda value: value.__name__ if callable(value) else str(value),
)
async def test_an_action_asks_omni_for_no_more_than_it_needs(
    world: World, action: Action, cold: int, warm: int
) -> None:
    first = await requests(world, action)
    if action is proposes:  # one open change holds the schedule
        await world.requester.clicks(await world.requester.sees_message(is_card), "cancel")
        await world.requester.sees_message("Cancelled")
    again = await requests(world, action)
    assert (first, again) == (cold, warm)


async def test_typing_in_the_form_asks_omni_for_nothing(world: World) -> None:
    await opens_the_form(world)
    assert await requests(world, types_into_the_form) == 0


async def test_an_approval_reads_writes_and_reads_back_and_that_is_all(world: World) -> None:
    await world.proposes()
    assert await approves(world) == 3
    assert [entry.method for entry in world.omni.log][-3:] == ["GET", "PUT", "GET"]


async def test_the_click_of_somebody_who_may_not_approve_asks_omni_for_nothing(
    world: World,
) -> None:
    card = await world.proposes(SECOND_PERSON)
    before = len(world.omni.log)
    seen = {message.id for message in world.requester.sees()}
    await world.requester.clicks(card, "approve")
    refusal = await world.requester.sees_message(lambda message: message.id not in seen)
    await world.stop()
    assert not is_card(refusal)
    assert len(world.omni.log) == before


async def test_a_proposal_sees_what_was_edited_in_omni_a_moment_ago(world: World) -> None:
    await lists_one(world)
    world.omni.data.edit("a1b2c3d4-e5f6-7890-abcd-ef1234567890")
    card = await world.proposes(COMMAND)
    assert "`30 6 * * ? *`" in card.words
