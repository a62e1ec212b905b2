"""Logging: one sentence and fields a line, with the ids that are bound and without secrets.

Write `logger.info("Announced the change", extra={"channel": "C0DATATEAM"})`. A traceback follows
its line indented in text, and stands in the field `trace` in JSON.
"""

import contextlib
import json
import logging
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType

from bot.settings import LogFormat

_bound: ContextVar[Mapping[str, object]] = ContextVar("bound", default=MappingProxyType({}))

# Whatever else a record carries came in `extra`; a formatter of somebody else adds the two.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_FIRST = ("time", "level", "logger", "message")

# What secrets look like wherever they turn up: Slack's tokens, anybody's bearer token, addresses
# that work without a token, request signatures, Socket Mode tickets, passwords in addresses.
_SHAPES = re.compile(
    r"""(?ix) xox[a-z]*[-.] [\w.-]+ | xapp- [\w-]+ | (?<=bearer\ ) (?=[^\s"',]*\d) [^\s"',]{8,}
    | (?<=hooks\.slack\.com/) [^\s"'<>]+
    | (?<=hooks\.slack-gov\.com/) [^\s"'<>]+ | (?<=v0=) [0-9a-f]{64}
    | (?<=ticket=) [^\s"'&]+ | (?<=://) [^\s"'/@]+ : [^\s"'/@]+ (?=@)"""
)
_HIDDEN = "[hidden]"
SHORTEST_SECRET = 8  # characters: hiding a shorter one would hide half the words


def configure(level: str, log_format: LogFormat, *, hide: Iterable[str] = ()) -> None:
    """Send every record to standard error, ours from `level` up; `hide` holds secret values."""
    handler = logging.StreamHandler()
    handler.addFilter(_is_wanted)
    handler.setFormatter(_Formatter(_WRITERS[log_format], hide))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("bot").setLevel(level)
    # This library prints in its own way unless its logger has a handler.
    durable = logging.getLogger("dbos")
    durable.handlers, durable.propagate = [handler], False


@contextlib.contextmanager
def bind(**fields: object) -> Iterator[None]:
    """Put fields on every line written inside, and in the tasks that are started inside."""
    token = _bound.set({**_bound.get(), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


def reference() -> str:
    """Return a short random id that a person can read out and an engineer can search for."""
    return secrets.token_hex(4)


def worth_hiding(values: Iterable[str]) -> list[str]:
    """Return the secrets that are told from ordinary words."""
    return [value for value in values if len(value) >= SHORTEST_SECRET]


def _is_wanted(record: logging.LogRecord) -> bool:
    if record.name.partition(".")[0] == "bot":
        return True
    # Libraries print payloads and headers below warnings, and Bolt even in its warnings.
    from_bolt = record.name.startswith("slack_bolt")
    return record.levelno >= (logging.ERROR if from_bolt else logging.WARNING)


class _Formatter(logging.Formatter):
    """Gather what a record says, have it written, and hide the secrets in what was written."""

    def __init__(self, write: Callable[[dict[str, object]], str], hide: Iterable[str]) -> None:
        super().__init__()
        self._write = write
        # Also as they stand in what is written: with quotes and other letters escaped.
        forms = (form for value in worth_hiding(hide) for form in _written(value))
        self._hide = tuple(dict.fromkeys(forms))

    def format(self, record: logging.LogRecord) -> str:
        line = _SHAPES.sub(_HIDDEN, self._write(self._facts(record)))
        for value in self._hide:
            line = line.replace(value, _HIDDEN)
        return line

    def _facts(self, record: logging.LogRecord) -> dict[str, object]:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        extra = {name: value for name, value in vars(record).items() if name not in _OWN}
        trace = {"trace": self.formatException(record.exc_info)} if record.exc_info else {}
        return {
            "time": time.replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_bound.get(),
            **extra,
            **trace,
        }


def _written(value: str) -> tuple[str, ...]:
    return value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]


def _as_json(facts: dict[str, object]) -> str:
    return json.dumps(facts, default=str)


def _as_text(facts: dict[str, object]) -> str:
    time, level, logger, message = (str(facts.pop(name)) for name in _FIRST)
    trace = str(facts.pop("trace", "")).splitlines()
    fields = (f" {name}={_word(str(value))}" for name, value in facts.items())
    line = f"{time} {level:<7} {logger}: {message}{''.join(fields)}"
    # What a stranger sent must not begin a line of its own: escape what would, indent the rest.
    return "\n    ".join(map(_printable, (line, *trace)))


def _word(text: str) -> str:
    return text if re.fullmatch(r"[\w.:/@#+-]+", text) else json.dumps(text, ensure_ascii=False)


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    letters = (letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
    return "".join(letters)


_WRITERS = {LogFormat.TEXT: _as_text, LogFormat.JSON: _as_json}
