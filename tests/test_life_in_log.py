"""A change can be followed through the log by its id, whatever becomes of it."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from bot.applying import MAY_FOLLOW
from bot.change import Status
from bot.durable import Durable
from bot.log import _as_json, _Formatter
from bot.playground.omni import Fault, Requests
from bot.tasks import Patience
from tests.databases import Database
from tests.hearing import logged
from tests.test_bad_input import delivered, renames
from tests.world import COMMAND, World

Line = dict[str, str]


class Journal(logging.Handler):
    """Keeps each line as LOG_FORMAT=json writes it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(_Formatter(_as_json, hide=()))
        self.lines: list[Line] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))


@pytest.fixture
def journal() -> Iterator[Journal]:
    kept = Journal()
    logging.getLogger("bot").addHandler(kept)
    yield kept
    logging.getLogger("bot").removeHandler(kept)


async def decides(world: World, button: str, words: str, fault: Fault | None = None) -> None:
    card = await world.proposes()
    if fault is not None:
        world.omni.faults.switch_on(fault, requests=Requests.WRITES)
    await world.requester.clicks(card, button)
    await world.requester.sees_message(words, within=20)
    world.omni.faults.clear()
    world.slack.workspace.reset()


@pytest.mark.slow
async def test_every_line_of_every_life_has_the_change_and_tells_how_it_ended(
    world: World, journal: Journal
) -> None:
    await decides(world, "cancel", "Cancelled")
    await decides(world, "approve", "Not changed", Fault.NO_ROLE)
    await decides(world, "approve", "Outcome unknown", Fault.NOT_HELD)
    world.clock.ahead = MAY_FOLLOW
    await decides(world, "approve", "Omni says: ")
    await world.requester.types(COMMAND.replace("18", "19"))
    await world.requester.sees_message("Production Snowflake?")
    world.clock.ahead = timedelta(hours=9)
    await world.bot.workflow.expire_due()
    await world.stop()

    lives = {change.id: change.status for change in await world.history()}
    assert set(lives.values()) == {
        *(Status.CANCELLED, Status.FAILED, Status.UNKNOWN, Status.APPLIED, Status.EXPIRED)
    }
    about = [one for one in journal.lines if one["logger"] in {"bot.workflow", "bot.applying"}]
    assert [one for one in about if one.get("change") not in lives] == []
    first_words = {change_id: set[str]() for change_id in lives}
    for one in about:
        first_words[one["change"]].add(one["message"].partition(" ")[0].rstrip(":"))
    for change_id, status in lives.items():
        assert first_words[change_id] >= ENDS[status]


ENDS = {
    Status.CANCELLED: {"cancel"},
    Status.FAILED: {"approve", "fail"},
    Status.UNKNOWN: {"approve", "lose"},
    Status.APPLIED: {"approve", "confirm"},
    Status.EXPIRED: {"expire"},
}


async def test_the_requests_and_retries_in_between_have_it_too(
    world: World, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await world.proposes()
    journal.lines.clear()
    world.omni.faults.switch_on(Fault.FAILING, times=1)
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: ", within=20)
    await world.stop()
    (change,) = await world.history()
    again = [one for one in journal.lines if "asked again" in one["message"]]
    assert [one.get("change") for one in again] == [change.id]


async def test_a_failure_names_its_reference_who_met_it_where_and_with_which_change(
    world: World, journal: Journal
) -> None:
    card = await world.proposes()
    (change,) = await world.history()
    await renames(world.database, "changes", "lost")
    await world.requester.clicks(card, "edit")
    told = await world.requester.sees_message("this reference")
    (failed,) = [one for one in journal.lines if one["message"] == "A request failed"]
    assert failed["reference"] in told.words
    assert (failed["user"], failed["surface"]) == (world.requester.id, "button")
    assert failed["change"] == change.id


async def test_so_does_one_before_the_work_could_be_handed_on(
    world: World, journal: Journal
) -> None:
    payload = {
        "type": "view_submission",
        "user": {"id": world.requester.id, "team_id": world.slack.team_id},
        "team": {"id": world.slack.team_id},
        "view": {
            "type": "modal",
            "callback_id": "reject_form",
            "private_metadata": "4f2a9c",
            "state": {"values": "of no form of ours"},
        },
    }
    assert await delivered(world, payload) == 200
    await world.requester.sees_message("this reference")
    (failed,) = [one for one in journal.lines if one["message"] == "A request failed"]
    assert (failed["user"], failed["surface"]) == (world.requester.id, "modal")
    assert failed["change"] == "4f2a9c"


async def test_what_the_database_stops_is_told_with_the_change_and_goes_on_by_its_name(
    sqlite_database: Database, journal: Journal
) -> None:
    durable = Durable(sqlite_database.sync_url, executor_id="local")
    first, change_id = iter([True]), "4f2a9c0b1d2e"

    async def work() -> None:
        if next(first, False):
            raise OperationalError("COMMIT", {}, Exception("the disk is full"))

    registered = durable.register("work", work)
    durable.start()
    with logged("The database failed") as heard:
        await durable.begin(registered, f"{change_id}:approve:U0APPROVER")
        await heard.wait()
    await durable.resume_interrupted()
    await durable.stop(Patience(each=1, together=4))
    (failed,) = [one for one in journal.lines if "database failed" in one["message"]]
    assert failed["change"] == change_id
    (went_on,) = [one for one in journal.lines if "Went on" in one["message"]]
    assert went_on["message"].endswith(f": 1 ({change_id}:approve:U0APPROVER)")
