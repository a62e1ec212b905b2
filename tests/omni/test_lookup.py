"""Looking up what people name, ahead of knowing that the name still means the same."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.finding import Unclear
from bot.lookup import Lookup
from bot.omni import Connection, OmniClient, Timing, Unavailable
from bot.playground.omni import Fault, OmniStandIn

Connect = Callable[..., OmniClient]

SNOWFLAKE = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
NAME = "Production Snowflake"
NAMES, SCHEDULES = "/api/v1/connections", f"/api/v1/connections/{SNOWFLAKE}/schedules"


def everybody(_connection: Connection) -> bool:
    return True


def asked(omni: OmniStandIn) -> list[str]:
    """Return what was asked of Omni after the names were listed for the first time."""
    return sorted(entry.path for entry in omni.log)[1:]


@pytest.fixture
async def client(url: str, connect: Connect) -> OmniClient:
    """Return a client that listed the names once, too long ago for them to be taken as they are."""
    timing = Timing(connect=5.0, read=5.0, write=5.0, pauses=(), keep_connections=0.0)
    made = connect(url, timing=timing)
    await made.connections()
    return made


@pytest.fixture
def lookup(client: OmniClient) -> Lookup:
    return Lookup(client)


async def test_the_schedules_are_read_once_and_before_the_name_is_asked_for(
    omni: OmniStandIn, lookup: Lookup
) -> None:
    async with lookup.ahead(NAME, None, everybody) as schedules:
        # It comes without anybody having asked for the name.
        await omni.pulse.until(lambda: asked(omni) or None)
        assert asked(omni) == [SCHEDULES]
        connection, _ = await lookup.named(NAME, None)
        (daily,) = await schedules(connection)
    assert daily.connection_id == SNOWFLAKE
    assert asked(omni) == [NAMES, SCHEDULES]


async def test_where_another_connection_has_the_name_by_now_its_schedules_are_read(
    omni: OmniStandIn, lookup: Lookup
) -> None:
    stored = omni.data.connection(SNOWFLAKE)
    assert stored is not None
    omni.data.put_connection(replace(stored, name="Retired Snowflake"))
    new = omni.data.add_connection(NAME)
    async with lookup.ahead(NAME, None, everybody) as schedules:
        connection, _ = await lookup.named(NAME, None)
        found = await schedules(connection)
    assert connection.id == new.id
    assert found == ()


async def test_nothing_is_read_ahead_for_somebody_who_may_not_change_it(
    omni: OmniStandIn, lookup: Lookup
) -> None:
    async with lookup.ahead(NAME, None, lambda _connection: False):
        await lookup.named(NAME, None)
    assert asked(omni) == [NAMES]


async def test_nothing_is_read_ahead_for_a_name_that_means_nothing(
    omni: OmniStandIn, lookup: Lookup
) -> None:
    async with lookup.ahead("Nowhere", None, everybody):
        with pytest.raises(Unclear, match="Omni shows no connection `Nowhere`"):
            await lookup.named("Nowhere", None)
    assert SCHEDULES not in asked(omni)


async def test_a_failure_ahead_is_told_to_whoever_wants_the_schedules(
    omni: OmniStandIn, lookup: Lookup
) -> None:
    connection, _ = await lookup.named(NAME, None)
    omni.faults.switch_on(Fault.FAILING)
    async with lookup.ahead(NAME, None, everybody) as schedules:
        with pytest.raises(Unavailable):
            await schedules(connection)


async def test_a_failure_ahead_that_nobody_wants_to_hear_of_is_no_trace_in_the_log(
    omni: OmniStandIn, lookup: Lookup, caplog: pytest.LogCaptureFixture
) -> None:
    omni.faults.switch_on(Fault.FAILING)
    async with lookup.ahead(NAME, None, everybody):
        with pytest.raises(Unavailable):
            await lookup.named(NAME, None)
    assert "Task exception was never retrieved" not in caplog.text


async def test_an_omni_that_is_away_at_the_start_stops_nothing(
    omni: OmniStandIn, url: str, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    omni.faults.switch_on(Fault.FAILING)
    lookup = Lookup(connect(url))
    await lookup.learn_names()
    assert "The connections are listed when somebody names one: Omni is not" in caplog.text
    omni.faults.clear()
    assert (await lookup.connection(NAME)).id == SNOWFLAKE


async def test_the_last_word_of_a_name_is_no_id(omni: OmniStandIn, lookup: Lookup) -> None:
    new = omni.data.add_connection("Sales 2024")
    connection, schedule = await lookup.named("Sales", "2024")
    assert (connection.id, schedule) == (new.id, None)


async def test_an_undo_of_a_schedule_is_not_led_to_a_connection_that_is_named_like_its_ids(
    lookup: Lookup, omni: OmniStandIn
) -> None:
    schedule = omni.data.schedules(SNOWFLAKE)[0].id
    omni.data.add_connection(f"{SNOWFLAKE} {schedule}")
    connection, rest = await lookup.named(SNOWFLAKE, schedule)
    assert (connection.id, rest) == (SNOWFLAKE, schedule)
