"""The form: opened from everywhere, filled in by typing, explained while one types."""

import asyncio
import time

import pytest

from bot.playground.omni import Fault, Requests
from bot.playground.slack import View
from bot.slack import ids
from bot.slack.blocks import actions, button
from tests.databases import Database
from tests.world import (
    CONNECTION,
    DATA_TEAM,
    GENERAL,
    SCHEDULE,
    World,
    bot_in,
    is_card,
    surroundings,
    world_on,
)

SNOWFLAKE, REPLICA = "Production Snowflake", "Production Postgres Replica"


async def opened(world: World, typed: str = "/omni-schedule") -> View:
    """Let the requester open the form by a command."""
    await world.requester.types(typed)
    return await world.requester.sees_modal("Connection")


async def choosing(world: World, connection: str = SNOWFLAKE) -> View:
    """Let the requester open the form and choose a connection in it."""
    form = await opened(world)
    await world.requester.selects(form, "connection", connection)
    return await world.requester.sees_modal("Schedule")


def element(form: View, action_id: str) -> dict[str, object]:
    """Return a part of the form."""
    (found,) = [each for each in form.elements if each.action_id == action_id]
    return found.spec


def chosen(form: View, action_id: str) -> object:
    """Return the words of what a menu begins with."""
    option = element(form, action_id).get("initial_option")
    return option["text"]["text"] if isinstance(option, dict) else None


async def test_a_change_is_made_without_an_id_and_without_cron(world: World) -> None:
    form = await choosing(world)
    await world.requester.submits(form, {"when": "every weekday at 6pm"})
    card = await world.requester.sees_message(is_card)
    assert card.ephemeral
    assert card.channel == DATA_TEAM
    assert "`0 18 ? * MON-FRI *`\nAmerica/New_York" in card.words
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: ")
    assert (world.schedule.cron, world.schedule.timezone) == (
        "0 18 ? * MON-FRI *",
        "America/New_York",
    )


async def test_choosing_a_connection_with_one_schedule_chooses_it_and_its_zone(
    world: World,
) -> None:
    form = await choosing(world)
    assert "At 09:00 AM" in str(chosen(form, "schedule"))
    assert chosen(form, "zone") == "America/New_York"
    assert "Now  At 09:00 AM  00 09 * * ? *  America/New_York" in form.words


async def test_choosing_a_connection_with_several_schedules_leaves_the_choice(
    world: World,
) -> None:
    form = await choosing(world, REPLICA)
    assert chosen(form, "schedule") is None
    offered = await world.requester.suggestions(form, "schedule", "")
    words = [option["text"]["text"] for option in offered]
    assert words[-1] == "A new schedule"
    assert len(words) == 3
    await world.requester.selects(form, "schedule", words[1])
    assert "Now  Every 30 minutes" in (await world.requester.sees_modal("Now  Every 30")).words
    await world.requester.submits(form, {"when": "0 6 * * ? *"})
    assert "`0 6 * * ? *`\nEurope/Berlin" in (await world.requester.sees_message(is_card)).words


async def test_a_connection_without_a_schedule_gets_a_new_one_in_the_persons_zone(
    world: World,
) -> None:
    form = await choosing(world, "Production Postgres")
    assert chosen(form, "schedule") == "A new schedule"
    await world.requester.submits(form, {"when": "daily at 07:30"})
    card = await world.requester.sees_message(is_card)
    assert "Add a schema refresh to Production Postgres?" in card.words
    assert "`30 7 * * ? *`\nEurope/London" in card.words


async def test_another_connection_takes_back_the_schedule_of_the_first(world: World) -> None:
    form = await choosing(world)
    await world.requester.selects(form, "connection", REPLICA)
    await world.requester.sees_modal("What you type is explained")
    form = await world.requester.sees_modal()
    await world.slack.pulse.until(lambda: world.requester.modal and _block(world, "schedule:3"))
    assert chosen(await world.requester.sees_modal(), "schedule") is None


def _block(world: World, block_id: str) -> bool | None:
    form = world.requester.modal
    return (form is not None and any(each.block_id == block_id for each in form.elements)) or None


async def test_what_is_typed_is_explained_with_its_next_runs_and_warnings(world: World) -> None:
    form = await choosing(world)
    await world.requester.types_into(form, "when", "0/10 * ? * * *")
    told = (await world.requester.sees_modal("Becomes")).words
    assert "Becomes  Every 10 minutes  0/10 * ? * * *  America/New_York" in told
    assert "Warning  Runs often" in told
    await world.requester.types_into(form, "when", "0 25 ? * * *")
    assert "Not yet  25 is not an hour" in (await world.requester.sees_modal("Not yet")).words


