"""Names and numbers at the edge of what Slack takes, through every message and view.

Each world ends with the check that Slack refused nothing for its blocks.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.change import Terms
from bot.meant import zone_names
from bot.playground.omni.records import StoredConnection
from bot.schedule import Cron
from bot.slack.cards import question
from tests.databases import Database
from tests.store.samples import NOON, a_change
from tests.world import FINANCE, World, is_card, world_on

NAMES = pytest.mark.parametrize(
    "name",
    [
        "n" * 255,
        "*<!channel>* & <@U0ADMIN|_Sam_> <https://evil.example|here>",
        "`code` ~gone~ *bold* :tada:",
        "مستودع الإنتاج",
        "❄️" * 85,
        "\"quoted\" and 'quoted'",
    ],
    ids=["255 characters", "mrkdwn", "marks", "right to left", "emoji", "quotes"],
)
EVERY_HOUR = "0 * * * ? *"


async def renamed(world: World, name: str) -> StoredConnection:
    """Add a connection of this name with a schedule."""
    connection = world.omni.data.add_connection(name)
    world.omni.data.add_schedule(connection, EVERY_HOUR, "Europe/London")
    await world.learns_names()
    return connection


def mrkdwn_in(value: Any) -> Iterator[str]:
    """Yield every text in which Slack would read markup; it shall look for no names in one."""
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            assert value["verbatim"]
            yield value["text"]
        for item in value.values():
            yield from mrkdwn_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from mrkdwn_in(item)


def pinging(world: World) -> list[str]:
    """Return what the bot sent that would call a whole channel."""
    found = []
    for request in world.slack.requests:
        texts = [str(request.arguments.get("text", "")), *mrkdwn_in(request.arguments)]
        found += [text for text in texts if "<!channel>" in text or "<https://evil" in text]
    return found


@NAMES
async def test_any_name_goes_through_a_change_from_the_form_to_the_undo(
    world: World, name: str
) -> None:
    connection = await renamed(world, name)
    await world.requester.types("/omni-schedule")
    form = await world.requester.sees_modal("Connection")
    await world.requester.suggestions(form, "connection", connection.id)
    await world.requester.selects(form, "connection", connection.id)
    await world.requester.sees_modal("Now  Every hour")
    await world.requester.submits(form, {"when": "every weekday at 6pm", "reason": name})
    card = await world.requester.sees_message(is_card)
    await world.requester.clicks(card, "approve")
    done = await world.requester.sees_message("Omni says: ")
    await world.requester.clicks(done, "undo")
    back = await world.requester.sees_message(is_card)
    await world.requester.clicks(back, "cancel")
    await world.requester.sees_message("Cancelled")
    await world.stop()
    assert pinging(world) == []


@NAMES
async def test_any_name_is_listed_shown_subscribed_and_deleted(world: World, name: str) -> None:
    connection = await renamed(world, name)
    for typed, answer in (
        (f"list {connection.id}", "Schema refresh of "),
        (f"show {connection.id}", "Next runs in Europe/London"),
        (f"subscribe {connection.id}", "will be announced here"),
        (f"unsubscribe {connection.id}", "Ended: 1 subscription to"),
        (f"delete {connection.id}", "Delete a schema refresh"),
        ("pending", "Waiting or being applied"),
        (f"history {connection.id}", "Changes, newest first"),
        ("list", "page 1 of 2"),
    ):
        await world.requester.types(f"/omni-schedule {typed}", channel=FINANCE)
        await world.requester.sees_message(answer, channel=FINANCE)
    await world.requester.opens_home()
    await world.requester.sees_home("Waiting for a decision")
    assert pinging(world) == []


@NAMES
async def test_any_name_is_found_as_it_is_written(world: World, name: str) -> None:
    connection = await renamed(world, name)
    quoted = name if '"' not in name else connection.id
    await world.requester.types(f'/omni-schedule show "{quoted}"')
    assert connection.id in (await world.requester.sees_message("Next runs in")).words


async def test_a_thousand_connections_are_paged_and_found_by_typing(world: World) -> None:
    for number in range(1000):
        world.omni.data.add_connection(f"Warehouse {number:04}")
    await world.learns_names()
    asked = len(world.omni.log)
    await world.requester.types("/omni-schedule list")
    listed = await world.requester.sees_message("1006 connections, page 1 of 202")
    await world.requester.clicks(listed, "Next page")
    await world.requester.sees_message("page 2 of 202")
    assert len(await world.requester.suggestions(listed, "show_connection", "")) == 100
    found = await world.requester.suggestions(listed, "show_connection", "house 0777")
    assert [option["text"]["text"] for option in found] == ["Warehouse 0777"]
    await world.requester.opens_home()
    assert "1006 connections" in (await world.requester.sees_home("Page 1 of 202")).words
    await world.requester.types("/omni-schedule list warehouse")
    assert await world.requester.sees_message("1000 connections, page 1 of 200")
    assert len(world.omni.log) - asked <= 3 * 5


async def test_a_hundred_schedules_are_paged_and_chosen_by_typing(world: World) -> None:
    connection = world.omni.data.add_connection("AAA Busy")
    for number in range(100):
        cron = f"{number % 60} {number // 60} * * ? *"
        world.omni.data.add_schedule(connection, cron, "Europe/London")
    await world.learns_names()
    await world.requester.types("/omni-schedule list")
    listed = await world.requester.sees_message("Show all 100")
    await world.requester.clicks(listed, "Show all 100")
    page = await world.requester.sees_message("100 schedules, page 1 of 10")
    await world.requester.clicks(page, "Next page")
    assert "10 0 * * ? *" in (await world.requester.sees_message("page 2 of 10")).words
    await world.requester.types('/omni-schedule delete "AAA Busy"')
    assert "more" in (await world.requester.sees_message("Which one?")).words
    await world.requester.types("/omni-schedule")
    form = await world.requester.sees_modal("Connection")
    await world.requester.selects(form, "connection", "AAA Busy")
    await world.requester.sees_modal("Schedule\n")
    assert len(await world.requester.suggestions(form, "schedule", "")) == 100
    found = await world.requester.suggestions(form, "schedule", "39 1 * *")
    assert [option["text"]["text"] for option in found] == [
        "At 01:39 AM, Europe/London",
        "A new schedule",
    ]


async def test_any_number_of_open_changes_fits_into_the_list_of_what_waits_and_into_home(
    world: World,
) -> None:
    card = await world.proposes()
    assert card.ephemeral
    (one,) = await world.bot.store.open_changes()
    for number in range(119):
        other = replace(one, id=f"{number:012x}", schedule_id=f"another-{number}")
        await world.bot.store.propose(other, "test")
    await world.requester.types("/omni-schedule pending")
    assert (
        "120 changes, page 1 of 12"
        in (await world.requester.sees_message("Waiting or being applied")).words
    )
    await world.requester.opens_home()
    assert "And 112 more" in (await world.requester.sees_home("Waiting for a decision")).words


async def test_an_answer_of_omnis_of_any_length_is_quoted_within_slacks_limits(
    world: World,
) -> None:
    minutes = ",".join(str(number) for number in range(0, 60, 7))
    hours = ",".join(str(number) for number in range(24) if number not in {3, 11, 17})
    days = ",".join(str(number) for number in range(1, 32) if number % 3)
    card = await world.proposes(f'/omni-schedule snowflake "{minutes} {hours} {days} * ? *"')
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: ")
    await world.requester.types("/omni-schedule list")
    assert await world.requester.sees_message("page 1 of 2")


async def test_a_refusal_of_a_policy_with_hundreds_of_zones_is_told(
    sqlite_database: Database,
) -> None:
    zones = ", ".join(f'"{zone}"' for zone in zone_names() if "/" in zone)
    async with world_on(sqlite_database, f"[defaults]\nzones = [{zones}]") as world:
        await world.requester.types('/omni-schedule snowflake "0 18 ? * * *" UTC')
        refusal = await world.requester.sees_message("does not allow the time zone `UTC`")
        assert "`America/New_York`" in refusal.words
        await world.admin.opens_home()
        assert "The time zone is" in (await world.admin.sees_home("The policy")).words


@pytest.mark.parametrize("odd", ["rate(1 hour) " * 300, "&" * 1_900, "`<*>" * 600])
def test_whatever_somebody_wrote_in_omni_fits_on_the_card(odd: str) -> None:
    change = a_change(before=Terms(cron=odd, timezone=odd, description=odd))
    card = question(change, NOON)
    now, becomes = (cell["text"] for cell in card.blocks[1]["fields"])
    assert len(now) <= 2_000
    assert "`00 18 ? * * *`" in becomes


def test_the_longest_cron_stands_on_the_card_in_full() -> None:
    cron = Cron.parse(f"{','.join(str(minute) for minute in range(60))} 0-23 ? * MON-FRI 2026-2199")
    change = a_change(after=Terms(cron=str(cron), timezone="America/Argentina/ComodRivadavia"))
    assert f"`{cron}`" in question(change, NOON).blocks[1]["fields"][1]["text"]


def test_nothing_that_somebody_wrote_in_omni_is_bold_on_the_card() -> None:
    odd = "Europe/London *Becomes* At 09:00 AM"
    before = Terms(cron="rate(1 hour)", timezone=odd, description=odd)
    now, _ = (cell["text"] for cell in question(a_change(before=before), NOON).blocks[1]["fields"])
    assert now.startswith("*Now*")
    assert now.count("*") == 2


async def test_a_name_and_a_description_without_an_end_stand_on_no_card_in_full(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "bot.playground.omni.records.description"
    monkeypatch.setattr(told, lambda *_: "& at 6" * 10_000)
    connection = await renamed(world, "& Production" * 5_000)
    await world.requester.types(f'/omni-schedule {connection.id} "0 18 ? * * *"')
    card = await world.requester.sees_message(is_card)
    await world.requester.clicks(card, "approve")
    assert (await world.requester.sees_message("Omni says: ")).id == card.id
