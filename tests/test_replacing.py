"""A change in the place of another: whose, of which schedule, and who hears of it."""

import asyncio
from datetime import timedelta

from bot.playground.omni.seed import SNOWFLAKE
from bot.playground.slack import Message
from bot.playground.start import Playground
from bot.slack import ids
from bot.slack.blocks import actions, button
from tests.databases import Database
from tests.world import (
    COMMAND,
    DATA_TEAM,
    FINANCE,
    SCHEDULE,
    SECOND_PERSON,
    World,
    bot_in,
    is_card,
    surroundings,
)

BY_NAME = '/omni-schedule "Production Snowflake" "0 6 * * ? *"'
OTHERS = SECOND_PERSON.replace("20 L", "21 L")


def holding(message: Message) -> bool:
    """Say whether a message offers to replace the change that holds a schedule."""
    return any(button.action_id == "replace" for button in message.buttons)


async def test_an_approver_replaces_what_somebody_asked_for_who_hears_of_it(world: World) -> None:
    await world.requester.types(SECOND_PERSON)
    card = await world.approver.sees_message(is_card)
    await world.approver.types(OTHERS)
    offer = await world.approver.sees_message(holding)
    assert "Its card is in App Home, under Review." in offer.words  # to decide it instead
    await world.approver.clicks(offer, "replace")
    told = await world.requester.sees_message("was not applied", channel=world.requester.dm)
    assert "<@U0APPROVER> proposed change" in told.words
    ended = await world.requester.sees_message("Cancelled: schema refresh of Finance Redshift")
    assert ended.id == card.id
    fresh = await world.requester.sees_message(is_card)
    assert "`0 21 L * ? *`" in fresh.words
    assert "Asked by <@U0APPROVER>" in fresh.words


async def test_who_may_not_decide_is_offered_no_way_and_has_none(world: World) -> None:
    await world.approver.types(COMMAND)
    await world.approver.sees_message(is_card)
    await world.requester.types(BY_NAME)
    told = await world.requester.sees_message("already asked to change this schedule")
    assert not holding(told)
    (change,) = await world.history()

    way = button("Replace it", ids.REPLACE, f"{change.id} {BY_NAME.partition(' ')[2]}")
    await world.bot.app.client.chat_postMessage(
        channel=DATA_TEAM, text="Of when they still might", blocks=[actions(way)]
    )
    offer = await world.requester.sees_message(holding, channel=DATA_TEAM)
    await world.requester.clicks(offer, "replace")
    assert await world.requester.sees_message("for <@U0APPROVER>, who asked for it, to confirm")
    (change,) = await world.history()
    assert change.status == "pending"


async def test_nor_is_a_way_offered_in_the_form(world: World) -> None:
    await world.approver.types(COMMAND)
    await world.approver.sees_message(is_card)
    await world.requester.types("/omni-schedule")
    form = await world.requester.sees_modal("Connection")
    await world.requester.selects(form, "connection", "Production Snowflake")
    form = await world.requester.sees_modal("Schedule")
    await world.requester.submits(form, {"when": "daily at noon"})
    told = await world.requester.sees_message("already asked to change this schedule")
    assert not holding(told)


async def test_a_name_that_means_another_schedule_by_now_replaces_nothing(world: World) -> None:
    await world.proposes()
    await world.requester.types(BY_NAME)
    held = await world.requester.sees_message(holding)
    world.omni.data.remove(SCHEDULE)
    world.omni.data.add_schedule(SNOWFLAKE, "0 1 * * ? *", "Europe/London")
    await world.requester.clicks(held, "replace")
    await world.requester.sees_message("is of another schedule than the one that you name by now")
    (change,) = await world.history()
    assert change.status == "pending"


async def test_what_was_decided_meanwhile_is_not_replaced(world: World) -> None:
    card = await world.proposes()
    await world.requester.types(BY_NAME)
    held = await world.requester.sees_message(holding)
    await world.requester.clicks(card, "cancel")
    await world.requester.sees_message("Cancelled")
    await world.requester.clicks(held, "replace")
    await world.requester.sees_message("is cancelled by now, so nothing can take its place")
    assert len(await world.history()) == 1


async def test_replacing_and_approving_at_once_end_in_one_of_them(world: World) -> None:
    card = await world.proposes()
    await world.requester.types(BY_NAME)
    held = await world.requester.sees_message(holding)
    await asyncio.gather(
        world.requester.clicks(held, "replace"), world.requester.clicks(card, "approve")
    )
    await world.stop()
    *newer, first = await world.history()
    assert first.status == ("cancelled" if newer else "applied")
    assert len(world.writes) == (not newer)


# -- a policy that changes while a change waits ----------------------------------------------

