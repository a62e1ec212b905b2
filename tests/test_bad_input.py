"""Whatever is wrong, a person reads what and where it is, and the repair; nothing is half done."""

import asyncio
import contextlib
import json
import sqlite3
from dataclasses import replace
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.playground.omni import Fault, Requests
from tests.databases import Database
from tests.world import COMMAND, CONNECTION, SCHEDULE, World, bot_in, is_card, surroundings

TRACE = ("Traceback", "Error(", "sqlalchemy", 'File "')


WRONG = (
    ('nowhere a1b2 "00 18 ? * * *"', "Omni shows no connection `nowhere`."),
    ('f47a ffff "00 18 ? * * *"', "“Production Snowflake” has no schedule `ffff`."),
    ('"Production" "00 18 ? * * *"', "may mean 3 connections. Which one?"),
    ('"Production Postgres" "00 18 ? * * *"', "has no schedule yet"),
    ('"Production Postgres Replica" "00 18 ? * * *"', "has 2 schedules. Which one?"),
    ('f47a a1b2 "00 25 ? * * *"', "`25`"),
    ('f47a a1b2 "00 18 * * * *"', "?"),
    ('f47a a1b2 "18 ? * * *"', "six"),
    ('f47a a1b2 "00 18 ? * * *" Europe/Lodnon', "Europe/London"),
    ('"Production Postgres Replica" 70d9 "0/5 * * * ? *"', "15 minutes"),
    ('f47a a1b2 "00 09 * * ? *"', "It is already so"),
)


async def hears(world: World, typed: str, words: str) -> str:
    """Type a command, and return the answer with these words in it, which only they see."""
    answer = await world.requester.types(typed)
    assert answer.error is None
    message = await world.requester.sees_message(words, within=15)
    assert message.only_for == world.requester.id
    assert not any(trace in message.words for trace in TRACE)
    assert not world.writes
    return f"{message.text}\n{message.words}"


async def test_what_was_typed_wrong_is_named_with_the_repair(world: World) -> None:
    for typed, words in WRONG:
        await hears(world, f"/omni-schedule {typed}", words)
        world.slack.workspace.reset()
    assert await world.history() == ()


@pytest.mark.parametrize(
    ("typed", "lost"),
    [
        ("Finance Redshift in june weekdays at 6pm", "in june"),
        ("Finance Redshift quarterly fridays at 5pm", "quarterly"),
        ("create Finance Redshift business fridays at 5pm", "business"),
    ],
)
async def test_no_choice_of_a_name_leaves_out_words_that_may_say_when(
    world: World, typed: str, lost: str
) -> None:
    await world.requester.types(f"/omni-schedule {typed}")
    asked = await world.requester.sees_message("Omni shows no connection")
    assert "Finance Redshift (" in asked.words
    assert f"Choosing one would leave out {lost}." in asked.words
    assert not asked.buttons


@pytest.mark.parametrize(
    "typed",
    ["set snowflake to daily at 6pm", "change snowflake to daily at 6pm", "snowflake to 6pm daily"],
)
async def test_words_that_only_ask_for_a_change_leave_a_button_to_choose_the_name(
    world: World, typed: str
) -> None:
    await world.requester.types(f"/omni-schedule {typed}")
    asked = await world.requester.sees_message("Did you mean one of these?")
    assert "would leave out" not in asked.words
    await world.requester.clicks(asked, "Choose")
    card = await world.requester.sees_message(is_card)
    assert "At 06:00 PM" in card.words
    assert "Production Snowflake" in card.words


async def test_of_two_that_may_be_meant_neither_is_called_the_corrected_one(world: World) -> None:
    await world.requester.types("/omni-schedule snowflake every day at 6")
    two = await world.requester.sees_message("may be morning or evening")
    assert "Corrected" not in two.words
    assert 'For example  /omni-schedule snowflake "0 6 * * ? *"' in two.words
    assert [button.label for button in two.buttons[:2]] == ["At 06:00 AM", "At 06:00 PM"]
    await world.requester.types('/omni-schedule "snowflake" evry day at 6pm')
    one = await world.requester.sees_message("is not a time, a day or a zone")
    assert 'Corrected  /omni-schedule snowflake "0 18 * * ? *"' in one.words


async def test_a_name_alone_is_told_how_to_say_when_beside_what_else_it_can_be(
    world: World,
) -> None:
    await world.requester.types("/omni-schedule snowflake")
    told = await world.requester.sees_message("snowflake does not say when it is to run.")
    assert "or plain words, such as every weekday at 6pm" in told.words
    assert [button.label for button in told.buttons] == ["show snowflake", "Open the form"]


async def test_a_misspelled_name_is_still_chosen_with_a_button(world: World) -> None:
    await world.requester.types("/omni-schedule Finanse Redshft every weekday at 6pm")
    asked = await world.requester.sees_message("Omni shows no connection")
    await world.requester.clicks(asked, "Choose")
    assert await world.requester.sees_message(is_card)


