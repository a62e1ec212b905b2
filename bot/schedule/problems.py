"""What is wrong with a schedule, in words for the person who typed it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal, Self

FieldName = Literal[
    "minute", "hour", "day-of-month", "month", "day-of-week", "year", "structure", "timezone"
]


@dataclass(frozen=True, slots=True)
class Problem:
    """Name one error: where it is, what stands there, the rule, and what to write instead."""

    field: FieldName
    value: str
    message: str
    #: Complete replacements that are valid themselves, the likeliest first.
    repairs: tuple[str, ...] = ()

    @property
    def suggestion(self) -> str | None:
        """Return the likeliest repair."""
        return self.repairs[0] if self.repairs else None


class ScheduleError(ValueError):
    """Report every problem of a schedule at once, each of them one time."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__(" ".join(problem.message for problem in self.problems))

    def offering(self, repairs: tuple[str, ...]) -> Self:
        """Return the same error, its problems repaired all at once by each of these lines."""
        return type(self)(replace(problem, repairs=repairs) for problem in self.problems)


@contextmanager
def collected(problems: list[Problem]) -> Iterator[None]:
    """Add what is wrong to a list, so that all errors are reported at once."""
    try:
        yield
    except ScheduleError as error:
        problems += error.problems


def quote(text: str) -> str:
    """Set a value in code marks, shortened where it would fill a message."""
    longest = 60
    shown = text if len(text) <= longest else text[:longest] + "…"
    return f"`{shown.replace('`', chr(39))}`"
