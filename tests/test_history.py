"""The audit trail, as what happens in Slack puts it there and as an auditor reads it."""

import csv
import io
import os
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import pytest

from bot.__main__ import main
from bot.change import Status
from bot.database import connect
from bot.history import COLUMNS, harmless, write
from bot.playground.omni import Fault, Requests
from bot.playground.omni.records import description
from bot.store import By, ChangeStore
from bot.store.trail import record
from tests.databases import Database
from tests.store.logs import fill
from tests.store.samples import REQUESTER, a_change
from tests.world import CONNECTION, SCHEDULE, SECOND_PERSON, World, is_card

Rows = list[dict[str, str]]


def exported(
    database: Database, connection: str | None = None, since: datetime | None = None
) -> Rows:
    out = io.StringIO(newline="")
    write(out, database.sync_url, connection, since)
    return list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))


def picked(row: Mapping[str, str], *names: str) -> tuple[str, ...]:
    return tuple(row[name] for name in names)


async def test_a_change_is_told_from_the_question_to_omnis_answer(world: World) -> None:
    card = await world.proposes()
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says")
    rows = exported(world.database)
    story = [picked(row, "who", "surface", "event", "status") for row in rows]
    assert story == [
        ("U0REQUESTER", "command", "propose", "pending"),
        ("U0REQUESTER", "button", "approve", "applying"),
        ("bot", "omni", "confirm", "applied"),
    ]
    assert len({row["change"] for row in rows}) == 1
    assert {picked(row, "connection", "connection_id", "schedule_id") for row in rows} == {
        ("Production Snowflake", CONNECTION, SCHEDULE)
    }
    for row in rows:
        assert datetime.fromisoformat(row["at"]).utcoffset() == datetime.now(UTC).utcoffset()
        assert row["before"] == "00 09 * * ? * in America/New_York, soft refresh"
        assert row["after"] == "00 18 ? * * * in Europe/London, soft refresh"
    asked, approved, confirmed = rows
    assert approved["saw"] == asked["saw"] != ""
    assert "9:00 AM" in asked["saw"].replace("09:00", "9:00")
    words = description("00 18 ? * * *", "Europe/London", world.clock())
    shown = "00 18 ? * * * in Europe/London, soft refresh"
    assert confirmed["omni"] == f"{words}; shows {shown}"


async def test_what_omni_refused_stands_in_its_words(world: World) -> None:
    card = await world.proposes()
    world.omni.faults.switch_on(Fault.NO_ROLE, requests=Requests.WRITES)
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Nothing was changed")
    *_, last = exported(world.database)
    assert picked(last, "event", "status") == ("fail", "failed")
    assert "connection admin role required" in last["omni"]


async def test_a_rejection_has_its_reason(world: World) -> None:
    await world.requester.types(SECOND_PERSON)
    card = await world.approver.sees_message(is_card)
    await world.approver.clicks(card, "reject")
    form = await world.approver.sees_modal()
    (box,) = [element.block_id for element in form.elements]
    await world.approver.submits(form, {box: "=HYPERLINK(not now)"})
    await world.requester.sees_message("not now")
    *_, last = exported(world.database)
    assert picked(last, "who", "event", "note") == (
        "U0APPROVER",
        "reject",
        "'=HYPERLINK(not now)",
    )


async def test_what_was_pressed_in_app_home_is_from_there(world: World) -> None:
    await world.proposes(SECOND_PERSON)
    await world.requester.opens_home()
    shown = await world.requester.sees_home("Cancel")
    await world.requester.clicks(shown, "cancel")
    await world.requester.sees_message("Cancelled")
    *_, last = exported(world.database)
    assert picked(last, "who", "surface", "event") == ("U0REQUESTER", "home", "cancel")


async def test_a_refusal_to_decide_is_on_the_trail_of_its_change(world: World) -> None:
    await world.requester.types(SECOND_PERSON)
    card = await world.requester.sees_message(is_card)
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("another person has to approve")
    *_, last = exported(world.database)
    assert picked(last, "who", "surface", "event", "status", "note") == (
        "U0REQUESTER",
        "button",
        "refused-approve",
        "pending",
        "rule: second-person",
    )


