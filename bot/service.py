"""One process of the bot: its parts, built and taken down in order."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.ext.asyncio import AsyncEngine

from bot import database, metrics, seats, sweep
from bot.budget import budget_in
from bot.catalog import Catalog
from bot.deciders import Deciders
from bot.doctor import examine_running
from bot.durable import LOOK_SECONDS, REMEMBER_FINISHED, Durable
from bot.lookup import Lookup
from bot.metrics import Page
from bot.omni import OmniClient
from bot.policy import Policy
from bot.policy_file import groups_of
from bot.proposals import Proposals
from bot.readiness import ready
from bot.seats import Seat
from bot.settings import Mode, Settings
from bot.slack.delivery import OLDEST
from bot.slack.following import FollowedTeller
from bot.slack.health import Readiness
from bot.slack.identity import client_of, identity_of, prove_app_token
from bot.slack.ingress import Seen
from bot.slack.people import People
from bot.slack.wiring import Parts, app_of
from bot.store import ChangeStore, DeliveryStore, Stores
from bot.sweep import Round, sweeping
from bot.tasks import Patience, Tasks
from bot.telling import Telling
from bot.watch import Watch
from bot.workflow import Workflow

REMEMBER_DELIVERIES = timedelta(seconds=2 * OLDEST)  # one may be signed ahead of our clock
# Seconds for the sweep, the tasks, the workflows and the seat: after the three that the HTTP
# door may take, in all within 10 s.
DRAIN_EACH, DRAIN_TOGETHER = 2.0, 6.0

Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Service:
    """The running bot: what a front door needs of it, and then what tests look into."""

    app: AsyncApp
    ready: Callable[[], Awaitable[Readiness]]
    seen: Seen | None
    metrics: Page | None
    store: ChangeStore
    workflow: Workflow
    watch: Watch


@contextlib.asynccontextmanager
async def running(
    settings: Settings, policy: Policy, *, clock: Clock = now
) -> AsyncIterator[Service]:
    """Run the bot without a front door; at the end, finish or safely leave what runs."""
    await asyncio.to_thread(database.migrate, settings.sync_database_url)
    async with contextlib.AsyncExitStack() as stack:
        page = stack.enter_context(metrics.kept(on=settings.metrics))
        base = await _reach(settings, stack)
        stores = Stores.on(base.engine)
        work = _work(base, stores, policy, clock)
        app = app_of(
            Parts(
                slash=settings.slash_command,
                client=base.client,
                identity=base.identity,
                people=work.people,
                teller=work.teller,
                tasks=base.tasks,
                stores=stores,
                catalog=base.catalog,
                lookup=base.lookup,
                proposals=work.proposals,
                workflow=work.workflow,
                policy=policy,
                queue=lambda: base.omni.turns.wait,
                examine=partial(examine_running, settings, policy, base.omni, clock=clock),
                clock=clock,
            )
        )
        base.durable.start()
        base.tasks.start(base.lookup.learn_names())
        rounds = _rounds(base, stores, work, clock)
        await stack.enter_async_context(sweeping(*rounds, patience=base.patience))
        yield Service(
            app=app,
            ready=partial(ready, stores.changes, base.client, base.omni),
            seen=_seen(base.engine, stores.deliveries, clock),
            metrics=page,
            store=stores.changes,
            workflow=work.workflow,
            watch=work.watch,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """What the bot reaches, and what it runs its work in."""

    engine: AsyncEngine
    session: aiohttp.ClientSession
    client: AsyncWebClient
    identity: AuthorizeResult
    omni: OmniClient
    catalog: Catalog
    lookup: Lookup
    seat: Seat
    durable: Durable
    tasks: Tasks
    patience: Patience


async def _reach(settings: Settings, stack: contextlib.AsyncExitStack) -> _Base:
    """Open everything; the stack closes it, the last first."""
    patience = Patience(each=DRAIN_EACH, together=DRAIN_TOGETHER)
    engine = database.connect(settings.async_database_url)
    stack.push_async_callback(engine.dispose)
    session = await stack.enter_async_context(
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20))
    )
    client = client_of(settings, session)
    identity = await identity_of(client)
    if settings.mode is Mode.SOCKET:
        await prove_app_token(client, settings.slack_app_token)
    omni = OmniClient(settings.omni_base_url, settings.omni_api_key, budget=budget_in(engine))
    stack.push_async_callback(omni.aclose)
    catalog = Catalog(omni)
    stack.push_async_callback(catalog.close)
    seat = await seats.take(engine, settings.executor_id)
    stack.push_async_callback(seat.leave, patience)
    durable = Durable(settings.sync_database_url, executor_id=seat.executor_id)
    stack.push_async_callback(durable.stop, patience)
    tasks = Tasks()
    stack.push_async_callback(tasks.drain, patience)
    return _Base(
        engine=engine,
        session=session,
        client=client,
        identity=identity,
        omni=omni,
        catalog=catalog,
        lookup=Lookup(omni),
        seat=seat,
        durable=durable,
        tasks=tasks,
        patience=patience,
    )


@dataclass(frozen=True, slots=True)
class _Work:
    """What carries out what people ask for, and tells of it."""

    people: People
    teller: FollowedTeller
    proposals: Proposals
    workflow: Workflow
    watch: Watch


def _work(base: _Base, stores: Stores, policy: Policy, clock: Clock) -> _Work:
    store, omni, durable = stores.changes, base.omni, base.durable
    people = People(base.client, base.identity.team_id or "", groups_of(policy))
    teller = FollowedTeller(base.client, base.session, clock=clock)
    teller.follow(base.catalog.changed)
    proposals = Proposals(
        store, stores.subscriptions, base.lookup, policy, directory=people, clock=clock
    )
    deciders = Deciders(people, policy)
    telling = Telling(store, stores.announcements, teller, durable, deciders=deciders)
    workflow = Workflow(
        store, omni, telling, durable, policy=policy, repropose=proposals.afresh, clock=clock
    )
    watch = Watch(
        stores.sightings,
        stores.subscriptions,
        omni,
        durable,
        policy,
        clock=clock,
        tell=workflow.tell,
    )
    return _Work(people, teller, proposals, workflow, watch)


def _rounds(base: _Base, stores: Stores, work: _Work, clock: Clock) -> tuple[Round, ...]:
    """Return what is done now and then, in order."""
    duties = (
        base.durable.resume_interrupted,
        work.workflow.open_unshown,
        work.workflow.expire_due,
        work.workflow.remind_due,
        work.watch.due,
        partial(work.teller.catch_up, stores.changes),
        lambda: stores.deliveries.forget(clock() - REMEMBER_DELIVERIES),
        lambda: base.durable.forget_finished(clock() - REMEMBER_FINISHED),
    )
    # By itself, as the durable engine waits for a database that is away, and others need not.
    looking = Round(LOOK_SECONDS, (partial(base.durable.take_over, base.seat),))
    return Round(sweep.SWEEP_SECONDS, duties), looking


def _seen(engine: AsyncEngine, deliveries: DeliveryStore, clock: Clock) -> Seen | None:
    """Return what knows the deliveries of other processes, which only Postgres can have."""
    if engine.dialect.name == "sqlite":
        return None

    async def seen(key: str) -> bool:
        return not await deliveries.is_first(key, clock())

    return seen
