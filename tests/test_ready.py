"""Whether the running bot can work, as a platform asks over HTTP."""

import contextlib
import sqlite3

import httpx
import psycopg
import pytest

from bot.playground.omni import Fault
from tests.databases import Database, Postgres
from tests.hearing import logged
from tests.test_faults import nobody_let_in
from tests.world import World, world_on

#: What anybody may ask for, so that it must tell nothing.
UNWELCOME = ("127.0.0.1", "localhost", "xoxb", "sqlite", "Traceback")


async def ready(world: World) -> tuple[int, dict[str, bool]]:
    """Ask, and return the status and who answered; nothing secret may be in the answer."""
    events = world.slack.events_url
    assert events is not None
    async with httpx.AsyncClient(timeout=10) as client:
        answer = await client.get(events.replace("/slack/events", "/readyz"))
    assert not any(word in answer.text for word in UNWELCOME)
    checks = answer.json()["checks"]
    assert all(check["milliseconds"] >= 0 for check in checks.values())
    assert answer.json()["ready"] is (answer.status_code == 200)
    return answer.status_code, {name: check["ready"] for name, check in checks.items()}


async def test_with_everything_there_it_is_ready_and_tells_how_long_each_took(
    database: Database,
) -> None:
    async with world_on(database) as world:
        assert await ready(world) == (200, {"database": True, "slack": True, "omni": True})


async def test_a_slack_that_is_down_is_named(world: World) -> None:
    world.slack.faults.down = True
    assert await ready(world) == (503, {"database": True, "slack": False, "omni": True})


async def test_a_token_that_was_revoked_meanwhile_is_named(world: World) -> None:
    world.slack.faults.fail_next("auth.test", "token_revoked")
    assert await ready(world) == (503, {"database": True, "slack": False, "omni": True})


@pytest.mark.slow  # it waits for Omni
@pytest.mark.parametrize("fault", [Fault.BAD_KEY, Fault.FAILING, Fault.DROPS_REQUEST])
async def test_an_omni_that_does_not_answer_well_is_named(world: World, fault: Fault) -> None:
    world.omni.faults.switch_on(fault)
    assert await ready(world) == (503, {"database": True, "slack": True, "omni": False})


def take_the_tables_away(database: Database) -> None:
    file = database.url.removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(file)) as conn:
        conn.execute("ALTER TABLE changes RENAME TO lost")


async def test_a_database_without_its_tables_is_named(world: World) -> None:
    take_the_tables_away(world.database)
    assert await ready(world) == (503, {"database": False, "slack": True, "omni": True})


async def test_a_postgres_that_is_away_is_named_and_omni_is_not(
    postgres: Postgres, on_postgres: Database
) -> None:
    async with world_on(on_postgres) as world, nobody_let_in(postgres, on_postgres):
        assert await ready(world) == (503, {"database": False, "slack": True, "omni": True})


@pytest.mark.slow
async def test_an_omni_that_is_not_asked_for_want_of_its_budget_is_not_blamed(
    on_postgres: Database,
) -> None:
    async with world_on(on_postgres) as world:
        with psycopg.connect(on_postgres.url) as conn:
            conn.execute("LOCK TABLE budget")
            assert await ready(world) == (200, {"database": True, "slack": True, "omni": True})


async def test_the_log_says_in_whose_words_what_does_not_answer(world: World) -> None:
    world.slack.faults.fail_next("auth.test", "token_revoked")
    world.omni.faults.switch_on(Fault.BAD_KEY)
    with logged("does not answer") as heard:
        await ready(world)
    slack, omni = sorted(heard.lines, reverse=True)
    assert slack == "slack does not answer: SlackApiError: token_revoked"
    assert omni.startswith("omni does not answer: Unauthorized: Omni does not accept the API key (")


async def test_while_something_is_down_the_process_lives_all_the_same(world: World) -> None:
    world.slack.faults.down = True
    events = world.slack.events_url
    assert events is not None
    async with httpx.AsyncClient() as client:
        answer = await client.get(events.replace("/slack/events", "/healthz"))
    assert (answer.status_code, answer.json()) == (200, {"alive": True})
