"""From the environment to a running process, and what is said where that cannot be."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from bot import database, log, settings
from bot.errors import PersonError
from bot.policy import Policy
from bot.policy_file import read
from bot.settings import Mode, Settings, SettingsError

BAD_CONFIGURATION = 2
COULD_NOT_START = 1

#: What whoever starts the process can mend: it ends with a line, without a stack trace.
MENDABLE = (SettingsError, PersonError, SQLAlchemyError, OSError)

logger = logging.getLogger(__name__)


def serve(play: Callable[[Settings], int]) -> int:
    """Serve in the mode that the environment names, with nothing configured through `play`."""
    try:
        chosen = settings.load()
        policy = policy_of(chosen)
    except (SettingsError, PersonError) as error:
        return failed(str(error), BAD_CONFIGURATION)
    log.configure(chosen.log_level, chosen.log_format, hide=chosen.secrets)
    logger.info("%s", chosen.reason)
    return play(chosen) if chosen.mode is Mode.PLAYGROUND else run(chosen, policy)


def run(chosen: Settings, policy: Policy) -> int:
    """Serve Slack until told to stop."""
    # Until it serves, nothing is under way. And the first process of a container is ended by no
    # signal that it does not handle, while a start may wait for Slack or for the database.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    from bot.serve import serve as serve_slack  # noqa: PLC0415 - `migrate` needs none of it

    try:
        asyncio.run(serve_slack(chosen, policy))
    except MENDABLE as error:
        return ended_by(error, chosen)
    # All is done or on record. Returning would wait for every thread, and one of the durable
    # engine's waits for as long as the database is away.
    logging.shutdown()
    os._exit(0)


def _end(*_: object) -> None:
    os._exit(0)


def migrate() -> int:
    """Bring the database to this version of the bot, with the durable engine's own tables."""
    from bot import durable  # noqa: PLC0415 - `history` needs none of it

    try:
        chosen = settings.load_for_database()
    except SettingsError as error:
        return failed(str(error), BAD_CONFIGURATION)
    try:
        before = database.migrate(chosen.sync_database_url)
        durable.migrate(chosen.sync_database_url)
    except MENDABLE as error:
        return ended_by(error, chosen)
    print(f"The database was at {before or 'nothing'} and is at {database.HEAD}.")  # noqa: T201 - its output
    return 0


def policy_of(chosen: Settings) -> Policy:
    """Read the policy file that the settings name; raise PersonError."""
    if chosen.policy_file is None:
        return Policy()
    try:
        text = chosen.policy_file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PersonError(f"POLICY_FILE {chosen.policy_file}: it cannot be read: {error}") from None
    return read(text, file=str(chosen.policy_file))


def ended_by(error: Exception, chosen: Settings) -> int:
    """Say what ends the process, one of `MENDABLE`, and return its exit status."""
    if isinstance(error, SettingsError):
        return failed(str(error), BAD_CONFIGURATION)
    if isinstance(error, SQLAlchemyError):
        return failed(database.describe_fault(error, chosen.database_url), COULD_NOT_START)
    return failed(str(error), COULD_NOT_START)


def failed(words: str, status: int) -> int:
    """Say why the process ends, without a stack trace."""
    print(words, file=sys.stderr)  # noqa: T201 - a command line's last words
    return status
