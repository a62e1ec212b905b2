"""The only reader of the environment: every variable, checked once and all together."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from dotenv.parser import parse_stream

from bot.omni.wire import api_url, is_loopback

DEFAULT_SLACK_API_URL = "https://slack.com/api/"
DEFAULT_DATABASE_URL = "sqlite:///omni-schedule.db"
DEFAULT_SLASH_COMMAND = "/omni-schedule"

# Where a person finds each value: screen, section and field of https://api.slack.com/apps > the app
# and of https://docs.omni.co/api/authentication, and otherwise what the value looks like.
WHERE: Mapping[str, str] = {
    "SLACK_BOT_TOKEN": "copy it from Slack's app settings, OAuth & Permissions > OAuth Tokens > "
    "Bot User OAuth Token; it begins with xoxb-",
    "SLACK_APP_TOKEN": "make one in Slack's app settings, Basic Information > App-Level Tokens, "
    "with the scope connections:write; it begins with xapp-",
    "SLACK_SIGNING_SECRET": "copy it from Slack's app settings, Basic Information > "
    "App Credentials > Signing Secret",
    "SLACK_API_URL": "leave it out for " + DEFAULT_SLACK_API_URL,
    "OMNI_BASE_URL": "copy it from your browser's address bar in Omni, up to the first single "
    "slash, for example https://acme.omniapp.co",
    "OMNI_API_KEY": "make a personal access token in Omni, in the profile's settings of the bot's "
    "user, or else a key, Settings > API access > Organization keys > Generate new key",
    "DATABASE_URL": "write sqlite:///omni-schedule.db or postgresql://user:password@host/name",
    "SLASH_COMMAND": "copy it from Slack's app settings, Slash Commands, for example "
    "/omni-schedule",
    "PORT": "write a number from 0 to 65535, where 0 takes any free port",
    "LOG_LEVEL": "write DEBUG, INFO, WARNING or ERROR",
    "LOG_FORMAT": "write text or json",
    "METRICS": "write on or off",
}
#: How long packets to Postgres may go unacknowledged before the bot takes the network for dead,
#: unless DATABASE_URL says otherwise: Linux would wait for a quarter of an hour, or for ever, and
#: people with it. A Postgres that hangs while its machine acknowledges is waited for.
#: libpq's words; seconds, but for `tcp_user_timeout`, which is in milliseconds.
#: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
POSTGRES_PATIENCE: Mapping[str, str] = {
    "connect_timeout": "5",
    "tcp_user_timeout": "5000",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
}
#: With one of these set, it is a bot that serves a workspace; with none, the playground.
FOR_A_WORKSPACE = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")
FOR_OMNI = ("OMNI_BASE_URL", "OMNI_API_KEY")
#: What leads to a real workspace, a real Omni, and what a real bot remembers and goes by: the
#: playground leaves it alone, as its stand-ins would answer for real changes.
NOT_FOR_PLAYGROUND = (*FOR_A_WORKSPACE, *FOR_OMNI, "DATABASE_URL", "POLICY_FILE")
ENV_FILE = Path(".env")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
HIGHEST_PORT = 65535
LONGEST_SLASH_COMMAND = 32  # https://docs.slack.dev/reference/app-manifest, with the slash

# A real secret has digits and random letters between its dashes, never one of these words.
_PLACEHOLDER_WORDS = {"your", "change", "changeme", "placeholder", "replace", "example", "here"}
_PLACEHOLDERS = {"secret", "token", "password", "key", "todo", "none", "null"}


class Mode(StrEnum):
    """The three ways to serve."""

    PLAYGROUND = "playground"
    SOCKET = "socket"
    HTTP = "http"


class LogFormat(StrEnum):
    """The two ways to write a log line."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Fault:
    """One variable that cannot be used as it stands, and a sentence with the repair."""

    variable: str
    text: str


