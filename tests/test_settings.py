"""The environment, as people fill it in: right, half, with mistakes, not at all."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from dotenv import dotenv_values

from bot.settings import (
    DEFAULT_DATABASE_URL,
    WHERE,
    LogFormat,
    Mode,
    Settings,
    SettingsError,
    load,
    load_for_database,
    load_for_playground,
)

ROOT = Path(__file__).parent.parent
BOT_TOKEN = "xoxb-1234567890-1234567890-abcdefghijklmnopqrstuvwx"
APP_TOKEN = "xapp-1-A0123456789-1234567890-0123456789abcdef"
SIGNING_SECRET = "0123456789abcdef0123456789abcdef"
OMNI_KEY = "omni_osk_0123456789abcdef"

OMNI = {"OMNI_BASE_URL": "https://acme.omniapp.co", "OMNI_API_KEY": OMNI_KEY}
HTTP = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_SIGNING_SECRET": SIGNING_SECRET, **OMNI}
SOCKET = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN, **OMNI}


def complaint(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(environ)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_nothing_set_opens_the_playground_on_this_machine_alone() -> None:
    settings = Settings.from_env({"HOST": "0.0.0.0"})
    assert (settings.mode, settings.host) == (Mode.PLAYGROUND, "127.0.0.1")


@pytest.mark.parametrize("names", [["OMNI_BASE_URL", "OMNI_API_KEY"], ["OMNI_API_KEY"]])
def test_omni_alone_still_opens_the_playground_which_does_not_use_it(names: list[str]) -> None:
    settings = Settings.from_env({name: OMNI[name] for name in names})
    assert (settings.mode, settings.unused) == (Mode.PLAYGROUND, tuple(names))


def test_a_bot_token_and_a_signing_secret_serve_over_http() -> None:
    settings = Settings.from_env(HTTP)
    assert (settings.mode, settings.host, settings.port) == (Mode.HTTP, "0.0.0.0", 3000)
    assert settings.reason == "Serving over HTTP, because SLACK_SIGNING_SECRET is set"


def test_a_bot_token_and_an_app_token_serve_in_socket_mode() -> None:
    settings = Settings.from_env(SOCKET)
    assert settings.mode is Mode.SOCKET
    assert settings.reason == "Serving in Socket Mode, because SLACK_APP_TOKEN is set"


def test_where_everything_was_copied_socket_mode_serves_and_says_so() -> None:
    settings = Settings.from_env(SOCKET | HTTP)
    assert settings.mode is Mode.SOCKET
    assert "are both set, and the first counts" in settings.reason


def test_everything_else_has_a_default() -> None:
    settings = Settings.from_env(HTTP)
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.database_url == "sqlite:///omni-schedule.db"
    assert settings.policy_file is None
    assert settings.slash_command == "/omni-schedule"
    assert (settings.log_level, settings.log_format) == ("INFO", LogFormat.TEXT)


def test_everything_else_can_be_set() -> None:
    settings = Settings.from_env(
        HTTP
        | {
            "SLACK_API_URL": "http://127.0.0.1:41234/api",
            "POLICY_FILE": "policy.toml",
            "SLASH_COMMAND": "/refresh-times",
            "HOST": "::",
            "PORT": "0",
            "LOG_LEVEL": "debug",
            "LOG_FORMAT": "JSON",
        }
    )
    assert settings.slack_api_url == "http://127.0.0.1:41234/api/"
    assert settings.policy_file == Path("policy.toml")
    assert settings.slash_command == "/refresh-times"
    assert (settings.host, settings.port) == ("::", 0)
    assert (settings.log_level, settings.log_format) == ("DEBUG", LogFormat.JSON)


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"SLACK_APP_TOKEN": APP_TOKEN, **OMNI}, ["SLACK_BOT_TOKEN is not set"]),
        ({"SLACK_SIGNING_SECRET": SIGNING_SECRET, **OMNI}, ["SLACK_BOT_TOKEN is not set"]),
        (
            {"SLACK_BOT_TOKEN": BOT_TOKEN, **OMNI},
            ["SLACK_SIGNING_SECRET is not set", "For Socket Mode set SLACK_APP_TOKEN instead"],
        ),
        (HTTP | {"OMNI_API_KEY": ""}, ["OMNI_API_KEY is not set", "Settings > API access"]),
        (HTTP | {"OMNI_BASE_URL": " "}, ["OMNI_BASE_URL is not set", "browser's address bar"]),
        (
            {"SLACK_BOT_TOKEN": BOT_TOKEN},
            ["SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "OMNI_BASE_URL", "OMNI_API_KEY"],
        ),
    ],
)
def test_half_set_is_told_at_once_with_all_that_is_missing(
    environ: dict[str, str], named: list[str]
) -> None:
    text = complaint(environ)
    assert [words for words in named if words not in text] == []


def test_a_missing_value_is_told_with_the_screen_and_field_that_have_it() -> None:
    assert complaint(HTTP | {"SLACK_BOT_TOKEN": ""}) == (
        "SLACK_BOT_TOKEN is not set: copy it from Slack's app settings, OAuth & Permissions > "
        "OAuth Tokens > Bot User OAuth Token; it begins with xoxb-."
    )


def test_every_fault_is_told_at_once_and_can_be_told_one_by_one() -> None:
    wrong = {"PORT": "http", "LOG_LEVEL": "loud", "DATABASE_URL": "mysql://x"}
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(HTTP | wrong)
    assert {fault.variable for fault in caught.value.faults} == set(wrong)
    assert all(fault.text in str(caught.value) for fault in caught.value.faults)


@pytest.mark.parametrize("variable", ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "OMNI_API_KEY"])
@pytest.mark.parametrize(
    "value",
    ["...", "…", "changeme", "your-token", "<api-key>", "xxxxxxxx", "secret", "example-key"],
)
def test_a_placeholder_is_no_secret(variable: str, value: str) -> None:
    assert f"{variable} still holds a placeholder" in complaint(HTTP | {variable: value})


@pytest.mark.parametrize("value", ["xoxb-your-token", "xoxb-", "xoxb-...", "xoxb-xxxx-xxxx"])
def test_a_placeholder_with_the_right_beginning_is_no_token(value: str) -> None:
    assert "still holds a placeholder" in complaint(HTTP | {"SLACK_BOT_TOKEN": value})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SLACK_BOT_TOKEN", APP_TOKEN),
        ("SLACK_BOT_TOKEN", BOT_TOKEN.replace("xoxb", "xoxp")),
        ("SLACK_APP_TOKEN", BOT_TOKEN),
        ("SLACK_SIGNING_SECRET", BOT_TOKEN),
        ("OMNI_API_KEY", APP_TOKEN),
    ],
)
def test_a_secret_in_the_wrong_place_is_noticed(variable: str, value: str) -> None:
    text = complaint(SOCKET | HTTP | {variable: value})
    assert f"{variable} holds another kind of secret" in text


@pytest.mark.parametrize("value", [f"Bearer {OMNI_KEY}", f"{OMNI_KEY}\nsecond"])
def test_a_secret_with_something_around_it_is_refused(value: str) -> None:
    assert "OMNI_API_KEY has blanks or letters" in complaint(HTTP | {"OMNI_API_KEY": value})


def test_blanks_around_a_value_do_no_harm() -> None:
    assert Settings.from_env(HTTP | {"OMNI_API_KEY": f" {OMNI_KEY}\r\n"}).omni_api_key == OMNI_KEY


def test_no_message_repeats_a_secret() -> None:
    wrong = {"SLACK_BOT_TOKEN": "xoxp-12-real", "OMNI_API_KEY": "a real key", "PORT": "x"}
    text = complaint(HTTP | wrong | {"DATABASE_URL": "postgres://me:a real key@[x/db"})
    assert "real" not in text


@pytest.mark.parametrize(
    "value",
    [
        "https://acme.omniapp.co",
        "https://acme.omniapp.co/api/",
        "https://bi.acme.com",
        "http://127.0.0.1:8080",
        "http://localhost:8080/api",
    ],
)
def test_omni_is_reached_over_https_or_on_this_machine(value: str) -> None:
    assert Settings.from_env(HTTP | {"OMNI_BASE_URL": value}).omni_base_url == value


@pytest.mark.parametrize(
    "value",
    ["http://acme.omniapp.co", "acme.omniapp.co", "https://", "https://acme.omniapp.co/dashboards"],
)
def test_an_address_that_cannot_be_omnis_is_refused(value: str) -> None:
    assert "OMNI_BASE_URL must" in complaint(HTTP | {"OMNI_BASE_URL": value})


@pytest.mark.parametrize("value", ["http://slack.com/api/", "slack.com", "https://", "http://[x"])
def test_slacks_address_must_be_private_too(value: str) -> None:
    assert "SLACK_API_URL must begin with https://" in complaint(HTTP | {"SLACK_API_URL": value})


@pytest.mark.parametrize(
    ("value", "for_async", "for_sync"),
    [
        ("sqlite:///a.db", "sqlite+aiosqlite:///a.db", "sqlite:///a.db"),
        ("sqlite:////var/a.db", "sqlite+aiosqlite:////var/a.db", "sqlite:////var/a.db"),
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://h/d?", "postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
        ("sqlite:///a.db?timeout=5", "sqlite+aiosqlite:///a.db", "sqlite:///a.db"),
        (
            "postgres://h/d?sslmode=verify-full&sslrootcert=/ca.pem&application_name=bot",
            "postgresql+psycopg://h/d",
            "postgresql+psycopg://h/d",
        ),
    ],
)
def test_a_database_has_an_address_for_each_kind_of_engine(
    value: str, for_async: str, for_sync: str
) -> None:
    settings = Settings.from_env({"DATABASE_URL": value})
    assert settings.async_database_url.partition("?")[0] == for_async
    assert settings.sync_database_url.partition("?")[0] == for_sync


def test_a_silent_postgres_is_given_up_after_as_long_as_the_address_says() -> None:
    for given, timeout in [("", "5000"), ("&tcp_user_timeout=900", "900")]:
        settings = Settings.from_env({"DATABASE_URL": f"postgresql://h/d?sslmode=require{given}"})
        query = parse_qs(urlsplit(settings.async_database_url).query)
        assert query["tcp_user_timeout"] == [timeout]
        assert query["connect_timeout"] == ["5"]
        assert query["sslmode"] == ["require"]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("sqlite:///", "is for neither SQLite nor Postgres"),
        ("sqlite://", "is for neither SQLite nor Postgres"),
        ("omni-schedule.db", "is for neither SQLite nor Postgres"),
        ("mysql://h/d", "is for neither SQLite nor Postgres"),
        ("sqlite:///:memory:", "must be a file"),
        ("postgresql://u:pa@ss:word@h:port/d", "write special characters of the password as"),
        ("postgresql://u:pa[ss@h/d", "write special characters of the password as"),
        ("postgresql://u:pa@ss@h/d", "write special characters of the password as"),
        ("postgresql://u:12/pa@h/d", "write special characters of the password as"),
        ("postgresql://u:12?pa@h/d", "write special characters of the password as"),
        ("sqlite:///file:a.db?mode=rwc&uri=true", "must be a file, by its path"),
        ("sqlite:///a.db?timeout=abc", "something that its database does not take"),
        ("sqlite:///a.db?timeout=1&timeout=2", "something that its database does not take"),
        ("sqlite:///a.db?check_same_thread=maybe", "something that its database does not take"),
        ("postgresql://h/d?prepare_threshold=0", "something that its database does not take"),
        ("postgresql://h/d?autocommit=yes", "something that its database does not take"),
        ("postgresql://h/d?nonsense=1", "something that its database does not take"),
        ("postgresql://h/d?port=abc", "something that its database does not take"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused(value: str, problem: str) -> None:
    assert problem in complaint({"DATABASE_URL": value})


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("/omni", "must not be /omni, which is Omni's own Slack app's"),
        ("omni-schedule", "must be a slash and one word in lower case"),
        ("/Omni-Schedule", "must be a slash and one word in lower case"),
        ("/omni schedule", "must be a slash and one word in lower case"),
        ("/", "must be a slash and one word in lower case"),
        ("/" + 32 * "a", "is longer than Slack's 32"),
    ],
)
def test_a_command_that_slack_or_omni_would_not_let_us_have_is_refused(
    value: str, problem: str
) -> None:
    assert f"SLASH_COMMAND {problem}" in complaint({"SLASH_COMMAND": value})


@pytest.mark.parametrize("value", ["-1", "65536", "3000.0", "٣", "1e3", 5000 * "1"])
def test_a_port_is_a_number_up_to_65535(value: str) -> None:
    assert "PORT is not a port: write a number from 0 to 65535" in complaint({"PORT": value})


@pytest.mark.parametrize(
    ("variable", "value", "choices"),
    [
        ("LOG_LEVEL", "loud", "write DEBUG, INFO, WARNING or ERROR"),
        ("LOG_FORMAT", "xml", "write text or json"),
        ("METRICS", "yes", "write on or off"),
    ],
)
def test_where_there_are_a_few_choices_they_are_named(
    variable: str, value: str, choices: str
) -> None:
    assert complaint({variable: value}) == f"{variable} does not take that value: {choices}."


def test_the_process_is_known_by_its_dyno_or_its_container() -> None:
    assert Settings.from_env({}).executor_id == "local"
    assert Settings.from_env({"HOSTNAME": "4f2a9c"}).executor_id == "4f2a9c"
    assert Settings.from_env({"HOSTNAME": "4f2a9c", "DYNO": "web.1"}).executor_id == "web.1"


def test_no_secret_shows_when_settings_are_printed() -> None:
    settings = Settings.from_env(SOCKET | HTTP | {"DATABASE_URL": "postgres://u:hunter22@h/d"})
    assert set(settings.secrets) == {BOT_TOKEN, APP_TOKEN, SIGNING_SECRET, OMNI_KEY, "hunter22"}
    escaped = Settings.from_env({"DATABASE_URL": "postgres://u:hunter%4022@h/d"})
    assert set(escaped.secrets) == {"hunter%4022", "hunter@22"}
    rewritten = Settings.from_env({"DATABASE_URL": "postgres://u:hunter!22@h/d"})
    (written,) = {*rewritten.secrets} - {"hunter!22"}
    assert f":{written}@" in rewritten.async_database_url
    asked = Settings.from_env({"DATABASE_URL": "postgresql://u@h/d?password=hunter+%4022"})
    assert {"hunter @22", "hunter+%4022"} <= set(asked.secrets)
    assert [secret for secret in settings.secrets if secret in f"{settings!r} {settings}"] == []


@pytest.mark.parametrize("address", ["postgresql://bot:hunter22@[::1/omni", "mysql://[x/omni"])
def test_the_other_secrets_are_known_where_the_databases_address_cannot_be_read(
    address: str,
) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(HTTP | {"DATABASE_URL": address})
    assert "hunter22" not in str(caught.value)
    assert caught.value.rest is not None
    assert set(caught.value.rest.secrets) == {BOT_TOKEN, SIGNING_SECRET, OMNI_KEY}


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    # As an editor on Windows writes it, with a mark that would otherwise join the first name.
    file.write_text("PORT=4000\nSLASH_COMMAND='/from-${FILE}'\n", encoding="utf-8-sig")
    monkeypatch.setenv("PORT", "5000")
    with pytest.raises(SettingsError, match="must be a slash and one word in lower case"):
        load(file)
    file.write_text("PORT=4000\nLOG_LEVEL=ERROR\n", encoding="utf-8-sig")
    assert (load(file).port, load(file).log_level) == (5000, "ERROR")
    monkeypatch.delenv("PORT")
    assert load(file).port == 4000


def test_a_file_that_is_no_text_is_told_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PORT=3000\n", encoding="utf-16")
    with pytest.raises(SettingsError, match="cannot be read as UTF-8 text"):
        load(file)


def test_a_line_that_cannot_be_read_is_told_by_its_number_and_hides_no_other(
    tmp_path: Path,
) -> None:
    file = tmp_path / ".env"
    file.write_text('SLACK_BOT_TOKEN="xoxb-1111\nPORT=3000\nSLACK_APP_TOKEN: xapp-1\n')
    with pytest.raises(SettingsError) as caught:
        load(file)
    rule = "cannot be read: write NAME=value, and close every quote."
    assert [one.text for one in caught.value.faults] == [f"{file}:1 {rule}", f"{file}:3 {rule}"]
    assert "1111" not in str(caught.value)


def test_a_folder_of_that_name_sets_nothing(tmp_path: Path) -> None:
    assert load(tmp_path).mode is Mode.PLAYGROUND


def written(file: Path, environ: dict[str, str]) -> Path:
    file.write_text("".join(f"{name}={value}\n" for name, value in environ.items()))
    return file


def test_the_playground_can_be_asked_for_whatever_is_set(tmp_path: Path) -> None:
    file = written(tmp_path / ".env", SOCKET)
    assert load(file).mode is Mode.SOCKET
    playground = load_for_playground(file)
    assert (playground.mode, playground.secrets) == (Mode.PLAYGROUND, ())


@pytest.mark.parametrize("token", ["half set", " "])
def test_the_playground_leaves_a_real_database_and_policy_alone_and_names_them(
    token: str, tmp_path: Path
) -> None:
    real = {"DATABASE_URL": "postgresql://h/real", "POLICY_FILE": "real.toml"}
    given = {"SLACK_BOT_TOKEN": token, "PORT": "4000", **real}
    playground = load_for_playground(written(tmp_path / ".env", given))
    assert (playground.database_url, playground.policy_file) == (DEFAULT_DATABASE_URL, None)
    assert set(playground.unused) == {*real, *(["SLACK_BOT_TOKEN"] if token.strip() else [])}
    assert playground.port == 4000


def test_whoever_needs_the_database_alone_has_it_whatever_is_wrong_elsewhere(
    tmp_path: Path,
) -> None:
    wrong = {"SLACK_BOT_TOKEN": "half set", "OMNI_BASE_URL": "nowhere", "SLACK_API_URL": "x"}
    file = written(tmp_path / ".env", wrong | {"DATABASE_URL": "sqlite:///real.db"})
    assert load_for_database(file).database_url == "sqlite:///real.db"


def test_the_example_names_every_variable_and_opens_the_playground_as_it_is() -> None:
    text = (ROOT / ".env.example").read_text()
    names = {line.lstrip("#").split("=")[0] for line in text.splitlines() if "=" in line}
    assert {*WHERE, "HOST", "POLICY_FILE"} == {name for name in names if name.isupper()}
    values = {name: value or "" for name, value in dotenv_values(ROOT / ".env.example").items()}
    assert Settings.from_env(values).mode is Mode.PLAYGROUND


@pytest.mark.parametrize(("process", "mode"), [("web", "http"), ("worker", "socket")])
def test_each_process_of_the_procfile_serves_in_its_own_way(
    process: str, mode: str, tmp_path: Path
) -> None:
    lines = (ROOT / "Procfile").read_text().splitlines()
    commands = dict(line.split(": ", 1) for line in lines)
    show = shlex.quote("from bot.settings import load; print(load().mode)")
    command = commands[process].replace("python -m bot", f"{shlex.quote(sys.executable)} -c {show}")
    # A platform gives every process the same variables, and runs its line in a shell.
    done = subprocess.run(
        command,
        shell=True,
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **SOCKET, **HTTP},
    )
    assert done.stdout.strip() == mode


@pytest.mark.parametrize("quoted", ['"{}"', "'{}'", "“{}”"])
@pytest.mark.parametrize("variable", ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "OMNI_API_KEY"])
def test_quotes_that_a_loader_kept_are_no_part_of_a_secret(variable: str, quoted: str) -> None:
    said = complaint(HTTP | {variable: quoted.format(HTTP[variable])})
    assert f"{variable} is in quotes, which some loaders keep: take them off" in said