async def test_a_proposal_that_was_refused_is_on_the_trail_without_a_change(world: World) -> None:
    replica = "c81f5a3d-2e94-4b60-a7d1-905be64f8c12"
    typed = f'/omni-schedule create {replica} "0/5 * * * ? *" Europe/Berlin'
    await world.requester.types(typed)
    await world.requester.sees_message("the policy asks for at least")
    (row,) = exported(world.database)
    assert picked(row, "change", "status", "who", "surface", "event", "connection", "after") == (
        *("", "", "U0REQUESTER", "command", "refused-create"),
        *("Production Postgres Replica", "0/5 * * * ? * in Europe/Berlin"),
    )
    assert row["note"] == "rule: guardrails"


async def test_a_form_that_was_refused_is_on_the_trail_once_for_each_time_it_was_submitted(
    world: World,
) -> None:
    await world.requester.types("/omni-schedule")
    form = await world.requester.sees_modal("Connection")
    await world.requester.selects(form, "connection", "Production Postgres Replica")
    await world.requester.sees_modal("Schedule")
    await world.requester.selects(form, "schedule", "A new schedule")
    await world.requester.submits(form, {"when": "0/5 * * * ? *"})
    assert "the policy asks for at least" in (await world.requester.sees_modal()).errors["when"]
    await world.stop()
    (row,) = exported(world.database)
    assert picked(row, "change", "status", "who", "surface", "event", "connection", "after") == (
        *("", "", "U0REQUESTER", "modal", "refused-create"),
        *("Production Postgres Replica", "0/5 * * * ? * in Europe/London"),
    )
    assert row["note"] == "rule: guardrails"


async def test_guests_are_on_the_trail_whatever_they_type(world: World) -> None:
    await world.guest.types("/omni-schedule list")
    await world.guest.sees_message("Guests cannot use this bot")
    (row,) = exported(world.database)
    assert picked(row, "who", "event", "note") == ("U0GUEST", "refused-see", "rule: full-members")


async def test_a_guest_who_opens_app_home_is_refused_without_a_row(world: World) -> None:
    await world.guest.opens_home()
    await world.guest.sees_home("Guests cannot use this bot")
    await world.stop()
    assert exported(world.database) == []


async def test_who_subscribed_and_unsubscribed_a_channel_is_on_the_trail(world: World) -> None:
    await world.requester.types("/omni-schedule subscribe")
    await world.requester.sees_message("will be announced here")
    await world.approver.types("/omni-schedule unsubscribe")
    await world.approver.sees_message("Ended: 1 subscription of this channel.")
    rows = exported(world.database)
    assert [picked(row, "who", "event", "note") for row in rows] == [
        ("U0REQUESTER", "subscribe", "channel: C0DATATEAM; every connection"),
        ("U0APPROVER", "unsubscribe", "channel: C0DATATEAM; every connection"),
    ]


async def test_the_subscriptions_of_one_connection_are_picked_out_by_its_name(world: World) -> None:
    name = "Production Snowflake"
    await world.requester.types(f'/omni-schedule subscribe "{name}"')
    await world.requester.sees_message("will be announced here")
    await world.requester.types(f'/omni-schedule unsubscribe "{name}"')
    await world.requester.sees_message("Ended: 1 subscription to")
    rows = exported(world.database, name)
    assert [picked(row, "event", "connection", "connection_id") for row in rows] == [
        ("subscribe", name, CONNECTION),
        ("unsubscribe", name, CONNECTION),
    ]


async def test_a_subscription_of_which_only_the_id_is_on_record_is_picked_out_by_that(
    sqlite_database: Database,
) -> None:
    engine = connect(sqlite_database.async_url)
    async with engine.begin() as conn:  # as versions before this one wrote it
        detail = {"channel": "C0DATATEAM", "connection_id": CONNECTION}
        by = By(REQUESTER, "command", datetime.now(UTC))
        await record(conn, None, "subscribe", by, detail)
    await engine.dispose()
    (row,) = exported(sqlite_database, CONNECTION)
    assert picked(row, "event", "connection", "connection_id") == ("subscribe", "", CONNECTION)


