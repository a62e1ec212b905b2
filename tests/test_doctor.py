"""What the doctor finds, asked of stand-ins over HTTP, and how it says to mend it."""

import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from slack_sdk.web.async_client import AsyncWebClient

from bot.database import migrate
from bot.diagnosis import Finding, Level, fail, without
from bot.doctor import examine
from bot.doctor.slack import _clock
from bot.manifest import FILE, scopes
from bot.playground.omni import Fault, OmniStandIn
from bot.playground.slack import SlackStandIn
from bot.playground.start import Playground, listening
from bot.settings import Mode, Settings
from tests.databases import Database, Postgres
from tests.world import surroundings

ROOT = Path(__file__).parent.parent
SECRET = "0123456789abcdef0123456789abcdef"
READS_CHANNELS = "channels:read"

POLICY = """\
[defaults]
approvers = ["U0APPROVER", "S0PLATFORM"]
channels = ["C0DATATEAM"]

[connections."Finance Redshift"]
channels = ["C0FINANCE"]
"""


@dataclass
class Clinic:
    """The stand-ins, the settings that lead to them, and the folder for files."""

    slack: SlackStandIn
    playground: Playground
    settings: Settings
    folder: Path
    ahead: timedelta = timedelta()

    def write_policy(self, text: str = POLICY) -> None:
        file = self.folder / "policy.toml"
        file.write_text(text)
        self.settings = replace(self.settings, policy_file=file)

    async def finds(self) -> list[Finding]:
        return await examine(self.settings, clock=lambda: datetime.now(UTC) + self.ahead)

    async def says(self, about: str) -> list[tuple[Level, str]]:
        return [(line.level, line.text) for line in await self.finds() if line.about == about]

    async def says_one(self, about: str) -> tuple[Level, str]:
        (only,) = await self.says(about)
        return only


@contextlib.asynccontextmanager
async def slack_with(playground: Playground, granted: tuple[str, ...]) -> AsyncIterator[Settings]:
    """Run another Slack, whose app has other scopes."""
    settings = playground.settings
    slack = SlackStandIn(
        signing_secret=settings.slack_signing_secret,
        bot_token=settings.slack_bot_token,
        app_token=settings.slack_app_token,
        scopes=granted,
    )
    slack.seed()
    slack.add_channel("C0OLDNEWS", "old-news", members=["U0ADMIN"], archived=True)
    async with listening(slack.app) as url:
        slack.base_url = url
        yield replace(settings, slack_api_url=slack.api_url)


@pytest.fixture
async def clinic(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Clinic]:
    async with surroundings(sqlite_database) as playground:
        settings = replace(playground.settings, slack_signing_secret=SECRET)
        playground.slack.add_user_group("S0PLATFORM", "platform", ["U0APPROVER"])
        yield Clinic(playground.slack, playground, settings, tmp_path)


async def test_a_bot_that_is_set_up_has_nothing_to_mend(clinic: Clinic) -> None:
    clinic.write_policy()
    found = await clinic.finds()
    assert [line for line in found if line.level is Level.FAIL] == []
    assert {line.about for line in found} == {
        *("settings", "policy", "zone data", "clock", "scopes", "database", "Omni", "HTTP"),
        *("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"),
        *("people", "user groups", "channels"),
    }


async def test_it_changes_nothing_anywhere(clinic: Clinic) -> None:
    clinic.write_policy()
    await clinic.finds()
    assert clinic.playground.omni.writes == 0
    asked = {request.method for request in clinic.slack.requests}
    assert asked == {
        *("auth.test", "apps.connections.open", "users.info"),
        *("usergroups.users.list", "usergroups.list"),
    }


@pytest.mark.parametrize("host", ["192.0.2.1", "a..b"])
async def test_a_host_that_is_not_this_machine_is_found(clinic: Clinic, host: str) -> None:
    clinic.settings = replace(clinic.settings, host=host)
    level, text = await clinic.says_one("HTTP")
    assert (level, text.startswith(f"HOST {host} is no address")) == (Level.FAIL, True)
    clinic.settings = replace(clinic.settings, mode=Mode.SOCKET)  # which listens nowhere
    assert await clinic.says("HTTP") == []


