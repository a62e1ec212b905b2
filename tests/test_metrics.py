"""The numbers that the bot keeps, read as Prometheus reads them."""

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.change import Status
from bot.playground.omni import Fault
from bot.settings import Settings, SettingsError
from tests.databases import Database
from tests.world import COMMAND, DATA_TEAM, World, bot_in, is_card, surroundings

Numbers = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
async def counted(sqlite_database: Database) -> AsyncIterator[World]:
    """Give the bot as it runs with METRICS=on."""
    async with surroundings(sqlite_database) as playground:
        on = replace(playground.settings, metrics=True)
        async with bot_in(replace(playground, settings=on)) as world:
            yield world


async def page(world: World) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(str(world.slack.events_url).replace("/slack/events", "/metrics"))


async def numbers(world: World) -> Numbers:
    answer = await page(world)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name.removeprefix("omni_schedule_"), frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def number(found: Numbers, name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0.0)


@pytest.mark.slow
async def test_the_numbers_tell_what_happened(
    counted: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telling.RETRY_FIRST", 0.1)
    counted.slack.faults.fail_next("chat.postMessage", "internal_error")
    card = await counted.proposes()
    await counted.requester.clicks(card, "approve")
    await counted.admin.sees_message("Production Snowflake changed", channel=DATA_TEAM, within=20)
    counted.omni.faults.switch_on(Fault.FAILING)
    await counted.requester.types(COMMAND)
    await counted.requester.sees_message("Omni is not available", within=15)
    found = await numbers(counted)
    assert number(found, "commands_total") == 2
    assert number(found, "decisions_total", event="approve", won="yes") == 1
    assert number(found, "changes_total", status="applied") == 1
    assert number(found, "omni_request_seconds_count", method="PUT", status="200") == 1
    assert number(found, "omni_request_seconds_count", method="GET", status="500") >= 1
    assert number(found, "omni_wait_seconds_count", line="people") >= 1
    assert number(found, "omni_wait_seconds_count", line="decided") >= 1
    assert number(found, "slack_refusals_total", error="internal_error") == 1
    assert number(found, "sweep_failures_total") == 0


async def test_a_change_is_counted_in_each_status_that_it_comes_into(counted: World) -> None:
    await counted.proposes()
    await counted.requester.types(COMMAND.replace("18", "20"))
    held = await counted.requester.sees_message("Replace it")
    await counted.requester.clicks(held, "replace")
    card = await counted.requester.sees_message(lambda m: is_card(m) and "20 ?" in m.words)
    await counted.requester.clicks(card, "approve")
    await counted.requester.sees_message("Omni says: ")
    found = await numbers(counted)
    statuses = ("pending", "cancelled", "applying", "applied")
    counts = [number(found, "changes_total", status=status) for status in statuses]
    assert counts == [2, 1, 1, 1]
    assert number(found, "decisions_total", event="cancel", won="yes") == 1
    assert ("decisions_total", frozenset({("event", "confirm"), ("won", "yes")})) not in found


async def test_what_an_alarm_waits_for_is_counted_from_zero(counted: World) -> None:
    found = await numbers(counted)
    assert found["sweep_failures_total", frozenset()] == 0
    for status in Status:
        assert found["changes_total", frozenset({("status", status)})] == 0


async def test_a_workflow_is_counted_while_it_is_under_way(counted: World) -> None:
    await counted.is_writing(seconds=0.5)
    assert number(await numbers(counted), "workflows") == 1
    await counted.admin.sees_message("Production Snowflake changed", channel=DATA_TEAM)
    async with asyncio.timeout(10):
        while number(await numbers(counted), "workflows"):
            pass


async def test_nobody_and_nothing_is_named(counted: World) -> None:
    card = await counted.proposes()
    await counted.requester.clicks(card, "approve")
    await counted.requester.sees_message("Omni says: ")
    text = (await page(counted)).text
    assert not re.search(r"[UCT]0[A-Z]{3,}|[0-9a-f]{8}-[0-9a-f]{4}|Snowflake", text)


async def test_without_being_asked_there_is_no_page(world: World) -> None:
    assert (await page(world)).status_code == 404


def test_they_need_http() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"SLACK_APP_TOKEN": "xapp-1-ab34cd56", "METRICS": "on"})
    assert "METRICS is on, but Socket Mode has no HTTP to serve /metrics on: " in str(caught.value)
    assert "set METRICS=off, or serve over HTTP." in str(caught.value)


@pytest.mark.slow  # it starts a process
def test_without_being_asked_their_library_is_not_loaded() -> None:
    program = "import sys, bot.service; sys.exit('prometheus_client' in sys.modules)"
    root = Path(__file__).parent.parent
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0
