"""What channels are told of a change: two lines, and the rest in a thread."""

from collections.abc import Iterator
from datetime import datetime

from bot.change import Action, Change, Status, leads_back, other_kind
from bot.slack.blocks import (
    Block,
    Element,
    Message,
    actions,
    bold,
    code,
    context,
    date_token,
    escaped,
    lines,
    moment,
    section,
    shortened,
    text,
    user,
)
from bot.slack.outcomes import ending, next_steps
from bot.slack.wording import (
    REASON_MOST,
    RUNS_SHOWN,
    before_line,
    done_by,
    facts,
    flat,
    heading,
    is_disabled,
    kind,
    outside,
    run_in_full,
    runs_of,
    spoken_before,
    spoken_terms,
    stamp,
    terms_line,
    terms_or_none,
    who_did,
)

#: How an undo begins what is said of it where it brought the time back, and not all else.
_PARTLY = {Action.SET: "Time undone", Action.CREATE: "Added again"}

_DISABLED = "Omni shows it as disabled: it does not run"


def announcement(change: Change, now: datetime, *, followed_by: Change | None = None) -> Message:
    """Return what a channel reads: what changed, to what, from what, and by whom.

    `followed_by` is the change that was applied to the same schedule since: it takes the
    Undo away, which would no longer lead back to where this one began.
    """
    title = heading(change)
    first = [text(title, bold=followed_by is None)]
    if change.after is not None:
        first += [text(": "), *terms_line(change.after)]
    rows = [first, [text("Before: "), *before_line(change)], *outside(change)]
    followed = _followed(change, followed_by)
    blocks: list[Block] = [lines(*(followed + rows))]
    if followed_by is None and (row := next_steps(change)):
        blocks.append(actions(*row))
    blocks.append(context(*_announced_print(change, now, current=followed_by is None)))
    return Message(_spoken(change, title, followed), tuple(blocks))


def _spoken(change: Change, title: str, followed: list[list[Element]]) -> str:
    """Return an announcement in one paragraph, for notifications and screen readers."""
    said = [f"{flat(lines(row))}." for row in followed]
    said.append(f"{escaped(title)}. Before: {spoken_before(change)}.")
    said.append(f"After: {spoken_terms(change.after)}.")
    said += [flat(lines(row)) for row in outside(change)]
    if not followed and is_disabled(change) and not outside(change):
        said.append(f"{_DISABLED}.")
    return " ".join(said)


def _followed(change: Change, by: Change | None) -> list[list[Element]]:
    """Return, before all else, that what follows is no longer so."""
    if by is None:
        return []
    verb, left = "Changed again", ""
    if by.undo_of == change.id and leads_back(change, by.after):
        left = ", ".join(_left(by, change))
        verb = _PARTLY[by.action] if left else "Undone"
    told = [bold(verb), *done_by(by), text(", change "), code(by.short_id)]
    return [[*told, text(f": {left}")] if left else told]


def _left(back: Change, change: Change) -> Iterator[str]:
    """Return what is not as it was before, though an undo brought the time back."""
    was, now = change.before, back.seen
    if was is None or now is None:
        return
    if other_kind(was, now):
        yield f"the refresh is {kind(now)} now and was {kind(was)}"
    if now.disabled_at and not was.disabled_at:
        yield "it is disabled now and was not"
    if was.disabled_at and not now.disabled_at:
        yield "it was disabled and is not now"


def _announced_print(change: Change, now: datetime, *, current: bool) -> list[str]:
    rows = [stamp(change)]
    if not current:
        return rows
    if is_disabled(change):
        if not outside(change):  # which says so
            rows.insert(0, _DISABLED)
    elif runs := runs_of(change.after, now, 1):
        rows.insert(0, f"Next run {date_token(runs[0])} where you are")
    return rows


def details(change: Change, now: datetime) -> Message:
    """Return what goes into the thread below: the rest of the story, for who wants it."""
    title = heading(change)
    rows: list[list[Element]] = [[bold(title), text("  "), *who_did(change)], *outside(change)]
    if change.status is Status.APPLIED and change.outcome:
        rows.append([text("Omni says: "), text(change.outcome)])
    rows.append([text("Before: "), *before_line(change)])
    rows.append([text("After: "), *terms_or_none(change.after)])
    rows.append([text(facts(change))])
    if change.reason:
        rows.append([text("Reason: "), text(shortened(change.reason, REASON_MOST))])
    zone = change.after.timezone if change.after else ""
    runs = () if is_disabled(change) else runs_of(change.after, now, RUNS_SHOWN)
    rows += ([text(f"Runs {run_in_full(run)} in {zone}, "), moment(run)] for run in runs)
    return Message(escaped(title), (lines(*rows),))


def note(change: Change) -> Message:
    """Return the line in a card's thread that tells the requester how it ended."""
    told = ending(change)
    row = [user(change.requester), text(f"  {heading(change)}. ")]
    return Message(f"{escaped(heading(change))}. {flat(told)}", (lines(row), told))


def edited(change: Change, successor: Change) -> Message:
    """Return the line in a card's thread that says what has become different on the card."""
    who = f"<@{successor.requester}> has edited this change"
    if change.after == successor.after:
        words = f"{who}. What is to be decided is the same as before."
        return Message(words, (section(words),))
    spoken = f"{who}: {spoken_terms(change.after)} became {spoken_terms(successor.after)}."
    rows = [
        [
            user(successor.requester),
            text(" has edited this change. "),
            bold("Read it again"),
            text(" before you decide."),
        ],
        [text("It was: "), *terms_or_none(change.after)],
        [text("It is now: "), *terms_or_none(successor.after)],
    ]
    return Message(spoken, (lines(*rows),))


def reminder(change: Change) -> Message:
    """Return the line in a card's thread that says that it still waits."""
    until = date_token(change.expires_at)
    words = f"Still waiting for a decision. It expires {until}, and then nothing is changed."
    return Message(words, (section(words),))