class SettingsError(Exception):
    """Name, in one line, every variable at fault and where to find its value.

    `rest` has what the other variables say; None where nothing could be read.
    """

    def __init__(self, faults: tuple[Fault, ...], rest: "Settings | None" = None) -> None:
        super().__init__(" ".join(fault.text for fault in faults))
        self.faults = faults
        self.rest = rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment says, checked.

    What a mode does not need may be empty: everything of Slack's and Omni's in the playground.
    """

    mode: Mode
    slack_bot_token: str = field(default="", repr=False)
    slack_app_token: str = field(default="", repr=False)
    slack_signing_secret: str = field(default="", repr=False)
    slack_api_url: str = DEFAULT_SLACK_API_URL
    omni_base_url: str = ""
    omni_api_key: str = field(default="", repr=False)
    database_url: str = field(default=DEFAULT_DATABASE_URL, repr=False)  # has a password
    policy_file: Path | None = None
    slash_command: str = DEFAULT_SLASH_COMMAND
    host: str = "127.0.0.1"
    port: int = 3000
    log_level: str = "INFO"
    log_format: LogFormat = LogFormat.TEXT
    metrics: bool = False
    executor_id: str = "local"
    unused: tuple[str, ...] = ()  # what is set and the playground leaves alone, where that runs

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Check every variable; raise SettingsError with all faults at once.

        A blank value counts as unset.
        """
        given = _Given(environ)
        mode = given.mode()
        playground = mode is Mode.PLAYGROUND
        settings = cls(
            mode=mode,
            slack_bot_token=given.secret("SLACK_BOT_TOKEN", prefix="xoxb-"),
            slack_app_token=given.secret("SLACK_APP_TOKEN", prefix="xapp-"),
            slack_signing_secret=given.secret("SLACK_SIGNING_SECRET"),
            slack_api_url=given.slack_api_url(),
            omni_base_url="" if playground else given.omni_base_url(),
            omni_api_key="" if playground else given.secret("OMNI_API_KEY", required=True),
            database_url=given.database_url(),
            policy_file=Path(file) if (file := given.text("POLICY_FILE")) else None,
            slash_command=given.slash_command(),
            # The playground has no login. Elsewhere a platform's router comes from outside.
            host="127.0.0.1" if playground else given.text("HOST", "0.0.0.0"),  # noqa: S104 - above
            port=given.port(),
            log_level=given.choice("LOG_LEVEL", LOG_LEVELS, "INFO"),
            log_format=LogFormat(given.choice("LOG_FORMAT", tuple(LogFormat), "text")),
            metrics=given.metrics(mode),
            # A dyno keeps its name over restarts, and so does a container that is not replaced.
            executor_id=given.text("DYNO") or given.text("HOSTNAME", "local"),
            unused=tuple(filter(given.text, NOT_FOR_PLAYGROUND)) if playground else (),
        )
        if given.faults:
            raise SettingsError(tuple(given.faults), settings)
        return settings

    @property
    def async_database_url(self) -> str:
        """The database's address for an asynchronous engine."""
        return self._database_url(sqlite="sqlite+aiosqlite")

    @property
    def sync_database_url(self) -> str:
        """The database's address for migrations and the durable engine."""
        return self._database_url(sqlite="sqlite")

    def _database_url(self, *, sqlite: str) -> str:
        # Imported where it is needed, as whoever only reads settings need not wait for it.
        from sqlalchemy.engine import make_url  # noqa: PLC0415 - as said above

        url = make_url(self.database_url)
        if url.drivername == "sqlite":
            url = url.set(drivername=sqlite)
        else:
            patient = {**POSTGRES_PATIENCE, **url.query}
            url = url.set(drivername="postgresql+psycopg", query=patient)
        return url.render_as_string(hide_password=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that no log line may contain."""
        slack = (self.slack_bot_token, self.slack_app_token, self.slack_signing_secret)
        try:
            address = urlsplit(self.database_url)
        except ValueError:  # a fault of its own, whose words quote nothing of it
            address = urlsplit("")
        password = address.password or ""
        asked = dict(parse_qsl(address.query))  # libpq takes passwords there, too
        plain = (unquote(password), asked.get("password", ""), asked.get("sslpassword", ""))
        # As it was given, as it is, and as SQLAlchemy writes it into an address.
        written = (spell(each) for each in plain for spell in (str, _as_password, quote_plus))
        passwords = dict.fromkeys((password, *written))
        return tuple(filter(None, (*slack, self.omni_api_key, *passwords)))

    @property
    def reason(self) -> str:
        """How the bot serves and why, in a sentence for the log."""
        match self.mode:
            case Mode.PLAYGROUND:
                return "Serving the playground, because no variable of Slack's is set"
            case Mode.SOCKET if self.slack_signing_secret:
                # Both are set where people copy everything; Socket Mode needs no public address.
                both = "SLACK_APP_TOKEN and SLACK_SIGNING_SECRET are both set"
                return f"Serving in Socket Mode: {both}, and the first counts"
            case Mode.SOCKET:
                return "Serving in Socket Mode, because SLACK_APP_TOKEN is set"
            case Mode.HTTP:
                return "Serving over HTTP, because SLACK_SIGNING_SECRET is set"


def load(file: Path = ENV_FILE) -> Settings:
    """Read `.env` and then the environment, which wins; raise SettingsError."""
    return Settings.from_env(_environ(file))


def load_for_playground(file: Path = ENV_FILE) -> Settings:
    """Read what the playground uses, as `load` does, and name what it leaves alone."""
    environ = _environ(file)
    chosen = Settings.from_env(_without(environ, *_OUTSIDE, "DATABASE_URL", "POLICY_FILE"))
    return replace(chosen, unused=tuple(filter(_Given(environ).text, NOT_FOR_PLAYGROUND)))


def load_for_database(file: Path = ENV_FILE) -> Settings:
    """Read what leads to the database, as `load` does, whatever is said of Slack and Omni."""
    return Settings.from_env(_without(_environ(file), *_OUTSIDE))


_OUTSIDE = ("SLACK_", "OMNI_")


def _without(environ: Mapping[str, str], *starts: str) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith(starts)}


def _environ(file: Path) -> dict[str, str]:
    return _written(file) | dict(os.environ)


def _written(file: Path) -> dict[str, str]:
    """Return what a file sets, as it stands: a secret may contain "${"."""
    if not file.exists() or file.is_dir():  # some name a virtual environment so
        return {}
    try:
        with file.open(encoding="utf-8-sig") as lines:
            found = tuple(parse_stream(lines))
    except (OSError, UnicodeDecodeError) as error:
        text = f"{file} cannot be read as UTF-8 text: {error}."
        raise SettingsError((Fault(str(file), text),)) from None
    if unread := [one.original.line for one in found if one.error]:
        rule = "write NAME=value, and close every quote."
        faults = (Fault(str(file), f"{file}:{line} cannot be read: {rule}") for line in unread)
        raise SettingsError(tuple(faults))
    return {one.key: one.value or "" for one in found if one.key is not None}


def _as_password(plain: str) -> str:
    return quote(plain, safe=" +")


class _Given:
    """What was given for each variable, and what was found wrong with it so far."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.faults: list[Fault] = []

    def text(self, name: str, default: str = "") -> str:
        return self._environ.get(name, "").strip() or default

    def mode(self) -> Mode:
        bot, app, secret = map(self.text, FOR_A_WORKSPACE)
        if not bot and not app and not secret:
            return Mode.PLAYGROUND
        if not bot:
            self._fault("SLACK_BOT_TOKEN", "is not set")
        if app:
            return Mode.SOCKET
        if not secret:
            other = f"For Socket Mode set SLACK_APP_TOKEN instead: {WHERE['SLACK_APP_TOKEN']}."
            self._fault("SLACK_SIGNING_SECRET", "is not set")
            self.faults.append(Fault("SLACK_APP_TOKEN", other))
        return Mode.HTTP

    def secret(self, name: str, *, prefix: str = "", required: bool = False) -> str:
        value = self.text(name)
        if (value or required) and (problem := _problem_of_secret(value, prefix)):
            self._fault(name, problem)
        return value

    def slack_api_url(self) -> str:
        value = self.text("SLACK_API_URL", DEFAULT_SLACK_API_URL)
        if not _is_private_url(value):
            self._fault("SLACK_API_URL", "must begin with https://")
        return value.rstrip("/") + "/"

    def omni_base_url(self) -> str:
        value = self.text("OMNI_BASE_URL")
        if not value:
            self._fault("OMNI_BASE_URL", "is not set")
            return value
        try:
            api_url(value)
        except ValueError as error:
            self.faults.append(Fault("OMNI_BASE_URL", str(error)))
        return value

    def database_url(self) -> str:
        value = self.text("DATABASE_URL", DEFAULT_DATABASE_URL)
        if problem := _problem_of_database(value):
            self._fault("DATABASE_URL", problem)
        return value

    def slash_command(self) -> str:
        value = self.text("SLASH_COMMAND", DEFAULT_SLASH_COMMAND)
        if value == "/omni":
            self._fault("SLASH_COMMAND", "must not be /omni, which is Omni's own Slack app's")
        elif not re.fullmatch(r"/[^\s/]+", value) or value != value.lower():
            self._fault("SLASH_COMMAND", "must be a slash and one word in lower case")
        elif len(value) > LONGEST_SLASH_COMMAND:
            self._fault("SLASH_COMMAND", f"is longer than Slack's {LONGEST_SLASH_COMMAND}")
        return value

    def port(self) -> int:
        value = self.text("PORT", "3000")
        if re.fullmatch("[0-9]{1,5}", value) and int(value) <= HIGHEST_PORT:
            return int(value)
        self._fault("PORT", "is not a port")
        return 0

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self.text(name, default)
        found = next((choice for choice in choices if choice.lower() == value.lower()), None)
        if found is None:
            self._fault(name, "does not take that value")
        return found or default

    def metrics(self, mode: Mode) -> bool:
        on = self.choice("METRICS", ("on", "off"), "off") == "on"
        if on and mode is Mode.SOCKET:
            text = (
                "METRICS is on, but Socket Mode has no HTTP to serve /metrics on: "
                "set METRICS=off, or serve over HTTP."
            )
            self.faults.append(Fault("METRICS", text))
        return on

    def _fault(self, name: str, problem: str) -> None:
        self.faults.append(Fault(name, f"{name} {problem}: {WHERE[name]}."))


_QUOTES = ("'", '"', "`", "\N{LEFT DOUBLE QUOTATION MARK}", "\N{LEFT SINGLE QUOTATION MARK}")


def _problem_of_secret(value: str, prefix: str) -> str | None:
    if not value:
        return "is not set"
    if _is_placeholder(value.removeprefix(prefix)):
        return "still holds a placeholder"
    if value[0] in _QUOTES:
        return "is in quotes, which some loaders keep: take them off"
    if not value.startswith(prefix) or (not prefix and value.startswith(("xox", "xapp-"))):
        return "holds another kind of secret"
    if not re.fullmatch("[!-~]+", value):
        return "has blanks or letters in it that no secret has"
    return None


def _is_placeholder(value: str) -> bool:
    words = re.split("[^a-z0-9]+", value.lower())
    only_filling = re.fullmatch(r"[x\W_]*", value.lower())
    bracketed = value.startswith("<")
    return bool(only_filling or bracketed or value.lower() in _PLACEHOLDERS) or not (
        _PLACEHOLDER_WORDS.isdisjoint(words)
    )


def _is_private_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    host = parts.hostname or ""
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    return encrypted and bool(host)


def _problem_of_database(value: str) -> str | None:
    if re.fullmatch("sqlite:///.+", value):
        # What was decided must outlive the process. And not all that reads takes SQLite's own URIs.
        if re.search(":memory:|mode=memory|^sqlite:///file:", value):
            return "must be a file, by its path"
        return _problem_of_query(value, "sqlite")
    if not re.match("postgres(ql)?://", value):
        return "is for neither SQLite nor Postgres"
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return _UNREADABLE
    # Readers differ in where such a password ends, and the rest of it would show as the host.
    if not value.count("@") == parts.netloc.count("@") <= 1:
        return _UNREADABLE
    return _problem_of_query(value, "postgresql+psycopg")


def _problem_of_query(value: str, driver: str) -> str | None:
    """Let those read it who will: SQLAlchemy when it connects, and libpq what it is then given."""
    if "?" not in value:
        return None
    # Imported where they are needed, as in `_database_url`.
    from psycopg import ProgrammingError  # noqa: PLC0415 - as said above
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 - as said above
    from sqlalchemy.engine import make_url  # noqa: PLC0415 - as said above
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415 - as said above

    url = make_url(value).set(drivername=driver)
    try:
        _, options = url.get_dialect()().create_connect_args(url)
        if driver != "sqlite":
            make_conninfo(**options)
    except (ArgumentError, ProgrammingError, TypeError, ValueError):
        return 'asks after its "?" for something that its database does not take'
    return None


_UNREADABLE = "cannot be read; write special characters of the password as %40, %3A, %2F"
