"""Where the load takes place: a crowd, a thousand connections, and an Omni that is unsteady."""

import contextlib
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from random import Random

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.playground.omni import Fault, OmniStandIn
from bot.playground.slack import Person, SlackStandIn
from bot.playground.start import POLICY, Playground, listening
from bot.slack import ids
from tests.databases import Database
from tests.load.people import Command
from tests.world import surroundings

CROWD, APPROVERS, CHANNELS = 50, 8, 10
MOST_CONNECTIONS, TIMES_EACH = 1_000, 10
ERRORS, LOST = 0.05, 0.02  # of Omni's requests; half of the lost answers are lost requests
CANCELLED = 0.1  # of the cards


@dataclass(slots=True)
class Connection:
    """A connection with its one schedule."""

    name: str
    schedule_id: str
    shared: bool  # somebody else than the requester decides
    asked: int = 0

    def new_cron(self) -> str:
        """Return a cron that this schedule never had, so that each write tells whose it is."""
        minute, hour = divmod(self.asked, 24)
        self.asked += 1
        return f"{minute} {hour} * * ? *"


@dataclass(frozen=True, slots=True)
class Effect:
    """A write that Omni carried out, whatever it answered."""

    schedule_id: str
    cron: str


@dataclass(frozen=True, slots=True)
class Witness:
    """Stands behind the stand-in's faults, and so sees what is carried out."""

    effects: list[Effect] = field(default_factory=list)

    @web.middleware
    async def watch(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Note a write that is carried out."""
        response = await handler(request)
        if request.method == "PUT":
            body = await request.json()
            self.effects.append(Effect(request.match_info["schedule"], body["schedule"]))
        return response


@dataclass(frozen=True, slots=True)
class Town:
    """The stand-ins, who lives there, and what there is to change."""

    playground: Playground
    witness: Witness
    connections: tuple[Connection, ...]
    crowd: tuple[Person, ...]
    approvers: tuple[Person, ...]
    dice: Random

    @property
    def policy(self) -> str:
        """The playground's policy, and a second person for the shared connections."""
        named = ", ".join(f'"{one.id}"' for one in self.approvers)
        rules = f"second_person = true\napprovers = [{named}]\n"
        shared = (one.name for one in self.connections if one.shared)
        return POLICY + "".join(f'[connections."{name}"]\n{rules}' for name in shared)

    def command(self, person: Person, connection: Connection) -> Command:
        """Return what a person wants of a connection."""
        cancelled = self.dice.random() < CANCELLED
        return Command(
            connection=connection.name,
            text=f'/omni-schedule "{connection.name}" "{connection.new_cron()}"',
            channel=_channel(self.dice.randrange(CHANNELS)),
            person=person,
            deciders=(person,) if cancelled else self._deciders(person, connection),
            button=ids.CANCEL if cancelled else ids.APPROVE,
        )

    def _deciders(self, person: Person, connection: Connection) -> tuple[Person, ...]:
        """Return one or two, at once: approvers, or the same person with a nervous finger."""
        many = self.dice.choice((1, 2))
        if connection.shared:
            return tuple(self.dice.sample(self.approvers, many))
        return (person,) * many


@contextlib.asynccontextmanager
async def founded(database: Database, commands: int, seed: int) -> AsyncIterator[Town]:
    """Run the stand-ins with enough in them for so many commands."""
    dice, witness = Random(seed), Witness()
    async with contextlib.AsyncExitStack() as stack:
        playground = await stack.enter_async_context(surroundings(database))
        omni = _unsteady(playground.settings.omni_api_key, witness, dice)
        url = await stack.enter_async_context(listening(omni.app))
        settings = replace(playground.settings, omni_base_url=url)
        crowd, approvers = _settle(playground.slack)
        many = min(MOST_CONNECTIONS, max(2 * CROWD, commands // TIMES_EACH))
        yield Town(
            replace(playground, omni=omni, settings=settings),
            witness,
            tuple(_connect(omni, number) for number in range(many)),
            crowd,
            approvers,
            dice,
        )


def _unsteady(key: str, witness: Witness, dice: Random) -> OmniStandIn:
    omni = OmniStandIn(key)
    omni.app.middlewares.append(witness.watch)
    omni.log = deque()  # of any length
    omni.faults.dice = dice
    omni.faults.switch_on(Fault.FAILING, share=ERRORS)
    omni.faults.switch_on(Fault.DROPS_REQUEST, share=LOST / 2)
    omni.faults.switch_on(Fault.DROPS_ANSWER, share=LOST / 2)
    return omni


def _settle(slack: SlackStandIn) -> tuple[tuple[Person, ...], tuple[Person, ...]]:
    """Let the crowd and its approvers into channels of their own."""
    crowd = tuple(slack.add_person(f"U0CROWD{n:02}", f"Person {n}") for n in range(CROWD))
    approvers = tuple(slack.add_person(f"U0LEAD{n}", f"Lead {n}") for n in range(APPROVERS))
    members = [one.id for one in (*crowd, *approvers)]
    for number in range(CHANNELS):
        slack.add_channel(_channel(number), f"team-{number}", members=members)
    return crowd, approvers


def _channel(number: int) -> str:
    return f"C0TEAM{number}"


def _connect(omni: OmniStandIn, number: int) -> Connection:
    connection = omni.data.add_connection(f"Load {number:05}")
    schedule = omni.data.add_schedule(connection, "0 7 ? * SUN *", "Europe/London")
    return Connection(connection.name, schedule.id, shared=number % 3 == 0)
