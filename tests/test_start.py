"""How the process starts or says, in one line and with an exit status, why it cannot."""

import asyncio
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from bot.__main__ import main
from bot.database import HEAD
from bot.start import BAD_CONFIGURATION, COULD_NOT_START
from tests.crash.processes import bot_process, connected, environment
from tests.databases import Database, Postgres
from tests.world import surroundings

BOT, APP, SECRET, KEY = "xoxb-12-ab34cd56", "xapp-1-ab34cd56", "0a1b2c3d4e5f", "omni_ab34cd56ef"
OMNI = {"OMNI_BASE_URL": "https://acme.omniapp.co", "OMNI_API_KEY": KEY}


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("environ", "variable"),
    [
        ({"SLACK_BOT_TOKEN": BOT, **OMNI}, "SLACK_SIGNING_SECRET is not set"),
        ({"SLACK_SIGNING_SECRET": SECRET, **OMNI}, "SLACK_BOT_TOKEN is not set"),
        ({"SLACK_APP_TOKEN": APP, **OMNI}, "SLACK_BOT_TOKEN is not set"),
        ({"SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": APP}, "OMNI_BASE_URL is not set"),
        ({"SLACK_BOT_TOKEN": APP, "SLACK_APP_TOKEN": APP, **OMNI}, "SLACK_BOT_TOKEN holds another"),
        ({"PORT": "http"}, "PORT is not a port"),
        ({"DATABASE_URL": "mysql://host/name"}, "DATABASE_URL is for neither"),
        ({"DATABASE_URL": "sqlite:///x.db?timeout=abc"}, "DATABASE_URL asks"),
        ({"POLICY_FILE": "nowhere.toml"}, "POLICY_FILE nowhere.toml"),
    ],
)
def test_half_a_configuration_is_refused_in_one_line_that_names_the_variable(
    environ: dict[str, str],
    variable: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert main(["serve"]) == BAD_CONFIGURATION
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert variable in said.err
    assert not any(secret in said.err for secret in (BOT, APP, SECRET, KEY))


def test_a_policy_that_cannot_be_read_is_refused_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # With the mark that some editors put before the first letter.
    (tmp_path / "policy.toml").write_text("[defaults]\napprover = []\n", "utf-8-sig")
    monkeypatch.setenv("POLICY_FILE", "policy.toml")
    assert main(["serve"]) == BAD_CONFIGURATION
    assert "policy.toml:2: defaults.approver" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["serve", "migrate"])
@pytest.mark.parametrize(("argument", "status"), [("--help", 0), ("now", BAD_CONFIGURATION)])
def test_what_takes_no_arguments_does_nothing_with_one(
    name: str, argument: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"bot.start.{name}", lambda *_: pytest.fail("it ran"))
    with pytest.raises(SystemExit) as ended:
        main([name, argument])
    assert ended.value.code == status


@pytest.mark.slow
@pytest.mark.parametrize("host", ["192.0.2.1", "a..b", "fe80::1"])
async def test_a_host_that_is_not_this_machine_is_refused_with_what_to_set(
    host: str, tmp_path: Path
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'bot.db'}")
    async with surroundings(database) as playground:
        chosen = environment(playground, tmp_path) | {"HOST": host, "PORT": "0"}
        del chosen["SLACK_APP_TOKEN"], chosen["DYNO"]
        chosen["SLACK_SIGNING_SECRET"] = playground.settings.slack_signing_secret
        async with bot_process(chosen, "bot") as bot:
            assert await bot.ended() == COULD_NOT_START
    assert f"HOST {host} is no address of this machine. Set it to 0.0.0.0" in bot.words
    assert "Traceback" not in bot.words


def test_an_unknown_command_is_answered_with_those_that_exist(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["serv"]) == BAD_CONFIGURATION
    assert "there is no command 'serv'" in capsys.readouterr().err


def test_migrate_brings_a_new_database_to_this_version_and_again_to_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///bot.db")
    assert main(["migrate"]) == 0
    assert capsys.readouterr().out == f"The database was at nothing and is at {HEAD}.\n"
    assert main(["migrate"]) == 0
    assert capsys.readouterr().out == f"The database was at {HEAD} and is at {HEAD}.\n"
    with closing(sqlite3.connect(tmp_path / "bot.db")) as conn:
        assert conn.execute("SELECT count(*) FROM changes").fetchone() == (0,)
        assert conn.execute("SELECT count(*) FROM dbos_migrations").fetchone() == (1,)


