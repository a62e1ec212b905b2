"""Whatever people do, in whatever order: what is always true of the store."""

import asyncio
import shutil
import sqlite3
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from bot.change import OPEN, TRANSITIONS, Change, Event
from bot.database import connect
from bot.store import ChangeStore, Decided, Held
from tests.store.samples import APPROVER, NOON, a_change, by

SCHEDULES = st.sampled_from(["revenue", "finance", "marketing"])
EVENTS = st.sampled_from(Event)

STANDINGS = """
    SELECT id, status,
        (SELECT status FROM audit WHERE change_id = changes.id ORDER BY audit.id DESC LIMIT 1)
    FROM changes
"""
HELD_TWICE = """
    SELECT schedule_id FROM changes WHERE status IN ('pending', 'applying')
    GROUP BY connection_id, schedule_id HAVING count(*) > 1
"""


class People(RuleBasedStateMachine):
    """People who propose, replace and decide, and a note of how each change must stand."""

    known = Bundle[Change]("known")

    template: ClassVar[Path]  # a migrated file

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        file = shutil.copy(self.template, self.folder / "omni.db")
        self.runner = asyncio.Runner()
        self.engine = connect(f"sqlite+aiosqlite:///{file}")
        self.store = ChangeStore(self.engine)
        self.witness = sqlite3.connect(file)
        self.noted: dict[str, Change] = {}
        self.now = NOON

    def teardown(self) -> None:
        self.witness.close()
        self.runner.run(self.engine.dispose())
        self.runner.close()
        shutil.rmtree(self.folder)

    def holder(self, schedule: str) -> Change | None:
        """Return the change that is noted to hold a schedule."""
        for change in self.noted.values():
            if change.schedule_id == schedule and change.status in OPEN:
                return change
        return None

    def propose(self, schedule: str, replaces: Change | None) -> Change:
        change = a_change(
            schedule_id=schedule, created_at=self.now, expires_at=self.now + timedelta(hours=2)
        )
        return self.runner.run(self.store.propose(change, "command", replaces=replaces))

    @rule(target=known, schedule=SCHEDULES)
    def somebody_proposes(self, schedule: str) -> Change | MultipleResults[Change]:
        holder = self.holder(schedule)
        if holder is None:
            change = self.propose(schedule, None)
            self.noted[change.id] = change
            return change
        with pytest.raises(Held) as held:
            self.propose(schedule, None)
        assert held.value.change == holder
        return multiple()

    @rule(target=known, schedule=SCHEDULES, first=known)
    def somebody_replaces(self, schedule: str, first: Change) -> Change | MultipleResults[Change]:
        first, holder = self.noted[first.id], self.holder(schedule)
        gives_way = TRANSITIONS.get((first.status, Event.CANCEL)) is not None
        if holder is not None and not (holder == first and gives_way):
            with pytest.raises(Held) as held:
                self.propose(schedule, first)
            assert held.value.change == holder
            return multiple()
        if not gives_way:
            with pytest.raises(Decided) as decided:
                self.propose(schedule, first)
            assert decided.value.change == first
            return multiple()
        change = self.propose(schedule, first)
        self.noted[change.id] = change
        self.noted[first.id] = self.runner.run(self.store.get(first.id))
        assert self.noted[first.id].outcome == change.id
        return change

    @rule(change=known, event=EVENTS, again=st.booleans())
    def somebody_decides(self, change: Change, event: Event, again: bool) -> None:  # noqa: FBT001 - drawn by name
        before = self.noted[change.id]
        target = TRANSITIONS.get((before.status, event))
        if event is Event.APPROVE and before.expires_at <= self.now:
            target = None
        step = by(APPROVER, self.now, key=f"{change.id}:{event}:{before.status}")

        for _ in range(1 + again):  # a durable step may run twice
            result = self.runner.run(self.store.move(change.id, event, step))
            assert result.won is (target is not None)
            assert result.change.status is (target or before.status)
        self.noted[change.id] = result.change

    @rule(change=known)
    def a_proposal_is_repeated(self, change: Change) -> None:
        assert self.runner.run(self.store.propose(change, "command")) == self.noted[change.id]

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def due_changes_expire(self) -> None:
        for change in self.runner.run(self.store.due(self.now)):
            assert change.expires_at <= self.now
            self.somebody_decides(change, Event.EXPIRE, again=False)

    @invariant()
    def no_schedule_is_held_twice(self) -> None:
        assert self.witness.execute(HELD_TWICE).fetchall() == []

    @invariant()
    def the_last_entry_of_the_trail_is_how_a_change_stands(self) -> None:
        standings = {change: set(rest) for change, *rest in self.witness.execute(STANDINGS)}
        assert standings == {id_: {change.status} for id_, change in self.noted.items()}


def test_no_order_of_events_breaks_what_is_always_true(migrated_sqlite: Path) -> None:
    People.template = migrated_sqlite
    run_state_machine_as_test(
        People, settings=settings(max_examples=25, stateful_step_count=30, deadline=None)
    )
