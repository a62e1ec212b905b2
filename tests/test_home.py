"""App Home: what waits and for whom, own requests, connections, the setup and the policy."""

import pytest

from bot.change import Event
from bot.database import connect
from bot.playground.omni import Fault
from bot.playground.slack import Person, View
from bot.store import By, ChangeStore
from tests.databases import Database
from tests.world import DATA_TEAM, World, is_card, world_on

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


async def test_an_admin_reads_the_policy_in_words(world: World) -> None:
    shown = await home_of(world.admin)
    assert "Changes are announced in <#C0DATATEAM>." in shown.words
    assert "<@U0APPROVER> or <@U0ADMIN>" in shown.words
    assert "Runs are at least 15 minutes apart." in shown.words


async def test_the_connections_turn_by_pages(world: World) -> None:
    shown = await home_of(world.requester)
    await world.requester.clicks(shown, "Next page")
    assert "Production Snowflake" in (await world.requester.sees_home("Page 2 of 2")).words


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
    world: World,
) -> None:
    busy = world.omni.data.add_connection("AAA Busy")
    for minute in range(4):
        world.omni.data.add_schedule(busy, f"{minute} 5 * * ? *", "Europe/London")
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


async def test_omni_that_refuses_is_quoted(world: World) -> None:
    world.omni.faults.switch_on(Fault.BAD_KEY)
    assert await home_of(world.requester, "Omni does not tell them.")


async def test_the_bot_is_quiet_where_a_home_cannot_follow(world: World) -> None:
    await home_of(world.requester)
    world.slack.faults.fail_next("views.publish", "fatal_error")
    card = await world.proposes()
    await world.requester.clicks(card, "cancel")
    assert await world.requester.sees_message("Cancelled")
    assert not world.requester.sees(world.requester.dm)