# -- Slack -----------------------------------------------------------------------------------


async def test_a_bot_token_that_slack_refuses_says_where_to_copy_it(clinic: Clinic) -> None:
    clinic.settings = replace(clinic.settings, slack_bot_token="xoxb-of-another-workspace")
    level, text = await clinic.says_one("SLACK_BOT_TOKEN")
    assert level is Level.FAIL
    assert text == (
        "Slack answers invalid_auth: copy it from Slack's app settings, OAuth & Permissions > "
        "OAuth Tokens > Bot User OAuth Token; it begins with xoxb-."
    )
    # The rest was looked at all the same.
    assert (await clinic.says("Omni"))[0][0] is Level.OK
    assert (await clinic.says_one("database"))[0] is Level.OK


async def test_an_app_token_that_slack_refuses_says_how_to_make_one(clinic: Clinic) -> None:
    clinic.settings = replace(clinic.settings, slack_app_token="xapp-1-old")
    level, text = await clinic.says_one("SLACK_APP_TOKEN")
    assert level is Level.FAIL
    assert "invalid_auth" in text
    assert "App-Level Tokens, with the scope connections:write" in text


async def test_a_slack_that_does_not_answer_is_told_from_a_bad_token(clinic: Clinic) -> None:
    clinic.slack.faults.down = True
    level, text = await clinic.says_one("SLACK_BOT_TOKEN")
    assert (level, "Slack does not answer." in text) == (Level.FAIL, True)


async def test_scopes_are_compared_with_the_manifest(clinic: Clinic) -> None:
    level, text = await clinic.says_one("scopes")
    assert (level, text) == (Level.OK, "the app has those of manifest.yaml, and no others.")
    async with slack_with(clinic.playground, ("commands", "chat:write", "files:read")) as settings:
        clinic.settings = settings
        level, text = await clinic.says_one("scopes")
        assert level is Level.FAIL
        assert "lacks chat:write.public, im:write, usergroups:read, users:read." in text
        assert "Reinstall" in text
    more = (*scopes(), "files:read")
    async with slack_with(clinic.playground, more) as settings:
        clinic.settings = settings
        assert await clinic.says_one("scopes") == (
            Level.WARN,
            "the app also has files:read, which the bot does not need.",
        )


async def test_the_scope_by_which_it_names_channels_is_none_too_many(clinic: Clinic) -> None:
    async with slack_with(clinic.playground, (*scopes(), READS_CHANNELS)) as one:
        clinic.settings = one
        assert await clinic.says_one("scopes") == (
            Level.OK,
            "the app has those of manifest.yaml, and channels:read, to name channels here.",
        )
    more = (*scopes(), READS_CHANNELS, "files:read")
    async with slack_with(clinic.playground, more) as one:
        clinic.settings = one
        assert await clinic.says_one("scopes") == (
            Level.WARN,
            "the app also has files:read, which the bot does not need.",
        )


def test_the_scopes_are_read_from_the_manifest_as_yaml_has_them() -> None:
    written = yaml.safe_load(FILE.read_text("utf-8"))
    assert scopes() == set(written["oauth_config"]["scopes"]["bot"])


@pytest.mark.parametrize(
    ("ahead", "level", "words"),
    [
        (timedelta(), Level.OK, "s from Slack's."),
        (timedelta(minutes=2), Level.WARN, "Turn on time synchronization (NTP)."),
        (timedelta(minutes=-6), Level.FAIL, "all requests would be refused."),
    ],
)
async def test_a_clock_that_is_off_is_measured(
    clinic: Clinic, ahead: timedelta, level: Level, words: str
) -> None:
    clinic.ahead = ahead
    found, text = await clinic.says_one("clock")
    assert found is level
    assert words in text