async def test_what_is_explained_of_a_disabled_schedule_says_that_it_does_not_run(
    world: World,
) -> None:
    form = await choosing(world, "Finance Redshift")
    assert "America/Chicago\nDisabled by Omni since" in form.words
    await world.requester.types_into(form, "when", "daily at noon")
    told = (await world.requester.sees_modal("Becomes")).words
    assert "Disabled by Omni since" in told
    assert "Next runs there, and where you are, once Omni enables it:" in told


async def test_typing_asks_omni_for_nothing_and_slack_for_little(world: World) -> None:
    form = await choosing(world)
    asked, updates = len(world.omni.log), len(world.slack.calls("views.update"))
    phrase = "every weekday at 6pm"
    for end in range(1, len(phrase) + 1):
        await world.requester.types_into(form, "when", phrase[:end])
    assert "0 18 ? * MON-FRI *" in (await world.requester.sees_modal("Becomes")).words
    assert len(world.omni.log) == asked
    assert len(world.slack.calls("views.update")) - updates <= 3


async def test_what_was_typed_stays_while_the_form_follows(world: World) -> None:
    form = await choosing(world)
    await world.requester.types_into(form, "when", "daily at noon")
    await world.requester.types_into(form, "reason", "Lunch")
    await world.requester.sees_modal("Becomes  At 12:00 PM")
    shown = world.requester.modal
    assert shown is not None
    assert shown.values["when"]["when"]["value"] == "daily at noon"
    assert shown.values["reason"]["reason"]["value"] == "Lunch"


async def test_all_that_the_words_may_mean_is_asked(world: World) -> None:
    form = await choosing(world)
    await world.requester.types_into(form, "when", "every day at 6")
    asked = await world.requester.sees_modal("Not yet")
    assert "Did you mean every day at 6am or every day at 6pm?" in asked.words


async def test_a_zone_in_the_words_counts_unless_another_was_chosen(world: World) -> None:
    form = await choosing(world)
    await world.requester.types_into(form, "when", "daily at noon Berlin")
    await world.requester.sees_modal("0 12 * * ? *  Europe/Berlin")
    await world.requester.selects(form, "zone", "Asia/Tokyo")
    assert "named twice" in (await world.requester.sees_modal("Not yet")).words


async def test_zones_begin_with_the_schedules_own_then_the_persons(world: World) -> None:
    form = await choosing(world)
    offered = await world.requester.suggestions(form, "zone", "")
    assert [option["value"] for option in offered[:2]] == ["America/New_York", "Europe/London"]
    assert len(offered) == 100
    found = await world.requester.suggestions(form, "zone", "new york")
    assert [option["value"] for option in found] == ["America/New_York"]
    found = await world.requester.suggestions(form, "zone", "munich")
    assert [option["value"] for option in found] == ["Europe/Berlin"]


async def test_errors_stay_although_the_form_was_about_to_follow_the_typing(world: World) -> None:
    form = await choosing(world)
    await world.requester.types_into(form, "when", "0 25 ? * * *")
    following = [task for task in asyncio.all_tasks() if "_guarded" in repr(task.get_coro())]
    assert following
    await world.requester.submits(form)
    await asyncio.wait(following)
    assert "25" in (await world.requester.sees_modal()).errors["when"]


async def test_errors_stand_at_their_fields_and_the_form_stays(world: World) -> None:
    form = await choosing(world, "Production Postgres")
    answer = await world.requester.submits(form, {"when": "every weekday at 6"})
    assert answer.json["response_action"] == "errors"
    shown = world.requester.modal
    assert shown is not None
    assert "write am, pm or minutes" in shown.errors["when"]


async def test_the_policys_bounds_are_told_at_the_field_too(world: World) -> None:
    form = await choosing(world, REPLICA)
    await world.requester.selects(form, "schedule", "A new schedule")
    await world.requester.sees_modal()
    await world.requester.submits(form, {"when": "0/5 * ? * * *"})
    shown = world.requester.modal
    assert shown is not None
    assert "only 5 minutes apart" in shown.errors["when"]


