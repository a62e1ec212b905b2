"""How a database comes to its schema, and what is said where it cannot."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError

from bot import database as bot_database
from bot.database import HEAD, connect, describe_fault, migrate
from bot.store import ChangeStore
from bot.tables import metadata
from tests.databases import Database, Postgres
from tests.store.samples import a_change
from tests.store.together import run_together


@contextmanager
def opened(database: Database) -> Iterator[sa.Connection]:
    """Open a connection that ends with the context."""
    engine = sa.create_engine(database.sync_url)
    with engine.connect() as conn:
        yield conn
    engine.dispose()


def indexes(database: Database) -> set[str]:
    """Return the statements that made the indexes, in the database's own words."""
    with opened(database) as conn:
        if conn.dialect.name == "postgresql":
            query = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
        else:
            query = "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        made = set(conn.execute(sa.text(query)).scalars())
    return {statement for statement in made if "alembic_version" not in statement}


def fault_of(url: str) -> str:
    """Return what is said of a database that cannot be migrated."""
    with pytest.raises(SQLAlchemyError) as fault:
        migrate(url)
    return describe_fault(fault.value, url)


def test_migrating_a_new_database_brings_it_to_the_head_and_again_does_nothing(
    new_database: Database,
) -> None:
    assert migrate(new_database.sync_url) == ""
    assert migrate(new_database.sync_url) == HEAD


def test_migrating_again_keeps_what_was_recorded(new_database: Database) -> None:
    migrate(new_database.sync_url)
    with opened(new_database) as conn:
        conn.execute(sa.text("INSERT INTO deliveries VALUES ('Ev1', '2026-11-23 12:00:00')"))
        conn.commit()

    migrate(new_database.sync_url)

    with opened(new_database) as conn:
        assert conn.execute(sa.text("SELECT key FROM deliveries")).scalars().all() == ["Ev1"]


@pytest.mark.slow
def test_four_processes_may_migrate_a_new_database_at_once(new_database: Database) -> None:
    found = run_together("tests.store.migrating", [new_database.sync_url], processes=4)

    assert set(found) <= {"", HEAD}
    assert "" in found
    assert migrate(new_database.sync_url) == HEAD


async def test_a_store_works_on_a_database_that_was_just_made(new_database: Database) -> None:
    migrate(new_database.sync_url)
    engine = connect(new_database.async_url)
    store = ChangeStore(engine)

    change = await store.propose(a_change(), "command")

    assert await store.history() == (change,)
    await engine.dispose()


def test_the_migrations_make_the_tables_that_the_store_believes_in(
    new_database: Database,
) -> None:
    migrate(new_database.sync_url)

    with opened(new_database) as conn:
        differences = compare_metadata(
            MigrationContext.configure(conn, opts={"compare_type": True}), metadata
        )

    assert differences == []


def test_the_migrations_make_the_indexes_that_the_store_believes_in(
    new_database: Database,
) -> None:
    migrate(new_database.sync_url)
    migrated = indexes(new_database)

    with opened(new_database) as conn:
        metadata.drop_all(conn)
        metadata.create_all(conn)
        conn.commit()

    assert indexes(new_database) == migrated
    assert any("WHERE" in statement for statement in migrated)


def test_the_head_is_the_newest_script() -> None:
    config = Config()
    folder = Path(bot_database.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))

    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


# -- what a person reads -----------------------------------------------------------


def test_a_sqlite_file_in_no_folder_is_said_to_be_that(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="there is no folder") as caught:
        migrate(f"sqlite:///{tmp_path}/nowhere/omni.db")

    assert "DATABASE_URL" in str(caught.value)


def test_a_file_that_is_no_database_is_said_to_be_that(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database\n" * 100)

    said = fault_of(f"sqlite:///{tmp_path}/notes.txt")

    assert said == f"the SQLite file of DATABASE_URL, {tmp_path}/notes.txt: file is not a database"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_sqlite_file_that_cannot_be_written_is_said_to_be_that(
    database: Database,
) -> None:
    file = Path(database.url.removeprefix("sqlite:///"))
    engine = connect(f"sqlite+aiosqlite:///file:{file}?mode=ro&uri=true")

    with pytest.raises(SQLAlchemyError) as fault:
        await ChangeStore(engine).propose(a_change(), "command")

    said = describe_fault(fault.value, database.url)
    told = "attempt to write a readonly database"
    assert said == f"the SQLite file of DATABASE_URL, {file}: {told}"
    await engine.dispose()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write in every folder")
def test_a_folder_that_cannot_be_written_is_said_to_be_that(tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)

    said = fault_of(f"sqlite:///{tmp_path}/omni.db")

    told = "unable to open database file"
    assert said == f"the SQLite file of DATABASE_URL, {tmp_path}/omni.db: {told}"


def test_a_postgres_without_the_database_says_so_in_one_line_without_the_password(
    postgres: Postgres,
) -> None:
    nowhere = postgres.address_of("nowhere").sync_url

    said = fault_of(nowhere.replace("postgres@", "postgres:hunter2@"))

    assert said.startswith("DATABASE_URL: OperationalError: ")
    assert said.endswith('database "nowhere" does not exist')
    assert "\n" not in said
    assert "hunter2" not in said


def test_a_postgres_that_is_not_there_is_said_to_be_that_without_the_password(
    tmp_path: Path,
) -> None:
    said = fault_of(f"postgresql+psycopg://postgres:hunter2@/omni?host={tmp_path}")

    assert said.startswith("DATABASE_URL: OperationalError: connection ")
    assert "No such file or directory" in said
    assert "\n" not in said
    assert "hunter2" not in said


def test_a_fault_without_words_still_makes_a_line() -> None:
    said = describe_fault(TimeoutError(), "postgresql://u:hunter2@h/d")
    assert said == "DATABASE_URL: TimeoutError: no further words"
