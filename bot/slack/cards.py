"""A change as people see it: the card to decide from, what became of it, the announcement.

Pure functions of a change and the moment. What a tired person needs comes first: what
changes, from what to what, when it runs next, and what is odd about it.
"""

from collections.abc import Sequence
from datetime import datetime

from bot.change import Action, Change, Status, Terms
from bot.schedule import (
    Cron,
    Schedule,
    ScheduleError,
    cautions,
    describe,
    load,
    load_in_words,
    next_runs,
)
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
    code_span,
    confirm,
    context,
    date_token,
    escaped,
    fields,
    header,
    joined,
    lines,
    moment,
    section,
    shortened,
    text,
    user,
)

RUNS_SHOWN = 3
REASON_MOST = 300

_QUESTION = {
    Action.SET: "Change the schema refresh of {}?",
    Action.CREATE: "Add a schema refresh to {}?",
    Action.DELETE: "Delete a schema refresh of {}?",
}

_DONE = {
    Action.SET: "Schema refresh of {} changed",
    Action.CREATE: "Schema refresh added to {}",
    Action.DELETE: "Schema refresh of {} deleted",
}

_OUTSIDE = {
    Action.SET: "Schema refresh of {} changed outside this bot",
    Action.CREATE: "Schema refresh added to {} outside this bot",
    Action.DELETE: "Schema refresh of {} deleted outside this bot",
}

_HEADINGS = {
    Status.APPLYING: "Applying: schema refresh of {}",
    Status.FAILED: "Not changed: schema refresh of {}",
    Status.STALE: "Not changed: schema refresh of {}",
    Status.UNKNOWN: "Outcome unknown: schema refresh of {}",
    Status.CANCELLED: "Cancelled: schema refresh of {}",
    Status.REJECTED: "Rejected: schema refresh of {}",
    Status.EXPIRED: "Expired: schema refresh of {}",
}


_USED_UP = "Omni allows 60 requests a minute, and they are used up."

_VERBS = {Status.CANCELLED: "cancelled", Status.REJECTED: "rejected"}

_ENDINGS = {
    Status.APPLYING: "Writing to Omni and reading it back. The result follows here.",
    Status.CANCELLED: "Nothing was changed.",
    Status.REJECTED: "Nothing was changed.",
    Status.EXPIRED: "Nobody decided in time, so nothing was changed.",
}


def card(change: Change, now: datetime) -> Message:
    """Return a change's card as it stands: the question, or what became of it."""
    if change.status is Status.PENDING:
        return question(change, now)
    return outcome(change, now)


# -- the question -------------------------------------------------------------------------


def question(change: Change, now: datetime) -> Message:
    """Return the card to decide from."""
    title = _QUESTION[change.action].format(change.connection_name)
    blocks = [header(title), _before_after(change)]
    if change.after is not None:
        disabled = change.before is not None and change.before.disabled_at is not None
        blocks.append(_when(change.after, now, disabled=disabled))
    blocks.append(_facts(change))
    if warnings := _warnings(change, now):
        blocks.append(warnings)
    if change.reason:
        blocks.append(lines([bold("Reason  "), text(shortened(change.reason, REASON_MOST))]))
    if change.second_person:
        blocks.append(_deciders(change))
    blocks += [_buttons(change), context(_small_print(change))]
    return Message(_spoken(change, title), tuple(blocks))


def _before_after(change: Change) -> Block:
    cells = [f"*Now*\n{_cell(change.before)}" if change.before else "*Now*\nno schedule"]
    if change.after is None:
        cells.append("*Becomes*\nno schedule: it stops running")
    else:
        cells.append(f"*Becomes*\n{_cell(change.after)}")
    return fields(*cells)


def _cell(terms: Terms) -> str:
    return f"{escaped(in_words(terms))}\n{code_span(terms.cron)}\n{escaped(terms.timezone)}"


def _when(after: Terms, now: datetime, *, disabled: bool) -> Block:
    runs = _runs(after, now, RUNS_SHOWN)
    if not runs:
        return section("*Next runs*\nNone: this schedule never runs.")
    once = ", once Omni enables it" if disabled else ""
    listed = " · ".join(f"{run:%a} {run.day} {run:%b %H:%M}" for run in runs)
    return section(
        f"*Next runs* in {escaped(after.timezone)}{once}\n{listed}\n"
        f"First one where you are: {date_token(runs[0])}"
    )


def _facts(change: Change) -> Block:
    """Return what else matters: kind of refresh, how often, who is told."""
    return lines([text(f"{_facts_line(change)} "), *_audience(change)])


def _facts_line(change: Change) -> str:
    return ". ".join(filter(None, (_refresh(change), _runs_often(change)))) + "."


