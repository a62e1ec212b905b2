"""The playground's page in a real browser, with a bot to practice on."""
# ruff: noqa: RUF001 -- curly quotes are what one test is about

import re
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest
from aiohttp import web
from playwright.async_api import BrowserContext, Page, expect

from bot.playground.omni import Entry, Fault, OmniStandIn
from bot.playground.page_server import add_routes
from bot.playground.slack import SlackStandIn
from tests.browser.conftest import Playground, visiting
from tests.browser.practice import SECRET, TOKEN, serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

DOCUMENTED = (
    "f47ac10b-58cc-4372-a567-0e02b2c3d479 a1b2c3d4-e5f6-7890-abcd-ef1234567890 "
    '"00 18 ? * * *" Europe/London'
)
SNOWFLAKE = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"


async def send(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name="Message or slash command")
    await box.fill(text)
    await box.press("Enter")


async def become(page: Page, name: str) -> None:
    await page.get_by_role("radio", name=name).check()


async def test_the_first_suggestion_is_the_documented_command_as_the_bot_gets_it(
    page: Page,
) -> None:
    await page.get_by_role("button", name="The documented command").click()
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("log")).to_contain_text(f"typed: {DOCUMENTED}")


async def test_curly_quotes_are_typed_as_a_phone_does(page: Page) -> None:
    await page.get_by_role("button", name="Type curly quotes").click()
    await send(page, '/omni-schedule "Production" it\'s')
    await expect(page.get_by_role("log")).to_contain_text("typed: “Production” it’s")


async def test_a_button_asks_first_and_its_message_changes_in_place(page: Page) -> None:
    await send(page, "/omni-schedule card")
    await page.get_by_role("button", name="Approve").click()
    question = page.get_by_role("dialog", name="Approve it?")
    await question.get_by_role("button", name="No").click()
    await page.get_by_role("button", name="Approve").click()
    await question.get_by_role("button", name="Yes").click()
    message = page.get_by_role("article", name="Schedule bot")
    await expect(message).to_contain_text("Approved.")
    await expect(message.get_by_role("button")).to_have_count(0)


async def test_a_card_is_decided_by_keyboard_alone(page: Page) -> None:
    await send(page, "/omni-schedule card")
    approve = page.get_by_role("button", name="Approve")
    await expect(approve).to_be_visible()
    for _ in range(12):  # back past the composer and the suggestions
        await page.keyboard.press("Shift+Tab")
        if await approve.evaluate("button => button === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    await page.get_by_role("dialog").wait_for()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("article")).to_contain_text("Approved.")
    await expect(page.get_by_role("article")).to_be_focused()


async def test_escape_leaves_a_question_where_it_was_asked(page: Page) -> None:
    await send(page, "/omni-schedule card")
    await page.get_by_role("button", name="Approve").press("Enter")
    await page.get_by_role("dialog").wait_for()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("button", name="Approve")).to_be_focused()


async def test_escape_leaves_a_form_for_the_composer_that_opened_it(page: Page) -> None:
    await send(page, "/omni-schedule form")
    await page.get_by_role("dialog", name="Schedule").wait_for()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("textbox", name="Message")).to_be_focused()


async def test_escape_leaves_a_menu_for_what_opened_it(page: Page) -> None:
    omni = page.get_by_role("region", name="Omni", exact=True)
    opens = omni.locator("summary").filter(has_text="Faults")
    await opens.press("Enter")
    await page.keyboard.press("Tab")
    await expect(omni.get_by_role("switch").first).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(omni.get_by_role("switch")).to_have_count(0)
    await expect(opens).to_be_focused()


async def test_editing_behind_the_bots_back_keeps_the_keyboards_place(page: Page) -> None:
    snowflake = page.get_by_role("region", name="Production Snowflake")
    await snowflake.get_by_role("button", name="Edit behind the bot").press("Enter")
    await expect(snowflake.get_by_label("Cron")).to_be_focused()
    await snowflake.get_by_role("button", name="Cancel").press("Enter")
    await expect(snowflake.get_by_role("button", name="Edit behind the bot")).to_be_focused()


async def test_what_is_only_for_one_person_is_not_shown_to_another(page: Page) -> None:
    await send(page, "/omni-schedule card")
    await expect(page.get_by_role("article")).to_contain_text("Only visible to you")
    await become(page, "Ada")
    await expect(page.get_by_role("heading", name="in one minute")).to_be_visible()
    await expect(page.get_by_role("article")).to_have_count(0)


