"""Many people, an Omni that fails and loses answers, and a bot that is killed under them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.change import Change, Status
from bot.playground.omni import Entry
from bot.playground.slack import Message
from tests.crash.cells import new_sqlite
from tests.load.account import Account, effect_of, effect_of_change
from tests.load.eyes import Told, named, stamp, told
from tests.load.people import Command
from tests.load.run import Evidence, Plan, load
from tests.load.town import Effect
from tests.world import DATA_TEAM

Spoilt = Iterator[tuple[str, Evidence]]


@pytest.mark.slow
async def test_nothing_is_wrong_and_nothing_lost_and_the_account_would_say_so() -> None:
    with new_sqlite() as database:
        evidence = await load(Plan(commands=150, kills=2, seed=6), database)
    assert (len(evidence.commands), len(evidence.outages)) == (150, 2)
    assert wrong(evidence) == set()
    example = Example.of(evidence)
    for spoil in (spoilt_decisions, spoilt_writes, spoilt_stories):
        for what, spoilt in spoil(example):
            assert what in wrong(spoilt), what


def wrong(evidence: Evidence) -> set[str]:
    """Return what the account finds wrong."""
    return {row.what.strip() for row in Account(evidence).rows() if row.wrong}


@dataclass(frozen=True, slots=True)
class Example:
    """A change that went well, after all kills, and everything that there is of it."""

    evidence: Evidence
    sent: Entry
    effect: Effect
    change: Change
    command: Command
    card: Message
    announcement: Message

    @classmethod
    def of(cls, evidence: Evidence) -> "Example":
        """Find the last one whose one write was answered."""
        writes = Counter(map(effect_of, evidence.sent))
        answered = (one for one in reversed(evidence.sent) if one.status == 200)
        sent = next(one for one in answered if writes[effect_of(one)] == 1)
        effect = effect_of(sent)
        approved = (one for one in evidence.changes if one.status is Status.APPLIED)
        change = next(one for one in approved if effect_of_change(one) == effect)
        about = (change.connection_name, change.short_id)
        said = [one for one in evidence.messages if (named(one), stamp(one)) == about]
        ends = [one for one in said if told(one) is Told.CHANGED and one.thread_ts is None]
        return cls(
            evidence,
            sent,
            effect,
            change,
            next(one for one in evidence.commands if change.id in one.taken),
            next(one for one in ends if one.channel != DATA_TEAM),
            next(one for one in ends if one.channel == DATA_TEAM),
        )

    def command_with(self, **fields: Any) -> Evidence:
        """Return the evidence with something else about the command."""
        other = (one for one in self.evidence.commands if one is not self.command)
        return replace(self.evidence, commands=(*other, replace(self.command, **fields)))

    def change_as(self, status: Status) -> Evidence:
        """Return the evidence with another end of the change."""
        other = (one for one in self.evidence.changes if one is not self.change)
        return replace(self.evidence, changes=(*other, replace(self.change, status=status)))

    def told_also(self, *messages: Message) -> Evidence:
        """Return the evidence with more messages."""
        return replace(self.evidence, messages=(*self.evidence.messages, *messages))

    def never_told(self, message: Message) -> Evidence:
        """Return the evidence without a message."""
        other = (one for one in self.evidence.messages if one is not message)
        return replace(self.evidence, messages=tuple(other))


def spoilt_decisions(good: Example) -> Spoilt:
    """Yield what must not become of a decision, and evidence of it."""
    ours = ["Something went wrong in the bot, and it may or may not have done what you asked."]
    yield "given up", good.command_with(told=None)
    yield "answered with a fault of the bot's", good.command_with(excuses=ours)
    yield "approvals lost: without an end, or untold", good.change_as(Status.APPLYING)
    yield "approvals lost: without an end, or untold", good.never_told(good.card)
    yield "decisions lost that Slack saw taken", good.change_as(Status.PENDING)


def spoilt_writes(good: Example) -> Spoilt:
    """Yield what must not be written, and evidence of it."""
    evidence, effects = good.evidence, good.evidence.effects
    again = replace(good.sent, time=datetime.now(UTC))
    twice = replace(evidence, sent=(*evidence.sent, again))
    yield "repeated without such a reason", twice
    yield "more than once for a change", replace(evidence, effects=(*effects, good.effect))
    yield "that no approved change explains", good.change_as(Status.CANCELLED)
    stray = replace(evidence, effects=(*effects, Effect("", "")))
    yield "that no approved change explains", stray


def spoilt_stories(good: Example) -> Spoilt:
    """Yield what must not be told, and evidence of it."""
    evidence, now = good.evidence, f"{datetime.now(UTC).timestamp():.6f}"
    undone = tuple(one for one in evidence.effects if one != good.effect)
    yield "stories that differ from Omni", replace(evidence, effects=undone)
    name = good.change.connection_name
    lie = replace(good.card, text=f"{Told.NOT_CHANGED}schema refresh of {name}")
    yield "stories that differ from Omni", good.told_also(lie)
    moved = evidence.crons | {good.effect.schedule_id: "a cron that nobody asked for"}
    yield "schedules that differ from their last story", replace(evidence, crons=moved)
    yield "changes applied and not announced", good.never_told(good.announcement)
    announcement, card = replace(good.announcement, ts=now), replace(good.card, ts=now)
    yield "announcements told twice, otherwise", good.told_also(announcement)
    yield "cards shown twice, otherwise", good.told_also(card)