def test_migrate_needs_the_right_that_the_start_needs_on_postgres_and_leaves_it_nothing_to_make(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with postgres.of_somebody() as (database, let):
        monkeypatch.setenv("DATABASE_URL", database.url)
        assert main(["migrate"]) == COULD_NOT_START
        said = capsys.readouterr().err.splitlines()
        assert "DATABASE_URL: InsufficientPrivilege: permission denied for database" in said[-1]
        assert len(said) == 1
        let()
        assert main(["migrate"]) == 0
        with psycopg.connect(database.url) as conn:
            made = "SELECT count(*) FROM dbos.dbos_migrations"
            assert conn.execute(made).fetchone() == (1,)
            triggers = "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'dbos%'"
            assert conn.execute(triggers).fetchone() == (0,)


def test_a_database_that_cannot_be_opened_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///no/such/folder/bot.db")
    assert main(["migrate"]) == COULD_NOT_START
    said = capsys.readouterr().err
    assert "DATABASE_URL" in said
    assert "there is no folder no/such/folder to write to" in said


async def last_words(database: Database, folder: Path, **changed: str) -> tuple[int, str]:
    """Start the bot with some settings changed, and return its exit status and last line."""
    async with surroundings(database) as playground:
        environ = environment(playground, folder) | changed
        async with bot_process(environ, "bot") as process:
            status = await process.ended()
            assert "Traceback" not in process.words, process.words
            return status, process.words.splitlines()[-1]


async def test_a_database_of_a_newer_version_is_left_alone(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(sqlite_database.url.removeprefix("sqlite:///"))) as conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
        conn.commit()
    status, words = await last_words(sqlite_database, tmp_path)
    assert status == COULD_NOT_START
    assert "The database is at 9999, which a newer version of this bot made" in words


@pytest.mark.slow  # the second process waits for the first one's end
async def test_a_second_process_on_one_sqlite_file_is_refused_and_commands_beside_it_are_not(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with surroundings(sqlite_database) as playground:
        environ = environment(playground, tmp_path)
        async with bot_process(environ, "bot") as first:
            await connected(playground.slack, first)
            async with bot_process(environ, "bot") as second:
                assert await second.ended() == COULD_NOT_START
                words = second.words.splitlines()[-1]
                assert "Another process serves with" in words
                assert "omni.db, and SQLite is for one" in words
                assert "Traceback" not in second.words
            for name, value in environ.items():
                monkeypatch.setenv(name, value)
            for command in (["migrate"], ["history", "--csv"], ["doctor"]):
                assert await asyncio.to_thread(main, command) == 0, command
            assert await first.terminated() == 0
        async with bot_process(environ, "bot") as third:
            await connected(playground.slack, third)


@pytest.mark.slow  # it starts a process
async def test_a_port_that_is_taken_is_named(sqlite_database: Database, tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        http = {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": SECRET, "HOST": "127.0.0.1"}
        status, words = await last_words(sqlite_database, tmp_path, PORT=port, **http)
    assert status == COULD_NOT_START
    assert f"PORT {port}" in words


@pytest.mark.slow  # it starts a process
async def test_a_bot_token_that_slack_refuses_is_named(
    sqlite_database: Database, tmp_path: Path
) -> None:
    status, words = await last_words(sqlite_database, tmp_path, SLACK_BOT_TOKEN=BOT)
    assert status == BAD_CONFIGURATION
    assert "SLACK_BOT_TOKEN" in words
    assert "invalid_auth" in words


@pytest.mark.slow
async def test_an_app_token_that_slack_refuses_is_named(
    sqlite_database: Database, tmp_path: Path
) -> None:
    status, words = await last_words(sqlite_database, tmp_path, SLACK_APP_TOKEN=APP)
    assert status == BAD_CONFIGURATION
    assert "SLACK_APP_TOKEN" in words
    assert "invalid_auth" in words
