"""What became of a change: the card after the decision, and what people hear of it."""

from collections.abc import Sequence
from datetime import datetime

from bot.change import (
    COMES_BACK_SOFT,
    STAYS_ENABLED,
    STAYS_HARD,
    STAYS_SOFT,
    Action,
    Change,
    Status,
)
from bot.command import Command, Create, Set, to_text
from bot.policy import named
from bot.schedule import Schedule, ScheduleError
from bot.slack import ids
from bot.slack.blocks import (
    Block,
    Element,
    Message,
    actions,
    bold,
    button,
    channel,
    code,
    context,
    escaped,
    header,
    lines,
    moment,
    section,
    text,
)
from bot.slack.wording import (
    USED_UP,
    before_line,
    flat,
    heading,
    is_disabled,
    no_runs,
    run_there,
    runs_of,
    schedule_of,
    stamp,
    terms_line,
    terms_or_none,
)

_RECHECK = "Re-check"
_AGAIN = "Look at it in Omni before you ask for it again."
_SETTLE = f"Press {_RECHECK}, or look at it in Omni, before you ask for it again."

_SOFT = (COMES_BACK_SOFT, STAYS_SOFT)

_ENDINGS = {
    Status.APPLYING: "Writing to Omni and reading it back. The result follows here.",
    Status.CANCELLED: "Nothing was changed.",
    Status.REJECTED: "Nothing was changed.",
    Status.EXPIRED: "Nobody decided in time, so nothing was changed. Ask again if it is wanted.",
}


def outcome(change: Change, now: datetime) -> Message:
    """Return the card after a decision: no question any more, and what to do next."""
    title = heading(change)
    told = ending(change)
    blocks = [header(title), told]
    if change.status in {Status.APPLIED, Status.APPLYING}:
        blocks.append(lines(_was_becomes(change)))
    elif change.status is not Status.STALE:  # a fresh card follows, which says it all
        blocks.append(lines(_asked_for(change)))
    if change.status is Status.APPLIED and (upcoming := _next_run(change, now)):
        blocks.append(lines(upcoming))
    if row := next_steps(change):
        blocks.append(actions(*row))
    blocks.append(context(stamp(change)))
    return Message(f"{escaped(title)}. {flat(told)}", tuple(blocks))


def waiting(change: Change, until: datetime) -> Message:
    """Return the card of an approved change whose turn at Omni has not come."""
    title = heading(change)
    said = [text(f"{USED_UP} Your change follows at "), moment(until, "{time_secs}"), text(".")]
    blocks = (header(title), lines(said), context(stamp(change)))
    return Message(f"{escaped(title)}. {USED_UP} Your change follows by itself.", blocks)


def ending(change: Change) -> Block:
    """Return what happened, in Omni's words where it had any."""
    words = change.outcome or ""
    rows: list[list[Element]]
    match change.status:
        case Status.APPLIED if change.action is Action.DELETE:
            rows = [[text("Omni no longer has this schedule.")]]
        case Status.APPLIED:
            rows = [[text("Omni says: "), bold(words or "no description")]]
        case Status.FAILED:
            rows = [[bold("Nothing was changed. "), text(words)]]
        case Status.STALE:
            rows = [[bold("Nothing was written. "), text(f"{words}{_once_more(change)}")]]
        case Status.UNKNOWN:
            rows = [[text(f"{words} {_SETTLE}")]]
        case Status.CANCELLED if change.replaced_by:
            by = code(change.replaced_by)
            rows = [[text("Nothing was changed. Change "), by, text(" took its place.")]]
        case Status.REJECTED if words:
            rows = [[text("Nothing was changed. Reason: "), text(words)]]
        case _:
            rows = [[text(_ENDINGS[change.status])]]
    if change.status is Status.APPLIED:
        rows += [[bold("Warning: "), text(left)] for left in _left_to_do(change)]
    return lines(*rows, *_seen(change))


def _left_to_do(change: Change) -> list[str]:
    """Return what an undo did not bring back, as Omni shows it."""
    seen = change.seen
    kinds = (STAYS_HARD,) if seen and seen.hard_refresh else _SOFT
    left = kinds if seen and seen.disabled_at else (*kinds, STAYS_ENABLED)
    return [more for more in change.why[1] if more in left]


def _once_more(change: Change) -> str:
    return " Decide on the fresh card, or ask again." if change.is_still_news else ""


def _seen(change: Change) -> list[list[Element]]:
    """Return the facts about what Omni showed last, where they say more than the heading."""
    if change.seen is None:
        return []
    rows: list[list[Element]] = []
    if change.status is not Status.APPLIED:
        rows.append([text("Omni shows: "), *terms_line(change.seen)])
        if change.before and change.seen.hard_refresh != change.before.hard_refresh:
            kind = {True: "hard", False: "soft", None: "not told"}[change.seen.hard_refresh]
            rows.append([text(f"Kind of refresh in Omni now: {kind}.")])
    if change.seen.disabled_at is not None:
        rows.append([bold("Omni shows it as disabled: "), text("it does not run.")])
    return rows


def _was_becomes(change: Change) -> list[Element]:
    written = change.status is Status.APPLIED
    was, becomes = ("Before: ", "Now: ") if written else ("Now: ", "Becomes: ")
    return [
        text(was),
        *before_line(change),
        text("\n"),
        text(becomes),
        *terms_or_none(change.after),
    ]


