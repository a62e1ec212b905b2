"""The Web API's methods by name: what each needs, and the errors they answer with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.playground.slack.elements import Json
from bot.playground.slack.workspace import Workspace

Arguments = Mapping[str, Any]
Run = Callable[[Workspace, Arguments], Json]


class ApiError(Exception):
    """A refusal, with Slack's own name for it and whatever fields come with that."""

    def __init__(self, error: str, problems: tuple[str, ...] = (), **fields: str) -> None:
        super().__init__(error)
        self.error = error
        self.problems = problems
        self.fields = fields

    def answer(self) -> Json:
        """Return the body that Slack sends."""
        body: Json = {"ok": False, "error": self.error, **self.fields}
        if self.problems:
            marked = [f"[ERROR] {problem}" for problem in self.problems]
            body |= {"errors": list(self.problems), "response_metadata": {"messages": marked}}
        return body


@dataclass(frozen=True, slots=True)
class Method:
    """One method: any one of `scopes` will do; an app-level token is asked for by one alone."""

    run: Run
    scopes: tuple[str, ...]
    app_token: bool


METHODS: dict[str, Method] = {}


def method(name: str, *scopes: str, app_token: bool = False) -> Callable[[Run], Run]:
    """Register a method of the Web API under its name."""

    def register(run: Run) -> Run:
        METHODS[name] = Method(run, scopes, app_token)
        return run

    return register


def needed(args: Arguments, key: str, error: str = "invalid_arguments") -> Any:
    """Return an argument, or refuse for want of it."""
    value = args.get(key)
    if value in {None, ""} if isinstance(value, str | None) else False:
        raise ApiError(error, (f"missing required field: {key}",))
    return value
