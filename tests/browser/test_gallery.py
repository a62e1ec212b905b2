"""Each card as a person sees it; SCREENSHOTS=1 keeps their pictures for the docs."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from bot.playground.omni import Fault, Requests
from bot.slack.checkup import LEAST
from tests.browser.journey import Journey
from tests.world import COMMAND, SCHEDULE, SECOND_PERSON

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="session"),
]

QUESTION = "Change the schema refresh of Production Snowflake?"


async def proposed(journey: Journey) -> None:
    """Let Robin type the documented command, and see its card."""
    await journey.types(COMMAND)
    await expect(journey.message(QUESTION)).to_be_visible()


async def test_what_one_may_confirm_oneself(journey: Journey) -> None:
    await proposed(journey)
    card = journey.message(QUESTION)
    for name in ("Approve", "Edit", "Cancel"):
        await expect(card.get_by_role("button", name=name)).to_be_visible()
    await journey.is_pictured("card", card)


async def test_what_a_second_person_decides(journey: Journey) -> None:
    await journey.types(SECOND_PERSON)
    card = journey.message("Change the schema refresh of Finance Redshift?")
    await expect(card).to_be_visible()
    await journey.becomes("Ada")
    await expect(card).to_contain_text("Ada")
    await expect(card.get_by_role("button", name="Reject")).to_be_visible()
    await journey.is_pictured("second-person", card)


async def test_what_moved_since_the_preview(journey: Journey) -> None:
    await proposed(journey)
    journey.world.omni.data.edit(SCHEDULE)
    await journey.clicks("Approve")
    stale = journey.message("Nothing was written. It has changed since the card was shown.")
    await expect(stale).to_be_visible()
    await expect(journey.message(QUESTION)).to_contain_text("30 6 * * ? *")
    await journey.is_pictured("stale", journey.log.locator(".stack"))


async def test_what_omni_refuses(journey: Journey) -> None:
    await proposed(journey)
    journey.world.omni.faults.switch_on(Fault.NO_ROLE, requests=Requests.WRITES)
    await journey.clicks("Approve")
    refused = journey.message("Nothing was changed.")
    await expect(refused).to_contain_text("connection admin role required")
    await journey.is_pictured("refused", refused)


async def test_what_nobody_knows_the_outcome_of(journey: Journey) -> None:
    await proposed(journey)
    journey.world.omni.faults.switch_on(Fault.NOT_HELD)
    await journey.clicks("Approve")
    unknown = journey.message("Outcome unknown")
    await expect(unknown.get_by_role("button", name="Re-check the schedule")).to_be_visible(
        timeout=15_000
    )
    await journey.is_pictured("unknown", unknown)


async def test_what_nobody_decided_in_time(journey: Journey) -> None:
    await journey.types(SECOND_PERSON)
    await expect(journey.message("Change the schema refresh of Finance Redshift?")).to_be_visible()
    journey.world.clock.ahead = timedelta(hours=9)
    await journey.world.bot.workflow.expire_due()
    expired = journey.message("Expired: schema refresh of Finance Redshift")
    await expect(expired).to_contain_text("Nobody decided in time")
    await journey.is_pictured("expired", expired)


async def test_what_was_undone(journey: Journey) -> None:
    await proposed(journey)
    await journey.clicks("Approve")
    everybody = journey.message("changed: At 06:00 PM")
    await expect(everybody).to_be_visible()
    await journey.is_pictured("announcement", everybody)
    await everybody.get_by_role("button", name="Undo").click()
    await journey.clicks("Approve")
    undone = journey.message("Undone by")
    await expect(undone).to_contain_text("Before: At 09:00 AM")
    await expect(undone.get_by_role("button")).to_have_count(0)
    await journey.is_pictured("undone", undone)


async def test_what_app_home_shows(journey: Journey) -> None:
    await proposed(journey)
    await journey.clicks("Approve")
    await journey.types(SECOND_PERSON)
    await expect(journey.message("Change the schema refresh of Finance Redshift?")).to_be_visible()
    await journey.becomes("Ada")
    await journey.goes_to("App Home")
    home = journey.page.get_by_role("region", name="App Home")
    await expect(home).to_contain_text("Databricks Lakehouse")
    await journey.is_pictured("home", home)


async def test_what_an_admin_finds_of_the_setup(journey: Journey) -> None:
    journey.world.omni.faults.switch_on(Fault.BAD_KEY)
    await journey.becomes("Sam")
    await journey.goes_to("App Home")
    home = journey.page.get_by_role("region", name="App Home")
    await expect(home).to_contain_text("Omni does not accept the API key")
    setup = home.get_by_role("button", name="Look again at the setup")
    await setup.scroll_into_view_if_needed()
    await journey.is_pictured("setup", home)
    journey.world.omni.faults.clear()
    journey.world.clock.ahead = LEAST
    await setup.click()
    await expect(home).to_contain_text("Nothing stands in the way.")
