"""The views.* methods: modals and App Home."""

from typing import Any

from bot.playground.slack.elements import Json
from bot.playground.slack.limits import BYTES_OF_A_VIEW, problems_of_view
from bot.playground.slack.methods import ApiError, Arguments, method, needed
from bot.playground.slack.records import TRIGGER_LIVES, Trigger, View
from bot.playground.slack.workspace import Workspace

MOST_VIEWS = 3  # one open, two pushed


def checked_view(workspace: Workspace, view: Any, kind: str, own_id: str = "") -> Json:
    """Return a view that Slack would show, or refuse it."""
    problems = problems_of_view(view)
    if any(str(BYTES_OF_A_VIEW) in problem for problem in problems):
        raise ApiError("view_too_large")
    if problems:
        raise ApiError("invalid_arguments", problems)
    if view["type"] != kind:
        raise ApiError("invalid_arguments", (f"must be of type {kind} [json-pointer:/view/type]",))
    if taken(workspace, view.get("external_id"), own_id):
        raise ApiError("duplicate_external_id")
    return dict(view)


def taken(workspace: Workspace, external_id: str | None, own_id: str) -> bool:
    """Say whether another view has this external_id."""
    return bool(external_id) and any(
        view.spec.get("external_id") == external_id and view.id != own_id
        for view in workspace.views.values()
    )


def _trigger(workspace: Workspace, args: Arguments) -> Trigger:
    trigger = workspace.triggers.get(needed(args, "trigger_id"))
    if trigger is None:
        raise ApiError("invalid_trigger_id")
    if trigger.used:
        raise ApiError("exchanged_trigger_id")
    if workspace.clock() - trigger.made > TRIGGER_LIVES:
        raise ApiError("expired_trigger_id")
    return trigger


@method("views.open")
def views_open(workspace: Workspace, args: Arguments) -> Json:
    """Open a modal for the person who pressed something less than three seconds ago."""
    trigger = _trigger(workspace, args)
    spec = checked_view(workspace, args.get("view"), "modal")
    workspace.use_trigger(trigger)
    return {"view": workspace.show_view(trigger.user, spec).as_slack_shows()}


@method("views.push")
def views_push(workspace: Workspace, args: Arguments) -> Json:
    """Put a second or third view on top of the modal in which something was pressed."""
    trigger = _trigger(workspace, args)
    below = workspace.top_view(trigger.user)
    if trigger.view_id is None or below is None:
        raise ApiError("invalid_trigger_id")
    spec = checked_view(workspace, args.get("view"), "modal")
    workspace.use_trigger(trigger)
    return {"view": pushed(workspace, below, spec).as_slack_shows()}


def pushed(workspace: Workspace, below: View, spec: Json) -> View:
    """Put a view on top of another, if there is room."""
    if len(workspace.stacks[below.user]) >= MOST_VIEWS:
        raise ApiError("push_limit_reached")
    return workspace.show_view(below.user, spec, below)


def _addressed(workspace: Workspace, args: Arguments) -> View:
    for view in workspace.views.values():
        by_name = view.spec.get("external_id", "") == args.get("external_id")
        if by_name or view.id == args.get("view_id"):
            return view
    raise ApiError("not_found")


@method("views.update")
def views_update(workspace: Workspace, args: Arguments) -> Json:
    """Show other content in an open view."""
    view = _addressed(workspace, args)
    spec = checked_view(workspace, args.get("view"), view.type, view.id)
    if args.get("hash", view.hash) != view.hash:
        raise ApiError("hash_conflict")
    return {"view": workspace.update_view(view, spec).as_slack_shows()}


@method("views.publish")
def views_publish(workspace: Workspace, args: Arguments) -> Json:
    """Show somebody's App Home."""
    user = needed(args, "user_id")
    if user not in workspace.users:
        raise ApiError("user_not_found")
    home = workspace.home_of(user)
    spec = checked_view(workspace, args.get("view"), "home", home.id if home else "")
    if home is None:
        return {"view": workspace.show_view(user, spec).as_slack_shows()}
    if args.get("hash", home.hash) != home.hash:
        raise ApiError("hash_conflict")
    return {"view": workspace.update_view(home, spec).as_slack_shows()}