@pytest.mark.parametrize("secret", ["0123", "xyz" * 11, "0123456789ABCDEF0123456789ABCDEF"])
async def test_a_signing_secret_of_another_shape_is_found(clinic: Clinic, secret: str) -> None:
    clinic.settings = replace(clinic.settings, slack_signing_secret=secret)
    level, text = await clinic.says_one("SLACK_SIGNING_SECRET")
    assert level is Level.FAIL
    assert "Basic Information > App Credentials > Signing Secret" in text
    assert secret not in text


# -- the policy ------------------------------------------------------------------------------


async def test_the_policys_people_and_groups_have_names(clinic: Clinic) -> None:
    clinic.write_policy()
    name = clinic.slack.workspace.users["U0APPROVER"].name
    ((level, people),) = await clinic.says("people")
    assert (level, people.lower().startswith(f"u0approver is {name}".lower())) == (Level.OK, True)
    assert await clinic.says_one("user groups") == (Level.OK, "S0PLATFORM is @platform (1).")


async def test_somebody_who_can_do_nothing_with_the_policy_is_named(clinic: Clinic) -> None:
    clinic.slack.add_person("U0GONEAWAY", "gone", role="deactivated")
    clinic.slack.add_user_group("S0EMPTYONE", "nobody", [])
    ids = ["U0GONEAWAY", "U0GUEST", "U0NOWHERE", "S0EMPTYONE", "S0NOWHERE"]
    clinic.write_policy(f"[defaults]\napprovers = {ids}\n")
    found = await clinic.says("policy")
    told = {some_id: level for level, text in found for some_id in ids if text.startswith(some_id)}
    assert told == {
        "U0GONEAWAY": Level.WARN,
        "U0GUEST": Level.WARN,
        "U0NOWHERE": Level.FAIL,
        "S0EMPTYONE": Level.WARN,
        "S0NOWHERE": Level.FAIL,
    }
    text = next(text for _, text in found if text.startswith("U0GUEST"))
    assert "is a guest and may do nothing. Take the id out of the policy." in text


async def test_whoever_alone_decides_cannot_have_their_own_approved(clinic: Clinic) -> None:
    alone = '[connections."Finance Redshift"]\nsecond_person = true\napprovers = ["U0APPROVER"]\n'
    clinic.write_policy(alone)
    ((level, text),) = [one for one in await clinic.says("policy") if one[0] is not Level.OK]
    assert level is Level.WARN
    assert "U0APPROVER alone to decide (`finance redshift`), nobody can approve" in text
    clinic.write_policy(f'{alone}requesters = ["U0REQUESTER"]\n')  # so who decides never asks
    assert [level for level, _ in await clinic.says("policy")] == [Level.OK]


async def test_channels_that_slack_does_not_tell_of_are_said_to_be_unchecked(
    clinic: Clinic,
) -> None:
    clinic.write_policy()
    level, text = await clinic.says_one("channels")
    assert level is Level.WARN
    assert "conversations.info" not in {request.method for request in clinic.slack.requests}
    assert text.startswith("C0DATATEAM, C0FINANCE cannot be looked up")
    assert "channels:read, which the bot does without. Add it to the app, and" in text


async def test_channels_are_named_where_slack_tells(clinic: Clinic) -> None:
    channels = ["C0DATATEAM", "C0GENERAL", "C0OLDNEWS", "C0NOWHERE"]
    clinic.write_policy(f"[defaults]\nchannels = {channels}\n")
    granted = (*scopes(), READS_CHANNELS)
    async with slack_with(clinic.playground, granted) as settings:
        clinic.settings = replace(settings, policy_file=clinic.settings.policy_file)
        assert await clinic.says_one("channels") == (Level.OK, "C0DATATEAM is #data-team.")
        found = await clinic.says("policy")
    told = {level: text for level, text in found if level is not Level.OK}
    assert "the bot is not in C0GENERAL, #general" in told[Level.WARN]
    assert [text.split()[0] for level, text in found if level is Level.FAIL] == [
        "C0NOWHERE",
        "C0OLDNEWS,",
    ]