@pytest.mark.parametrize("typed", ["delete Sales 2024", "Sales 2024 every weekday at 5pm"])
async def test_the_connection_is_named_that_has_no_such_schedule(world: World, typed: str) -> None:
    sales = world.omni.data.add_connection("Sales")
    world.omni.data.add_schedule(sales, "0 5 * * ? *", "UTC")
    world.omni.data.add_connection("Sales 2024 Archive")
    await world.learns_names()
    await world.requester.types(f"/omni-schedule {typed}")
    asked = await world.requester.sees_message("Did you mean one of these?")
    assert "“Sales” has no schedule `2024`." in asked.text


async def test_an_ambiguous_name_is_a_menu_whose_choice_goes_on(world: World) -> None:
    await world.requester.types('/omni-schedule "Production" "00 18 ? * * *" Europe/London')
    question = await world.requester.sees_message("Which one?")
    await world.requester.clicks(question, "run:0")
    assert await world.requester.sees_message("Change the schema refresh of Production Snowflake?")


@pytest.mark.slow  # it waits for Omni
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.BAD_KEY, "OMNI_API_KEY"),
        (Fault.NO_ROLE, "Connection Admin"),
        (Fault.NONSENSE, "OMNI_BASE_URL"),
        (Fault.RATE_LIMITED, "Try again in a minute."),
        (Fault.FAILING, "Try again in a few minutes."),
        (Fault.DROPS_REQUEST, "Try again in a few minutes."),
    ],
)
async def test_an_omni_that_does_not_answer_well_is_named_with_the_repair(
    world: World, fault: Fault, words: str
) -> None:
    world.omni.faults.switch_on(fault)
    told = await hears(world, COMMAND, words)
    assert "Nothing was done." in told
    assert await world.history() == ()


async def test_a_slow_omni_does_not_make_slack_wait(world: World) -> None:
    world.omni.faults.switch_on(Fault.SLOW, requests=Requests.READS, seconds=0.5)
    answer = await world.requester.types(COMMAND)
    assert answer.seconds < 0.5
    assert await world.requester.sees_message("Production Snowflake?")


async def test_where_slack_does_not_say_who_it_is_nothing_is_done(world: World) -> None:
    world.slack.faults.fail_next("users.info", "internal_error")
    await hears(world, COMMAND, "Slack did not tell this bot who you are")


async def renames(database: Database, name: str, to: str) -> None:
    """Take the table of changes away, as a hasty admin may, or bring it back."""
    await runs(database, f"ALTER TABLE {name} RENAME TO {to}")


async def runs(database: Database, statement: str) -> None:
    """Do to the database what the bot would not."""

    def run() -> None:  # in a thread: it may have to wait for the bot
        with contextlib.closing(sqlite3.connect(database.url.removeprefix("sqlite:///"))) as conn:
            conn.execute(statement)
            conn.commit()

    await asyncio.to_thread(run)


