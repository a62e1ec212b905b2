"""One process of the bot: its parts, built and taken down in order."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.ext.asyncio import AsyncEngine

from bot import database, seats
from bot.budget import budget_in
from bot.catalog import Catalog
from bot.durable import Durable
from bot.errors import PersonError
from bot.omni import Line, OmniClient, RateLimited, in_line
from bot.overview import Overview
from bot.policy import Policy
from bot.policy_file import groups_of
from bot.proposals import Proposals
from bot.settings import WHERE, Fault, Settings, SettingsError
from bot.slack import app as slack_app
from bot.slack.commands import Commands
from bot.slack.decisions import Decisions
from bot.slack.finder import Finder
from bot.slack.following import FollowedTeller
from bot.slack.forms import Forms
from bot.slack.front import Front
from bot.slack.health import Check, Readiness
from bot.slack.home_tab import HomeTab
from bot.slack.ingress import Memory, Seen
from bot.slack.live_forms import LiveForms
from bot.slack.menus import Menus
from bot.slack.people import People
from bot.slack.submissions import Submissions
from bot.slack.subscriptions import Subscriptions
from bot.slack.teller import TROUBLE, error_name
from bot.store import ChangeStore
from bot.tasks import Tasks
from bot.watch import Watch
from bot.workflow import Workflow

log = logging.getLogger(__name__)

SWEEP_SECONDS = 10.0  # how late a change may expire
REMEMBER_FINISHED = timedelta(days=30)  # workflows; changes and their trail stay for good
REMEMBER_DELIVERIES = timedelta(minutes=10)  # twice as long as a signature is good
DRAIN_SECONDS = 2.0  # for the sweep, the tasks and the workflows each: in all within 10 s
CHECK_SECONDS = 3.0
SLACK_AGAIN_FIRST, SLACK_AGAIN_LAST = 1.0, 30.0  # doubled each time

Clock = Callable[[], datetime]
Duty = Callable[[], Awaitable[None]]


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Service:
    """What a front door, HTTP or Socket Mode, needs of the running bot."""

    app: AsyncApp
    ready: Callable[[], Awaitable[Readiness]]
    seen: Seen
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
        engine = database.connect(settings.async_database_url)
        stack.push_async_callback(engine.dispose)
        session = await stack.enter_async_context(
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20))
        )
        client = _slack_client(settings, session)
        identity = await _identity(client, settings)
        omni = OmniClient(settings.omni_base_url, settings.omni_api_key, budget=budget_in(engine))
        stack.push_async_callback(omni.aclose)
        catalog = Catalog(omni)
        stack.push_async_callback(catalog.close)
        seat = await seats.take(engine, settings.executor_id)
        stack.push_async_callback(seat.leave)
        durable = Durable(settings.sync_database_url, executor_id=seat.executor_id)
        stack.push_async_callback(durable.stop, DRAIN_SECONDS)
        tasks = Tasks()
        stack.push_async_callback(tasks.drain, DRAIN_SECONDS)

        store = ChangeStore(engine)
        teller = FollowedTeller(client, session, clock=clock)
        people = People(client, identity.team_id or "", groups_of(policy))
        proposals = Proposals(store, omni, policy, clock=clock)
        workflow = Workflow(
            store, omni, teller, durable, policy, clock=clock, repropose=proposals.afresh
        )
        watch = Watch(store, omni, durable, policy, clock=clock, tell=workflow.tell)
        front = Front(
            slash=settings.slash_command,
            people=people,
            teller=teller,
            tasks=tasks,
            store=store,
            queue=lambda: omni.turns.wait,
            clock=clock,
        )
        decisions = Decisions(front, client, store, proposals, workflow)
        overview = Overview(catalog, store)
        finder = Finder(
            front,
            teller=teller,
            client=client,
            store=store,
            proposals=proposals,
            catalog=catalog,
            overview=overview,
            clock=clock,
        )
        live = LiveForms(client, clock=clock)
        forms = Forms(front, live=live, store=store, catalog=catalog, policy=policy)
        submissions = Submissions(
            front,
            live=live,
            store=store,
            proposals=proposals,
            workflow=workflow,
            policy=policy,
            clock=clock,
        )
        home_tab = HomeTab(
            front,
            client=client,
            store=store,
            catalog=catalog,
            overview=overview,
            workflow=workflow,
            policy=policy,
            tasks=tasks,
            clock=clock,
        )
        teller.follow(catalog.changed)
        teller.follow(home_tab.changed)
        subscriptions = Subscriptions(front, teller, store, proposals, catalog, clock=clock)
        app = slack_app.build(
            client,
            identity,
            settings.slash_command,
            commands=Commands(
                front,
                store=store,
                proposals=proposals,
                workflow=workflow,
                decisions=decisions,
                forms=forms,
                finder=finder,
                subscriptions=subscriptions,
                clock=clock,
            ),
            decisions=decisions,
            finder=finder,
            forms=forms,
            menus=Menus(front, catalog),
            home_tab=home_tab,
            submissions=submissions,
            failed=front.failed,
        )
        durable.start()
        duties = (
            seat.keep,
            partial(durable.resume_orphans, seat),
            workflow.expire_due,
            workflow.remind_due,
            watch.due,
            partial(teller.catch_up, store),
            lambda: store.forget_deliveries(clock() - REMEMBER_DELIVERIES),
            lambda: durable.forget_finished(clock() - REMEMBER_FINISHED),
        )
        await stack.enter_async_context(_sweeping(duties))
        yield Service(
            app=app,
            ready=lambda: _ready(store, client, omni),
            seen=_seen(engine, store, clock),
            store=store,
            workflow=workflow,
            watch=watch,
        )


@contextlib.contextmanager
def proving(variable: str) -> Iterator[None]:
    """Tell whoever starts the bot that Slack refuses the token of this variable, or is not there.

    Raises `SettingsError` and `PersonError`.
    """
    try:
        yield
    except SlackApiError as error:
        name = error_name(error)
        if not name or name in TROUBLE:
            raise PersonError("Slack cannot be reached: it answers with a failure.") from error
        text = f"Slack refuses {variable} ({name}): {WHERE[variable]}."
        raise SettingsError((Fault(variable, text),)) from error
    except (aiohttp.ClientError, OSError) as error:
        raise PersonError(f"Slack cannot be reached: {error}.") from error


def _slack_client(settings: Settings, session: aiohttp.ClientSession) -> AsyncWebClient:
    return AsyncWebClient(
        token=settings.slack_bot_token,
        base_url=settings.slack_api_url,
        session=session,  # one for all calls: half the time of a call is a new session
        timeout=20,
        retry_handlers=[
            AsyncConnectionErrorRetryHandler(max_retry_count=1),
            AsyncRateLimitErrorRetryHandler(max_retry_count=1),
        ],
    )


async def _identity(client: AsyncWebClient, settings: Settings) -> AuthorizeResult:
    """Ask Slack who we are, once; Bolt would ask inside the three seconds of a request.

    A Slack that is down is waited for: many platforms start what ended badly ever later.
    """
    pause = SLACK_AGAIN_FIRST
    while True:
        try:
            with proving("SLACK_BOT_TOKEN"):
                answer = await client.auth_test()
        except PersonError as error:
            log.warning("%s It is tried again in %.0f s", error.text, pause)
        else:
            return AuthorizeResult.from_auth_test_response(
                auth_test_response=answer, bot_token=settings.slack_bot_token
            )
        await asyncio.sleep(pause)
        pause = min(pause * 2, SLACK_AGAIN_LAST)


def _seen(engine: AsyncEngine, store: ChangeStore, clock: Clock) -> Seen:
    """Return what knows repeated deliveries; several processes share it through Postgres."""
    memory = Memory()
    if engine.dialect.name == "sqlite":
        return memory

    async def seen(key: str) -> bool:
        return await memory(key) or not await store.first_delivery(key, clock())

    return seen


@contextlib.asynccontextmanager
async def _sweeping(duties: Iterable[Duty]) -> AsyncIterator[None]:
    """Sweep now and then; at the end let a sweep finish, as cancelling it loses a connection."""
    stop = asyncio.Event()
    task = asyncio.create_task(_sweep(duties, stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait([task], timeout=DRAIN_SECONDS)


async def _sweep(duties: Iterable[Duty], stop: asyncio.Event) -> None:
    while not stop.is_set():
        for duty in duties:
            try:
                await duty()
            except Exception:  # one that fails keeps none of the others from its turn
                log.exception("A sweep failed; the next one comes in %.0f s", SWEEP_SECONDS)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), SWEEP_SECONDS)


async def _ready(store: ChangeStore, client: AsyncWebClient, omni: OmniClient) -> Readiness:
    checks: dict[str, Callable[[], Awaitable[object]]] = {
        "database": store.ping,
        "slack": client.auth_test,  # a revoked token is no better than a Slack that is down
        "omni": partial(_ask_omni, omni),
    }
    return Readiness(
        tuple(await asyncio.gather(*(_check(name, ask) for name, ask in checks.items())))
    )


async def _ask_omni(omni: OmniClient) -> None:
    with in_line(Line.BACKGROUND), contextlib.suppress(RateLimited):  # it is there, if busy
        await omni.check_key()


async def _check(name: str, ask: Callable[[], Awaitable[object]]) -> Check:
    began = time.monotonic()
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await ask()
    except Exception as error:  # noqa: BLE001 - whatever it is, this dependency does not answer
        log.warning("%s does not answer: %s", name, type(error).__name__)
        return Check(name, time.monotonic() - began, "does not answer; the log says why")
    return Check(name, time.monotonic() - began)
