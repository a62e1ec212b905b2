"""A bot that is killed at any moment of a change's life leaves one effect and one story."""

import pytest

from bot.change import Status
from tests.crash.cells import afresh, crash, moments, new_sqlite, overtaken, steps, untold
from tests.databases import Postgres


async def test_a_bot_killed_after_the_write_writes_once_and_tells_once() -> None:
    with new_sqlite() as database:
        outcome = await crash(database, "after the write")
    assert outcome.once, outcome


@pytest.mark.slow
async def test_what_moved_while_the_bot_was_dead_is_not_overwritten() -> None:
    with new_sqlite() as database:
        outcome = await overtaken(database)
    assert (outcome.status, outcome.writes, outcome.stories) == (Status.STALE, 0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before propose-afresh", "after propose-afresh"])
async def test_a_bot_killed_while_it_proposes_afresh_shows_one_fresh_card(moment: str) -> None:
    with new_sqlite() as database:
        assert await afresh(database, moment) == 1


@pytest.mark.slow
async def test_a_bot_killed_while_it_waits_to_post_again_tells_once() -> None:
    with new_sqlite() as database:
        outcome = await untold(database)
    assert outcome.once, outcome


@pytest.mark.slow
async def test_the_same_holds_on_postgres(postgres: Postgres) -> None:
    with postgres.database() as database:
        outcome = await crash(database, "after the write")
    assert outcome.once, outcome


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_a_bot_killed_at_any_moment_leaves_one_effect_and_one_story(
    kind: str, request: pytest.FixtureRequest
) -> None:
    new = new_sqlite if kind == "sqlite" else request.getfixturevalue("postgres").database
    with new() as database:
        names = await steps(database)
    assert {"show-card", "claim", "send", "read-back", "reply"} <= {*names}
    for moment in moments(names):
        with new() as database:
            outcome = await crash(database, moment)
        assert outcome.fits(moment), (moment, outcome)