async def test_a_database_that_fails_is_told_with_a_reference_that_is_in_the_log(
    world: World, sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await renames(sqlite_database, "changes", "lost")
    told = await hears(world, COMMAND, "tell your admin this reference")
    assert "it may or may not have done what you asked. Check in App Home or with `pending`" in told
    references = [vars(record).get("reference") for record in caplog.records]
    assert any(reference and reference in told for reference in references)


async def test_a_click_while_the_database_fails_is_told_and_can_be_made_again(
    world: World, sqlite_database: Database
) -> None:
    card = await world.proposes()
    await renames(sqlite_database, "changes", "lost")
    answer = await world.requester.clicks(card, "approve")
    assert answer.error is None
    await world.requester.sees_message("tell your admin this reference")
    await renames(sqlite_database, "lost", "changes")
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: ")
    assert world.writes == ["PUT"]


async def test_a_statement_that_fails_is_logged_without_what_it_was_given(
    world: World, sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    card = await world.proposes()
    await world.requester.clicks(card, "edit")
    form = await world.requester.sees_modal("Edit the change")
    await refuses_rows(sqlite_database, "changes")
    await world.requester.submits(form, {"when": "0 6 ? * MON-FRI *", "reason": "Jane moves"})
    await world.requester.sees_message("tell your admin this reference")
    assert "no room" in caplog.text
    assert "Jane moves" not in caplog.text


async def test_nor_does_the_durable_engine_log_it(
    world: World, sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    card = await world.proposes()
    await refuses_rows(sqlite_database, "workflow_status")
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("tell your admin this reference")
    assert "no room" in caplog.text
    assert "/response/" not in caplog.text


async def refuses_rows(database: Database, table: str) -> None:
    """Let nothing new into a table, whose statements then fail with all that they were given."""
    refuse = f"BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'no room'); END"
    await runs(database, f"CREATE TRIGGER full {refuse}")


async def test_a_listener_that_raises_answers_with_a_reference_that_is_in_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    payload = {
        "type": "block_actions",
        "user": {"id": world.requester.id, "team_id": world.slack.team_id},
        "team": {"id": world.slack.team_id},
        "channel": {"id": "C0DATATEAM"},
        "actions": [{"action_id": "approve"}],  # no value: no bot of ours drew this button
    }
    assert await delivered(world, payload) == 200
    told = await world.requester.sees_message("tell your admin this reference")
    references = [vars(record).get("reference") for record in caplog.records]
    assert any(reference and reference in told.words for reference in references)


async def test_choices_of_the_same_words_are_told_apart_by_their_ids(world: World) -> None:
    twins = [world.omni.data.add_connection("Twin") for _ in range(9)]
    await world.learns_names()
    await world.requester.types('/omni-schedule Twin "0 5 * * ? *"')
    question = await world.requester.sees_message("Which one?")
    for twin in twins[:8]:
        assert f"Twin ({twin.dialect})  {twin.id[:8]}" in question.words
    assert "And 1 more: type more of the name" in question.words


async def test_the_form_is_offered_for_what_it_can_do(world: World) -> None:
    for typed, offered in (("undo", False), ("snowflake 0 25 ? * * *", True)):
        await world.requester.types(f"/omni-schedule {typed} zzzz")
        answer = await world.requester.sees_message("Usage  ")
        assert any(one.action_id == "open_form" for one in answer.buttons) is offered
        world.slack.workspace.reset()


async def test_a_command_of_another_name_is_told_how_to_mend_that(
    sqlite_database: Database,
) -> None:
    async with surroundings(sqlite_database) as around:
        settings = replace(around.settings, slash_command="/refresh-times")
        async with bot_in(replace(around, settings=settings)) as world:
            await hears(world, COMMAND, "sets SLASH_COMMAND to `/omni-schedule`")


async def delivered(world: World, payload: object) -> int:
    """Bring a payload of our own to the bot, signed as Slack signs, and return the status."""
    body = urlencode({"payload": json.dumps(payload)}).encode()
    headers = world.slack.delivery.signed(body)
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    async with aiohttp.ClientSession() as session:
        url = str(world.slack.events_url)
        async with session.post(url, data=body, headers=headers) as response:
            return response.status


async def test_where_there_is_no_schedule_to_change_one_can_be_added(world: World) -> None:
    await world.requester.types('/omni-schedule "Production Postgres" "0 5 * * ? *" Europe/Paris')
    answer = await world.requester.sees_message("has no schedule yet")
    await world.requester.clicks(answer, "Add it")
    card = await world.requester.sees_message(is_card)
    assert "Add a schema refresh to Production Postgres?" in card.words
    assert "0 5 * * ? *" in card.words
    assert "Europe/Paris" in card.words


async def test_a_double_click_on_add_it_asks_once(world: World) -> None:
    await world.requester.types('/omni-schedule "Production Postgres" "0 5 * * ? *" Europe/Paris')
    answer = await world.requester.sees_message("has no schedule yet")
    await asyncio.gather(*(world.requester.clicks(answer, "Add it") for _ in range(2)))
    await world.requester.sees_message(is_card)
    await world.stop()
    assert len(await world.history()) == 1


async def test_a_click_of_long_ago_is_told_what_came_of_it(world: World) -> None:
    await world.requester.types('/omni-schedule "Production Postgres" "0 5 * * ? *" Europe/Paris')
    answer = await world.requester.sees_message("has no schedule yet")
    world.slack.faults.down = True  # so that the message stays
    await world.requester.clicks(answer, "Add it")
    async with asyncio.timeout(10):
        while not await world.history():  # noqa: ASYNC110 - a database rings no bell
            await asyncio.sleep(0.05)
    world.slack.faults.down = False
    card = await world.requester.sees_message(is_card, within=10)
    await world.requester.clicks(card, "cancel")
    await world.requester.sees_message("Cancelled")
    await world.requester.clicks(answer, "Add it")
    await world.requester.sees_message("which is cancelled by now. Type the command")


async def test_a_zone_that_the_bot_does_not_know_is_not_taken_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.playground.omni.records.description", lambda *_: "At 09:00 AM")
    world.omni.data.put(replace(world.schedule, timezone="Europe/Kyivv"))
    typed = f'/omni-schedule {CONNECTION} {SCHEDULE} "00 18 ? * * *"'
    await hears(
        world, typed, "The schedule has the zone Europe/Kyivv, which this bot does not know"
    )
    await world.requester.types(f"{typed} Europe/Kyiv")
    assert "Europe/Kyiv" in (await world.requester.sees_message(is_card)).words


async def test_the_schedule_is_judged_before_omni_is_asked(world: World) -> None:
    asked = len(world.omni.log)
    await world.requester.types(f'/omni-schedule {CONNECTION} {SCHEDULE} "00 25 ? * * *"')
    await world.requester.sees_message("25")
    assert len(world.omni.log) == asked
