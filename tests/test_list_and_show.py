"""Finding schedules without knowing an id: lists, one in full, history, and their pages."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bot.playground.omni import Fault
from bot.playground.omni.seed import SNOWFLAKE
from bot.playground.slack import Message
from tests.databases import Database
from tests.world import (
    COMMAND,
    CONNECTION,
    DATA_TEAM,
    SCHEDULE,
    World,
    bot_in,
    is_card,
    surroundings,
)


async def shown(world: World, typed: str, containing: str) -> Message:
    """Type a command and wait for its answer."""
    await world.requester.types(f"/omni-schedule {typed}")
    return await world.requester.sees_message(containing)


def is_cancelled(card: Message, message: Message) -> bool:
    """Say whether a message is this card, cancelled."""
    return message.id == card.id and "Cancelled" in message.words


async def card_on_record(world: World) -> None:
    """Wait until the bot has noted where the one open card stands."""
    async with asyncio.timeout(5):
        while not (await world.bot.store.open_changes())[0].cards:  # noqa: ASYNC110 - a database rings no bell
            await asyncio.sleep(0)


async def applied(world: World) -> None:
    """Let the documentation's change come to its end."""
    card = await world.proposes()
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: ")


async def test_a_list_tells_each_schedule_in_words_with_cron_zone_next_run_and_kind(
    world: World,
) -> None:
    listed = await shown(world, "list", "Databricks Lakehouse")
    for fact in (
        "At 02:00 AM, only on Sunday  0 2 ? * SUN *  Australia/Sydney",
        "hard refresh",
        "soft refresh",
        "Disabled by Omni since",
        ": it does not run · soft refresh",
        "Production Postgres  (postgres)\nAdd a schedule\nNo schedule: Omni does not refresh",
        "6 connections, page 1 of 2",
    ):
        assert fact in listed.words
    assert "Databricks Lakehouse: At 02:00 AM" in listed.text


async def test_a_connection_that_omni_shows_as_deleted_is_neither_listed_nor_found(
    world: World,
) -> None:
    gone = replace(SNOWFLAKE, deleted_at=world.clock())
    world.omni.data.put_connection(gone)
    await world.learns_names()
    await shown(world, f'show "{gone.name}"', "Omni shows no connection")
    listed = await shown(world, "list", "5 connections. To filter")
    assert gone.name not in listed.words


async def test_the_next_page_takes_the_place_of_the_first_and_leads_back(world: World) -> None:
    first = await shown(world, "list", "page 1 of 2")
    await world.requester.clicks(first, "Next page")
    second = await world.requester.sees_message("page 2 of 2")
    assert second.ts == first.ts
    assert "Production Snowflake" in second.words
    await world.requester.clicks(second, "Previous page")
    assert (await world.requester.sees_message("page 1 of 2")).ts == first.ts


async def test_a_part_of_a_name_filters_the_list(world: World) -> None:
    listed = await shown(world, "list postgres", "2 connections")
    assert "Production Postgres Replica" in listed.words
    assert "Snowflake" not in listed.words


@pytest.mark.parametrize("name", ["Product Feed", "Sales 2024", "Sales Facade"])
@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("show", "", "Schema refresh of {name}"),
        ("delete", "", "a schema refresh of {name}?"),
        ("set", "every day at 6pm", "Change the schema refresh of {name}?"),
        ("set", '"0 18 ? * * *"', "Change the schema refresh of {name}?"),
    ],
)
async def test_the_last_word_of_a_name_may_look_like_an_id(
    world: World, name: str, before: str, after: str, told: str
) -> None:
    connection = world.omni.data.add_connection(name)
    world.omni.data.add_schedule(connection, "0 9 * * ? *", "Europe/London")
    await world.learns_names()
    await shown(world, f"{before} {name} {after}".rstrip(), told.format(name=name))


async def test_a_connection_is_found_in_the_list_by_typing(world: World) -> None:
    listed = await shown(world, "list", "page 1 of 2")
    await world.requester.selects(listed, "show_connection", "Production Snowflake")
    found = await world.requester.sees_message("Schema refresh of Production Snowflake")
    assert found.ts == listed.ts
    assert "00 09 * * ? *" in found.words


