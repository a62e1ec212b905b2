"""One crash: a bot killed at a moment of a change's life, started again, and what came of it."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from bot.change import Status
from bot.database import connect
from bot.playground.slack import Message
from bot.playground.start import Playground
from bot.store import ChangeStore
from tests.crash.processes import PATIENCE, bot_process, connected, environment
from tests.databases import Database
from tests.world import COMMAND, DATA_TEAM, SCHEDULE, is_card, surroundings

#: Moments that are inside of a step, where no record can tell what was done.
INSIDE = ("before the write", "after the write", "before record", "after record", "after the post")

#: Slack has no idempotency key: who dies before remembering that it took a post, posts again.
AT_LEAST_ONCE = frozenset({"after the post"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a change whose bot was killed."""

    status: Status
    writes: int  # requests to write that reached Omni
    replies: int  # messages that tell the requester how it ended
    stories: int  # announcements in the policy's channel

    def fits(self, moment: str) -> bool:
        """Say whether it is what must become of a change at this moment."""
        if moment in AT_LEAST_ONCE:
            told = (self.status, self.writes) == (Status.APPLIED, 1)
            return told and self.replies == 1 and self.stories in {1, 2}
        return self.once

    @property
    def once(self) -> bool:
        """Whether it is one effect and one story."""
        return (self.status, self.writes, self.replies, self.stories) == (Status.APPLIED, 1, 1, 1)


@contextmanager
def new_sqlite() -> Iterator[Database]:
    """Give a SQLite file that the first process makes."""
    with tempfile.TemporaryDirectory() as folder:
        yield Database(f"sqlite:///{folder}/omni.db")


async def crash(database: Database, moment: str) -> Outcome:
    """Kill a bot at a moment, start it again, and tell what became of the change."""
    async with _killed(database, moment) as (playground, environ, deciding):
        await _taken_up(playground, environ, database, deciding)
        return await _outcome(playground, database)


async def overtaken(database: Database) -> Outcome:
    """Kill a bot that is about to write, edit the schedule in Omni, and start the bot again."""
    async with _killed(database, "before send") as (playground, environ, deciding):
        deciding.cancel()  # it is decided, and nobody presses again
        playground.omni.data.edit(SCHEDULE)
        await _taken_up(playground, environ, database)
        return await _outcome(playground, database)


async def untold(database: Database) -> Outcome:
    """Kill a bot that waits to post anew what Slack refused, and start the bot again."""
    async with _around(database) as (playground, environ):
        slack = playground.slack
        async with bot_process(environ) as first:
            await connected(slack, first)
            slack.faults.fail_next("chat.postMessage", "internal_error")
            await _decide(playground)
            await slack.pulse.until(lambda: slack.calls("chat.postMessage") or None)
        await _taken_up(playground, environ, database)
        return await _outcome(playground, database)


async def afresh(database: Database, moment: str) -> int:
    """Kill a bot that proposes a stale change again; return how many fresh cards there are."""
    async with _around(database) as (playground, environ):
        slack = playground.slack
        requester = slack.people["U0REQUESTER"]
        async with bot_process(environ | {"DIE": moment}) as mortal:
            await connected(slack, mortal)
            await requester.types(COMMAND)
            card = await requester.sees_message(is_card, within=PATIENCE)
            playground.omni.data.edit(SCHEDULE)
            await requester.clicks(card, "approve")
            assert await mortal.ended() < 0, f"nothing happens {moment}"
        await _taken_up(playground, environ, database)
        return sum(map(is_card, requester.sees()))


@asynccontextmanager
async def _around(database: Database) -> AsyncIterator[tuple[Playground, dict[str, str]]]:
    """Run the stand-ins, and give what leads a bot process to them."""
    async with surroundings(database) as playground:
        playground.slack.events_url = None
        playground.slack.delivery.patience = 1.0  # a dead process answers nobody
        with tempfile.TemporaryDirectory() as folder:
            yield playground, environment(playground, Path(folder))