STRICTER = {
    'allow = ["create"]': "does not let this connection's schedules be changed from Slack",
    'zones = ["America/New_York"]': "does not allow the time zone `Europe/London`",
    'min_interval = "2d"': "the policy asks for at least 2 days between runs",
}


async def test_a_double_click_replaces_once_and_says_so_once(world: World) -> None:
    await world.proposes()
    await world.requester.types(BY_NAME)
    held = await world.requester.sees_message(holding)
    await asyncio.gather(*(world.requester.clicks(held, "replace") for _ in range(2)))
    await world.stop()
    assert [change.status for change in await world.history()] == ["pending", "cancelled"]
    assert not any("already asked" in message.words for message in world.requester.sees())


async def test_what_the_policy_forbids_by_now_is_not_applied(sqlite_database: Database) -> None:
    async with surroundings(sqlite_database) as playground:
        for line, words in STRICTER.items():
            async with bot_in(playground) as world:
                card = await world.proposes()
            async with bot_in(playground, f"[defaults]\n{line}\n") as world:
                await world.requester.clicks(card, "approve")
                result = await world.requester.sees_message(words)
                await world.stop()
            assert "Nothing was changed." in result.words
            assert not world.writes
            assert not world.told(DATA_TEAM)


STRICT = """
[defaults]
second_person = true
approvers = ["U0APPROVER"]
channels = ["C0FINANCE"]
expires = "1h"
"""


async def test_what_moved_is_asked_for_afresh_by_the_policy_as_it_is_now(
    sqlite_database: Database,
) -> None:
    async with surroundings(sqlite_database) as playground:
        async with bot_in(playground, "") as world:
            await world.requester.types(COMMAND, channel=world.requester.dm)
            await world.requester.sees_message(is_card)
        playground.omni.data.edit(SCHEDULE)
        async with bot_in(playground, STRICT) as world:
            await world.approver.opens_home()
            await world.approver.clicks(await world.approver.sees_home("Review"), "review")
            await world.approver.submits(await world.approver.sees_modal("Review the change"))
            fresh = await world.approver.sees_message(is_card, channel=FINANCE)
            assert "Decides  <@U0APPROVER>" in fresh.words
            assert f"Tells <#{FINANCE}>" in fresh.words
            change, _ = await world.history()
            assert change.expires_at - change.created_at == timedelta(hours=1)


async def asked_and_moved(playground: Playground) -> Message:
    """Let somebody ask for what another is to decide, and the schedule move; return the card."""
    async with bot_in(playground, STRICT) as world:
        await world.requester.types(COMMAND)
        card = await world.approver.sees_message(is_card)
    playground.omni.data.edit(SCHEDULE)
    return card


async def test_what_a_second_person_was_to_decide_stays_so_when_it_moved(
    sqlite_database: Database,
) -> None:
    async with surroundings(sqlite_database) as playground:
        card = await asked_and_moved(playground)
        now = '[defaults]\napprovers = ["U0APPROVER", "U0REQUESTER"]\n'
        async with bot_in(playground, now) as world:
            await world.requester.clicks(card, "approve")
            fresh = await world.approver.sees_message(is_card, channel=DATA_TEAM)
            assert [each.action_id for each in fresh.buttons][:2] == ["approve", "reject"]


async def test_what_nobody_but_its_requester_may_decide_by_now_is_shown_to_them_alone(
    sqlite_database: Database,
) -> None:
    async with surroundings(sqlite_database) as playground:
        card = await asked_and_moved(playground)
        async with bot_in(playground, "") as world:
            await world.requester.clicks(card, "approve")
            await world.requester.sees_message("Decide on the fresh card")
            fresh = await world.requester.sees_message(is_card)
            assert fresh.only_for == world.requester.id
            assert "Decides" not in fresh.words


async def test_what_an_approver_asked_for_stays_theirs_to_confirm_when_it_moved(
    sqlite_database: Database,
) -> None:
    async with surroundings(sqlite_database) as playground:
        playground.slack.add_user_group("S0PLATFORM", "platform", ["U0REQUESTER"])
        async with bot_in(playground, '[defaults]\napprovers = ["S0PLATFORM"]\n') as world:
            card = await world.proposes()
            world.omni.data.edit(SCHEDULE)
            await world.requester.clicks(card, "approve")
            await world.requester.sees_message("Decide on the fresh card")
            fresh = await world.requester.sees_message(is_card)
            assert fresh.only_for == world.requester.id


async def test_who_was_just_made_a_guest_replaces_nothing(world: World) -> None:
    await world.requester.types(SECOND_PERSON)
    await world.approver.sees_message(is_card)
    await world.approver.types(OTHERS)
    held = await world.approver.sees_message(holding)
    ada = world.slack.add_person("U0APPROVER", "Ada", role="guest")
    await ada.clicks(held, "replace")
    await ada.sees_message("Guests cannot use this bot.")
    assert [change.status for change in await world.history()] == ["pending"]
