"""What the databases read to answer: by an index, however long the log has become."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.change import Event
from bot.store import ChangeStore
from tests.store.logs import fill
from tests.store.samples import APPROVER, NOON, by

pytestmark = pytest.mark.slow  # it fills long logs first

PAST = 5_000

Question = Callable[[ChangeStore, str], Awaitable[object]]


async def _history_page(store: ChangeStore, some_id: str) -> object:
    return await store.history(before=await store.get(some_id))


async def _applied_before(store: ChangeStore, _: str) -> object:
    last = await store.last_applied("schedule-3")
    assert last
    return await store.applied_before(last)


async def _applied_after(store: ChangeStore, _: str) -> object:
    last = await store.last_applied("schedule-3")
    assert last
    await store.applied_after(replace(last, after=None))
    return await store.applied_after(last)


async def _created_beside(store: ChangeStore, some_id: str) -> object:
    return await store.created_beside(await store.get(some_id))


async def _connection_page(store: ChangeStore, some_id: str) -> object:
    return await store.history("connection-3", before=await store.get(some_id))


#: What is asked, and the index or indexes that may answer; "primary key" is named by each database.
QUESTIONS: dict[str, tuple[Question, str]] = {
    "history": (lambda store, _: store.history(), "changes_by_time"),
    "an older page": (_history_page, "changes_by_time"),
    "history of a connection": (lambda s, _: s.history("connection-3"), "changes_by_connection"),
    "an older page of a connection": (_connection_page, "changes_by_connection"),
    "open change": (
        lambda store, _: store.open_change("connection-3", "schedule-3"),
        "one_open_change_per_schedule",
    ),
    "open changes": (lambda store, _: store.open_changes(), "open_changes_by_time"),
    "open changes of some": (
        lambda store, _: store.open_of(["connection-3", "connection-4"]),
        "one_open_change_per_schedule",
    ),
    "lost since": (lambda s, _: s.lost_since("connection-3", NOON), "lost_changes_by_connection"),
    "sent again since": (
        lambda store, _: store.sent_again_since("schedule-1", NOON),
        "applied_changes_by_schedule",
    ),
    "ending soonest": (
        lambda store, _: store.ending_soonest(first=10, limit=10),
        "open_changes_by_time or one_open_change_per_schedule",
    ),
    "count of open changes": (
        lambda store, _: store.count_open(),
        "open_changes_by_time or one_open_change_per_schedule",
    ),
    # Postgres takes the second where hardly anything was created.
    "created beside": (_created_beside, "changes_by_connection or one_way_back_per_deletion"),
    "due": (lambda store, _: store.due(NOON + timedelta(days=1)), "open_changes_by_time"),
    "to remind": (lambda store, _: store.to_remind(NOON, most=3), "open_changes_by_time"),
    "last applied": (lambda store, _: store.last_applied(), "applied_changes_by_time"),
    "last applied to a schedule": (
        lambda store, _: store.last_applied("schedule-3"),
        "applied_changes_by_schedule",
    ),
    "applied after": (_applied_after, "applied_changes_by_schedule"),
    "applied before": (_applied_before, "applied_changes_by_schedule"),
    "find": (lambda store, some_id: store.find(some_id[:6]), "primary key"),
    "get": (lambda store, some_id: store.get(some_id), "primary key"),
    "trail": (lambda store, some_id: store.trail(some_id), "audit_by_change"),
    "move": (
        lambda store, some_id: store.move(some_id, Event.EXPIRE, by(APPROVER, key="w1")),
        "primary key",
    ),
}

PRIMARY_KEYS = ("sqlite_autoindex_changes_1", "changes_pkey")


@contextmanager
def overheard(engine: AsyncEngine) -> Iterator[list[tuple[str, Any]]]:
    """Collect the reads that are sent to the database, with their parameters."""
    sent: list[tuple[str, Any]] = []

    def hear(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            sent.append((statement, parameters))

    sa.event.listen(engine.sync_engine, "before_cursor_execute", hear)
    yield sent
    sa.event.remove(engine.sync_engine, "before_cursor_execute", hear)


async def plan_of(engine: AsyncEngine, statement: str, parameters: Any) -> str:
    """Return how the database would go about a statement."""
    explain = "EXPLAIN" if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    async with engine.connect() as conn:
        rows = await conn.exec_driver_sql(f"{explain} {statement}", parameters)
        return "\n".join(str(row[-1]) for row in rows)


async def test_every_question_is_answered_by_its_index(
    store: ChangeStore, engine: AsyncEngine
) -> None:
    await fill(engine, PAST)
    some_id = (await store.history(limit=100))[-1].id

    for asked, (question, index) in QUESTIONS.items():
        with overheard(engine) as sent:
            await question(store, some_id)
        plans = [await plan_of(engine, *statement) for statement in sent]
        names = PRIMARY_KEYS if index == "primary key" else index.split(" or ")
        assert any(name in plan for plan in plans for name in names), (asked, plans)
        for plan in plans:
            assert "Seq Scan" not in plan, (asked, plan)
            assert "SCAN changes\n" not in f"{plan}\n", (asked, plan)
            assert "SCAN audit\n" not in f"{plan}\n", (asked, plan)


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_no_row_is_read_to_be_thrown_away(store: ChangeStore, engine: AsyncEngine) -> None:
    await fill(engine, PAST)
    some_id = (await store.history(limit=100))[-1].id

    for asked, (question, _) in QUESTIONS.items():
        with overheard(engine) as sent:
            await question(store, some_id)
        for statement, parameters in sent:
            plan = await plan_of(engine, f"(ANALYZE) {statement}", parameters)
            assert "actual" in plan
            assert "Rows Removed by Filter" not in plan, (asked, plan)
