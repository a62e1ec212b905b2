"""What was found when the bot's setup was looked at: one finding for each thing."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Level(StrEnum):
    """How well it stands with a thing."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found and, unless all is well, the repair."""

    level: Level
    about: str
    text: str

    @property
    def line(self) -> str:
        """The finding as the command line prints it."""
        return f"{self.level.value:<4}  {self.about}: {self.text}"


def ok(about: str, text: str) -> Finding:
    """Say that something is as it should be."""
    return Finding(Level.OK, about, text)


def warn(about: str, text: str) -> Finding:
    """Say that something deserves a look, and that the bot works without."""
    return Finding(Level.WARN, about, text)


def fail(about: str, text: str) -> Finding:
    """Say that something does not work, and how to mend it."""
    return Finding(Level.FAIL, about, text)


def without(secrets: Iterable[str], findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings in which no secret can be read, whoever put it there."""
    hidden = tuple(secrets)
    return tuple(replace(one, text=_hide(hidden, one.text)) for one in findings)


def _hide(secrets: tuple[str, ...], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, "[hidden]")
    return text
