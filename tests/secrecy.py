"""Ears in every log of every test: what the bot writes must hold no token that the tests use."""

import logging
from collections import deque
from collections.abc import Iterable

from bot.log import _as_text, _Formatter, _is_wanted

#: The secrets of the stand-ins that run now, and of those that ran last.
_tokens: deque[str] = deque(maxlen=100)

_leaks: list[str] = []


def know(secrets: Iterable[str]) -> None:
    """Listen for these from now on."""
    _tokens.extend(secrets)


def hear(line: str) -> None:
    """Look for a secret in what was written."""
    if any(token in line for token in _tokens):
        _leaks.append(line)


def leaks() -> list[str]:
    """Return the lines with a secret since the last time."""
    found = _leaks.copy()
    _leaks.clear()
    return found


class Ears(logging.Handler):
    """Hears what the bot writes, as it writes it, save that it does not know what to hide.

    So a secret must not even come as far as the formatter, which hides those that it knows.
    """

    def __init__(self) -> None:
        super().__init__()
        self.addFilter(_is_wanted)
        self.setFormatter(_Formatter(_as_text, hide=()))

    def emit(self, record: logging.LogRecord) -> None:
        hear(self.format(record))