@pytest.mark.slow
async def test_the_reason_why_a_menu_is_empty_is_no_connection_to_show(
    sqlite_database: Database,
) -> None:
    async with surroundings(sqlite_database) as playground:
        async with bot_in(playground) as world:
            listed = await shown(world, "list", "page 1 of 2")
        playground.omni.faults.switch_on(Fault.FAILING)
        async with bot_in(playground) as world:  # which knows no names yet
            (reason,) = await world.requester.suggestions(listed, "show_connection", "prod")
            playground.omni.faults.switch_off(Fault.FAILING)
            await world.requester.selects(listed, "show_connection", reason["value"])
            await world.stop()
            assert not any("no connection" in m.words for m in world.requester.sees())


async def test_a_page_that_is_gone_by_now_is_the_last_that_there_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.catalog.KEEP_SCHEDULES", 0.0)
    more = [
        world.omni.data.add_schedule(SNOWFLAKE, f"{minute} 1 * * ? *", "Europe/London")
        for minute in range(12)
    ]
    listed = await shown(world, 'list "Production Snowflake"', "page 1 of 2")
    for schedule in more[:8]:
        world.omni.data.remove(schedule.id)
    await world.requester.clicks(listed, "Next page")
    turned = await world.requester.sees_message(
        lambda m: m.id == listed.id and "page 1 of 2" not in m.words
    )
    assert "00 09 * * ? *" in turned.words


async def test_a_pending_change_and_the_last_one_stand_beside_their_schedule(world: World) -> None:
    await applied(world)
    await world.proposes(COMMAND.replace("00 18", "00 19"))
    listed = await shown(world, "list snowflake", "Pending  ")
    assert "asked by <@U0REQUESTER>: At 07:00 PM" in listed.words
    assert "Changed last by <@U0REQUESTER>" in listed.words


async def test_a_pending_change_stands_there_however_many_newer_ones_wait_elsewhere(
    world: World,
) -> None:
    await world.proposes()
    (one,) = await world.bot.store.open_changes()
    later = replace(one, connection_id="elsewhere", created_at=one.created_at + timedelta(hours=1))
    for number in range(101):
        some_id = f"{number:012x}"
        await world.bot.store.propose(replace(later, id=some_id, schedule_id=some_id), "")
    listed = await shown(world, "list snowflake", "Schema refresh of Production Snowflake")
    assert "\nPending  " in listed.words


async def test_a_pending_change_links_to_the_card_that_stands_in_a_channel(world: World) -> None:
    await world.requester.types('/omni-schedule "Finance Redshift" "0 21 L * ? *"')
    await world.approver.sees_message("Change the schema refresh of Finance Redshift?")
    await card_on_record(world)
    listed = await shown(world, 'list "Finance Redshift"', "Pending  ")
    links = [
        part
        for block in listed.blocks
        for each in block.get("elements", ())
        for section in each.get("elements", ())
        for part in section.get("elements", ())
        if part["type"] == "link"
    ]
    assert [f"/archives/{DATA_TEAM}/" in link["url"] for link in links] == [True]


async def test_an_applied_change_is_in_the_next_list_though_lists_are_kept(world: World) -> None:
    assert "00 09 * * ? *" in (await shown(world, "list snowflake", LISTED)).words
    await applied(world)
    await world.requester.types("/omni-schedule list snowflake")
    newest = await world.requester.sees_message(is_newly_listed)
    assert "Next run" in newest.words


LISTED = "Production Snowflake: At"


def is_newly_listed(message: Message) -> bool:
    """Say whether a message lists the documentation's schedule as it became."""
    return message.text.startswith(LISTED) and "00 18 ? * * *" in message.words


async def test_many_who_list_at_once_ask_omni_once(world: World) -> None:
    people = (world.requester, world.approver, world.admin)
    await asyncio.gather(*(person.types("/omni-schedule list") for person in people * 3))
    for person in people:
        await person.sees_message("page 1 of 2")
    assert len(world.omni.log) == 6  # the connections, and five times the schedules of one


async def test_show_tells_one_schedule_in_full_with_ways_to_change_it(world: World) -> None:
    told = await shown(world, f"show {CONNECTION} {SCHEDULE}", "Schema refresh of Production")
    for fact in (
        "Runs  At 09:00 AM  00 09 * * ? *  America/New_York",
        "Omni says  At 09:00 AM",
        "Soft: only adds what is new",
        "Next runs in America/New_York",
        CONNECTION,
        SCHEDULE,
    ):
        assert fact in told.words
    assert [each.label for each in told.buttons] == ["Change", "Delete", "All schedules"]


