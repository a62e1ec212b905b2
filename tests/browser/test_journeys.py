"""The bot itself, used through the playground's page in a real browser."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Locator, Page, expect

from bot.playground.pages import add_routes
from tests.browser.conftest import visiting
from tests.browser.practice import serving
from tests.databases import Database
from tests.world import COMMAND, World, world_on

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PICTURES = Path(__file__).parents[2] / "docs"


@dataclass(frozen=True, slots=True)
class Journey:
    """A page in front of the whole bot, and what a person does on it."""

    page: Page
    world: World

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    async def types(self, text: str) -> None:
        box = self.page.get_by_role("textbox", name="Message or slash command")
        await box.fill(text)
        await box.press("Enter")

    async def becomes(self, name: str) -> None:
        await self.page.get_by_role("radio", name=name).check()

    async def goes_to(self, channel: str) -> None:
        await self.page.get_by_role("navigation", name="Channels").get_by_text(channel).click()

    async def clicks(self, name: str) -> None:
        await self.page.get_by_role("button", name=name).click()

    def connection(self, name: str) -> Locator:
        return self.page.get_by_role("region", name=name, exact=True)

    async def is_pictured(self, name: str) -> None:
        """Keep a picture for the README, where SCREENSHOTS is set."""
        if os.environ.get("SCREENSHOTS"):
            await self.page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


@pytest_asyncio.fixture(loop_scope="session")
async def journey(
    migrated_sqlite: Path, tmp_path: Path, browser: Browser, complaints: list[str]
) -> AsyncIterator[Journey]:
    file = shutil.copy(migrated_sqlite, tmp_path / "omni.db")
    async with world_on(Database(f"sqlite:///{file}")) as world:
        app = web.Application()
        add_routes(app, world.slack, world.omni)
        async with serving(app) as url, visiting(browser, url, complaints) as page:
            yield Journey(page, world)
    # The durable engine takes the loop's executor and closes it; this loop outlives the test.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())


async def test_the_documented_command_is_approved_told_and_seen_in_omni(journey: Journey) -> None:
    await journey.clicks("The documented command")
    box = journey.page.get_by_role("textbox", name="Message or slash command")
    await expect(box).to_have_value(COMMAND)
    await journey.clicks("Send")
    card = journey.page.get_by_role("article").filter(has_text="Only visible to you")
    await expect(card).to_contain_text("Change the schema refresh of Production Snowflake?")
    await journey.is_pictured("card")
    await journey.clicks("Approve")
    await expect(card).to_contain_text("Omni says: At 06:00 PM GMT")
    told = journey.page.get_by_role("article").filter(has_not_text="Only visible to you")
    await expect(told.first).to_contain_text("Schema refresh of Production Snowflake changed")
    snowflake = journey.connection("Production Snowflake")
    await expect(snowflake).to_contain_text("00 18 ? * * * Europe/London")
    await expect(snowflake).to_contain_text("was 00 09 * * ? * America/New_York")
    await journey.is_pictured("approve")
    assert journey.world.writes == ["PUT"]


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
    await expect(journey.log).to_contain_text("has five fields")
    await journey.clicks("Use 0 18 ? * MON-FRI *")
    await expect(journey.page.get_by_role("button", name="Approve")).to_be_visible()
    await expect(journey.log).to_contain_text("At 06:00 PM, Monday through Friday")


async def test_an_answer_that_omni_never_gives_is_read_back(journey: Journey) -> None:
    await journey.types(COMMAND)
    await expect(journey.page.get_by_role("button", name="Approve")).to_be_visible()
    omni = journey.page.get_by_role("region", name="Omni", exact=True)
    await omni.get_by_text("Faults").click()
    await omni.get_by_role("switch", name="Loses the answer to the next write").check()
    await journey.clicks("Approve")
    await expect(journey.log).to_contain_text("Omni says: At 06:00 PM GMT")
    assert journey.world.writes == ["PUT"]


async def test_a_change_is_edited_in_a_form_that_says_what_is_wrong(journey: Journey) -> None:
    await journey.types(COMMAND)
    await journey.clicks("Edit the change of Production Snowflake")
    form = journey.page.get_by_role("dialog", name="Edit the change")
    when = form.get_by_role("textbox", name="When")
    await expect(when).to_have_value("00 18 ? * * *")
    await when.fill("0 25 * * ? *")
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
    await journey.is_pictured("form")
    await form.get_by_role("button", name="Show the card").click()
    await expect(form).to_have_count(0)
    await expect(journey.page.get_by_role("button", name="Approve")).to_be_visible()