async def test_a_table_for_an_id_that_is_only_somebodys_name_rules_nothing(clinic: Clinic) -> None:
    gone = "11111111-2222-4333-8444-555555555555"
    clinic.playground.omni.data.add_connection(gone)
    clinic.write_policy(f'[connections."{gone}"]\nsecond_person = true\n')
    found = [text for level, text in await clinic.says("policy") if level is Level.WARN]
    assert any(f"has a table for `{gone}`, which is no connection" in text for text in found)


async def test_a_table_for_a_connection_that_omni_does_not_show_rules_nothing(
    clinic: Clinic,
) -> None:
    clinic.write_policy('[connections."Finance Redshft"]\nsecond_person = true\n')
    words = (
        "has a table for `finance redshft`, which is no connection that Omni shows, so it rules "
        "nothing. Did you mean “Finance Redshift”?"
    )
    assert (Level.WARN, words) in await clinic.says("policy")
    clinic.write_policy('[connections."FINANCE REDSHIFT"]\nsecond_person = true\n')
    assert [level for level, _ in await clinic.says("policy")] == [Level.OK]


async def test_every_fault_of_the_policy_file_has_its_line(clinic: Clinic) -> None:
    clinic.write_policy('[defaults]\nsecond_person = "yes"\nchannels = ["#data-team"]\n')
    found = await clinic.says("policy")
    assert [level for level, _ in found] == [Level.FAIL, Level.FAIL]
    assert "policy.toml:2: defaults.second_person" in found[0][1]


# -- Omni ------------------------------------------------------------------------------------


async def test_omni_tells_whose_key_it_is_and_what_it_shows(clinic: Clinic) -> None:
    assert await clinic.says("Omni") == [
        (Level.OK, "accepts the key (organization key, ORG_ADMIN)."),
        (Level.OK, "shows 6 connections, with 6 schedules."),
    ]


async def test_a_connection_that_omni_shows_as_deleted_is_not_counted(clinic: Clinic) -> None:
    async with omni_with(clinic, 2) as omni:
        gone = omni.data.add_connection("Gone")
        omni.data.put_connection(replace(gone, deleted_at=datetime.now(UTC)))
        found = await clinic.says("Omni")
    assert found[-1] == (Level.OK, "shows 2 connections, with 2 schedules.")


@contextlib.asynccontextmanager
async def omni_with(
    clinic: Clinic, connections: int, *, old: bool = False
) -> AsyncIterator[OmniStandIn]:
    """Lead the clinic to another Omni, whose connections have a schedule each."""
    omni = OmniStandIn(clinic.settings.omni_api_key, old=old)
    for number in range(connections):
        connection = omni.data.add_connection(f"Warehouse {number}")
        omni.data.add_schedule(connection, "0 5 * * ? *", "UTC")
    async with listening(omni.app) as url:
        clinic.settings = replace(clinic.settings, omni_base_url=url)
        yield omni


@pytest.mark.parametrize("old", [False, True])
async def test_omni_is_asked_twelve_times_at_most(clinic: Clinic, *, old: bool) -> None:
    async with omni_with(clinic, 15, old=old) as omni:
        *_, (level, text) = await clinic.says("Omni")
    told = "shows 15 connections, of which the first 10 were read, with 10 schedules."
    assert (level, text) == (Level.OK, told)
    assert len(omni.log) == 12


async def test_one_is_not_told_as_several(clinic: Clinic) -> None:
    async with omni_with(clinic, 1):
        *_, (level, text) = await clinic.says("Omni")
    assert (level, text) == (Level.OK, "shows 1 connection, with 1 schedule.")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.BAD_KEY, "Omni does not accept the API key (403: Invalid bearer token)."),
        (Fault.NO_ROLE, "make the key's owner a Connection Admin"),
        (Fault.NONSENSE, "Check that OMNI_BASE_URL is the address"),
        (Fault.FAILING, "Omni is not available"),
    ],
)
async def test_what_omni_refuses_has_its_own_repair(
    clinic: Clinic, fault: Fault, words: str
) -> None:
    clinic.playground.omni.faults.switch_on(fault)
    level, text = await clinic.says_one("Omni")
    assert level is Level.FAIL
    assert words in text


