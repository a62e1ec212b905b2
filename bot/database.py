"""The database: how to reach it, and its schema's versions."""

import logging
import os
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import PersonError

E = TypeVar("E", sa.Engine, AsyncEngine)

log = logging.getLogger(__name__)

#: The newest revision in `migrations/versions`; a test holds it to that.
HEAD = "0003"

#: The schema that the durable engine makes for itself on Postgres.
DURABLE = "dbos"

#: For every engine: an error of its own must not quote what people typed, nor addresses of Slack's.
QUIET: Mapping[str, Any] = MappingProxyType({"hide_parameters": True})

#: Seconds that a migration waits for a table, as everybody who comes after waits behind it; and
#: seconds until it tries again.
LOCK_SECONDS, MIGRATE_AGAIN = 1, 1.0

#: The option of what opens no transaction.
_READS = "reads"

_LOCK_NOT_AVAILABLE = "55P03"  # https://www.postgresql.org/docs/current/errcodes-appendix.html
_MIGRATIONS = Path(__file__).parent / "migrations"

# One number for this program among the advisory locks of a Postgres that it may share.
_MIGRATION_LOCK = 0x0417_5C4E


def connect(url: str) -> AsyncEngine:
    """Return an engine for `sqlite+aiosqlite://` or `postgresql+psycopg://`."""
    if make_url(url).get_backend_name() == "sqlite":
        # SQLite lets writers wait in no order, so that of many some never come to write: one
        # connection, for which everybody waits in turn.
        engine = create_async_engine(url, **QUIET, pool_size=1, max_overflow=0)
        _tame_sqlite(engine.sync_engine)
        return engine
    return create_async_engine(url, **QUIET, pool_pre_ping=True, pool_size=10, max_overflow=10)


def reader(url: str) -> sa.Engine:
    """Return an engine to read with, for a synchronous `url`; a missing SQLite file stays so."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        file = quote(parts.database or "")  # it is a URI now
        parts = parts.set(database=f"file:{file}", query={"mode": "ro", "uri": "true"})
    return sa.create_engine(parts, **QUIET)


def reading(engine: E) -> E:
    """Return an engine whose connections open no transaction, and so wait for nobody."""
    if engine.dialect.name == "sqlite":
        # SQLAlchemy's AUTOCOMMIT would be set back by a statement after each use.
        return engine.execution_options(**{_READS: True})
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def _tame_sqlite(engine: sa.Engine) -> None:
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    cursor = connection.cursor()
    # WAL lets readers and the one writer work side by side; the durable engine has
    # connections of its own to the same file.
    cursor.execute("PRAGMA journal_mode=WAL")
    # As long as the durable engine waits: SQLite lets writers wait in no order, and whoever
    # waits less gives way to whoever waits more.
    cursor.execute("PRAGMA busy_timeout=30000")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    if connection.get_execution_options().get(_READS):
        return
    # A transaction that reads first and writes later would fail with "database is
    # locked" where another one wrote in between: take the write lock at once.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def migrate(url: str) -> str:
    """Bring the schema to `HEAD` and return where it was before ("" for a new database).

    `url` is a synchronous one. Any number of processes may call this at once. Raises
    PersonError where a newer version of the bot made the schema, and OSError where a SQLite file
    is missing and cannot be made.
    """
    engine = sa.create_engine(url, **QUIET)
    if engine.dialect.name == "sqlite":
        _require_room(Path(engine.url.database or ""))
        _tame_sqlite(engine)
    try:
        with reading(engine).connect() as conn:
            if (found := _revision(conn)) == HEAD:
                return found
            if found > HEAD:
                raise PersonError(
                    f"The database is at {found}, which a newer version of this bot made; this one "
                    f"knows {HEAD} at most. Run the newer version, or go back to a backup."
                )
        while not _brought_to_head(engine):
            log.warning("The database is in use, and is migrated when it is free for a moment")
            time.sleep(MIGRATE_AGAIN)
        return found
    finally:
        engine.dispose()


def _brought_to_head(engine: sa.Engine) -> bool:
    """Migrate, and say False where a table was in use for too long."""
    try:
        with engine.begin() as conn:
            if engine.dialect.name != "sqlite":  # where the transaction itself is exclusive
                conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
                conn.execute(sa.text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
            if _revision(conn) != HEAD:  # nobody did it while this process waited
                _upgrade(conn)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
            raise
        return False
    return True


def inspect(url: str) -> str:
    """Return the schema's revision, "" where there is none, having seen that writing works.

    Nothing is left behind, and a SQLite file that is not there is not made. `url` is a
    synchronous one; raises SQLAlchemyError and OSError.
    """
    engine = sa.create_engine(url, **QUIET)
    if engine.dialect.name == "sqlite":
        file = Path(engine.url.database or "")
        _require_room(file)
        if not file.exists():
            return ""
        _tame_sqlite(engine)
    try:
        with engine.connect() as conn:
            found = _revision(conn)
            conn.execute(sa.text("CREATE TABLE doctors_visit (day INTEGER)"))
            if engine.dialect.name != "sqlite" and not sa.inspect(conn).has_schema(DURABLE):
                conn.execute(sa.text(f"CREATE SCHEMA {DURABLE}"))
            conn.rollback()
        return found
    finally:
        engine.dispose()


def _require_room(file: Path) -> None:
    if not file.exists() and not os.access(file.parent, os.W_OK | os.X_OK):
        raise OSError(
            f"DATABASE_URL: {file} cannot be made: there is no folder {file.parent} to write to. "
            "Make it, or name another file."
        )


def _revision(conn: sa.Connection) -> str:
    if not sa.inspect(conn).has_table("alembic_version"):
        return ""
    return str(conn.scalar(sa.text("SELECT version_num FROM alembic_version")) or "")


def _upgrade(conn: sa.Connection) -> None:
    # Imported where it is needed: a start with nothing to migrate is a fifth faster.
    from alembic import command  # noqa: PLC0415 - as said above
    from alembic.config import Config  # noqa: PLC0415 - as said above

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = conn
    command.upgrade(config, "head")


def describe_fault(error: Exception, url: str) -> str:
    """Say in one line what is wrong with the database at `url`, without a password.

    A SQLite file is named in full: from where the process runs, it may be another one than meant.
    """
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, sqlite3.Error):
        file = Path(make_url(url).database or "").absolute()
        return f"the SQLite file of DATABASE_URL, {file}: {cause}"
    first_line, *_ = str(cause).splitlines() or ["no further words"]
    return f"DATABASE_URL: {type(cause).__name__}: {first_line}"