async def test_a_reload_comes_back_to_the_same_person_place_draft_and_messages(
    page: Page,
) -> None:
    await become(page, "Ada")
    await page.get_by_role("button", name="finance-bi").click()
    await send(page, "Hello from New York")
    await page.get_by_role("textbox", name="Message").fill("half a thou")
    await page.reload()
    await expect(page.get_by_role("radio", name="Ada")).to_be_checked()
    await expect(page.get_by_role("article", name="Ada")).to_contain_text("Hello from New York")
    await expect(page.get_by_role("textbox", name="Message")).to_have_value("half a thou")


async def test_stars_stay_in_code_alone_as_in_slack(page: Page) -> None:
    await send(page, "/omni-schedule words")
    message = page.get_by_role("article")
    await expect(message.locator("code")).to_have_text("0 18 ? * * *")
    await expect(message).to_contain_text(re.compile(r"outside 0 18 \? +\* end"))


async def test_what_looks_like_html_is_text(page: Page) -> None:
    await send(page, "/omni-schedule words")
    message = page.get_by_role("article")
    await expect(message).to_contain_text("<img src=x onerror=alert(1)> link")
    await expect(message.locator("img, a")).to_have_count(0)


async def test_a_date_is_shown_in_the_readers_zone(page: Page) -> None:
    await send(page, "/omni-schedule announce")
    await page.get_by_role("button", name="finance-bi").click()
    await send(page, "/omni-schedule words")
    await expect(page.get_by_role("log")).to_contain_text("at 6:10 PM")
    await become(page, "Ada")
    await send(page, "/omni-schedule words")
    await expect(page.get_by_role("log")).to_contain_text("at 1:10 PM")


async def test_a_channel_with_news_has_a_mark_until_it_is_read(page: Page) -> None:
    await send(page, "/omni-schedule announce")
    await page.get_by_role("button", name="finance-bi unread").click()
    message = page.get_by_role("article").first
    await expect(message).to_contain_text("Announced at last")
    await expect(message).to_contain_text("(edited)")
    await message.get_by_text("1 reply").click()
    await expect(message.get_by_role("article")).to_contain_text("A reply")
    await page.get_by_role("button", name="data-team").click()
    await expect(page.get_by_role("button", name="finance-bi", exact=True)).to_be_visible()


async def test_typing_goes_on_while_messages_come(page: Page, playground: Playground) -> None:
    box = page.get_by_role("textbox", name="Message")
    await box.press_sequentially("every week")
    await playground.slack.people["U0ADMIN"].types("Lunch?")
    await expect(page.get_by_role("article", name="Sam")).to_contain_text("Lunch?")
    await expect(box).to_be_focused()
    await page.keyboard.type("day")
    await expect(box).to_have_value("every weekday")


async def test_a_modal_is_filled_in_by_keyboard_with_a_live_preview(page: Page) -> None:
    await send(page, "/omni-schedule form")
    form = page.get_by_role("dialog", name="Schedule")
    when = form.get_by_role("textbox", name="When")
    await when.press_sequentially("noon")
    await expect(form).to_contain_text("Understood: noon")
    await expect(when).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.type("lis")
    await expect(form.get_by_role("option")).to_have_text(["Europe/Lisbon"])
    await page.keyboard.press("Enter")
    await expect(form.get_by_role("combobox", name="Zone")).to_have_value("Europe/Lisbon")
    await form.get_by_role("radio", name="Hard").check()
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_have_count(0)
    await expect(page.get_by_role("log")).to_contain_text("Got noon, Europe/Lisbon, hard")


async def test_an_error_stands_at_its_field_and_what_was_typed_stays(page: Page) -> None:
    await send(page, "/omni-schedule form")
    form = page.get_by_role("dialog", name="Schedule")
    await form.get_by_role("textbox", name="When").fill("never")
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_role("combobox", name="Zone")).to_have_attribute(
        "aria-invalid", "true"
    )
    await form.get_by_role("combobox", name="Zone").click()
    await form.get_by_role("option", name="Europe/London").click()
    await form.get_by_role("radio", name="Soft").check()
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_role("alert").first).to_have_text("“never” is no time.")
    await expect(form.get_by_role("textbox", name="When")).to_be_focused()
    await expect(form.get_by_role("textbox", name="When")).to_have_value("never")
    await page.keyboard.press("Escape")
    await expect(form).to_have_count(0)