async def test_one_connection_or_the_latest_can_be_picked_out(world: World) -> None:
    await world.proposes()
    await world.requester.types(SECOND_PERSON)
    await world.approver.sees_message(is_card)
    database = world.database
    assert len(exported(database)) == 2
    assert len(exported(database, "production SNOWFLAKE")) == 1
    assert len(exported(database, CONNECTION)) == 1
    assert exported(database, "Snowflake") == []  # a part of a name could be anybody's
    assert exported(database, since=datetime.now(UTC)) == []
    (first, _) = exported(database)
    assert len(exported(database, since=datetime.fromisoformat(first["at"]))) == 2


async def test_both_databases_tell_the_same(database: Database) -> None:
    engine = connect(database.async_url)
    await ChangeStore(engine).propose(a_change(id="4f2a9c"), "command")
    await engine.dispose()
    (row,) = exported(database)
    assert picked(row, "change", "at", "who", "status") == (
        *("4f2a9c", "2026-11-23T12:00:00.000+00:00", REQUESTER, Status.PENDING),
    )


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "00 18 ? * * *", "*/5", "a=b", "U0REQUESTER"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert harmless(cell) == cell


class Nowhere(io.StringIO):
    """Takes what is written, and keeps none of it."""

    def write(self, text: str) -> int:
        return len(text)


@pytest.fixture
def another_database(migrated_sqlite: Path, tmp_path: Path) -> Database:
    return Database(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'another.db')}")


async def peak(database: Database, past: int) -> int:
    """Return the most bytes that an export of so many changes takes at once."""
    engine = connect(database.async_url)
    await fill(engine, past)
    await engine.dispose()
    tracemalloc.start()
    try:
        write(Nowhere(), database.sync_url, None, None)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
async def test_a_long_trail_takes_no_more_memory_than_a_short_one(
    sqlite_database: Database, another_database: Database
) -> None:
    short = await peak(sqlite_database, 1_000)
    long = await peak(another_database, 6_000)
    assert long < short * 1.3


# -- the command line ------------------------------------------------------------------------


def test_it_asks_neither_slack_nor_omni(
    sqlite_database: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_database.url)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "half set")
    assert main(["history", "--csv", "--connection", CONNECTION, "--since", "2026-01-01"]) == 0
    assert capsys.readouterr().out == ",".join(COLUMNS) + "\r\n"


@pytest.mark.parametrize("url", ["sqlite:///none.db", "sqlite:///nowhere/none.db"])
def test_a_database_that_is_not_there_is_named_in_full_and_nothing_is_made_or_printed(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", url)
    assert main(["history", "--csv"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    file = tmp_path / url.removeprefix("sqlite:///")
    assert said.err == (
        f"the SQLite file of DATABASE_URL, {file}: unable to open database file. "
        "`python -m bot doctor` says more.\n"
    )
    assert not list(tmp_path.iterdir())


def test_a_database_without_a_trail_prints_no_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.db").touch()
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/empty.db")
    assert main(["history", "--csv"]) == 1
    said = capsys.readouterr()
    assert (said.out, "no such table: audit" in said.err) == ("", True)


def printed(database: Database, to: IO[Any] | int) -> tuple[int, str]:
    """Print the trail into something that takes little or nothing; return status and complaint."""
    command = [sys.executable, "-m", "bot", "history", "--csv"]
    environ = os.environ | {"DATABASE_URL": database.url}
    done = subprocess.run(
        command, stdout=to, stderr=subprocess.PIPE, text=True, check=False, env=environ
    )
    return done.returncode, done.stderr


@pytest.mark.slow
async def test_whoever_has_read_enough_of_it_ends_it_without_a_complaint(
    sqlite_database: Database,
) -> None:
    engine = connect(sqlite_database.async_url)
    await fill(engine, 1_000)
    await engine.dispose()
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert printed(sqlite_database, writer) == (1, "")
    finally:
        os.close(writer)


@pytest.mark.slow  # it starts a process
def test_a_trail_that_cannot_be_written_is_told_in_a_line(sqlite_database: Database) -> None:
    with Path("/dev/full").open("w") as full:
        status, words = printed(sqlite_database, full)
    assert (status, words) == (1, "The answer cannot be written: No space left on device.\n")


@pytest.mark.parametrize("argv", [["history"], ["history", "--csv", "--since", "yesterday"]])
def test_what_cannot_be_meant_is_refused(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2
