"""The forms: pure builders, and the words for what is wrong in them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.change import Change
from bot.command.timing import Reading
from bot.schedule import Problem, Schedule, next_runs
from bot.slack import ids
from bot.slack.blocks import (
    Block,
    Element,
    Message,
    bold,
    code,
    lines,
    moment,
    plain,
    section,
    shortened,
    text,
)
from bot.slack.drafts import NEW, WHEN_MOST, Draft
from bot.slack.wording import (
    REASON_MOST,
    RUNS_SHOWN,
    caution_row,
    disabled_since,
    once_enabled,
    run_in_full,
    terms_line,
    terms_text,
    with_code,
)
from bot.told import cautions, describe

NEW_SCHEDULE = "A new schedule"

View = dict[str, Any]


def loading() -> View:
    """Return what stands in for the form while Omni is asked."""
    words = "Reading from Omni what you named. The form follows here."
    return {
        "type": "modal",
        "title": plain("Change a schedule", 24),
        "close": plain("Close", 24),
        "blocks": [section(words)],
    }


def form(draft: Draft, reading: Reading, zone: str, now: datetime) -> View:
    """Return the form, with what its words mean below them."""
    blocks: list[Block] = []
    if draft.edits:
        blocks.append(lines([text("Connection: "), bold(draft.name)]))
    else:
        blocks.append(_connection(draft))
        if draft.connection and not (draft.asking or draft.problem):
            blocks.append(_schedule(draft))
    blocks += [_when(draft), _zone(draft), *preview(draft, reading, zone, now)]
    reason = field(ids.REASON, "Reason", draft.reason, optional=True, most=REASON_MOST)
    return {
        "type": "modal",
        "callback_id": ids.FORM,
        "private_metadata": draft.to_metadata(),
        "title": plain("Edit the change" if draft.edits else "Change a schedule", 24),
        "submit": plain("Show the card", 24),
        "close": plain("Back", 24),
        "blocks": [*blocks, reason],
    }


def _connection(draft: Draft) -> Block:
    chosen = (draft.name, draft.connection) if draft.connection else None
    return _menu(ids.CONNECTION, "Connection", "Type a part of its name", chosen)


def _schedule(draft: Draft) -> Block:
    chosen = None
    if draft.schedule == NEW:
        chosen = (NEW_SCHEDULE, NEW)
    elif draft.schedule and draft.now:
        chosen = (terms_text(draft.now), draft.schedule)
    return _menu(ids.SCHEDULE, "Schedule", "Choose one, or a new one", chosen, turn=draft.turn)


def _when(draft: Draft) -> Block:
    hint = "Words such as every weekday at 6pm, or six fields such as 0 18 ? * MON-FRI *"
    block = field(ids.WHEN, "When it runs", draft.when, hint=hint, most=WHEN_MOST)
    block["dispatch_action"] = True
    block["element"]["dispatch_action_config"] = {"trigger_actions_on": ["on_character_entered"]}
    return block


def _zone(draft: Draft) -> Block:
    chosen = (draft.zone, draft.zone) if draft.zone else None
    return _menu(ids.ZONE, "Time zone", "Type a city or a zone", chosen, turn=draft.turn)


def _menu(
    action_id: str, label: str, placeholder: str, chosen: tuple[str, str] | None, *, turn: int = 0
) -> Block:
    """Return a menu that asks the bot for its options; another turn makes it begin anew."""
    element: Element = {
        "type": "external_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, 150),
        "min_query_length": 0,
    }
    if chosen:
        element["initial_option"] = option(*chosen)
    return {
        "type": "input",
        "block_id": f"{action_id}:{turn}" if turn else action_id,
        "label": plain(label, 2000),
        "element": element,
        "dispatch_action": True,
    }


def option(words: str, value: str) -> Element:
    """Return one option of a menu."""
    return {"text": plain(words, 75), "value": value}


def field(
    block_id: str,
    label: str,
    value: str,
    *,
    hint: str | None = None,
    optional: bool = False,
    most: int = REASON_MOST,
) -> Block:
    """Return one line to fill in."""
    element: Element = {"type": "plain_text_input", "action_id": block_id, "max_length": most}
    if value:
        element["initial_value"] = shortened(value, most)
    block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, 2000),
        "element": element,
        "optional": optional,
    }
    return block | ({"hint": plain(hint, 2000)} if hint else {})


# -- what the words mean ------------------------------------------------------------------


def preview(draft: Draft, reading: Reading, zone: str, now: datetime) -> list[Block]:
    """Return what the schedule is and what it would become, or what is wrong with the words."""
    rows: list[list[Element]] = []
    if draft.problem:
        rows.append([bold("Note  "), text(draft.problem)])
    if draft.asking:
        rows.append([text("Reading this connection's schedules from Omni.")])
    if draft.now is not None:
        rows += [[bold("Now  "), *terms_line(draft.now)], *disabled_since(draft.now)]
    if not draft.when.strip():
        rows.append([text("What you type is explained here, with its next runs.")])
    elif reading.problems:
        rows += [[bold("Not yet  "), *with_code(told(one))] for one in reading.problems]
    else:
        time = reading.times[0]
        schedule = Schedule(time.cron, time.zone or ZoneInfo(zone or "UTC"))
        rows += _meaning(schedule, now, once_enabled(draft.now))
    return [lines(*rows) | {"block_id": "preview"}]


def _meaning(schedule: Schedule, now: datetime, once: str) -> list[list[Element]]:
    runs = next_runs(schedule, now, RUNS_SHOWN)
    words = text(f"{describe(schedule.cron)}  ")
    rows = [[bold("Becomes  "), words, code(str(schedule.cron)), text(f"  {schedule.zone.key}")]]
    if runs:
        rows.append([text(f"Next runs there, and where you are{once}:")])
    rows += ([text(f"{run_in_full(run)}   "), moment(run)] for run in runs)
    warnings = cautions(schedule, now)
    return rows + [caution_row(one) for one in warnings]


def told(problem: Problem) -> str:
    """Return a problem of a schedule with its repairs: of several, none is the likely one."""
    meant = " or ".join(f"`{line}`" for line in problem.repairs)
    return f"{problem.message} Did you mean {meant}?" if meant else problem.message


def errors(view: View, problems: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return problems, given by the action id of their field, by the field's block id."""
    blocks = {
        block["element"]["action_id"]: block["block_id"]
        for block in view["blocks"]
        if block["type"] == "input"
    }
    found: dict[str, list[str]] = {}
    for action_id, words in problems:
        found.setdefault(blocks.get(action_id, ids.WHEN), []).append(words.replace("`", ""))
    return {block: " ".join(words) for block, words in found.items()}


# -- deciding -----------------------------------------------------------------------------


def rejection(change: Change) -> View:
    """Return the form that asks why."""
    return {
        "type": "modal",
        "callback_id": ids.REJECT_FORM,
        "private_metadata": change.id,
        "title": plain("Reject the change", 24),
        "submit": plain("Reject", 24),
        "close": plain("Back", 24),
        "blocks": [
            lines([text("Connection: "), bold(change.connection_name)]),
            field(ids.REASON, "Reason", "", optional=True, hint="The requester will see it."),
        ],
    }


def review(change: Change, card: Message, *, may_approve: bool) -> View:
    """Return a change's card to read in full, with the decision where the person has it."""
    blocks = [block for block in card.blocks if block["type"] != "actions"]
    view = {
        "type": "modal",
        "callback_id": ids.REVIEW_FORM,
        "private_metadata": change.id,
        "title": plain("Review the change", 24),
        "close": plain("Back", 24),
        "blocks": blocks,
    }
    return view | ({"submit": plain("Approve", 24)} if may_approve else {})