async def test_a_button_opens_the_form_with_what_was_typed_wrong(world: World) -> None:
    await world.requester.types(f"/omni-schedule list {CONNECTION}")
    listed = await world.requester.sees_message("Schema refresh of Production Snowflake")
    await world.requester.clicks(listed, "Change")
    form = await world.requester.sees_modal("Now  At 09:00 AM")
    assert chosen(form, "connection") == SNOWFLAKE
    assert chosen(form, "zone") == "America/New_York"


async def test_a_name_that_means_several_is_kept_in_the_form_to_choose_from(
    world: World,
) -> None:
    world.slack.workspace.post(
        DATA_TEAM,
        world.slack.bot_user_id,
        {"text": "A command went wrong", "blocks": [opening("postgres daily at noon")]},
    )
    message = await world.requester.sees_message("Open the form")
    await world.requester.clicks(message, "Open the form")
    form = await world.requester.sees_modal("“postgres” is not the name of just one connection")
    assert chosen(form, "connection") is None
    assert "Becomes  At 12:00 PM" in form.words


@pytest.mark.parametrize(
    ("typed", "connection", "schedule"),
    [
        ("Sales 2024 every weekday at 6", "Sales 2024", "At 05:00 AM"),
        ("create Sales 2024 every weekday at 6", "Sales 2024", "A new schedule"),
        ("create Sales every weekday at 6", "Sales", "A new schedule"),
        ("Sales 2025 every weekday at 6", "Sales", None),
    ],
)
async def test_a_button_opens_the_form_on_the_connection_that_the_command_means(
    world: World, typed: str, connection: str, schedule: str | None
) -> None:
    for name, cron in (("Sales", "0 4 * * ? *"), ("Sales 2024", "0 5 * * ? *")):
        world.omni.data.add_schedule(world.omni.data.add_connection(name), cron, "UTC")
    world.omni.data.add_connection("Sales new")
    await world.learns_names()
    await world.requester.types(f"/omni-schedule {typed}")
    refused = await world.requester.sees_message("write am, pm or minutes")
    await world.requester.clicks(refused, "Open the form")
    form = await world.requester.sees_modal("Schedule")
    assert chosen(form, "connection") == connection
    told = chosen(form, "schedule")
    assert str(told).startswith(schedule) if schedule else told is None


def opening(typed: str) -> dict[str, object]:
    """Return a button that opens the form with what was typed."""
    return actions(button("Open the form", ids.OPEN_FORM, typed))


async def test_edit_keeps_the_connection_and_begins_with_what_was_proposed(world: World) -> None:
    await world.requester.clicks(await world.proposes(), "edit")
    form = await world.requester.sees_modal("Edit the change")
    assert "Becomes  At 06:00 PM  00 18 ? * * *  Europe/London" in form.words
    assert "connection" not in {each.action_id for each in form.elements}


async def test_nobody_edits_what_somebody_else_asked_for(world: World) -> None:
    await world.requester.types('/omni-schedule "Finance Redshift" "0 21 L * ? *"')
    card = await world.approver.sees_message(is_card)
    await world.approver.clicks(card, "edit")
    assert "Only <@U0REQUESTER>" in (await world.approver.sees_message("can edit it")).words
    assert world.approver.modal is None


async def test_what_was_decided_meanwhile_is_not_edited_any_more(world: World) -> None:
    card = await world.proposes()
    await world.requester.clicks(card, "edit")
    form = await world.requester.sees_modal("Edit the change")
    await world.requester.clicks(card, "cancel")
    await world.requester.sees_message("Cancelled")
    await world.requester.submits(form, {"when": "0 20 ? * * *"})
    assert await world.requester.sees_message("nothing left to edit")