async def test_the_app_home_is_opened_and_shown(page: Page) -> None:
    await page.get_by_role("button", name="App Home").click()
    home = page.get_by_role("region", name="App Home")
    await expect(home).to_contain_text("Nothing is pending.")


async def test_what_slack_refuses_is_shown_with_its_error(page: Page) -> None:
    await send(page, "/omni-schedule too long")
    await page.get_by_text("Refused: 1").click()
    await expect(page.get_by_text("invalid_blocks")).to_be_visible()


async def test_a_schedule_edited_behind_the_bots_back_is_seen_to_move(
    page: Page, playground: Playground
) -> None:
    snowflake = page.get_by_role("region", name="Production Snowflake")
    await snowflake.get_by_role("button", name="Edit behind the bot").click()
    form = snowflake.get_by_role("form", name="Edit schedule")
    await form.get_by_label("Cron").fill("0 25 * * ? *")
    await form.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert")).to_contain_text("hour")
    await form.get_by_label("Cron").fill("0 12 * * ? *")
    await form.get_by_role("button", name="Save").click()
    await expect(snowflake).to_contain_text("was 00 09 * * ? * America/New_York")
    schedule = playground.omni.data.schedule(SNOWFLAKE)
    assert schedule is not None
    assert schedule.cron == "0 12 * * ? *"
    await page.get_by_role("button", name="Start over").click()
    await expect(snowflake).not_to_contain_text("was")
    await expect(snowflake).to_contain_text("00 09 * * ? *")


async def test_a_write_is_counted_also_when_its_line_is_no_longer_shown(
    page: Page, playground: Playground
) -> None:
    omni = playground.omni
    for method in ("PUT", *["GET"] * 100):
        omni.log.append(Entry(datetime.now(UTC), method, "/api/v1/connections", None, 200))
    omni.writes = 1
    omni.faults.switch_on(Fault.FAILING)  # which has the page draw anew
    requests = page.get_by_role("region", name="Requests to Omni")
    await expect(requests).to_contain_text("Requests 1 write")
    await expect(requests).not_to_contain_text("PUT")
    await page.get_by_role("button", name="Start over").click()
    await expect(requests).to_contain_text("Requests 0 writes")


async def test_a_fault_is_switched_on_and_off(page: Page, playground: Playground) -> None:
    omni = page.get_by_role("region", name="Omni", exact=True)
    await omni.get_by_text("Faults").click()
    await omni.get_by_role("switch", name="Fails (500)").check()
    await expect(omni.get_by_text("Faults: 1 on")).to_be_visible()
    assert [switch.fault for switch in playground.omni.faults.on] == ["failing"]
    await omni.get_by_role("switch", name="Fails (500)").uncheck()
    await expect(omni.get_by_text("Faults: 1 on")).to_have_count(0)


async def test_on_a_phone_one_part_is_shown_at_a_time_and_nothing_sticks_out(page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    await send(page, "/omni-schedule card")
    await expect(page.get_by_role("button", name="Approve")).to_be_visible()
    await page.get_by_role("button", name="Omni", exact=True).click()
    await expect(page.get_by_role("button", name="Approve")).to_be_hidden()
    await expect(page.get_by_role("heading", name="Production Snowflake")).to_be_visible()
    await page.get_by_role("button", name="Channels").click()
    await page.get_by_role("button", name="finance-bi").click()
    await expect(page.get_by_role("heading", name="#finance-bi")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == 360


async def test_a_playground_that_stopped_says_how_to_start_it_again(
    window: BrowserContext,
) -> None:
    slack = SlackStandIn(signing_secret=SECRET, bot_token=TOKEN, app_token="xapp-app")
    slack.seed()
    async with AsyncExitStack() as running:
        app = web.Application()
        add_routes(app, slack, OmniStandIn())
        url = await running.enter_async_context(serving(app))
        # The browser itself complains of the lost connection, and should.
        async with visiting(window, url, []) as page:
            await running.aclose()
            await expect(page.get_by_role("alert")).to_contain_text(
                "Start it again: .venv/bin/python -m bot"
            )
