"""A change's card to decide from, and its card as it stands.

Pure functions of a change and the moment. What a tired person needs comes first: what
changes, from what to what, when it runs next, and what is odd about it.
"""

from datetime import datetime

from bot.change import Action, Change, Status, Terms
from bot.policy import ANY_OTHER, deciders
from bot.schedule import Schedule
from bot.slack import ids
from bot.slack.blocks import (
    SPOKEN_MOST,
    Block,
    Element,
    Message,
    actions,
    bold,
    button,
    channel,
    code_span,
    confirm,
    context,
    date_token,
    escaped,
    fields,
    header,
    joined,
    lines,
    section,
    shortened,
    text,
)
from bot.slack.outcomes import outcome
from bot.slack.wording import (
    REASON_MOST,
    RUNS_SHOWN,
    WOULD,
    beside,
    caution_row,
    facts,
    flat,
    in_words,
    mention,
    once_enabled,
    run_there,
    runs_of,
    spoken_before,
    spoken_terms,
    was_disabled,
)
from bot.told import cautions

CELL_MOST = 1_950  # characters: a field takes 2,000, with its heading

_NOBODY = (
    "nobody yet. The policy names the requester alone, who cannot approve this. Whoever keeps the "
    "policy can name others; until then it can only be cancelled or expire."
)


def card(change: Change, now: datetime) -> Message:
    """Return a change's card as it stands: the question, or what became of it."""
    if change.status is Status.PENDING:
        return question(change, now)
    return outcome(change, now)


def question(change: Change, now: datetime) -> Message:
    """Return the card to decide from."""
    title = f"{WOULD[change.action].format(change.connection_name)}?"
    blocks = [header(title), _before_after(change)]
    if change.after is not None:
        blocks.append(_when(change.after, now, once_enabled(change.before)))
    more = [_facts(change)]
    if warnings := _warnings(change, now):
        more.append(warnings)
    if reason := change.why[0]:
        more.append(lines([bold("Reason  "), text(shortened(reason, REASON_MOST))]))
    if change.second_person:
        more.append(_deciders(change))
    blocks += [*more, _buttons(change), context(_small_print(change))]
    return Message(_spoken(change, title, more), tuple(blocks))


def _before_after(change: Change) -> Block:
    cells = [f"*Now*\n{_cell(change.before) if change.before else beside(change)}"]
    if change.after is None:
        stops = "" if was_disabled(change) else ": it stops running"
        cells.append(f"*Becomes*\nno schedule{stops}")
    else:
        cells.append(f"*Becomes*\n{_cell(change.after)}")
    return fields(*cells)


def _cell(terms: Terms) -> str:
    whole = _cut_cell(terms, CELL_MOST)
    # Somebody may have written anything in Omni, and each letter may take five, escaped.
    return whole if len(whole) <= CELL_MOST else _cut_cell(terms, CELL_MOST // 16)


def _cut_cell(terms: Terms, most: int) -> str:
    words, cron, zone = (
        shortened(each, most) for each in (in_words(terms), terms.cron, terms.timezone)
    )
    # What somebody wrote in Omni could be bold, and pass for a heading of the card.
    words, zone = (escaped(each).replace("*", "\N{ASTERISK OPERATOR}") for each in (words, zone))
    return f"{words}\n{code_span(cron)}\n{zone}"


def _when(after: Terms, now: datetime, once: str) -> Block:
    runs = runs_of(after, now, RUNS_SHOWN)
    if not runs:
        return section("*Next runs*\nNone: this schedule never runs.")
    listed = " · ".join(run_there(run, now) for run in runs)
    return section(
        f"*Next runs* in {escaped(after.timezone)}{once}\n{listed}\n"
        f"First one where you are: {date_token(runs[0])}"
    )


def _facts(change: Change) -> Block:
    """Return what else matters: kind of refresh, how often, who is told."""
    return lines([text(f"{facts(change)} "), *_audience(change)])


def _audience(change: Change) -> list[Element]:
    if not change.channels:
        return [text("No channel will be told.")]
    return [text("Tells "), *joined(channel(one) for one in change.channels), text(".")]


def _warnings(change: Change, now: datetime) -> Block | None:
    rows: list[list[Element]] = []
    if was_disabled(change):
        words = "Omni has disabled this schedule: it does not run now."
        if change.after is not None:
            words = (
                "Omni has disabled this schedule, and a change may leave it so. "
                "The result will say what Omni shows."
            )
        rows.append([bold("Warning  "), text(words)])
    rows += [[bold("Warning  "), text(more)] for more in change.why[1]]
    if change.after is not None:
        schedule = Schedule.parse(change.after.cron, change.after.timezone)
        rows += [caution_row(caution) for caution in cautions(schedule, now)]
    return lines(*rows) if rows else None


def _deciders(change: Change) -> Block:
    able = deciders(change.approvers, change.requester)
    if able is None:
        return lines([bold("Decides  "), text(ANY_OTHER)])
    if not able:
        return lines([bold("Decides  "), text(_NOBODY)])
    return lines([bold("Decides  "), *joined((mention(one) for one in able), last=" or ")])


def _buttons(change: Change) -> Block:
    verb = {Action.SET: "change", Action.CREATE: "new schedule", Action.DELETE: "deletion"}
    what = f"the {verb[change.action]} of {change.connection_name}"
    approve = button("Approve", ids.APPROVE, change.id, style="primary", label=f"Approve {what}")
    if change.action is Action.DELETE:
        approve["style"] = "danger"
        approve["confirm"] = confirm(
            "Delete this schedule?",
            f"It will no longer refresh the schema of {change.connection_name}.",
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
    until = date_token(change.expires_at)
    return f"Asked by <@{change.requester}> · expires {until} · change `{change.short_id}`"


def _spoken(change: Change, title: str, more: list[Block]) -> str:
    """Return the card in one paragraph, for notifications and screen readers."""
    now = f"Now: {spoken_before(change)}."
    after = change.after
    becomes = f"Becomes: {spoken_terms(after)}." if after else "It would stop running."
    said = [escaped(title), now, becomes, f"Asked by <@{change.requester}>."]
    said += (f"{flat(block).removesuffix('.')}." for block in more)
    return shortened(" ".join(said), SPOKEN_MOST)


def uninvited(message: Message) -> Message:
    """Return a card for a channel where it cannot be updated later, and how to mend that."""
    hint = (
        "I am not in this channel, so I cannot bring this message up to date when it is decided. "
        "Invite me with `/invite`."
    )
    return Message(message.text, (*message.blocks, context(hint)))
