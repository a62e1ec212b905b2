"""Block Kit for the tests' little bots."""

from typing import Any

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(action_id: str, words: str, **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain(words), **more}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def option(words: str, value: str) -> Json:
    return {"text": plain(words), "value": value}


def field(block_id: str, element: Json, **more: Any) -> Json:
    label = plain(block_id.capitalize())
    return {"type": "input", "block_id": block_id, "label": label, "element": element, **more}


def modal(*blocks: Json, title: str = "Schedule", **more: Any) -> Json:
    view = {"type": "modal", "title": plain(title), "submit": plain("Save"), "blocks": list(blocks)}
    return view | more


TEXT = {"type": "plain_text_input", "action_id": "text"}
CARD = [
    section("Change the *schema refresh*?"),
    actions(
        button("approve", "Approve", value="4f2a9c", style="primary"), button("cancel", "Cancel")
    ),
]