@asynccontextmanager
async def _killed(
    database: Database, moment: str
) -> AsyncIterator[tuple[Playground, dict[str, str], asyncio.Task[None]]]:
    """Kill a bot at a moment of a change's life, while the requester goes on deciding."""
    async with _around(database) as (playground, environ):
        async with bot_process(environ | {"DIE": moment}) as mortal:
            await connected(playground.slack, mortal)
            deciding = asyncio.create_task(_decide(playground))
            assert await mortal.ended() < 0, f"nothing happens {moment}"
        yield playground, environ, deciding


async def _taken_up(
    playground: Playground,
    environ: dict[str, str],
    database: Database,
    deciding: asyncio.Task[None] | None = None,
) -> None:
    """Let a second process finish what the first one left."""
    async with bot_process(environ) as second:
        await connected(playground.slack, second)
        if deciding is not None:
            await deciding
        await finished(database)
        assert await second.terminated() == 0


async def steps(database: Database) -> tuple[str, ...]:
    """Return the names of the steps of a change that nothing disturbs, in order."""
    async with _around(database) as (playground, environ):
        noted = Path(environ["POLICY_FILE"]).with_name("steps")
        async with bot_process(environ | {"STEPS": str(noted)}) as process:
            await connected(playground.slack, process)
            await _decide(playground)
            await finished(database)
            assert await process.terminated() == 0
        return tuple(dict.fromkeys(noted.read_text().split()))


def moments(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return every moment at which a bot can be killed."""
    return (*(f"{when} {name}" for name in names for when in ("before", "after")), *INSIDE)


async def _decide(playground: Playground) -> None:
    """Type the command, and press Approve until it is taken, as people do."""
    slack = playground.slack
    requester = slack.people["U0REQUESTER"]
    await requester.types(COMMAND)
    await requester.sees_message(is_card, within=PATIENCE)
    while cards := [message for message in requester.sees() if is_card(message)]:
        await slack.pulse.until(lambda: slack.sockets.count or None)
        answer = await requester.clicks(cards[-1], "approve")
        if answer.error is None:
            return


async def finished(database: Database) -> None:
    """Wait until nothing is under way in any process."""
    async with asyncio.timeout(PATIENCE):
        while await _unfinished(database):  # noqa: ASYNC110 - another process shows its records alone
            await asyncio.sleep(0.05)


async def _unfinished(database: Database) -> int:
    """Return how many workflows run, or wait to be taken up again."""
    schema = "dbos" if database.url.startswith("postgres") else None
    status = sa.table("workflow_status", sa.column("status"), schema=schema)
    engine = connect(database.async_url)
    try:
        async with engine.connect() as conn:
            pending = sa.select(sa.func.count()).where(status.c.status.in_(["PENDING", "ENQUEUED"]))
            return int((await conn.execute(pending)).scalar_one())
    finally:
        await engine.dispose()


def _replies(playground: Playground) -> list[Message]:
    seen = playground.slack.people["U0REQUESTER"].sees()
    return [one for one in seen if (one.ephemeral or one.channel != DATA_TEAM) and _is_result(one)]


def _stories(playground: Playground) -> list[Message]:
    seen = playground.slack.people["U0ADMIN"].sees(DATA_TEAM)
    return [one for one in seen if one.thread_ts in {None, one.ts} and _is_result(one)]


def _is_result(message: Message) -> bool:
    return "Production Snowflake changed" in message.text


async def _outcome(playground: Playground, database: Database) -> Outcome:
    engine = connect(database.async_url)
    try:
        *_, change = await ChangeStore(engine).history()  # the first: a stale one has a successor
    finally:
        await engine.dispose()
    return Outcome(
        change.status,
        sum(entry.method != "GET" for entry in playground.omni.log),
        len(_replies(playground)),
        len(_stories(playground)),
    )
