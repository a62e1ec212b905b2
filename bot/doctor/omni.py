"""What Omni answers: the address, the key, its owner's role, and the policy's connections."""

import asyncio
from collections.abc import Sequence

from bot.counted import counted
from bot.diagnosis import Finding, fail, ok, warn
from bot.finding import Nothing, find
from bot.omni import Caller, Connection, Forbidden, OmniClient, OmniError, RateLimited
from bot.policy import Policy, keys_of

MOST_READ = 10  # connections whose schedules are read: the key has 60 requests a minute


async def check(omni: OmniClient, policy: Policy) -> list[Finding]:
    """Ask Omni whom the key stands for, and what that one may read."""
    try:
        caller = await omni.check_key()
        connections = await omni.connections()
        found = [ok("Omni", f"accepts the key{_whose(caller)}.")]
        found += await _role(omni, connections)
    except RateLimited as error:  # which says nothing against the key
        return [warn("Omni", f"was not asked everything. {error}")]
    except OmniError as error:
        return [fail("Omni", str(error))]
    return [*found, *_tables(policy, connections)]


def _whose(caller: Caller) -> str:
    facts = [f"{caller.scope} key"] if caller.scope else []
    facts += [caller.role] if caller.role else []
    return f" ({', '.join(facts)})" if facts else "; this Omni does not tell whose it is"


async def _role(omni: OmniClient, connections: Sequence[Connection]) -> list[Finding]:
    """Read schedules: only a Connection Admin may, so that is what shows the role."""
    if not connections:
        text = "shows no connection. Make the key's owner Connection Admin of some, in Omni."
        return [fail("Omni", text)]
    read = connections[:MOST_READ]
    answers = await asyncio.gather(
        *(omni.schedules(one.id) for one in read), return_exceptions=True
    )
    lines = []
    schedules = 0
    for connection, answer in zip(read, answers, strict=True):
        match answer:
            case RateLimited():
                raise answer
            case OmniError():
                lines.append(_unread(connection, answer))
            case BaseException():
                raise answer
            case _:
                schedules += len(answer)
    shown = counted(len(connections), "connection")
    looked = f", of which the first {MOST_READ} were read" if len(connections) > MOST_READ else ""
    return [ok("Omni", f"shows {shown}{looked}, with {counted(schedules, 'schedule')}."), *lines]


def _unread(connection: Connection, error: OmniError) -> Finding:
    about = f"Omni, “{connection.name}”"
    if isinstance(error, Forbidden):  # only this connection's schedules are out of reach
        return warn(about, f"{error} Until then nobody can change its schedules from Slack.")
    return warn(about, f"its schedules cannot be read. {error}")


def _tables(policy: Policy, connections: Sequence[Connection]) -> list[Finding]:
    """Name the policy's tables for connections that Omni does not show."""
    known = {key for one in connections for key in keys_of(one.id, one.name)}
    return [_unknown(name, connections) for name in policy.connections if name not in known]


def _unknown(name: str, connections: Sequence[Connection]) -> Finding:
    nearest = find(name, connections)
    meant = ""
    if not isinstance(nearest, Nothing):
        meant = " A table names a connection in full."
    elif nearest.nearest:
        meant = f" Did you mean “{nearest.nearest[0].name}”?"
    text = f"has a table for `{name}`, which is no connection that Omni shows, so it rules nothing."
    return warn("policy", text + meant)
