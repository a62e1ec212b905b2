"""What is set up, what is not, and how to mend it: for `python -m bot doctor`, and for App Home.

Every check runs, whatever the others found. Nothing is changed anywhere: no message is posted,
no table is made, nothing is written to Omni.
"""

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from bot import settings
from bot.counted import counted
from bot.diagnosis import Finding, Level, fail, ok, warn, without
from bot.doctor import local, omni, slack
from bot.errors import PersonError
from bot.log import worth_hiding
from bot.omni import Line, OmniClient, in_line
from bot.policy import Policy
from bot.settings import FOR_OMNI, Fault, Mode, Settings, SettingsError
from bot.start import policy_of
from bot.told.describe import listed

SLACK = ("SLACK_BOT_TOKEN", "SLACK_API_URL")


def main(argv: Sequence[str]) -> int:
    """Print a line for each check; return 1 where one failed, otherwise 0."""
    parser = argparse.ArgumentParser(
        "python -m bot doctor",
        description="Check settings, tokens, scopes, Omni's key, the database and the policy, "
        "and say how to mend what is wrong. Nothing is changed.",
    )
    parser.parse_args(argv)
    chosen, faults = _loaded()
    found = [fail("settings", fault.text) for fault in faults]
    if chosen is not None:
        found += asyncio.run(examine(chosen, frozenset(fault.variable for fault in faults)))
    told = without(worth_hiding(chosen.secrets if chosen else ()), found)
    sys.stdout.write("".join(f"{one.line}\n" for one in told))
    failed = sum(one.level is Level.FAIL for one in told)
    sys.stdout.write(f"\n{_summary(chosen, failed)}\n")
    return 1 if failed else 0


def _loaded() -> tuple[Settings | None, tuple[Fault, ...]]:
    try:
        return settings.load(), ()
    except SettingsError as error:
        return error.rest, error.faults


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


async def examine(
    chosen: Settings,
    unusable: frozenset[str] = frozenset(),
    *,
    clock: Callable[[], datetime] = now,
) -> list[Finding]:
    """Check everything that the settings lead to; leave out what the `unusable` ones do."""
    policy, found = _policy(chosen)
    if chosen.mode is Mode.PLAYGROUND:
        return [*_playground(chosen), *found, local.zones()]
    if not unusable:
        found.insert(0, ok("settings", f"{chosen.reason}."))
    found += local.signing_secret(chosen)
    found += local.host(chosen)
    found.append(local.zones())
    if missing := unusable.intersection(SLACK):
        found.append(_left_out("Slack", missing))
    else:
        found += await slack.check(chosen, policy, clock)
    if missing := unusable.intersection(FOR_OMNI):
        found.append(_left_out("Omni", missing))
    else:
        client = OmniClient(chosen.omni_base_url, chosen.omni_api_key)
        async with contextlib.aclosing(client):
            found += await omni.check(client, policy)
    if "DATABASE_URL" not in unusable:
        found.append(await asyncio.to_thread(local.database, chosen))
    return found


async def examine_running(
    chosen: Settings, policy: Policy, client: OmniClient, *, clock: Callable[[], datetime]
) -> tuple[Finding, ...]:
    """Check what a bot runs with, without a secret in the findings.

    Its requests to Omni come after everybody else's.
    """
    with in_line(Line.BACKGROUND):
        found = [
            *_in_force(chosen, policy),
            *local.signing_secret(chosen),
            local.zones(),
            *await slack.check(chosen, policy, clock),
            *await omni.check(client, policy),
            await asyncio.to_thread(local.database, chosen),
        ]
    return without(worth_hiding(chosen.secrets), found)


def _in_force(chosen: Settings, policy: Policy) -> list[Finding]:
    """Look at the policy file once more: it may have been edited since the start."""
    if chosen.policy_file is None and policy != Policy():
        return [ok("policy", "is the one that the bot was started with.")]
    written, found = _policy(chosen)
    if all(one.level is not Level.FAIL for one in found) and written != policy:
        text = f"{chosen.policy_file} was edited and is not in force. Start the bot again."
        return [warn("policy", text)]
    return found


def _playground(chosen: Settings) -> list[Finding]:
    text = (
        "Nothing of Slack's is set, so `python -m bot` runs the playground, which needs neither "
        "Slack nor Omni. To serve a workspace, fill in .env as .env.example says."
    )
    if not chosen.unused:
        return [ok("settings", text)]
    names = listed(chosen.unused)
    unused = (
        f"the playground does not use {names}. To serve a workspace, set "
        "SLACK_BOT_TOKEN and either SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP). "
        f"Otherwise leave {names} out."
    )
    return [ok("settings", text), warn("settings", unused)]


def _policy(chosen: Settings) -> tuple[Policy, list[Finding]]:
    if chosen.policy_file is None:
        text = "POLICY_FILE is not set: every full member may ask, and confirms their own changes."
        return Policy(), [ok("policy", text)]
    try:
        policy = policy_of(chosen)
    except PersonError as error:
        return Policy(), [fail("policy", line) for line in error.text.splitlines()]
    tables = f"defaults and {counted(len(policy.connections), 'table')} for connections"
    return policy, [ok("policy", f"{chosen.policy_file} is valid: {tables}."), *_alone(policy)]


def _alone(policy: Policy) -> list[Finding]:
    """Name who can ask for something that the policy then lets nobody decide."""
    rules = {"defaults": policy.defaults}
    rules |= {name: policy.for_connection(name, name) for name in policy.connections}
    told = {one.alone: where for where, one in reversed(rules.items()) if one.alone}
    return [
        warn(
            "policy",
            f"with second_person and {person} alone to decide (`{where}`), nobody can approve what "
            f"{person} asks for. Name another person in `approvers`.",
        )
        for person, where in told.items()
    ]


def _left_out(what: str, missing: frozenset[str]) -> Finding:
    names = " and ".join(sorted(missing))
    return warn(what, f"not asked: set {names} first, as said above.")


def _summary(chosen: Settings | None, failed: int) -> str:
    if not failed and chosen is not None and chosen.mode is Mode.PLAYGROUND:
        nothing = "Nothing of Slack's" if chosen.unused else "Nothing"
        return f"{nothing} is configured: this checked the playground only."
    if not failed:
        return "Nothing stands in the way."
    return f"{failed} to mend, then run it again."