@pytest.mark.parametrize(
    ("cron", "zone", "told"),
    [
        ("0 18 * * 1-5", "Europe/London", "This bot cannot compute its next runs"),
        ("0 18 ? * MON/2 *", "Europe/London", "This bot cannot compute its next runs"),
        ("0 18 * * ? *", "Mars/Olympus", "This bot cannot compute its next runs"),
        ("0 18 * * ? 2020", "Europe/London", "It has no next run"),
    ],
)
async def test_a_schedule_that_this_bot_cannot_read_is_not_said_to_have_no_next_run(
    world: World, monkeypatch: pytest.MonkeyPatch, cron: str, zone: str, told: str
) -> None:
    monkeypatch.setattr("bot.playground.omni.records.description", lambda *_: "At 06:00 PM")
    world.omni.data.put(replace(world.schedule, cron=cron, timezone=zone))
    listed = await shown(world, "list snowflake", LISTED)
    assert f"{told} · soft refresh" in listed.words
    in_full = await shown(world, f"show {CONNECTION} {SCHEDULE}", "Omni says  At 06:00 PM")
    assert f"{told}." in in_full.words


async def test_show_of_a_disabled_schedule_says_on_what_its_next_runs_depend(world: World) -> None:
    told = await shown(world, "show Finance", "Disabled by Omni since")
    assert "Next runs in America/Chicago, and where you are, once Omni enables it" in told.words


async def test_show_asks_which_of_several_schedules_is_meant(world: World) -> None:
    asked = await shown(world, 'show "Production Postgres Replica"', "Which one?")
    assert "`0 5 * * ? *`  Europe/Berlin" in asked.text
    assert {"type": "text", "text": "0 5 * * ? *", "style": {"code": True}} in [
        part
        for block in asked.blocks
        if block["type"] == "rich_text"
        for line in block["elements"]
        for part in line["elements"]
    ]
    await world.requester.clicks(asked, "Choose", block_id=asked.buttons[0].block_id)
    assert await world.requester.sees_message("Next runs in Europe/Berlin")


async def test_show_of_something_unknown_offers_what_comes_near(world: World) -> None:
    asked = await shown(world, "show snowflaek", "Omni shows no connection")
    assert "Production Snowflake" in asked.words
    nothing = await shown(world, "show zzzzzz", "Omni shows no connection `zzzzzz`")
    assert "`list` shows what there is." in nothing.words


async def test_a_connection_that_omni_does_not_tell_of_leaves_the_others_in_the_list(
    world: World,
) -> None:
    await shown(world, "list snowflake", "Production Snowflake")
    world.omni.faults.switch_on(Fault.NO_ROLE)
    listed = await shown(world, "list", "Omni did not tell its schedules")
    assert "page 1 of 2" in listed.words
    assert listed.words.count("make the key's owner a Connection Admin") == 1
    assert listed.words.count("Omni did not tell its schedules, for the same reason.") == 4


async def test_history_is_paged_from_the_newest_to_the_oldest(world: World) -> None:
    for minute in range(10, 22):
        card = await world.proposes(COMMAND.replace("00 18", f"{minute} 18"))
        await world.requester.clicks(card, "cancel")
        await world.requester.sees_message(partial(is_cancelled, card))
    first = await shown(world, "history", "Changes, newest first")
    assert "21 18 ? * * *" in first.words
    assert "11 18 ? * * *" not in first.words
    await world.requester.clicks(first, "Older changes")
    older = await world.requester.sees_message(
        lambda seen: "newest first" in seen.words and "11 18 ? * * *" in seen.words
    )
    assert older.ts == first.ts
    assert not older.buttons


@pytest.mark.parametrize("typed", ["production snowflake", SNOWFLAKE.id], ids=["name", "id"])
async def test_history_of_a_connection_that_omni_does_not_show_any_more_is_found(
    world: World, typed: str
) -> None:
    await world.proposes()
    world.omni.data.put_connection(replace(SNOWFLAKE, deleted_at=world.clock()))
    await world.learns_names()
    assert "00 18 ? * * *" in (await shown(world, f'history "{typed}"', "newest first")).words
    assert await shown(world, "history snowflake", "Omni shows no connection")


async def test_history_asks_which_of_two_connections_with_one_name_is_meant(world: World) -> None:
    await world.proposes()
    world.omni.data.add_connection(SNOWFLAKE.name)
    await world.learns_names()
    assert await shown(world, f'history "{SNOWFLAKE.name}"', "may mean 2 connections. Which one?")


