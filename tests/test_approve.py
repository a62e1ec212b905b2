"""The main job: a command, a card, a click, one write, and the story told."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.change import Terms
from bot.meant.phrases import is_phrase
from bot.playground.omni.records import description
from bot.playground.slack import Message
from bot.slack.answers import PHRASES
from bot.slack.cards import question
from tests.databases import Database
from tests.store.samples import a_change
from tests.world import COMMAND, DATA_TEAM, SCHEDULE, World, is_card, world_on

UNQUOTED = COMMAND.replace('"', "")
AS_TYPED = pytest.mark.parametrize(
    "typed",
    [
        COMMAND,
        COMMAND.replace('"', "“", 1).replace('"', "”"),
        COMMAND.replace('"', "«", 1).replace('"', "»"),
        COMMAND.replace(" ", "\u00a0").replace("\u00a0", " ", 1),
        COMMAND.replace(" Europe", "\nEurope"),
        UNQUOTED,
        '/omni-schedule set f47a a1b2 "00 18 ? * * *" Europe/London',
        '/omni-schedule "production snowflake" "00 18 ? * * *" Europe/London',
    ],
    ids=["exact", "curly", "guillemets", "no-break", "two lines", "bare", "prefixes", "name"],
)


async def done(world: World) -> Message:
    """Wait for the result, and for everything that follows from it."""
    found = await world.requester.sees_message("Omni says: ")
    await world.stop()
    return found


@AS_TYPED
async def test_the_documentations_command_is_understood_however_slack_mangles_it(
    world: World, typed: str
) -> None:
    card = await world.proposes(typed)
    await world.requester.clicks(card, "approve")
    await done(world)
    assert (world.schedule.cron, world.schedule.timezone) == ("00 18 ? * * *", "Europe/London")


async def test_the_card_says_everything_that_a_decision_needs(world: World) -> None:
    card = await world.proposes()
    assert card.ephemeral
    for fact in (
        "Production Snowflake",
        "At 09:00 AM\n`00 09 * * ? *`\nAmerica/New_York",
        "At 06:00 PM\n`00 18 ? * * *`\nEurope/London",
        "Soft refresh",
        "once a day, as before",
        "Tells <#C0DATATEAM>",
        "Asked by <@U0REQUESTER>",
    ):
        assert fact in card.words
    assert len(re.findall(r"\w{3} \d+ \w{3}(?: \d{4})? 18:00", card.words)) == 3
    assert len(re.findall(r"<!date\^", card.words)) == 2  # the next run, and the expiry
    assert [each.action_id for each in card.buttons] == ["approve", "edit", "cancel"]
    assert "`00 18 ? * * *`" in card.text


async def test_runs_of_another_year_are_told_with_their_year(world: World) -> None:
    year = world.clock().year + 1
    card = await world.proposes(COMMAND.replace("00 18 ? * * *", f"0 18 1 12 ? {year}-{year + 2}"))
    for each in range(year, year + 3):
        assert f" 1 Dec {each} 18:00" in card.words
    await world.requester.clicks(card, "approve")
    result = await world.requester.sees_message("Omni says: ")
    assert f" 1 Dec {year} 18:00 in Europe/London" in result.words
    await world.requester.types("/omni-schedule list snowflake")
    listed = await world.requester.sees_message("Production Snowflake: At")
    assert f" 1 Dec {year} 18:00 there" in listed.words


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("Europe/London", "Thu 31 Dec 18:00 · Fri 1 Jan 2027 18:00 · Sat 2 Jan 2027 18:00"),
        ("Pacific/Auckland", "Fri 1 Jan 18:00 · Sat 2 Jan 18:00 · Sun 3 Jan 18:00"),
    ],
)
def test_the_year_of_a_run_and_this_year_are_those_of_the_schedules_zone(
    zone: str, told: str
) -> None:
    noon = datetime(2026, 12, 31, 12, tzinfo=UTC)
    card = question(a_change(after=Terms("0 18 ? * * *", zone)), noon)
    assert told in str(card.blocks)


async def test_what_is_approved_is_written_once_with_exactly_the_fields_of_omni(
    world: World,
) -> None:
    await world.requester.clicks(await world.proposes(), "approve")
    await done(world)
    (sent,) = world.sent
    assert sent.method == "PUT"
    assert sent.path.endswith(SCHEDULE)
    assert sent.body == {
        "schedule": "00 18 ? * * *",
        "timezone": "Europe/London",
        "hardRefresh": False,
    }
    assert world.omni.log[-1].method == "GET"  # read back


async def test_a_hard_refresh_stays_hard(world: World) -> None:
    world.omni.data.put(replace(world.schedule, hard_refresh=True))
    await world.requester.clicks(await world.proposes(), "approve")
    await done(world)
    assert world.schedule.hard_refresh


async def test_an_older_omni_is_never_sent_a_field_that_it_did_not_return(
    sqlite_database: Database,
) -> None:
    async with world_on(sqlite_database, old_omni=True) as world:
        await world.requester.clicks(await world.proposes(), "approve")
        await done(world)
        (sent,) = world.sent
        assert sent.body == {"schedule": "00 18 ? * * *", "timezone": "Europe/London"}


async def test_the_reply_takes_the_cards_place_and_quotes_omni(world: World) -> None:
    card = await world.proposes()
    await world.requester.clicks(card, "approve")
    result = await done(world)
    assert result.id == card.id
    words = description("00 18 ? * * *", "Europe/London", world.clock())
    assert f"Omni says: {words}" in result.words
    assert "approved by <@U0REQUESTER>" in result.words
    assert [each.action_id for each in result.buttons] == ["undo"]


async def test_the_policys_channels_read_who_what_and_when(world: World) -> None:
    await world.requester.clicks(await world.proposes(), "approve")
    await done(world)
    (told,) = world.told(DATA_TEAM)
    for fact in (
        "Schema refresh of Production Snowflake changed",
        "00 09 * * ? *  America/New_York",
        "00 18 ? * * *  Europe/London",
        "Asked by <@U0REQUESTER>",
        "approved by <@U0REQUESTER>",
        "Next run",
    ):
        assert fact in told.words
    assert "data is refreshed" not in told.words.lower()


async def test_cancel_writes_nothing_and_takes_the_buttons_away(world: World) -> None:
    card = await world.proposes()
    await world.requester.clicks(card, "cancel")
    ended = await world.requester.sees_message("Nothing was changed.")
    await world.stop()
    assert ended.id == card.id
    assert not ended.buttons
    assert not world.writes
    assert not world.told(DATA_TEAM)


async def test_edit_puts_a_new_card_in_the_old_ones_place(world: World) -> None:
    card = await world.proposes()
    await world.requester.clicks(card, "edit")
    form = await world.requester.sees_modal("Edit the change")
    await world.requester.submits(form, {"when": "0 20 ? * * *"})
    edited = await world.requester.sees_message("`0 20 ? * * *`")
    assert edited.id == card.id
    assert is_card(edited)
    await world.requester.clicks(edited, "approve")
    await done(world)
    (sent,) = world.sent
    assert isinstance(sent.body, dict)
    assert sent.body["schedule"] == "0 20 ? * * *"


async def test_the_form_says_what_is_wrong_at_the_field_where_it_is_wrong(world: World) -> None:
    await world.requester.clicks(await world.proposes(), "edit")
    form = await world.requester.sees_modal("Edit the change")
    await world.requester.submits(form, {"when": "0 25 ? * * *"})
    shown = world.requester.modal
    assert shown is not None
    assert "25 is not an hour" in shown.errors["when"]


async def test_an_undo_is_a_new_card_with_before_and_after_swapped(world: World) -> None:
    await world.requester.clicks(await world.proposes(), "approve")
    result = await world.requester.sees_message("Omni says: ")
    await world.requester.clicks(result, "undo")
    back = await world.requester.sees_message(is_card)
    assert "Reason" in back.words
    await world.requester.clicks(back, "approve")
    await world.requester.sees_message("Omni says: At 09:00 AM")
    assert (world.schedule.cron, world.schedule.timezone) == ("00 09 * * ? *", "America/New_York")
    assert world.writes == ["PUT", "PUT"]


async def test_an_undo_warns_where_it_takes_back_more_than_that_change(world: World) -> None:
    await world.requester.clicks(await world.proposes(), "approve")
    result = await world.requester.sees_message("Omni says: ")
    world.omni.data.put(replace(world.schedule, cron="0 5 * * ? *"))
    await world.requester.clicks(result, "undo")
    card = await world.requester.sees_message(is_card)
    warned = "Warning  It was changed again since then, and this takes that back as well."
    assert warned in card.words
    assert "0 5 * * ? *" in card.words
    assert "Reason  Undo of change" in card.words

    await world.requester.clicks(card, "edit")
    form = await world.requester.sees_modal("Edit the change")
    await world.requester.submits(form, {"when": "0 6 * * ? *", "reason": "As it was"})
    edited = await world.requester.sees_message(lambda m: is_card(m) and "As it was" in m.words)
    assert warned in edited.words

    world.omni.data.put(replace(world.schedule, cron="0 4 * * ? *"))
    await world.requester.clicks(edited, "approve")
    fresh = await world.requester.sees_message(lambda m: is_card(m) and "0 4 * * ? *" in m.words)
    assert fresh.words.count(warned) == 1


@pytest.mark.parametrize(
    "since",
    [
        {"hard_refresh": True},
        {"disabled_at": datetime(2026, 11, 1, tzinfo=UTC)},
        {"cron": "0 18 ? * * *"},
    ],
    ids=["the kind of refresh", "disabled", "the same times in other words"],
)
async def test_an_undo_does_not_claim_to_take_back_what_it_does_not_write(
    world: World, since: dict[str, object]
) -> None:
    await world.requester.clicks(await world.proposes(), "approve")
    result = await world.requester.sees_message("Omni says: ")
    world.omni.data.put(replace(world.schedule, **since))  # type: ignore[arg-type]  # by name
    await world.requester.clicks(result, "undo")
    card = await world.requester.sees_message(is_card)
    assert "takes that back" not in card.words


@pytest.mark.parametrize(
    ("was", "since", "warned"),
    [
        (False, True, "It was a soft refresh before, and stays a hard one"),
        (True, False, "It was a hard refresh before, and stays a soft one"),
    ],
    ids=["hard since", "soft since"],
)
async def test_an_undo_warns_where_it_does_not_bring_the_kind_of_refresh_back(
    world: World,
    was: bool,  # noqa: FBT001 - a table's column
    since: bool,  # noqa: FBT001 - as above
    warned: str,
) -> None:
    world.omni.data.put(replace(world.schedule, hard_refresh=was))
    await world.requester.clicks(await world.proposes(), "approve")
    result = await world.requester.sees_message("Omni says: ")
    world.omni.data.put(replace(world.schedule, cron="0 5 * * ? *", hard_refresh=since))
    await world.requester.clicks(result, "undo")
    card = await world.requester.sees_message(is_card)
    assert "Warning  It was changed again since then" in card.words
    assert f"Warning  {warned}" in card.words
    assert "Reason  Undo of change" in card.words
    await world.requester.clicks(card, "approve")
    back = await world.requester.sees_message("Omni says: At 09:00 AM")
    assert f"Warning: {warned}" in back.words
    assert "changed again" not in back.words


async def test_an_undo_that_is_edited_to_lead_elsewhere_says_no_longer_that_it_is_one(
    world: World,
) -> None:
    await world.requester.clicks(await world.proposes(), "approve")
    await world.requester.clicks(await world.requester.sees_message("Omni says: "), "undo")
    card = await world.requester.sees_message(lambda m: is_card(m) and "Undo of change" in m.words)
    await world.requester.clicks(card, "edit")
    form = await world.requester.sees_modal("Edit the change")
    await world.requester.submits(form, {"when": "0 4 * * ? *"})
    edited = await world.requester.sees_message(lambda m: is_card(m) and "0 4 * * ? *" in m.words)
    assert "Reason  Edited from the undo of change" in edited.words


async def test_an_undo_of_a_change_that_there_is_not_says_so(world: World) -> None:
    await world.requester.types("/omni-schedule undo change 12345678")
    answer = await world.requester.sees_message("12345678")
    assert answer.text == "There is no change `12345678`. `history` lists them."


async def test_an_undo_of_what_somebody_took_back_already_names_the_connection(
    world: World,
) -> None:
    card = await world.proposes()
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: ")
    world.omni.data.put(replace(world.schedule, cron="00 09 * * ? *", timezone="America/New_York"))
    await world.requester.types("/omni-schedule undo")
    answer = await world.requester.sees_message("It is already so")
    assert "Production Snowflake has 00 09 * * ? * in America/New_York" in answer.words


async def test_help_and_what_cannot_be_read_are_answered_with_usage(world: World) -> None:
    asked = len(world.omni.log)
    await world.requester.types("/omni-schedule help")
    told = await world.requester.sees_message("Production Snowflake")
    assert "`last friday of the month at 6pm`. Without a zone it is the one" in told.words
    assert all(map(is_phrase, PHRASES))
    await world.requester.types('/omni-schedule f47a a1b2 "00 25 ? * * *"')
    answer = await world.requester.sees_message("25")
    assert "Usage" in answer.words
    assert len(world.omni.log) == asked
