"""What an undo is: the opposite change, what it says beside that, and where there is none."""

from collections.abc import Iterator

from bot.change import (
    COMES_BACK_SOFT,
    GOES_FURTHER,
    STAYS_ENABLED,
    STAYS_HARD,
    STAYS_SOFT,
    Action,
    Change,
    Status,
    Terms,
    leads_back,
    moved,
    other_kind,
    same_runs,
)
from bot.errors import PersonError
from bot.schedule import Schedule, ScheduleError

OPPOSITE = {
    Action.SET: Action.SET,
    Action.CREATE: Action.DELETE,
    Action.DELETE: Action.CREATE,
}


def usual_reason(undoes: Change) -> str:
    """Return why an undo is asked for, where nobody says another reason."""
    return f"Undo of change {undoes.short_id}."


def reason(
    words: str | None, undoes: Change | None, now: Terms | None, after: Terms | None
) -> str | None:
    """Return why something is asked for, and with an undo what it does beside what it says.

    An undo that was edited may lead elsewhere, and is none then.
    """
    if undoes is None:
        return words
    if words == usual_reason(undoes) and not leads_back(undoes, after):
        words = f"Edited from the undo of change {undoes.short_id}."
    return " ".join(filter(None, (words, *_beside(undoes, now))))


def _beside(undoes: Change, now: Terms | None) -> Iterator[str]:
    """Return what an undo does beside what it says, and what it leaves undone."""
    was = undoes.before
    if now is None:  # it was deleted, and is added anew
        if was is not None and was.hard_refresh:
            yield COMES_BACK_SOFT
    else:
        if _goes_further(undoes, now):
            yield GOES_FURTHER
        if was is not None and other_kind(was, now):
            yield STAYS_HARD if now.hard_refresh else STAYS_SOFT
    if was is not None and was.disabled_at and not (now and now.disabled_at):
        yield STAYS_ENABLED


def _goes_further(undoes: Change, now: Terms) -> bool:
    """Say whether an undo takes back what came after the change that it undoes."""
    then = undoes.seen or undoes.after
    if undoes.before is None or then is None:  # the schedule goes, and all that was set of it
        return moved(then, now)
    return not same_runs(then, now)  # a cron and a zone are all that it writes


def require_open(back: Change, change: Change) -> None:
    """Refuse to bring a deleted schedule back twice: the second would stand beside the first."""
    if back.status is Status.UNKNOWN:
        raise PersonError(
            f"Change `{back.short_id}` was to undo `{change.short_id}`, and it is not known "
            "whether it did. Click Re-check where its outcome is told."
        )
    if back.status is Status.APPLIED and not leads_back(change, back.after):
        raise PersonError(
            f"Change `{back.short_id}` came of the undo of `{change.short_id}` already, and was "
            "edited to another time. Change that schedule, or create one."
        )
    if back.status is Status.APPLIED:
        raise PersonError(
            f"Change `{change.short_id}` was undone already, by change `{back.short_id}`."
        )


def require_readable(change: Change) -> None:
    """Refuse the way back to a schedule that somebody wrote outside the bot in another dialect."""
    if change.before is None:
        return
    try:
        Schedule.parse(change.before.cron, change.before.timezone)
    except ScheduleError:
        raise PersonError(
            f"Before, it was `{change.before.cron}` in {change.before.timezone}, which this bot "
            "cannot check and so does not write. Change it back in Omni."
        ) from None