async def test_history_of_an_id_is_not_that_of_a_connection_named_like_it(world: World) -> None:
    await world.proposes()
    world.omni.data.put_connection(replace(SNOWFLAKE, deleted_at=world.clock()))
    world.omni.data.add_connection(SNOWFLAKE.id)
    await world.learns_names()
    assert "00 18 ? * * *" in (await shown(world, f"history {SNOWFLAKE.id}", "newest first")).words


async def test_history_of_a_connection_is_found_while_omni_tells_nothing(world: World) -> None:
    await world.proposes()
    world.omni.data.put_connection(replace(SNOWFLAKE, name="Lakehouse"))
    await world.learns_names()  # so that what it was called is known from the changes alone
    world.omni.faults.switch_on(Fault.NO_ROLE)
    found = await shown(world, f'history "{SNOWFLAKE.name}"', "newest first")
    assert "00 18 ? * * *" in found.words
    assert await shown(world, "history Sales", "Nothing was done. ")


async def test_history_tells_when_a_change_was_asked_for_and_when_it_was_decided(
    world: World,
) -> None:
    card = await world.proposes()
    world.clock.ahead = timedelta(hours=2)
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: ")
    (change,) = await world.bot.store.history()
    assert change.decided_at is not None
    told = (await shown(world, "history", "Changes, newest first")).text
    assert f"asked <!date^{int(change.created_at.timestamp())}" in told
    assert "approved by <@U0REQUESTER>, <!date^" in told
    assert change.decided_at - change.created_at >= timedelta(hours=2)
    assert f"<!date^{int(change.decided_at.timestamp())}" in told


async def test_history_tells_what_took_the_place_of_a_change(world: World) -> None:
    await world.proposes()
    held = await shown(world, 'snowflake "0 7 ? * * *"', "You already asked to change")
    await world.requester.clicks(held, "Replace it")
    await world.requester.sees_message(lambda seen: is_card(seen) and "0 7 ? * * *" in seen.words)
    newest, _ = await world.bot.store.history()
    told = await shown(world, "history", "Changes, newest first")
    assert f"(change {newest.short_id} took its place)" in told.words
    assert "cancelled by" not in told.words


async def test_what_waits_is_paged_from_what_ends_next_to_what_ends_last(world: World) -> None:
    await world.proposes()
    (one,) = await world.bot.store.open_changes()
    for number in range(1, 25):
        end, other = one.expires_at - timedelta(minutes=number), f"{number:02x}" * 6
        await world.bot.store.propose(replace(one, id=other, expires_at=end, schedule_id=other), "")
    first = await shown(world, "pending", "25 changes, page 1 of 3, the next to expire first.")
    assert "To decide one, use its card, or Review in App Home." in first.words
    assert first.text.startswith("Waiting or being applied: 25 changes, page 1 of 3, ")
    in_order = [first.words.index(f"{number:02x}" * 3) for number in (24, 23, 15)]
    assert in_order == sorted(in_order)
    await world.requester.clicks(first, "Next page")
    await world.requester.clicks(await world.requester.sees_message("page 2 of 3"), "Next page")
    last = await world.requester.sees_message("page 3 of 3")
    assert last.ts == first.ts
    assert one.short_id in last.words
    assert "expires <!date" in last.text


@pytest.mark.parametrize("typed", ["list", "show snowflake", "history", "pending", "subscribe"])
async def test_a_guest_is_shown_nothing(world: World, typed: str) -> None:
    await world.guest.types(f"/omni-schedule {typed}", channel="C0GENERAL")
    assert await world.guest.sees_message("Guests cannot use this bot")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("help", "opens a form to fill in"),
        ('explain "0 18 ? * * *"', "At 06:00 PM"),
        ('set snowflake "0 25 ? * * *"', "is not an hour"),
    ],
)
async def test_a_guest_is_answered_where_what_was_typed_is_enough(
    world: World, typed: str, told: str
) -> None:
    await world.guest.types(f"/omni-schedule {typed}", channel="C0GENERAL")
    assert await world.guest.sees_message(told)


async def test_a_guest_may_press_what_they_may_type(world: World) -> None:
    await world.guest.types("/omni-schedule halp", channel="C0GENERAL")
    offered = await world.guest.sees_message("`halp` does not say when")
    await world.guest.clicks(offered, "help")
    assert await world.guest.sees_message("alone opens a form to fill in")
