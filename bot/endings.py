"""How applying a change can end, judged by what Omni answered and shows: pure functions."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypedDict

from bot.change import Action, Change, Event, Status, Terms, landed, moved, same_runs
from bot.omni import ConnectionSchedule

ADDED_SINCE = "There is such a schedule since the card was shown."


class Ending(TypedDict):
    """How applying a change ended, as JSON for the durable record."""

    event: str
    outcome: str
    seen: dict[str, Any] | None
    schedule_id: str | None


class Doubt(TypedDict):
    """Why it is not known what became of a write; no words: Omni reported success."""

    words: str
    over: bool  # Omni answered, if only that it failed: nothing follows any more


class Sent(TypedDict):
    """What became of a write: ended without effect, or to be read back."""

    ending: Ending | None
    doubt: Doubt
    created: str | None  # the id that Omni answered with


NO_DOUBT: Doubt = {"words": "", "over": False}
STOPPED: Doubt = {"words": "The bot was stopped while it wrote this.", "over": False}


def not_tried(words: str) -> Ending:
    """Return the end of a change that was not written, with the reason."""
    return end(Event.FAIL, f"{words} Nothing was sent.")


def ended(ending: Ending) -> Sent:
    """Return what became of a write that has no effect to read back."""
    return {"ending": ending, "doubt": NO_DOUBT, "created": None}


def never_sent(words: str, *, sends: int) -> Sent:
    """Return what is known where the turn for the write never came; reading back may tell."""
    if not sends:
        return ended(not_tried(words))
    return {"ending": None, "doubt": {"words": words, "over": False}, "created": None}


def not_read_back(words: str) -> Ending:
    """Return the end of a change after which Omni could not be read."""
    return end(Event.LOSE, f"Omni could not be read after the write. {words}".strip())


def staleness(change: Change, now: Terms | None) -> Ending | None:
    """Return the end of a change whose schedule moved since the preview; None where it did not."""
    if not moved(change.before, now):
        return None
    if landed(change, now):
        return end(Event.OUTDATE, "It was already so.", now)
    words = _only_the_kind(change, now)
    if not words and now is not None:
        words = "It has changed since the card was shown."
    return end(Event.OUTDATE, words or "Omni no longer has this schedule.", now)


def outstanding(change: Change, now: Terms | None, coming: Iterable[Change]) -> Ending | None:
    """Return the end of a change that an earlier one may take back later.

    `coming` are the changes of the connection of which a write may still come.
    """
    for one in coming:
        if one.schedule_id == change.schedule_id and not _has_come(one, now):
            return not_tried(
                f"What change {one.short_id} sent for this schedule may still come, and would "
                "take this one back: try again in two minutes."
            )
    return None


def _has_come(sent: Change, now: Terms | None) -> bool:
    # Of two that were sent, one is still to come.
    once = sent.sends <= 1
    return once and sent.after is not None and now is not None and same_runs(sent.after, now)


def added_since(change: Change, there: Iterable[ConnectionSchedule]) -> Ending | None:
    """Return the end of a new schedule that is there by now; None where none is like it."""
    return end(Event.OUTDATE, ADDED_SINCE) if any(_is_twin(change, one) for one in there) else None


def _is_twin(change: Change, schedule: ConnectionSchedule) -> bool:
    # None was when it was asked for: one of the others may have been moved there since.
    return change.after is not None and same_runs(change.after, schedule.terms)


def overtaken(other: Change) -> Ending:
    """Return that it stays unknown: what Omni shows may be another change's doing."""
    if other.status is Status.APPLYING:
        words = f"Change {other.short_id} is being applied to this schedule at this moment."
    else:
        words = f"Change {other.short_id} was applied since, so what Omni shows is no longer it."
    return end(Event.LOSE, words)


def difference(change: Change, now: Terms | None) -> Ending:
    """Return the end of a change that Omni does not show as approved: as before, or neither."""
    if words := _only_the_kind(change, now):
        return end(Event.LOSE, words, now)
    if moved(change.before, now):
        return end(Event.LOSE, "Omni shows neither the old nor the new.", now)
    if change.action is Action.CREATE:
        return end(Event.FAIL, "Omni does not show the new schedule.")
    return end(Event.FAIL, "Omni shows the schedule as it was before.", now)


def _only_the_kind(change: Change, now: Terms | None) -> str:
    """Say which kind of refresh it has and had, where all else is as approved."""
    if change.before is None or now is None or now.hard_refresh is None:
        return ""
    if not landed(change, replace(now, hard_refresh=change.before.hard_refresh)):
        return ""
    kind, was = ("hard", "soft") if now.hard_refresh else ("soft", "hard")
    return (
        f"Omni shows the new time, but the refresh is {kind} now and was {was}: "
        f"make it {was} in Omni."
    )


def not_seen(ending: Ending, doubt: Doubt) -> Ending:
    """Judge a write after which Omni shows the schedule as before."""
    if doubt["over"]:  # Omni said that it failed, and so it shows
        return {**ending, "outcome": f"{doubt['words']} Read again, it is unchanged."}
    words = doubt["words"] or "Omni reported success."
    return {**ending, "event": Event.LOSE, "outcome": f"{words} {ending['outcome']}"}


def end(
    event: Event, outcome: str, seen: Terms | None = None, schedule_id: str | None = None
) -> Ending:
    """Return an end of a change: what happens to it, in which words, and what Omni showed."""
    plain = seen.to_json() if seen else None
    return {"event": event, "outcome": outcome, "seen": plain, "schedule_id": schedule_id}