def _asked_for(change: Change) -> list[Element]:
    """Return what it would have become, to be asked for again."""
    after = terms_line(change.after) if change.after else [text("no schedule any more")]
    return [text("Asked for: "), *after]


def _next_run(change: Change, now: datetime) -> list[Element]:
    if change.after is None or is_disabled(change):
        return []
    for run in runs_of(change.after, now, 1):
        there = f"{run_there(run, now)} in {change.after.timezone}"
        return [text(f"Next run: {there}; where you are: "), moment(run)]
    return [text(f"{no_runs(change.after)}.")]


def next_steps(change: Change) -> list[Element]:
    """Return the buttons that make sense after the end."""
    if change.status in {Status.FAILED, Status.EXPIRED}:
        return _ask_again(change)
    if not _can_go_back(change):
        return []
    if change.status is Status.APPLIED:
        what = f"Undo the change of {change.connection_name}"
        return [button("Undo", ids.UNDO, change.id, label=what)]
    if change.status is Status.UNKNOWN:
        what = f"{_RECHECK} the schedule of {change.connection_name}"
        return [button(_RECHECK, ids.RECHECK, change.id, label=what)]
    return []


def _ask_again(change: Change) -> list[Element]:
    """Return the button to a form with what was asked for; a deletion has none."""
    wanted = schedule_of(change.after) if change.after else None
    if wanted is None:
        return []
    if change.schedule_id is None:
        command: Command = Create(change.connection_id, wanted.cron, wanted.zone)
    else:
        command = Set(change.connection_id, change.schedule_id, wanted.cron, wanted.zone)
    what = f"Ask again for this schedule of {change.connection_name}"
    return [button("Ask again", ids.OPEN_FORM, to_text(command), label=what)]


def _can_go_back(change: Change) -> bool:
    """Say whether the bot could write what was before; what it changed itself it always could.

    A cron and a zone are all that it writes: neither a switch nor the kind of refresh.
    """
    before, after = change.before, change.after
    if not change.from_outside or before is None:
        return True
    try:
        Schedule.parse(before.cron, before.timezone)
    except ScheduleError:
        return False
    return after is None or (before.cron, before.timezone) != (after.cron, after.timezone)


def lost(change: Change, actor: str) -> Message:
    """Return what somebody hears who decided after somebody else, or once more."""
    who = f"<@{change.decided_by}>" if change.decided_by else "the clock"
    state = {
        Status.APPLYING: f"{who} has approved it; it is being applied",
        Status.APPLIED: f"{who} has approved it, and it is applied",
        Status.CANCELLED: f"{who} has cancelled it",
        Status.REJECTED: f"{who} has rejected it",
        Status.EXPIRED: "it has expired",
        Status.PENDING: "it has expired",
        Status.FAILED: f"{who} has approved it, and it failed: nothing was changed",
        Status.STALE: f"{who} has approved it, and the schedule had moved: nothing was written",
        Status.UNKNOWN: f"{who} has approved it, and its outcome is not known",
    }[change.status]
    if change.replaced_by:
        words = _replaced(change, change.replaced_by)
        return Message(words, (section(words),))
    already = "You have decided it already" if change.decided_by == actor else "Too late"
    words = f"{already}: {state} (change `{change.short_id}`)."
    return Message(words, (section(words),))


def unsettled(change: Change) -> Message:
    """Return what somebody hears for whom Omni was read again, and nothing became clear."""
    words = f"{change.outcome} What became of change "
    first = [text(words), code(change.short_id), text(f" is still not known. {_AGAIN}")]
    told = lines(first, *_seen(change))
    return Message(flat(told), (told,))


def _replaced(change: Change, successor: str) -> str:
    """Return what somebody hears whose click was meant for what a card said before."""
    if change.decided_by == change.requester:
        done = f"<@{change.requester}> has edited this since, and it is change `{successor}` now"
    else:
        done = f"<@{change.decided_by}> has proposed change `{successor}` in its place"
    return f"Nothing was decided: {done}. Read its card before you decide."


def asked(people: Sequence[str], left: Sequence[str]) -> Message:
    """Return who decides a change that was asked for outside of any channel."""
    told = ["Somebody else decides this."]
    if people:
        told.append(f"I have asked {named(tuple(people), 'and')} directly.")
    if left:
        told.append(
            f"I have not asked {named(tuple(left))}: these are too many people, or Slack does not "
            "tell who they are. Please let one of them know: the bot's App Home shows this change."
        )
    if not people and not left:
        told.append(
            "Nobody else sees this card. Please let whoever decides know: the bot's App Home "
            "shows this change."
        )
    words = " ".join(told)
    return Message(words, (section(words),))


def replaced(change: Change, successor: Change) -> Message:
    """Return what somebody hears whose change another person's took the place of."""
    words = (
        f"Your change `{change.short_id}` of {escaped(change.connection_name)} was not applied: "
        f"<@{successor.requester}> proposed change `{successor.short_id}` in its place."
    )
    return Message(words, (section(words),))


def unreached(change: Change, problems: Sequence[tuple[str, str]]) -> Message:
    """Return which channels could not be told of a change that was applied, and the repair."""
    words = f"{heading(change)}, but not every channel could be told:"
    rows = lines(*([channel(one), text(f"  {problem}")] for one, problem in problems))
    return Message(f"{escaped(words)} {flat(rows)}", (lines([text(words)]), rows))
