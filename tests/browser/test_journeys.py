"""The bot itself, used through the playground's page in a real browser.

What other tests show through the same front door, without a browser, is slow here.
"""

import pytest
from playwright.async_api import expect

from tests.browser.journey import Journey
from tests.world import COMMAND

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_the_documented_command_is_approved_told_and_seen_in_omni(journey: Journey) -> None:
    await journey.clicks("The documented command")
    box = journey.page.get_by_role("textbox", name="Message or slash command")
    await expect(box).to_have_value(COMMAND)
    await journey.clicks("Send")
    card = journey.page.get_by_role("article").filter(has_text="Only visible to you")
    await expect(card).to_contain_text("Change the schema refresh of Production Snowflake?")
    await journey.clicks("Approve")
    await expect(card).to_contain_text("Omni says: At 06:00 PM")
    told = journey.page.get_by_role("article").filter(has_not_text="Only visible to you")
    await expect(told.first).to_contain_text("Schema refresh of Production Snowflake changed")
    snowflake = journey.connection("Production Snowflake")
    await expect(snowflake).to_contain_text("00 18 ? * * * Europe/London")
    await expect(snowflake).to_contain_text("was 00 09 * * ? * America/New_York")
    # How it is typed, for the picture.
    await box.fill('/omni-schedule "Production Snowflake" "00 18 ? * * *" Europe/London')
    await journey.is_pictured("approve")
    assert journey.world.writes == ["PUT"]


@pytest.mark.slow
async def test_a_second_person_approves_what_the_first_may_not(journey: Journey) -> None:
    await journey.types('/omni-schedule "Finance Redshift" every day at 7am')
    await journey.page.get_by_role("button", name="Approve").click()
    await expect(journey.log).to_contain_text("Only visible to you")
    assert journey.world.writes == []
    await journey.becomes("Ada")
    await journey.clicks("Approve")
    await expect(journey.log).to_contain_text("Schema refresh of Finance Redshift changed")
    await journey.goes_to("finance-bi")
    await expect(journey.log).to_contain_text("Schema refresh of Finance Redshift changed")
    assert journey.world.writes == ["PUT"]


async def test_a_wrong_cron_is_repaired_with_one_click(journey: Journey) -> None:
    await journey.clicks("A cron that is wrong")
    await journey.clicks("Send")
    await expect(journey.log).to_contain_text("has 5 fields")
    await journey.clicks("Use 0 18 ? * MON-FRI *")
    await expect(journey.page.get_by_role("button", name="Approve")).to_be_visible()
    await expect(journey.log).to_contain_text("At 06:00 PM, Monday through Friday")


@pytest.mark.slow
async def test_an_answer_that_omni_never_gives_is_read_back(journey: Journey) -> None:
    await journey.types(COMMAND)
    await expect(journey.page.get_by_role("button", name="Approve")).to_be_visible()
    omni = journey.page.get_by_role("region", name="Omni", exact=True)
    await omni.get_by_text("Faults").click()
    await omni.get_by_role("switch", name="Loses the answer to the next write").check()
    await journey.clicks("Approve")
    await expect(journey.log).to_contain_text("Omni says: At 06:00 PM")
    assert journey.world.writes == ["PUT"]


@pytest.mark.slow
async def test_a_change_is_edited_in_a_form_that_says_what_is_wrong(journey: Journey) -> None:
    await journey.types(COMMAND)
    await journey.clicks("Edit the change of Production Snowflake")
    form = journey.page.get_by_role("dialog", name="Edit the change")
    when = form.get_by_role("textbox", name="When")
    await expect(when).to_have_value("00 18 ? * * *")
    await when.fill("0 25 * * ? *")
    await expect(form).to_contain_text("Not yet")
    await form.get_by_role("button", name="Show the card").click()
    await expect(form.get_by_role("alert").first).to_contain_text("25")
    await when.fill("every weekday at 7am")
    await form.get_by_role("button", name="Show the card").click()
    await expect(form).to_have_count(0)
    await expect(journey.log).to_contain_text("At 07:00 AM, Monday through Friday")
    assert journey.world.writes == []


async def test_nobody_needs_an_id_or_the_grammar_to_propose_a_change(journey: Journey) -> None:
    await journey.types("/omni-schedule")
    form = journey.page.get_by_role("dialog", name="Change a schedule")
    await form.get_by_role("combobox", name="Connection").click()
    await journey.page.keyboard.type("snow")
    await form.get_by_role("option", name="Production Snowflake").click()
    zone = form.get_by_role("combobox", name="Time zone")
    await expect(zone).to_have_value("America/New_York")
    when = form.get_by_role("textbox", name="When it runs")
    await when.press_sequentially("every weekday at 6pm")
    await expect(form).to_contain_text("At 06:00 PM, Monday through Friday")
    await expect(when).to_be_focused()
    await journey.is_pictured("form", form)
    await form.get_by_role("button", name="Show the card").click()
    await expect(form).to_have_count(0)
    await expect(journey.page.get_by_role("button", name="Approve")).to_be_visible()


async def test_the_app_home_is_that_of_whoever_looks_at_it(journey: Journey) -> None:
    home = journey.page.get_by_role("region", name="App Home")
    await journey.page.get_by_role("button", name="App Home").click()
    await expect(home).to_contain_text("Waiting for a decision")
    await journey.becomes("Sam")
    await expect(home).to_contain_text("The setup")
    await journey.page.reload()
    await expect(home).to_contain_text("The setup")
    await journey.page.get_by_role("button", name="Start over").click()
    await expect(home).to_contain_text("The setup")