def _refresh(change: Change) -> str:
    terms = change.before or change.after
    if change.from_outside and change.after is not None:  # the bot itself keeps the kind
        terms = change.after
    if terms is None or terms.hard_refresh is None:
        return "Omni does not say whether it is a hard or a soft refresh"
    if terms.hard_refresh:
        return "Hard refresh: also removes what is gone from the database"
    return "Soft refresh: only adds what is new in the database"


def _runs_often(change: Change) -> str:
    before, after = _load(change.before, change), _load(change.after, change)
    if after is None:
        return f"Ran {before} until now" if before else ""
    if before is None:
        return f"Runs {after}"
    return f"Runs {after}, as before" if before == after else f"Runs {after} (before: {before})"


def _load(terms: Terms | None, change: Change) -> str | None:
    if terms is None:
        return None
    try:
        schedule = Schedule.parse(terms.cron, terms.timezone)
    except ScheduleError:
        return None
    return load_in_words(load(schedule, change.created_at))


def _audience(change: Change) -> list[Element]:
    if not change.channels:
        return [text("No channel will be told.")]
    return [text("Tells "), *joined(channel(one) for one in change.channels), text(".")]


def _warnings(change: Change, now: datetime) -> Block | None:
    messages: list[str] = []
    if change.before and change.before.disabled_at:
        messages.append(
            "Omni has disabled this schedule. Whether a change enables it again is not "
            "documented; the result will say what Omni shows."
        )
    if change.after is not None:
        schedule = Schedule.parse(change.after.cron, change.after.timezone)
        messages += [caution.message for caution in cautions(schedule, now)]
    if not messages:
        return None
    return lines(*([bold("Warning  "), *with_code(message)] for message in messages))


def with_code(message: str) -> list[Element]:
    """Return our own words with what stands between backticks in code marks."""
    pieces = message.split("`")
    return [(code if number % 2 else text)(piece) for number, piece in enumerate(pieces) if piece]


def _deciders(change: Change) -> Block:
    if not change.approvers:
        return lines([bold("Decides  "), text("anybody here but the requester")])
    return lines(
        [bold("Decides  "), *joined((mention(one) for one in change.approvers), last=" or ")]
    )


def mention(person: str) -> Element:
    """Return a mention of a person or of a user group, by the first letter of its id."""
    if person.startswith("S"):
        return {"type": "usergroup", "usergroup_id": person}
    return user(person)


def _buttons(change: Change) -> Block:
    verb = {Action.SET: "change", Action.CREATE: "new schedule", Action.DELETE: "deletion"}
    what = f"the {verb[change.action]} of {change.connection_name}"
    approve = button("Approve", ids.APPROVE, change.id, style="primary", label=f"Approve {what}")
    if change.action is Action.DELETE:
        approve["style"] = "danger"
        approve["confirm"] = confirm(
            "Delete this schedule?",
            f"{change.connection_name} will no longer be refreshed by it.",
            "Delete",
            "Keep",
        )
    row = [approve]
    if change.second_person:
        row.append(button("Reject", ids.REJECT, change.id, label=f"Reject {what}"))
    if change.action is not Action.DELETE:
        row.append(button("Edit", ids.EDIT, change.id, label=f"Edit {what}"))
    row.append(button("Cancel", ids.CANCEL, change.id, label=f"Cancel {what}"))
    return actions(*row)


def _small_print(change: Change) -> str:
    until = date_token(change.expires_at, "{date_short_pretty} at {time}")
    return f"Asked by <@{change.requester}> · expires {until} · change `{change.short_id}`"


def _spoken(change: Change, title: str) -> str:
    """Return the card in one paragraph, for notifications and screen readers."""
    now = f"Now: {_line(change.before)}." if change.before else "Now: no schedule."
    becomes = f"Becomes: {_line(change.after)}." if change.after else "It would stop running."
    return f"{escaped(title)} {now} {becomes} Asked by <@{change.requester}>."


def _line(terms: Terms | None) -> str:
    if terms is None:
        return "no schedule"
    return f"{escaped(in_words(terms))}, {code_span(terms.cron)}, {escaped(terms.timezone)}"


def in_words(terms: Terms) -> str:
    """Return when a schedule runs; Omni's own words where its cron is not one we know."""
    try:
        return describe(Cron.parse(terms.cron))
    except ScheduleError:
        return terms.description or "a schedule that this bot cannot read"


# -- what became of it --------------------------------------------------------------------


def outcome(change: Change, now: datetime) -> Message:
    """Return the card after a decision: no question any more, and what to do next."""
    title = heading(change)
    said = _said(change)
    blocks = [header(title), said]
    if change.status in {Status.APPLIED, Status.APPLYING}:
        blocks.append(lines(_was_becomes(change)))
    if change.status is Status.APPLIED and (upcoming := _next_run(change, now)):
        blocks.append(lines(upcoming))
    if row := _next_steps(change):
        blocks.append(actions(*row))
    blocks.append(context(_stamp(change)))
    return Message(f"{escaped(title)}. {_flat(said)}", tuple(blocks))


