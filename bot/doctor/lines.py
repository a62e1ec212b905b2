"""What the doctor says: one line for each thing looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How well it stands with a thing."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing looked at: what was found and, unless all is well, the repair."""

    level: Level
    about: str
    text: str

    def shown(self, secrets: Iterable[str]) -> str:
        """Return the line as it is printed, without secrets, whoever put them there."""
        line = f"{self.level.value:<4}  {self.about}: {self.text}"
        for secret in secrets:
            line = line.replace(secret, "[hidden]")
        return line


def ok(about: str, text: str) -> Line:
    """Say that something is as it should be."""
    return Line(Level.OK, about, text)


def warn(about: str, text: str) -> Line:
    """Say that something deserves a look, and that the bot works without."""
    return Line(Level.WARN, about, text)


def fail(about: str, text: str) -> Line:
    """Say that something does not work, and how to mend it."""
    return Line(Level.FAIL, about, text)
