"""What can be checked on this machine: the secret's shape, HOST, zone data, the database."""

import re
import zoneinfo
from dataclasses import replace
from importlib.metadata import version

from sqlalchemy.exc import SQLAlchemyError

from bot import database as databases
from bot.diagnosis import Finding, fail, ok, warn
from bot.errors import PersonError
from bot.listening import opened
from bot.schedule import parse_zone
from bot.settings import WHERE, Mode, Settings


def signing_secret(chosen: Settings) -> list[Finding]:
    """Look at the shape of the secret; only a request of Slack's can show that it is right."""
    secret = chosen.slack_signing_secret
    if not secret:
        return []
    if re.fullmatch("[0-9a-f]{32}", secret):
        text = "has the shape of one. Slack's first request will show whether it is this app's."
        return [ok("SLACK_SIGNING_SECRET", text)]
    text = (
        "is not 32 characters from 0-9 and a-f, as Slack's are, so every request of Slack's would "
        f"be refused: {WHERE['SLACK_SIGNING_SECRET']}."
    )
    return [fail("SLACK_SIGNING_SECRET", text)]


def host(chosen: Settings) -> list[Finding]:
    """Look whether HTTP can listen there, at any port: at the right one the bot itself may run."""
    if chosen.mode is not Mode.HTTP:
        return []
    try:
        opened(replace(chosen, port=0)).close()
    except PersonError as error:
        return [fail("HTTP", error.text)]
    return [ok("HTTP", f"can listen on {chosen.host}.")]


def zones() -> Finding:
    """Tell which zone data the bot computes with."""
    parse_zone("Europe/London")  # whoever loads a zone has turned the system's data off
    if zoneinfo.TZPATH:
        return fail("zone data", f"would come from {zoneinfo.TZPATH[0]}, not from the package.")
    text = f"tzdata {version('tzdata')}, packaged with the bot; the operating system's is not used."
    return ok("zone data", text)


def database(chosen: Settings) -> Finding:
    """Look whether the database answers, takes writes, and has this version's schema."""
    try:
        found = databases.inspect(chosen.sync_database_url)
    except (SQLAlchemyError, OSError) as error:
        fault = databases.describe_fault(error, chosen.database_url)
        repair = (
            "Check DATABASE_URL, that it runs and that the bot may write there; "
            "on Postgres it also needs CREATE on the database."
        )
        return fail("database", f"{fault}. {repair}")
    if found == databases.HEAD:
        return ok("database", f"answers, can be written, and its schema is at {found}.")
    if found > databases.HEAD:
        text = f"its schema is at {found}, made by a newer version of the bot. Install that one."
        return fail("database", text)
    had = f"its schema is at {found}" if found else "it has no tables yet"
    return warn("database", f"{had}; the next start or `python -m bot migrate` brings it up.")