def waiting(change: Change, until: datetime) -> Message:
    """Return the card of an approved change whose turn at Omni has not come."""
    title = heading(change)
    said = [text(f"{_USED_UP} Your change follows at "), moment(until, "{time_secs}"), text(".")]
    blocks = (header(title), lines(said), context(_stamp(change)))
    return Message(f"{escaped(title)}. {_USED_UP} Your change follows by itself.", blocks)


def heading(change: Change) -> str:
    """Return what became of a change in a few words."""
    form = _DONE[change.action] if change.status is Status.APPLIED else _HEADINGS[change.status]
    if change.from_outside:
        form = _OUTSIDE[change.action]
    return form.format(change.connection_name)


def _said(change: Change) -> Block:
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
            rows = [[bold("Nothing was written. "), text(words)]]
        case Status.UNKNOWN:
            rows = [[text(f"{words} Look again, or open it in Omni, before you try once more.")]]
        case Status.REJECTED if words:
            rows = [[text("Nothing was changed. Reason: "), text(words)]]
        case _:
            rows = [[text(_ENDINGS[change.status])]]
    return lines(*rows, *_seen(change))


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


def terms_line(terms: Terms) -> list[Element]:
    """Return a schedule in one line: words, cron, zone."""
    return [text(f"{in_words(terms)}  "), code(terms.cron), text(f"  {terms.timezone}")]


def _was_becomes(change: Change) -> list[Element]:
    before, after = _or_none(change.before), _or_none(change.after)
    return [text("Before: "), *before, text("\n"), text("Now: "), *after]


def _next_run(change: Change, now: datetime) -> list[Element]:
    if change.after is None or _is_disabled(change):
        return []
    for run in _runs(change.after, now, 1):
        there = f"{run:%a} {run.day} {run:%b %H:%M} in {change.after.timezone}"
        return [text(f"Next run: {there}, where you are "), moment(run)]
    return [text("It has no next run.")]


def _is_disabled(change: Change) -> bool:
    return change.seen is not None and change.seen.disabled_at is not None


def _next_steps(change: Change) -> list[Element]:
    if not _can_go_back(change):
        return []
    if change.status is Status.APPLIED:
        what = f"Undo the change of {change.connection_name}"
        return [button("Undo", ids.UNDO, change.id, label=what)]
    if change.status is Status.UNKNOWN and change.action is not Action.CREATE:
        return [button("Re-check", ids.RECHECK, change.id, label="Read the schedule again")]
    return []


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


def _stamp(change: Change) -> str:
    if change.from_outside:
        noticed = date_token(change.created_at, "{date_short_pretty} at {time}")
        return f"Noticed {noticed} · change `{change.short_id}`"
    asked = f"Asked by <@{change.requester}>"
    if change.status is Status.EXPIRED or not change.decided_by or not change.decided_at:
        return f"{asked} · change `{change.short_id}`"
    decided = f"{_VERBS.get(change.status, 'approved')} by <@{change.decided_by}>"
    when = date_token(change.decided_at, "{date_short_pretty} at {time}")
    return f"{asked} · {decided}, {when} · change `{change.short_id}`"


def _flat(block: Block) -> str:
    words = [element.get("text", "") for part in block["elements"] for element in part["elements"]]
    return escaped("".join(words)).replace("\n", " ").strip()


# -- the announcement ---------------------------------------------------------------------


def announcement(change: Change, now: datetime, *, followed_by: Change | None = None) -> Message:
    """Return what a channel reads: what changed, to what, from what, and by whom.

    `followed_by` is the change that was applied to the same schedule since: it takes the
    Undo away, which would no longer lead back to where this one began.
    """
    title = heading(change)
    first = [bold(title)]
    if change.after is not None:
        first += [text(": "), *terms_line(change.after)]
    second = [text("Before: "), *(terms_line(change.before) if change.before else [text("none")])]
    blocks: list[Block] = [lines(first, second, *_outside(change))]
    if followed_by is None and (row := _next_steps(change)):
        blocks.append(actions(*row))
    blocks.append(context(*_announced_print(change, now, followed_by)))
    spoken = f"{escaped(title)}. {_line(change.before)} became {_line(change.after)}."
    return Message(spoken, tuple(blocks))


