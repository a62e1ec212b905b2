"""App Home: what waits and for whom, own requests, connections, the setup and the policy."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.change import Event
from bot.database import connect
from bot.diagnosis import Finding
from bot.playground.omni import Fault
from bot.playground.omni.seed import SNOWFLAKE
from bot.playground.slack import Person, View
from bot.slack.checkup import KEPT, LEAST, Checkup
from bot.slack.home import Connections, home
from bot.slack.lists import Page
from bot.store import By, ChangeStore
from bot.tables import changes
from bot.tasks import Tasks
from tests.databases import Database
from tests.hearing import logged
from tests.store.samples import NOON
from tests.test_bad_input import runs
from tests.world import DATA_TEAM, World, bot_in, is_card, surroundings, world_on

RISKY = '/omni-schedule "Finance Redshift" "0 21 L * ? *"'


async def home_of(person: Person, containing: str = "Page 1 of 2") -> View:
    """Let somebody open App Home."""
    await person.opens_home()
    return await person.sees_home(containing)


async def asked(world: World) -> None:
    """Let the requester ask for something that somebody else decides."""
    await world.requester.types(RISKY)
    await world.approver.sees_message(is_card)


def labels(view: View, action_id: str) -> list[str]:
    """Return what a screen reader says of all buttons of a kind."""
    found = [each.spec for each in view.elements if each.action_id == action_id]
    return [spec.get("accessibility_label", spec["text"]["text"]) for spec in found]


async def test_it_shows_what_waits_ones_own_requests_and_the_connections(world: World) -> None:
    await world.requester.clicks(await world.proposes(), "cancel")
    await world.requester.sees_message("Cancelled")
    await asked(world)
    shown = await home_of(world.requester)
    for fact in (
        "Change the schema refresh of Finance Redshift",
        "Becomes: At 09:00 PM, on the last day of the month",
        "Asked by <@U0REQUESTER>, for <@U0APPROVER> or <@U0ADMIN> to decide, expires",
        "Cancelled: schema refresh of Production Snowflake",
        "Databricks Lakehouse",
        "Disabled by Omni since",
    ):
        assert fact in shown.words
    assert "The policy" not in shown.words


async def test_who_asked_for_what_waits_is_not_told_to_have_asked_for_nothing(
    world: World,
) -> None:
    await asked(world)
    shown = await home_of(world.requester)
    assert "Asked by <@U0REQUESTER>" in shown.words
    assert "Your latest requests\nNone of yours has been decided lately." in shown.words


async def test_each_person_gets_the_buttons_of_their_right(world: World) -> None:
    await asked(world)
    mine = await home_of(world.requester)
    assert labels(mine, "reject") == []
    assert labels(mine, "cancel") == ["Cancel the change of Finance Redshift"]
    theirs = await home_of(world.approver)
    assert labels(theirs, "reject") == ["Reject the change of Finance Redshift"]
    assert labels(theirs, "cancel") == []


async def test_an_approver_reviews_the_whole_card_and_approves_it(world: World) -> None:
    await asked(world)
    shown = await home_of(world.approver)
    await world.approver.clicks(shown, "review")
    review = await world.approver.sees_modal("Review the change")
    assert "Next runs" in review.words
    assert "Tells <#C0DATATEAM> and <#C0FINANCE>" in review.words
    await world.approver.submits(review)
    await world.approver.sees_message("Omni says: ", channel=DATA_TEAM)
    assert world.writes == ["PUT"]


async def test_who_may_not_approve_reads_the_card_without_the_decision(world: World) -> None:
    await asked(world)
    shown = await home_of(world.requester)
    await world.requester.clicks(shown, "review")
    review = await world.requester.sees_modal("Review the change")
    assert "submit" not in review.spec


async def test_a_rejection_from_home_asks_for_the_reason(world: World) -> None:
    await asked(world)
    await world.approver.clicks(await home_of(world.approver), "reject")
    form = await world.approver.sees_modal("Reject the change")
    await world.approver.submits(form, {"reason": "Month end"})
    assert await world.approver.sees_message("Month end", channel=DATA_TEAM)
    assert await world.approver.sees_home("Nothing waits.")


async def test_everybody_who_looks_sees_a_change_come_and_go(world: World) -> None:
    await home_of(world.requester, "Nothing waits.")
    await home_of(world.admin, "Nothing waits.")
    await asked(world)
    assert await world.admin.sees_home("Asked by <@U0REQUESTER>")
    card = await world.approver.sees_message(is_card)
    await world.approver.clicks(card, "approve")
    assert await world.requester.sees_home("Nothing waits.")
    assert await world.admin.sees_home("0 21 L * ? *")


async def test_what_another_process_decides_shows_too(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sweep.SWEEP_SECONDS", 0.1)
    async with world_on(sqlite_database) as world:
        await asked(world)
        await home_of(world.admin)
        (change,) = await world.history()
        other = connect(sqlite_database.async_url)  # as another process has one
        by = By("U0APPROVER", "button", world.clock())
        await ChangeStore(other).move(change.id, Event.REJECT, by)
        await other.dispose()
        assert await world.admin.sees_home("Nothing waits.")


async def test_a_page_that_cannot_be_read_is_in_the_log_and_the_next_change_shows(
    world: World, sqlite_database: Database
) -> None:
    await world.requester.clicks(await world.proposes(), "cancel")
    await world.requester.sees_message("Cancelled")
    await home_of(world.admin, "Nothing waits.")
    await runs(sqlite_database, SPOIL)
    with logged("An App Home was not brought up to date") as failure:
        await asked(world)
        async with asyncio.timeout(5):
            await failure.wait()
    await runs(sqlite_database, "DELETE FROM changes WHERE id = 'spoiled'")
    await world.proposes()
    assert await world.admin.sees_home("Change the schema refresh of Production Snowflake")


#: Puts a change beside the one on record that cannot be read.
_COLUMNS = [f'"{column.name}"' for column in changes.columns]
SPOIL = "INSERT INTO changes ({}) SELECT {} FROM changes".format(
    ", ".join(_COLUMNS),
    ", ".join({'"id"': "'spoiled'", '"approvers"': "'['"}.get(name, name) for name in _COLUMNS),
)


TWO_TABLES = """
[connections."Production Snowflake"]
second_person = true
[connections.f47ac10b-58cc-4372-a567-0e02b2c3d479]
expires = "2h"
"""


async def test_two_tables_of_one_connection_are_told_as_what_is_in_force(
    sqlite_database: Database,
) -> None:
    async with (
        surroundings(sqlite_database) as playground,
        bot_in(playground, policy=TWO_TABLES) as world,
    ):
        shown = await home_of(world.admin)
        _, *rules = shown.words.split("Production Snowflake\n•  Every full member")
        assert len(rules) == 1
        assert "Nobody approves what they asked for" in rules[0]
        assert "expires after 2 hours" in rules[0]


async def test_a_connection_that_is_named_like_anothers_id_is_not_told_to_have_its_rules(
    sqlite_database: Database,
) -> None:
    policy = f'[connections."{SNOWFLAKE.id}"]\nallow = ["set"]\n'
    async with world_on(sqlite_database, policy) as world:
        world.omni.data.put_connection(replace(SNOWFLAKE, name="Analytics"))  # comes before it
        world.omni.data.add_connection(SNOWFLAKE.id)
        await world.learns_names()
        shown = await home_of(world.admin)
        assert "Analytics\n•  Every full member" in shown.words
        assert "Schedules cannot be" in shown.words


async def test_an_admin_reads_the_policy_in_words(world: World) -> None:
    shown = await home_of(world.admin)
    assert "Changes are announced in <#C0DATATEAM>." in shown.words
    assert "Finance Redshift\n•  Every full member" in shown.words
    assert "<@U0APPROVER> or <@U0ADMIN>" in shown.words
    assert "Runs of a schedule are at least 15 minutes apart." in shown.words


async def test_the_connections_turn_by_pages(world: World) -> None:
    shown = await home_of(world.requester)
    await world.requester.clicks(shown, "Next page")
    assert "Production Snowflake" in (await world.requester.sees_home("Page 2 of 2")).words


def test_a_single_connection_is_counted_as_one() -> None:
    shown = home((), (), Connections((), Page(1, 1, 5)), None, NOON, count=0)
    assert "Page 1 of 1: 1 connection." in str(shown)


async def test_change_beside_a_connection_opens_the_form_for_it(world: World) -> None:
    shown = await home_of(world.requester)
    (block,) = {
        each.block_id
        for each in shown.elements
        if each.spec.get("accessibility_label") == "Change the schedules of Databricks Lakehouse"
    }
    await world.requester.clicks(shown, "Change", block_id=block)
    assert await world.requester.sees_modal("Now  At 02:00 AM, only on Sunday")


async def test_what_does_not_fit_beside_a_connection_comes_as_a_direct_message(
    sqlite_database: Database,
) -> None:
    async with surroundings(sqlite_database) as playground:
        busy = playground.omni.data.add_connection("AAA Busy")
        for minute in range(4):
            playground.omni.data.add_schedule(busy, f"{minute} 5 * * ? *", "Europe/London")
        async with bot_in(playground) as world:
            shown = await home_of(world.requester)
            await world.requester.clicks(shown, "Show all 4")
            listed = await world.requester.sees_message("3 5 * * ? *", channel=world.requester.dm)
            assert "Schema refresh of AAA Busy" in listed.words


async def test_the_button_on_top_opens_an_empty_form(world: World) -> None:
    shown = await home_of(world.requester)
    await world.requester.clicks(shown, "Change a schedule")
    assert "Now" not in (await world.requester.sees_modal("Connection")).words


async def test_a_guest_reads_why_there_is_nothing(world: World) -> None:
    shown = await home_of(world.guest, "Guests cannot use this bot")
    assert not shown.elements


async def test_slow_omni_does_not_keep_what_waits_from_view(world: World) -> None:
    await asked(world)
    world.omni.faults.switch_on(Fault.SLOW, seconds=1.5)
    await world.requester.opens_home()
    shown = await world.requester.sees_home("Reading the schedules from Omni")
    assert "Finance Redshift" in shown.words
    world.omni.faults.clear()
    assert await world.requester.sees_home("Page 1 of 2")


async def test_omni_that_refuses_is_quoted(sqlite_database: Database) -> None:
    async with surroundings(sqlite_database) as playground:
        playground.omni.faults.switch_on(Fault.BAD_KEY)
        async with bot_in(playground) as world:
            assert await home_of(world.requester, "Omni does not tell them.")


async def test_the_bot_is_quiet_where_a_home_cannot_follow(world: World) -> None:
    await home_of(world.requester)
    world.slack.faults.fail_next("views.publish", "fatal_error")
    card = await world.proposes()
    await world.requester.clicks(card, "cancel")
    assert await world.requester.sees_message("Cancelled")
    assert not world.requester.sees(world.requester.dm)


# -- the setup ---------------------------------------------------------------------------

LOOKING = "The bot is looking at its setup."


async def setup_of(person: Person, containing: str = "found nothing wrong") -> View:
    """Let an admin open App Home, and wait until the setup was looked at."""
    await person.opens_home()
    return await person.sees_home(containing)


async def test_an_admin_reads_what_the_doctor_finds(world: World) -> None:
    shown = await setup_of(world.admin)
    assert "Nothing stands in the way." in shown.words
    assert "Warning  channels: C0DATATEAM, C0FINANCE cannot be looked up" in shown.words
    assert "checks found nothing wrong" in shown.words
    assert "To mend" not in shown.words
    assert labels(shown, "look_again") == ["Look again at the setup"]


async def test_others_see_nothing_of_the_setup(world: World) -> None:
    await setup_of(world.admin)
    for person in (world.requester, world.approver):
        assert "The setup" not in (await home_of(person)).words


async def test_the_page_stands_before_the_setup_is_looked_at(world: World) -> None:
    await home_of(world.requester)  # from here on it is warm
    warm = len(world.omni.log)
    await setup_of(world.admin)
    first, *_, last = [
        str(request.arguments["view"])
        for request in world.slack.requests
        if request.method == "views.publish" and request.arguments["user_id"] == world.admin.id
    ]
    assert "Page 1 of 2" in first
    assert LOOKING in first
    assert LOOKING not in last
    assert len(world.omni.log) - warm == 1 + 6  # the key, and the six connections' schedules


async def test_a_key_that_omni_refuses_is_told_on_top_and_gone_once_it_is_mended(
    world: World,
) -> None:
    world.omni.faults.switch_on(Fault.BAD_KEY)
    shown = await setup_of(world.admin)
    assert "To mend  Omni. See the setup, at the end of this page." in shown.words
    assert "To mend  Omni: Omni does not accept the API key" in shown.words
    assert "Nothing stands in the way." not in shown.words
    world.omni.faults.clear()
    world.clock.ahead = LEAST
    await world.admin.clicks(shown, "look_again")
    mended = await world.admin.sees_home("Nothing stands in the way.")
    assert "To mend" not in mended.words


async def test_one_look_serves_every_admin_for_some_minutes(world: World) -> None:
    other = world.slack.add_person("U0OTHERADMIN", "Olu", role="admin")
    await world.admin.opens_home()
    await other.opens_home()
    for admin in (world.admin, other):
        await admin.sees_home("found nothing wrong")
    await world.admin.clicks(await setup_of(world.admin), "look_again")  # sooner than it may
    await world.admin.sees_home("found nothing wrong")
    await world.stop()
    assert [one.path for one in world.omni.log].count("/api/v1/whoami") == 1


async def test_a_look_that_ends_while_a_page_is_on_its_way_is_shown_on_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = world.slack.add_person("U0OTHERADMIN", "Olu", role="admin")
    ended = asyncio.Event()
    publish = AsyncWebClient.views_publish

    async def late_for_one(client: AsyncWebClient, **view: Any) -> AsyncSlackResponse:
        answer = await publish(client, **view)
        if view["user_id"] == other.id:
            await ended.wait()
        return answer

    monkeypatch.setattr(AsyncWebClient, "views_publish", late_for_one)
    await home_of(other)
    await setup_of(world.admin, "found nothing wrong")
    ended.set()
    await other.sees_home("found nothing wrong")


async def test_after_some_minutes_opening_it_looks_again(world: World) -> None:
    await setup_of(world.admin)
    world.clock.ahead = KEPT
    world.omni.faults.switch_on(Fault.BAD_KEY)
    await world.admin.opens_home()
    assert await world.admin.sees_home("To mend  Omni: Omni does not accept the API key")


@pytest.mark.slow
async def test_an_omni_that_is_busy_is_no_fault_of_the_setup(world: World) -> None:
    world.omni.faults.switch_on(Fault.RATE_LIMITED, seconds=60)
    shown = await setup_of(world.admin)
    assert "Warning  Omni: was not asked everything." in shown.words
    assert "To mend" not in shown.words


async def test_no_secret_is_shown_however_it_came_into_the_policy(
    sqlite_database: Database,
) -> None:
    async with surroundings(sqlite_database) as playground:
        key = playground.settings.omni_api_key
        async with bot_in(playground, f'[connections."{key}"]\nsecond_person = true\n') as world:
            shown = await setup_of(world.admin, "rules nothing")
            assert "has a table for [hidden], which is no connection" in shown.words


async def test_many_findings_fit_into_the_page_and_the_rest_is_counted(
    sqlite_database: Database,
) -> None:
    tables = (f'[connections."{"n" * 250}{one}"]\nsecond_person = true\n' for one in range(30))
    async with world_on(sqlite_database, "".join(tables)) as world:
        for number in range(5):
            busy = world.omni.data.add_connection(f"AAA {number}")
            for minute in range(4):
                world.omni.data.add_schedule(busy, f"{minute} 5 * * ? *", "Europe/London")
        shown = await setup_of(world.admin)
        assert "20 more: `python -m bot doctor` prints all" in shown.words


async def test_a_look_that_fails_by_itself_leaves_a_finding_and_a_trace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def examine() -> tuple[Finding, ...]:
        raise LookupError("no such thing")

    checkup = Checkup(examine, tasks=Tasks(), clock=lambda: datetime.now(UTC))
    assert checkup.begin()
    await checkup.end()
    assert checkup.report is not None
    assert [one.text for one in checkup.report.faults] == [
        "could not look at the setup. The bot's log says why."
    ]
    assert "no such thing" in caplog.text


async def test_app_home_shows_first_what_expires_next(world: World) -> None:
    await world.proposes()
    (one,) = await world.bot.store.open_changes()
    for number in range(1, 10):
        end, other = one.expires_at + timedelta(minutes=number), f"{number:02x}" * 6
        await world.bot.store.propose(
            replace(one, id=other, created_at=end, expires_at=end, schedule_id=other), ""
        )
    await world.requester.opens_home()
    told = await world.requester.sees_home("And 2 more: the command")
    assert one.short_id in told.words
    assert f"{9:02x}" * 3 not in told.words
