"""`python -m bot history --csv`: the audit trail, a row for each entry, for an auditor.

Read from the database alone, neither Slack nor Omni is asked, and row by row, so that a long
trail takes no more memory than a short one.
"""

import argparse
import contextlib
import csv
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TextIO

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from bot import database, settings
from bot.change import Event, Terms
from bot.finding import fold
from bot.output import cut_off
from bot.settings import SettingsError
from bot.slack.wording import in_words
from bot.start import BAD_CONFIGURATION, COULD_NOT_START, failed
from bot.store import EVERY_CONNECTION
from bot.tables import audit, changes

COLUMNS = (
    "change",
    "at",  # ISO 8601, UTC
    "who",  # a Slack user id, or "bot"
    "surface",
    "event",
    "status",  # after the event
    "connection",
    "connection_id",
    "schedule_id",
    "before",
    "after",
    "saw",  # the change in words, as the card had it
    "omni",  # Omni's answer
    "note",
)

#: What Omni answered ends up with these events.
ANSWERED = {Event.CONFIRM, Event.FAIL, Event.OUTDATE, Event.LOSE}

#: A cell that begins so is a formula to a spreadsheet, whoever typed it.
#: https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

ROWS_AT_ONCE = 500

Row = Mapping[str, Any]


def main(argv: Sequence[str]) -> int:
    """Print the trail and return the exit status: 0, 1 if it cannot be, 2 for bad settings."""
    asked = _parser().parse_args(argv)
    try:
        chosen = settings.load_for_database()
        write(sys.stdout, chosen.sync_database_url, asked.connection, asked.since)
        sys.stdout.flush()
    except SettingsError as error:
        return failed(str(error), BAD_CONFIGURATION)
    except SQLAlchemyError as error:
        fault = database.describe_fault(error, chosen.database_url)
        return failed(f"{fault}. `python -m bot doctor` says more.", COULD_NOT_START)
    except OSError as error:
        return cut_off(error)
    return 0


def write(out: TextIO, url: str, connection: str | None, since: datetime | None) -> None:
    """Write the trail of one connection, by name or id, or of all, as CSV with a header.

    `url` is a synchronous one. Raises SQLAlchemyError, before anything is written where the
    database cannot be read at all.
    """
    wanted = fold(connection) if connection is not None else None
    with _reading(url, since) as rows:
        lines = csv.writer(out)
        lines.writerow(COLUMNS)
        for cells in map(_cells, rows):
            names = {fold(cells["connection"]), fold(cells["connection_id"])}
            if wanted is None or wanted in names:
                lines.writerow([harmless(cells.get(name, "")) for name in COLUMNS])


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


@contextlib.contextmanager
def _reading(url: str, since: datetime | None) -> Iterator[Iterator[Row]]:
    """Begin to read the trail, and yield its rows, oldest first."""
    statement = (
        sa.select(
            audit,
            changes.c.connection_name,
            changes.c.connection_id,
            changes.c.schedule_id,
            changes.c.before,
            changes.c.after,
        )
        .join(changes, changes.c.id == audit.c.change_id, isouter=True)
        .order_by(audit.c.id)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    if since is not None:
        statement = statement.where(audit.c.at >= since)
    engine = database.reader(url)
    try:
        with engine.connect() as conn:
            yield map(dict, conn.execute(statement).mappings())
    finally:
        engine.dispose()


def _cells(row: Row) -> dict[str, str]:
    detail: Row = row["detail"] or {}
    event = row["event"]
    before, after = _terms(row["before"]), _terms(row["after"])
    by_person = bool(row["actor"]) and row["change_id"] is not None
    return {
        "change": row["change_id"] or "",
        "at": row["at"].isoformat(timespec="milliseconds"),
        "who": row["actor"] or "bot",
        "surface": row["surface"],
        "event": event,
        "status": row["status"] or "",
        "connection": row["connection_name"] or detail.get("connection") or "",
        "connection_id": row["connection_id"] or detail.get("connection_id") or "",
        "schedule_id": row["schedule_id"] or detail.get("schedule") or "",
        "before": _facts(before),
        "after": _facts(after) or _wanted(detail),
        "saw": f"{_words(before)} → {_words(after)}" if by_person else "",
        "omni": _answer(detail) if event in ANSWERED else "",
        "note": "; ".join(_notes(event, detail)),
    }


def _terms(plain: Row | None) -> Terms | None:
    return Terms.from_json(plain) if plain else None


def _facts(terms: Terms | None) -> str:
    """Write a schedule as Omni holds it."""
    if terms is None:
        return ""
    kind = {True: "hard refresh", False: "soft refresh", None: "refresh kind not told"}
    facts = [f"{terms.cron} in {terms.timezone}", kind[terms.hard_refresh]]
    if terms.disabled_at is not None:
        facts.append(f"disabled since {terms.disabled_at.isoformat()}")
    return ", ".join(facts)


def _wanted(detail: Row) -> str:
    """Write what was asked for and refused."""
    return " in ".join(filter(None, (detail.get("cron"), detail.get("timezone"))))


@lru_cache(maxsize=1024)  # a trail says the same few schedules over and over
def _words(terms: Terms | None) -> str:
    return f"{in_words(terms)}, {terms.timezone}" if terms else "no schedule"


def _answer(detail: Row) -> str:
    seen = _terms(detail.get("seen"))
    shown = f"shows {_facts(seen)}" if seen else ""
    return "; ".join(filter(None, (detail.get("outcome"), shown)))


def _notes(event: str, detail: Row) -> Iterator[str]:
    for name in ("rule", "channel", "reason", "undo_of"):
        if value := detail.get(name):
            yield f"{name}: {value}"
    if detail.get("connection_id") == EVERY_CONNECTION:
        yield "every connection"
    if event not in ANSWERED and (said := detail.get("outcome")):
        yield str(said)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot history",
        description="Print the audit trail: who did what when, what they saw, what Omni answered.",
    )
    parser.add_argument("--csv", action="store_true", required=True, help="as CSV, with a header")
    parser.add_argument("--connection", help="of this connection alone, by its name or id")
    parser.add_argument("--since", type=_moment, help="from this ISO date or time on (UTC)")
    return parser


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("write a date or time such as 2026-11-23") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