# -- this machine ----------------------------------------------------------------------------


async def test_a_database_without_tables_is_not_made_but_announced(clinic: Clinic) -> None:
    file = clinic.folder / "new.db"
    clinic.settings = replace(clinic.settings, database_url=f"sqlite:///{file}")
    level, text = await clinic.says_one("database")
    assert (level, text.startswith("it has no tables yet")) == (Level.WARN, True)
    assert not file.exists()


async def test_a_database_that_cannot_be_made_is_a_fault(clinic: Clinic) -> None:
    url = f"sqlite:///{clinic.folder}/nowhere/omni.db"
    clinic.settings = replace(clinic.settings, database_url=url)
    level, text = await clinic.says_one("database")
    assert level is Level.FAIL
    assert "there is no folder" in text


async def test_a_file_that_is_no_database_is_a_fault(clinic: Clinic) -> None:
    file = clinic.folder / "notes.db"
    file.write_text("these are notes, and no database " * 40)
    clinic.settings = replace(clinic.settings, database_url=f"sqlite:///{file}")
    level, text = await clinic.says_one("database")
    assert (level, "file is not a database" in text) == (Level.FAIL, True)


async def test_both_databases_are_seen_to_take_writes(
    clinic: Clinic, new_database: Database
) -> None:
    clinic.settings = replace(clinic.settings, database_url=new_database.url)
    assert (await clinic.says_one("database"))[0] is Level.WARN
    migrate(new_database.sync_url)
    assert (await clinic.says_one("database"))[0] is Level.OK
    assert (await clinic.says_one("database"))[0] is Level.OK  # the look left nothing behind


async def test_a_postgres_that_lets_the_bot_make_no_schema_is_a_fault(
    clinic: Clinic, postgres: Postgres
) -> None:
    with postgres.of_somebody() as (database, let):
        clinic.settings = replace(clinic.settings, database_url=database.url)
        migrate(database.sync_url)
        level, text = await clinic.says_one("database")
        assert (level, "permission denied for database" in text) == (Level.FAIL, True)
        assert text.endswith("on Postgres it also needs CREATE on the database.")
        let()
        assert (await clinic.says_one("database"))[0] is Level.OK


async def test_the_zone_data_has_a_version(clinic: Clinic) -> None:
    level, text = await clinic.says_one("zone data")
    assert level is Level.OK
    assert text.startswith("tzdata 20")


# -- the command line ------------------------------------------------------------------------

Doctor = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def doctor(tmp_path: Path) -> Doctor:
    """Run the command as a person does, in a folder with nothing in it."""

    def run(**environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", "doctor"],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_with_nothing_set_it_says_that_the_playground_would_run(doctor: Doctor) -> None:
    ran = doctor()
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "`python -m bot` runs the playground" in ran.stdout
    assert ran.stdout.endswith("Nothing is configured: this checked the playground only.\n")


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (
            {"OMNI_BASE_URL": "https://acme.omniapp.co", "OMNI_API_KEY": "omni_0123456789abcdef"},
            "OMNI_BASE_URL and OMNI_API_KEY",
        ),
        ({"DATABASE_URL": "postgresql://h/real"}, "DATABASE_URL"),
    ],
)
def test_without_slacks_variables_it_says_which_ones_the_playground_does_not_use(
    doctor: Doctor, given: dict[str, str], names: str
) -> None:
    ran = doctor(**given)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (
        f"warn  settings: the playground does not use {names}. To "
        "serve a workspace, set SLACK_BOT_TOKEN and either SLACK_APP_TOKEN (Socket Mode) or "
        f"SLACK_SIGNING_SECRET (HTTP). Otherwise leave {names} out.\n"
    ) in ran.stdout
    end = "Nothing of Slack's is configured: this checked the playground only.\n"
    assert ran.stdout.endswith(end)


