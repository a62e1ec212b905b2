"""Find, choose and fill in as a person would: only what is there can be used."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.playground.slack.delivery import Answer
from bot.playground.slack.elements import Element, Json
from bot.playground.slack.methods import ApiError
from bot.playground.slack.records import View
from bot.playground.slack.views import checked_view, pushed
from bot.playground.slack.workspace import Workspace

REQUIRED = "Please complete this required field."


class ImpossibleError(AssertionError):
    """Nobody could do this in Slack: what it needs is not in front of the person."""


def find(
    elements: Sequence[Element],
    which: str,
    block_id: str | None = None,
    kinds: tuple[str, ...] = (),
) -> Element:
    """Return the one element with this action_id, these words or this block_id."""
    within = [each for each in elements if block_id in {None, each.block_id}]
    found = [
        each
        for each in within
        if which in {each.action_id, each.label, each.block_id}
        and (each.type in kinds or not kinds)
    ]
    if len(found) == 1:
        return found[0]
    there = ", ".join(f"{each.label or each.type} ({each.action_id})" for each in within)
    if found:
        raise ImpossibleError(f"Several are called {which}: name one by its block_id or words")
    raise ImpossibleError(f"There is no {which} here, but: {there or 'nothing to use'}")


def chosen(element: Element, offered: Sequence[Json], choices: Sequence[str]) -> Json:
    """Return what choosing these makes of the element: one option, several, an id or a date."""
    key = element.key or "selected_option"
    if not key.startswith("selected_option"):
        return {key: list(choices) if key.endswith("s") else choices[0]}
    options = [_option(offered, choice) for choice in choices]
    return {key: options if key == "selected_options" else options[0]}


def _option(offered: Sequence[Json], choice: str) -> Json:
    for option in offered:
        if choice in {option["text"]["text"], option.get("value")}:
            return option
    there = ", ".join(option["text"]["text"] for option in offered)
    raise ImpossibleError(f"There is no option {choice} here, but: {there or 'none at all'}")


def dispatches_typing(element: Element, *, enter: bool) -> bool:
    """Say whether the bot is told of what is typed: by default when Enter is pressed."""
    config: Json = element.spec.get("dispatch_action_config", {})
    moments = config.get("trigger_actions_on", ["on_enter_pressed"])
    told = "on_character_entered" in moments or (enter and "on_enter_pressed" in moments)
    return element.dispatches and told


def with_value(view: View, element: Element, value: Json) -> View:
    """Return the view with one element filled in."""
    block = view.values.get(element.block_id, {}) | {
        element.action_id: {"type": element.type, **value}
    }
    return replace(view, values=view.values | {element.block_id: block})


def missing(view: View) -> dict[str, str]:
    """Say, by block_id, what Slack wants corrected before it sends a modal off."""
    errors = {}
    for element in view.elements:
        if element.block["type"] == "input":
            held = view.values[element.block_id][element.action_id].get(element.key or "")
            if error := _objection(element, held):
                errors[element.block_id] = error
    return errors


def _objection(element: Element, held: Any) -> str | None:
    if not held:
        return None if element.block.get("optional") else REQUIRED
    least, most = element.spec.get("min_length", 0), element.spec.get("max_length", 3000)
    if element.key == "value" and not least <= len(held) <= most:
        return f"Please enter {least} to {most} characters."
    return None


def obey(workspace: Workspace, view: View, answer: Answer) -> Answer:
    """Do with a submitted modal what the bot answered: close, correct, update, push, clear."""
    if answer.error is not None:
        return answer
    try:
        _obey(workspace, view, answer)
    except ApiError as error:
        workspace.log("answer to a submission", answer.json, error.answer())
        return replace(answer, error=error.error)
    return answer


def _obey(workspace: Workspace, view: View, answer: Answer) -> None:
    said = answer.json
    match said.get("response_action"):
        case None if answer.body in {"", "{}"}:
            if workspace.top_view(view.user) == workspace.views.get(view.id):
                workspace.close_view(view.user)
        case "clear":
            workspace.close_view(view.user, all_of_them=True)
        case "errors":
            _show_errors(workspace, view, said.get("errors"))
        case "update":
            workspace.update_view(view, checked_view(workspace, said.get("view"), "modal", view.id))
        case "push":
            pushed(workspace, view, checked_view(workspace, said.get("view"), "modal"))
        case _:
            raise ApiError("invalid_arguments")


def _show_errors(workspace: Workspace, view: View, errors: Any) -> None:
    inputs = {each.block_id for each in view.elements if each.block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not errors.keys() <= inputs:
        raise ApiError("invalid_arguments")
    workspace.keep_view(replace(view, errors=errors))
