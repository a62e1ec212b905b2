"""What a load comes to: who was told what, held against what Omni carried out.

The stories are read off the messages, the writes off Omni's own side, and the bot's database
says which changes were approved; none of the three is believed for the others.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from bot.change import Change, Status
from bot.playground.omni import Entry
from bot.playground.slack import Message
from bot.slack import ids
from tests.load.eyes import Told, named, stamp, told
from tests.load.run import Evidence
from tests.load.town import Effect
from tests.world import DATA_TEAM

APPROVED = {Status.APPLYING, Status.APPLIED, Status.FAILED, Status.STALE, Status.UNKNOWN}
STORY = {
    Status.APPLIED: Told.CHANGED,
    Status.FAILED: Told.NOT_CHANGED,
    Status.STALE: Told.NOT_CHANGED,
    Status.UNKNOWN: Told.UNKNOWN,
    Status.CANCELLED: Told.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; `wrong` counts what must not be."""

    what: str
    found: str
    wrong: int | None = None


class Account:
    """The evidence, put together by change."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._approved = [one for one in evidence.changes if one.status in APPROVED]
        self._sent: defaultdict[Effect, list[Entry]] = defaultdict(list)
        for entry in evidence.sent:
            self._sent[effect_of(entry)].append(entry)
        self._carried_out = Counter(evidence.effects)
        self._said: defaultdict[tuple[str, str], list[Message]] = defaultdict(list)
        for message in evidence.messages:
            if message.thread_ts in {None, message.ts}:
                self._said[named(message), stamp(message)].append(message)

    def rows(self) -> Iterator[Row]:
        """Yield the table, line by line."""
        yield from self._asked()
        yield from self._decided()
        yield from self._written()
        yield from self._told()

    # -- what people asked for ---------------------------------------------------------

    def _asked(self) -> Iterator[Row]:
        commands = self._evidence.commands
        failures = Counter(failure for one in commands for failure in one.failures)
        yield Row("commands", f"{len(commands):,}")
        yield Row("  typed again, as no card came", _sum(one.typed - 1 for one in commands))
        yield Row("  decided again, as no end came", _sum(one.pressed - 1 for one in commands))
        yield Row("  unanswered by a dead bot", f"{failures['dispatch_failed']:,}")
        yield Row("  answered after Slack's 3 s", f"{failures['operation_timeout']:,}")
        yield Row("  answered with a fault of the bot's", "", self._faults())
        yield Row("  given up", "", sum(one.told is None for one in commands))
        yield Row("cards seen", _sum(len(one.cards) for one in commands))
        yield Row("bots killed and started again", str(len(self._evidence.outages)))

    def _faults(self) -> int:
        excuses = (text for one in self._evidence.commands for text in one.excuses)
        return sum(text.startswith("Something went wrong in the bot") for text in excuses)

    # -- what was decided --------------------------------------------------------------

    def _decided(self) -> Iterator[Row]:
        yield Row("approvals recorded", f"{len(self._approved):,}")
        for status, count in Counter(one.status for one in self._evidence.changes).most_common():
            yield Row(f"  changes {status}", f"{count:,}")
        lost = sum(map(self._is_lost, self._approved))
        yield Row("approvals lost: without an end, or untold", "", lost)
        yield Row("decisions lost that Slack saw taken", "", self._untaken())

    def _is_lost(self, change: Change) -> bool:
        return change.status is Status.APPLYING or (
            STORY[change.status] not in self._stories(change)
        )

    def _untaken(self) -> int:
        status = {one.id: one.status for one in self._evidence.changes}
        return sum(
            (status[change_id] in APPROVED) != (one.button == ids.APPROVE)
            for one in self._evidence.commands
            for change_id in one.taken
        )

    # -- what was written --------------------------------------------------------------

    def _written(self) -> Iterator[Row]:
        approved = {effect_of_change(one) for one in self._approved}
        repeated = [entries for entries in self._sent.values() if len(entries) > 1]
        lost = sum(any(one.status is None for one in entries[:-1]) for entries in repeated)
        free = sum(not self._may_repeat(entries) for entries in repeated)
        most = max(map(len, self._sent.values()), default=0)
        yield Row("writes sent", f"{len(self._evidence.sent):,}")
        yield Row("  for one approved change, at most", str(most))
        yield Row("  repeated where an answer was lost", f"{lost:,}")
        yield Row("  repeated around a kill", f"{len(repeated) - lost - free:,}")
        yield Row("  repeated without such a reason", "", free)
        yield Row("writes carried out", f"{len(self._evidence.effects):,}")
        twice = sum(count > 1 for count in self._carried_out.values())
        yield Row("  more than once for a change", "", twice)
        unexplained = len({*self._sent, *self._carried_out} - approved)
        yield Row("  that no approved change explains", "", unexplained)

    def _may_repeat(self, entries: Sequence[Entry]) -> bool:
        lost = any(one.status is None for one in entries[:-1])
        return lost or self._killed_between(entries[0].time, entries[-1].time)

    # -- what was told -----------------------------------------------------------------

    def _told(self) -> Iterator[Row]:
        differ, untold = (map(f, self._approved) for f in (self._differs, self._is_untold))
        yield Row("stories that differ from Omni", "", sum(differ))
        yield Row("schedules that differ from their last story", "", self._adrift())
        yield Row("changes applied and not announced", "", sum(untold))
        yield from self._twice("announcements told twice", self._announcements)
        yield from self._twice("cards shown twice", self._cards)

    def _differs(self, change: Change) -> bool:
        """Say whether what anybody was told of an approved change is not how it is."""
        stories = self._stories(change) | {told(one) for one in self._announcements(change)}
        done = self._carried_out[effect_of_change(change)] > 0
        return (Told.CHANGED in stories and not done) or (Told.NOT_CHANGED in stories and done)

    def _adrift(self) -> int:
        """Count the schedules that do not stand as the change applied last said."""
        last: dict[str, str] = {}
        open_ended = {one.schedule_id for one in self._approved if one.status is Status.UNKNOWN}
        for one in sorted(filter(_is_applied, self._approved), key=_end):
            last[str(one.schedule_id)] = effect_of_change(one).cron
        stand = self._evidence.crons
        return sum(stand[one] != cron for one, cron in last.items() if one not in open_ended)

    def _is_untold(self, change: Change) -> bool:
        return _is_applied(change) and not self._announcements(change)

    def _twice(self, what: str, of: Callable[[Change], list[Message]]) -> Iterator[Row]:
        pairs = [pair for one in self._evidence.changes for pair in pairwise(of(one))]
        free = sum(not self._killed_between(_at(first), _at(second)) for first, second in pairs)
        yield Row(f"{what}, around a kill", f"{len(pairs) - free:,}")
        yield Row(f"{what}, otherwise", "", free)

    def _stories(self, change: Change) -> set[Told | None]:
        return {told(one) for one in self._of(change) if one.channel != DATA_TEAM}

    def _announcements(self, change: Change) -> list[Message]:
        return [one for one in self._of(change) if one.channel == DATA_TEAM]

    def _cards(self, change: Change) -> list[Message]:
        return [one for one in self._of(change) if one.channel != DATA_TEAM]

    def _of(self, change: Change) -> list[Message]:
        return self._said[change.connection_name, change.short_id]

    def _killed_between(self, first: datetime, second: datetime) -> bool:
        return any(
            first <= outage.back and outage.killed <= second for outage in self._evidence.outages
        )


def effect_of(entry: Entry) -> Effect:
    """Return what a write that was sent would do."""
    assert isinstance(entry.body, dict)
    return Effect(entry.path.rpartition("/")[2], entry.body["schedule"])


def effect_of_change(change: Change) -> Effect:
    """Return what a change would do."""
    assert change.after is not None
    return Effect(str(change.schedule_id), change.after.cron)


def _is_applied(change: Change) -> bool:
    return change.status is Status.APPLIED


def _end(change: Change) -> datetime:
    assert change.finished_at is not None
    return change.finished_at


def _at(message: Message) -> datetime:
    return datetime.fromtimestamp(float(message.ts), UTC)


def _sum(numbers: Iterable[int]) -> str:
    return f"{sum(numbers):,}"
