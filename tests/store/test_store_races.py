"""Who wins where several processes decide in the same instant."""

import asyncio
import json
from collections import Counter

import pytest

from bot.change import Event, Status
from bot.store import ChangeStore
from tests.databases import Database
from tests.store.samples import a_change, by
from tests.store.together import run_together


async def test_of_twenty_approvals_at_once_one_wins_and_is_recorded(store: ChangeStore) -> None:
    change = await store.propose(a_change(), "command")

    results = await asyncio.gather(
        *(store.move(change.id, Event.APPROVE, by(f"U0{person}")) for person in range(20))
    )

    (winner,) = [result.change for result in results if result.won]
    assert {result.change for result in results} == {winner}
    trail = await store.trail(change.id)
    assert [(entry.event, entry.actor) for entry in trail] == [
        ("propose", change.requester),
        ("approve", winner.decided_by),
    ]


@pytest.mark.slow
async def test_of_twenty_approvals_in_four_processes_one_wins_and_the_others_hear_who(
    store: ChangeStore, database: Database
) -> None:
    contested = [(await store.propose(a_change(), "command")).id for _ in range(10)]

    written = run_together(
        "tests.store.claiming", [database.async_url, "5", *contested], processes=4
    )

    told = [answer for answers in written for answer in json.loads(answers)]
    assert Counter(change for change, _, _ in told) == dict.fromkeys(contested, 20)
    assert Counter(change for change, won, _ in told if won) == dict.fromkeys(contested, 1)
    winners = {(change, winner) for change, _, winner in told}
    assert len(winners) == len(contested)
    for change, winner in winners:
        trail = await store.trail(change)
        assert [entry.event for entry in trail] == ["propose", "approve"]
        assert (trail[-1].actor, trail[-1].status) == (winner, Status.APPLYING)