async def test_a_form_that_was_submitted_is_not_followed_any_more(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bot.slack.live_forms")
    await world.requester.clicks(await world.proposes(), "edit")
    form = await world.requester.sees_modal("Edit the change")
    await world.requester.submits(form, {"when": "0 20 ? * * *"})  # without a pause to look
    await world.requester.sees_message("`0 20 ? * * *`")
    await world.stop()
    assert "A form was not brought up to date" not in caplog.text


async def test_the_shortcut_leads_to_a_card_in_the_direct_message(world: World) -> None:
    await world.requester.runs_shortcut("change_schedule")
    form = await world.requester.sees_modal("Connection")
    await world.requester.selects(form, "connection", SNOWFLAKE)
    await world.requester.sees_modal("Now  At 09:00 AM")
    await world.requester.submits(form, {"when": "daily at noon"})
    card = await world.requester.sees_message(is_card, channel=world.requester.dm)
    assert not card.ephemeral
    await world.requester.clicks(card, "approve")
    result = await world.requester.sees_message("Omni says: ", channel=world.requester.dm)
    assert result.ts == card.ts


async def test_what_somebody_else_decides_goes_from_the_shortcut_to_the_policys_channel(
    world: World,
) -> None:
    await world.requester.runs_shortcut("change_schedule")
    form = await world.requester.sees_modal("Connection")
    await world.requester.selects(form, "connection", "Finance Redshift")
    await world.requester.sees_modal("Now  At")
    await world.requester.submits(form, {"when": "daily at noon"})
    assert await world.approver.sees_message(is_card, channel=DATA_TEAM)
    told = await world.requester.sees_message("waits in", channel=world.requester.dm)
    assert f"<#{DATA_TEAM}>" in told.words


async def test_without_a_channel_the_requester_hears_where_others_find_the_card(
    sqlite_database: Database,
) -> None:
    async with world_on(sqlite_database, "[defaults]\nsecond_person = true\n") as world:
        await world.requester.runs_shortcut("change_schedule")
        form = await world.requester.sees_modal("Connection")
        await world.requester.selects(form, "connection", SNOWFLAKE)
        await world.requester.sees_modal("Now  At 09:00 AM")
        await world.requester.submits(form, {"when": "daily at noon"})
        await world.requester.sees_message(is_card, channel=world.requester.dm)
        assert await world.requester.sees_message("the bot's App Home shows this change")
        await world.approver.opens_home()
        shown = await world.approver.sees_home("Asked by <@U0REQUESTER>")
        await world.approver.clicks(shown, "review")
        await world.approver.submits(await world.approver.sees_modal("Review the change"))
        assert await world.requester.sees_message("Omni says: ", channel=world.requester.dm)


async def test_where_the_bot_is_no_member_the_card_comes_back_to_the_channel(
    world: World,
) -> None:
    await world.requester.types("/omni-schedule", channel=GENERAL)
    form = await world.requester.sees_modal("Connection")
    await world.requester.selects(form, "connection", SNOWFLAKE)
    await world.requester.sees_modal("Now  At 09:00 AM")
    await world.requester.submits(form, {"when": "daily at noon"})
    assert (await world.requester.sees_message(is_card)).channel == GENERAL


async def test_a_form_carries_no_address_to_answer_to(world: World) -> None:
    form = await choosing(world)
    assert "response" not in form.private_metadata
    assert "http" not in form.private_metadata


async def test_the_triggers_three_seconds_are_kept_however_slow_omni_is(world: World) -> None:
    await world.requester.types(f"/omni-schedule show {CONNECTION} {SCHEDULE}")
    told = await world.requester.sees_message("Next runs in")
    world.omni.faults.switch_on(Fault.SLOW, seconds=0.5)
    began = time.monotonic()
    await world.requester.clicks(told, "Change")
    await world.requester.sees_modal("Reading from Omni")
    assert time.monotonic() - began < 0.5
    assert await world.requester.sees_modal("Now  At 09:00 AM")


async def test_a_form_that_slack_does_not_open_is_told_with_what_to_do(world: World) -> None:
    world.slack.faults.fail_next("views.open", "expired_trigger_id")
    await world.requester.types("/omni-schedule")
    told = await world.requester.sees_message("The form could not be opened")
    assert "Please try again" in told.words


async def test_the_form_says_when_omni_does_not_tell_the_schedules(world: World) -> None:
    form = await opened(world)
    await world.requester.suggestions(form, "connection", "")
    world.omni.faults.switch_on(Fault.NO_ROLE, requests=Requests.READS)
    await world.requester.selects(form, "connection", SNOWFLAKE)
    assert await world.requester.sees_modal("Omni does not tell this connection's schedules")


async def test_a_menu_says_why_it_is_empty(sqlite_database: Database) -> None:
    async with surroundings(sqlite_database) as playground:
        playground.omni.faults.switch_on(Fault.BAD_KEY)
        async with bot_in(playground) as world:
            form = await opened(world)
            (offered,) = await world.requester.suggestions(form, "connection", "prod")
            assert offered["value"] == "nothing"
            await world.requester.selects(form, "connection", "nothing")
            await world.requester.submits(form, {"when": "daily at noon", "zone": "Europe/London"})
            shown = world.requester.modal
            assert shown is not None
            assert "Choose a connection" in shown.errors["connection"]


@pytest.mark.slow
async def test_a_menu_answers_in_time_however_slow_omni_is(sqlite_database: Database) -> None:
    async with surroundings(sqlite_database) as playground:
        playground.omni.faults.switch_on(Fault.SLOW, seconds=6)
        async with bot_in(playground) as world:
            form = await opened(world)
            (offered,) = await world.requester.suggestions(form, "connection", "prod")
            assert "Omni is slow" in offered["text"]["text"]


async def test_a_guest_gets_no_form_and_no_names(world: World) -> None:
    await world.guest.types("/omni-schedule", channel=GENERAL)
    await world.guest.sees_message("Guests cannot use this bot")
    assert world.guest.modal is None


async def test_a_schedule_that_is_held_is_told_and_can_be_replaced(world: World) -> None:
    await world.proposes()
    form = await choosing(world)
    await world.requester.submits(form, {"when": "daily at noon"})
    held = await world.requester.sees_message("already asked to change this schedule")
    await world.requester.clicks(held, "replace")
    assert await world.requester.sees_message("0 12 * * ? *")


async def test_when_omni_fails_at_the_end_the_form_comes_back_with_what_stood_in_it(
    world: World,
) -> None:
    form = await choosing(world)
    world.omni.faults.switch_on(Fault.NO_ROLE)
    await world.requester.submits(form, {"when": "daily at noon"})
    told = await world.requester.sees_message("Nothing was proposed.")
    world.omni.faults.clear()
    await world.requester.clicks(told, "Open the form")
    form = await world.requester.sees_modal("Becomes  At 12:00 PM")
    assert chosen(form, "connection") == SNOWFLAKE


async def test_the_form_follows_again_after_an_update_that_came_too_late(world: World) -> None:
    form = await choosing(world)
    world.slack.faults.fail_next("views.update", "hash_conflict")
    await world.requester.types_into(form, "when", "daily at noo")
    await world.slack.pulse.until(
        lambda: any(each.error == "hash_conflict" for each in world.slack.requests) or None
    )
    await world.requester.types_into(form, "when", "daily at noon")
    assert "At 12:00 PM" in (await world.requester.sees_modal("Becomes")).words


async def test_the_newest_typing_wins_however_slow_slack_is(world: World) -> None:
    form = await choosing(world)
    updates = len(world.slack.calls("views.update"))
    world.slack.faults.slow = 0.4
    await world.requester.types_into(form, "when", "daily at noon")
    await world.slack.pulse.until(lambda: len(world.slack.calls("views.update")) > updates or None)
    await world.requester.types_into(form, "when", "daily at midnight")
    assert await world.requester.sees_modal("Becomes  At 12:00 AM")
    calls = world.slack.calls("views.update")
    assert all(call.arguments["hash"] for call in calls)
    assert not any(call.error for call in calls)


async def test_another_process_goes_on_with_a_form_and_answers_directly(
    sqlite_database: Database,
) -> None:
    async with surroundings(sqlite_database) as playground:
        async with bot_in(playground) as world:
            form = await choosing(world)
        async with bot_in(playground) as world:
            await world.requester.types_into(form, "when", "daily at noon")
            await world.requester.sees_modal("Becomes  At 12:00 PM")
            await world.requester.submits(form)
            card = await world.requester.sees_message(is_card, channel=world.requester.dm)
            assert "`0 12 * * ? *`\nAmerica/New_York" in card.words


async def test_two_people_fill_in_their_own_forms_at_once(world: World) -> None:
    people = (world.requester, world.approver)
    await asyncio.gather(*(person.types("/omni-schedule") for person in people))
    for person, at in zip(people, ("noon", "midnight"), strict=True):
        form = await person.sees_modal("Connection")
        await person.types_into(form, "when", f"daily at {at}")
    assert "At 12:00 PM" in (await world.requester.sees_modal("Becomes")).words
    assert "At 12:00 AM" in (await world.approver.sees_modal("Becomes")).words


@pytest.mark.parametrize("control", ["connection", "schedule", "when", "zone", "reason"])
async def test_every_control_of_the_form_has_a_label(world: World, control: str) -> None:
    form = await choosing(world)
    (found,) = [each for each in form.elements if each.action_id == control]
    assert found.label