def _announced_print(change: Change, now: datetime, followed_by: Change | None) -> list[str]:
    rows = [_stamp(change)]
    if followed_by is not None:
        verb = "Undone" if followed_by.undo_of == change.id else "Changed again"
        who = "outside this bot" if followed_by.from_outside else f"by <@{followed_by.requester}>"
        rows.insert(0, f"{verb} {who}: change `{followed_by.short_id}`")
    elif _is_disabled(change):
        rows.insert(0, "Omni shows it as disabled: it does not run")
    elif runs := _runs(change.after, now, 1):
        rows.insert(0, f"Next run {date_token(runs[0])} where you are")
    return rows


def _outside(change: Change) -> list[list[Element]]:
    """Return what somebody else did besides moving the time, a line each."""
    before, after = change.before, change.after
    if not change.from_outside or after is None:
        return []
    rows = []
    was_on, is_on = before is None or before.disabled_at is None, after.disabled_at is None
    if not is_on and (was_on or before is None):
        rows.append([bold("Omni shows it as disabled: "), text("it does not run.")])
    if is_on and not was_on:
        rows.append([bold("Omni shows it as enabled again: "), text("it runs.")])
    if before is not None and None not in {before.hard_refresh, after.hard_refresh}:
        kinds = {True: "hard", False: "soft"}
        was, is_ = bool(before.hard_refresh), bool(after.hard_refresh)
        if was != is_:
            rows.append([bold("Kind of refresh: "), text(f"{kinds[was]} → {kinds[is_]}.")])
    return rows


def details(change: Change, now: datetime) -> Message:
    """Return what goes into the thread below: the rest of the story, for who wants it."""
    title = heading(change)
    rows: list[list[Element]] = [[bold(title), text("  "), *_who(change)], *_outside(change)]
    if change.status is Status.APPLIED and change.outcome:
        rows.append([text("Omni says: "), text(change.outcome)])
    rows.append([text("Before: "), *_or_none(change.before)])
    rows.append([text("After: "), *_or_none(change.after)])
    rows.append([text(_facts_line(change))])
    if change.reason:
        rows.append([text("Reason: "), text(shortened(change.reason, REASON_MOST))])
    zone = change.after.timezone if change.after else ""
    runs = () if _is_disabled(change) else _runs(change.after, now, RUNS_SHOWN)
    rows += (
        [text(f"Runs {run:%a} {run.day} {run:%b %Y %H:%M} in {zone}, "), moment(run)]
        for run in runs
    )
    return Message(escaped(title), (lines(*rows),))


def note(change: Change) -> Message:
    """Return the line in a card's thread that tells the requester how it ended."""
    said = _said(change)
    row = [user(change.requester), text(f"  {heading(change)}. ")]
    return Message(f"{escaped(heading(change))}. {_flat(said)}", (lines(row), said))


def reminder(change: Change) -> Message:
    """Return the line in a card's thread that says that it still waits."""
    until = date_token(change.expires_at)
    words = f"Still waiting for a decision. It expires {until}, and then nothing is changed."
    return Message(words, (section(words),))


def _who(change: Change) -> list[Element]:
    if change.from_outside:
        return [text("noticed "), moment(change.created_at)]
    row = [text("asked by "), user(change.requester)]
    if change.decided_by and change.status is not Status.EXPIRED:
        row += [text(f", {_VERBS.get(change.status, 'approved')} by "), user(change.decided_by)]
    return row


def done_by(change: Change) -> list[Element]:
    """Return whose doing a change is, to follow words about it."""
    if change.from_outside:
        return [text(" outside this bot")]
    return [text(" by "), user(change.requester)]


def _or_none(terms: Terms | None) -> list[Element]:
    return terms_line(terms) if terms else [text("no schedule")]


def _runs(terms: Terms | None, now: datetime, count: int) -> tuple[datetime, ...]:
    if terms is None:
        return ()
    try:
        return next_runs(Schedule.parse(terms.cron, terms.timezone), now, count)
    except ScheduleError:  # somebody wrote it outside the bot, in words of Omni's own
        return ()


def lost(change: Change) -> Message:
    """Return what somebody hears who decided after somebody else."""
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
    words = f"Somebody was faster: {state} (change `{change.short_id}`)."
    return Message(words, (section(words),))


def unreached(change: Change, problems: Sequence[tuple[str, str]]) -> Message:
    """Return which channels could not be told of a change that was applied, and the repair."""
    words = f"{heading(change)}, but not every channel could be told:"
    rows = [[channel(one), text(f"  {problem}")] for one, problem in problems]
    return Message(f"{escaped(words)} {len(problems)}.", (lines([text(words)]), lines(*rows)))


def uninvited(message: Message) -> Message:
    """Return a card for a channel where it cannot be updated later, and how to mend that."""
    hint = (
        "I am not in this channel, so I cannot bring this message up to date when it is decided. "
        "Invite me with `/invite`."
    )
    return Message(message.text, (*message.blocks, context(hint)))
