"""A change that is being written in the form: what is known of it, and what its words mean."""

import json
from dataclasses import dataclass, replace
from typing import Any, Self

from bot.change import Change, Terms
from bot.command import Verb
from bot.command.timing import Reading, is_id, joined, locate, read
from bot.finding import Found, find_id
from bot.omni import Connection, ConnectionSchedule
from bot.schedule import Problem
from bot.slack.blocks import shortened
from bot.typed import UnclosedQuoteError, Word, one_line, plain, storable, unescaped, words

#: Stands for a schedule that is to be created; no id looks like it.
NEW = "new"

WHEN_MOST = 300  # characters; the form says so, and Slack may not hold everybody to it
PROBLEM_MOST = 300
ZONE_MOST = 75  # characters of an option; no zone has as many


@dataclass(frozen=True, slots=True)
class Typed:
    """What can be told of a command that may be wrong: nothing that was typed is lost."""

    connection: str = ""
    schedule: str = ""
    when: str = ""
    zone: str = ""

    @classmethod
    def of(cls, text: str) -> Self:
        """Read it as far as it can be read."""
        typed = plain(unescaped(text))
        try:
            found = words(typed)
        except UnclosedQuoteError as error:
            found = words(error.without)
        new = _is_verb(found[:1], {Verb.CREATE})
        found = found[1:] if _is_verb(found[:1], set(Verb)) else found
        place = locate(found, names=1)
        names = list(place.before)
        named = len(names) > 1 and is_id(names[-1].text) and not new
        schedule = names.pop().text if named else ""
        zone = place.zone or joined(place.extra)
        return cls(
            connection=joined(names),
            schedule=NEW if new else schedule,
            when=place.when or "",
            zone=zone if len(zone) <= ZONE_MOST else "",
        )


def _is_verb(found: tuple[Word, ...], verbs: set[Verb]) -> bool:
    return bool(found) and not found[0].quoted and found[0].text.casefold() in verbs


@dataclass(frozen=True, slots=True)
class Draft:
    """A change in the making.

    What a person chose or typed is in the form itself; the rest travels with the form, so that
    any process can go on with it and no request to Omni is needed while somebody types.
    """

    channel: str | None = None  # where the form was opened, if in one
    edits: str | None = None  # the id of the change that this one replaces
    connection: str = ""  # its id
    name: str = ""
    schedule: str = ""  # its id, NEW, or not yet chosen
    now: Terms | None = None  # what the schedule is
    zone: str = ""  # that the form begins with
    turn: int = 0  # raised to let a menu begin anew: Slack keeps what stands in one of the same id
    asking: bool = False  # the connection's schedules are being read
    problem: str = ""  # what keeps the form from going on by itself
    when: str = ""
    reason: str = ""

    def to_metadata(self) -> str:
        """Return what travels with the form; Slack takes 3,000 characters."""
        told = {name: getattr(self, name) for name in self.__slots__ if name not in _IN_FIELDS}
        told["now"] = replace(self.now, description=None).to_json() if self.now else None
        return json.dumps({key: value for key, value in told.items() if value}, ensure_ascii=False)

    @classmethod
    def from_metadata(cls, metadata: str) -> Self:
        """Return what `to_metadata` was made of."""
        told = json.loads(metadata or "{}")
        if told.get("now"):
            told["now"] = Terms.from_json(told["now"])
        return cls(**told)

    @classmethod
    def of_change(cls, change: Change) -> Self:
        """Return what was proposed, to be written anew."""
        after = change.after
        return cls(
            channel=change.channel,
            edits=change.id,
            connection=change.connection_id,
            name=change.connection_name,
            schedule=change.schedule_id or NEW,
            now=change.before,
            zone=after.timezone if after else "",
            when=after.cron if after else "",
            reason=change.why[0],
        )

    def filled(self, values: dict[str, str]) -> Self:
        """Return the draft with what stands in the fields, by action id."""
        return replace(self, when=values.get("when", ""), reason=values.get("reason", ""))

    def about(self, connection: Connection) -> Self:
        """Return the draft for another connection, whose schedules are not known yet."""
        return replace(
            self,
            connection=connection.id,
            name=connection.name,
            schedule="",
            now=None,
            asking=True,
            problem="",
            turn=self.turn + 1,
        )

    def offered(self, schedules: tuple[ConnectionSchedule, ...], wanted: str, zone: str) -> Self:
        """Return the draft with a schedule chosen, where only one can be meant.

        `zone` is the person's own: a new schedule begins with it, another with the zone it has.
        """
        if wanted == NEW or not schedules:
            return self.choosing(None, zone)
        match find_id(wanted, schedules) if wanted else schedules:
            case Found(one) | [one]:
                return self.choosing(one, zone)
        return replace(self, asking=False)

    def failing(self, why: str) -> Self:
        """Return the draft without schedules, because Omni does not tell them."""
        words = f"Omni does not tell this connection's schedules. {why}"
        return replace(self, asking=False, problem=shortened(words, PROBLEM_MOST))

    def choosing(self, schedule: ConnectionSchedule | None, zone: str) -> Self:
        """Return the draft for a schedule, or for a new one."""
        return replace(
            self,
            schedule=schedule.id if schedule else NEW,
            now=schedule.terms if schedule else None,
            zone=schedule.timezone if schedule else zone,
            asking=False,
            turn=self.turn + 1,
        )

    def reading(self, zone: str) -> Reading:
        """Understand the words in the form, in the zone that is chosen there.

        A zone in the words counts for more than one that the form began with and nobody touched.
        """
        if len(self.when) > WHEN_MOST:  # to read much more would take minutes, and all would wait
            words = f"It has {len(self.when):,} characters: {WHEN_MOST} are the most."
            return Reading((), (Problem("structure", "", words),))
        alone = read(self.when, None)
        if zone == self.zone and any(time.zone for time in alone.times):
            return alone
        return read(self.when, zone or None)


_IN_FIELDS = frozenset({"when", "reason"})


def fields_of(view: dict[str, Any]) -> dict[str, str]:
    """Return what stands in a form's fields, by action id: block ids may carry a number."""
    state: dict[str, dict[str, dict[str, Any]]] = view.get("state", {}).get("values", {})
    found: dict[str, str] = {}
    for elements in state.values():
        for action_id, element in elements.items():
            chosen = element.get("selected_option") or {}
            # A decision that cannot be recorded for its reason would be tried again without an end.
            value = element.get("value") or chosen.get("value") or ""
            found[action_id] = one_line(storable(value))
    return found
