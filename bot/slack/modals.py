"""The forms: pure builders, and the reading of what came back."""

from typing import Any

from bot.change import Change
from bot.schedule import ScheduleError
from bot.slack import ids
from bot.slack.blocks import Block, bold, lines, plain, shortened, text


def edit(change: Change) -> dict[str, Any]:
    """Return the form that changes what was proposed."""
    after = change.after
    blocks: list[Block] = [
        lines([text("Connection: "), bold(change.connection_name)]),
        field(
            ids.WHEN,
            "When",
            after.cron if after else "",
            hint="Six fields such as 00 18 ? * MON-FRI *, or words such as every weekday at 6pm",
        ),
        field(ids.ZONE, "Time zone", after.timezone if after else "", hint="Such as Europe/London"),
        field(ids.REASON, "Reason", change.reason or "", optional=True),
    ]
    return {
        "type": "modal",
        "callback_id": ids.FORM,
        "private_metadata": change.id,
        "title": plain("Edit the change", 24),
        "submit": plain("Show the card", 24),
        "close": plain("Back", 24),
        "blocks": blocks,
    }


def field(
    block_id: str, label: str, value: str, *, hint: str | None = None, optional: bool = False
) -> Block:
    """Return one line to fill in."""
    element: dict[str, Any] = {"type": "plain_text_input", "action_id": block_id}
    if value:
        element["initial_value"] = shortened(value, 3000)
    block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, 2000),
        "element": element,
        "optional": optional,
    }
    return block | ({"hint": plain(hint, 2000)} if hint else {})


def rejection(change: Change) -> dict[str, Any]:
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


def values(view: dict[str, Any]) -> dict[str, str]:
    """Return what stands in a form's fields, by block."""
    state: dict[str, dict[str, dict[str, Any]]] = view.get("state", {}).get("values", {})
    found: dict[str, str] = {}
    for block_id, elements in state.items():
        for element in elements.values():
            chosen = element.get("selected_option") or {}
            found[block_id] = element.get("value") or chosen.get("value") or ""
    return found


def errors(error: ScheduleError) -> dict[str, str]:
    """Return a schedule's problems, each at the field where it stands."""
    found: dict[str, list[str]] = {}
    for problem in error.problems:
        block = ids.ZONE if problem.field == "timezone" else ids.WHEN
        offer = f" Did you mean {problem.suggestion}?" if problem.suggestion else ""
        found.setdefault(block, []).append(f"{problem.message}{offer}")
    return {block: " ".join(messages) for block, messages in found.items()}