@pytest.mark.slow  # it starts a process
def test_half_set_it_names_each_variable_and_still_looks_at_the_rest(doctor: Doctor) -> None:
    token = "xoxb-1234567890-1234567890-abcdefghijklmnopqrstuvwx"
    ran = doctor(SLACK_BOT_TOKEN=token, SLACK_API_URL="http://127.0.0.1:9/", PORT="many")
    assert (ran.returncode, ran.stderr) == (1, "")
    for words in (
        "fail  settings: SLACK_SIGNING_SECRET is not set",
        "fail  settings: OMNI_BASE_URL is not set",
        "fail  settings: PORT is not a port",
        "fail  SLACK_BOT_TOKEN: Slack does not answer.",
        "warn  Omni: not asked: set OMNI_API_KEY and OMNI_BASE_URL first",
        "warn  database: it has no tables yet",
        "ok    zone data",
    ):
        assert words in ran.stdout
    assert token not in ran.stdout


@pytest.mark.slow
def test_an_invisible_letter_in_omnis_address_is_one_finding_among_others(doctor: Doctor) -> None:
    token, address = "xoxb-12-ab34cd56", "https://acme.omniapp.co\u200b"
    ran = doctor(SLACK_BOT_TOKEN=token, SLACK_API_URL="http://127.0.0.1:9/", OMNI_BASE_URL=address)
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "fail  settings: OMNI_BASE_URL has a letter in it that no address has" in ran.stdout
    assert "warn  Omni: not asked: set OMNI_API_KEY and OMNI_BASE_URL first" in ran.stdout


@pytest.mark.slow
def test_a_password_that_is_an_ordinary_word_hides_no_word_of_a_finding(doctor: Doctor) -> None:
    address = "postgresql://bot:that@127.0.0.1:1/bot"
    ran = doctor(
        SLACK_BOT_TOKEN="xoxb-12-ab34cd56",
        SLACK_API_URL="http://127.0.0.1:9/",
        DATABASE_URL=address,
    )
    assert "Check DATABASE_URL, that it runs and that the bot may write there" in ran.stdout


async def test_no_secret_is_printed(clinic: Clinic) -> None:
    clinic.write_policy()
    secrets = clinic.settings.secrets
    assert len(secrets) == 4
    printed = [one.line for one in await clinic.finds()]
    assert not any(secret in line for line in printed for secret in secrets)
    (told,) = without(secrets, [fail("x", f"the key {secrets[0]} is wrong")])
    assert told.line == "fail  x: the key [hidden] is wrong"


async def test_the_stand_in_gives_a_client_what_the_doctor_reads(clinic: Clinic) -> None:
    client = AsyncWebClient(clinic.settings.slack_bot_token, base_url=clinic.slack.api_url)
    headers = {name.lower() for name in (await client.auth_test()).headers}
    assert {"date", "x-oauth-scopes"} <= headers


@pytest.mark.parametrize("error", ["ratelimited", "fatal_error"])
async def test_slacks_own_trouble_says_nothing_against_the_token(
    clinic: Clinic, error: str
) -> None:
    clinic.slack.faults.fail_next("auth.test", error)
    level, text = await clinic.says_one("SLACK_BOT_TOKEN")
    assert (level, text) == (Level.WARN, f"Slack has trouble ({error}). Try again in a minute.")


async def test_a_slack_that_hangs_up_is_one_finding_among_others(clinic: Clinic) -> None:
    for _ in range(2):  # slack_sdk itself tries once more
        clinic.slack.faults.lose_next_answer("auth.test")
    level, text = await clinic.says_one("SLACK_BOT_TOKEN")
    assert level is Level.FAIL
    assert text.startswith("Slack does not answer.")
    assert len(await clinic.finds()) > 3


def test_a_date_of_slacks_without_a_zone_is_no_clock_to_compare_with() -> None:
    found = _clock("Mon, 30 Nov 2026 15:00:00 -0000", datetime.now(UTC))
    assert (found.level, found.text) == (Level.WARN, "Slack told no time to compare with.")
