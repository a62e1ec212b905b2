"""The listeners, each given what it works with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.catalog import Catalog
from bot.diagnosis import Finding
from bot.lookup import Lookup
from bot.overview import Overview
from bot.policy import Policy
from bot.proposals import Proposals
from bot.slack import app
from bot.slack.checkup import Checkup
from bot.slack.commands import Commands
from bot.slack.decisions import Decisions
from bot.slack.finder import Finder
from bot.slack.following import FollowedTeller
from bot.slack.forms import Forms
from bot.slack.front import Front
from bot.slack.home_tab import HomeTab
from bot.slack.live_forms import LiveForms
from bot.slack.menus import Menus
from bot.slack.people import People
from bot.slack.submissions import Submissions
from bot.slack.subscriptions import Subscriptions
from bot.store import Stores
from bot.tasks import Tasks
from bot.workflow import Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the listeners work with."""

    slash: str
    client: AsyncWebClient
    identity: AuthorizeResult
    people: People
    teller: FollowedTeller
    tasks: Tasks
    stores: Stores
    catalog: Catalog
    lookup: Lookup
    proposals: Proposals
    workflow: Workflow
    policy: Policy
    queue: Callable[[], float]
    examine: Callable[[], Awaitable[tuple[Finding, ...]]]
    clock: Callable[[], datetime]


def app_of(parts: Parts) -> AsyncApp:
    """Return the Slack app with all that it listens for."""
    client, clock, policy, store = parts.client, parts.clock, parts.policy, parts.stores.changes
    catalog, proposals, workflow = parts.catalog, parts.proposals, parts.workflow
    front = _front(parts)
    overview = Overview(catalog, store)
    live = LiveForms(client, clock=clock)
    decisions = Decisions(front, client, store, proposals, workflow)
    finder = Finder(
        front,
        teller=parts.teller,
        client=client,
        store=store,
        lookup=parts.lookup,
        catalog=catalog,
        overview=overview,
        clock=clock,
    )
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
        checkup=Checkup(parts.examine, tasks=parts.tasks, clock=clock),
        tasks=parts.tasks,
        clock=clock,
    )
    parts.teller.follow(home_tab.changed)
    commands = Commands(
        front,
        store=store,
        proposals=proposals,
        workflow=workflow,
        decisions=decisions,
        forms=forms,
        finder=finder,
        subscriptions=_subscriptions(parts, front),
        clock=clock,
    )
    return app.build(
        client,
        parts.identity,
        parts.slash,
        commands=commands,
        decisions=decisions,
        finder=finder,
        forms=forms,
        menus=Menus(front, catalog),
        home_tab=home_tab,
        submissions=submissions,
        front=front,
    )


def _front(parts: Parts) -> Front:
    return Front(
        slash=parts.slash,
        people=parts.people,
        teller=parts.teller,
        tasks=parts.tasks,
        store=parts.stores.changes,
        queue=parts.queue,
        clock=parts.clock,
    )


def _subscriptions(parts: Parts, front: Front) -> Subscriptions:
    return Subscriptions(
        front,
        parts.teller,
        parts.stores.subscriptions,
        parts.lookup,
        parts.catalog,
        policy=parts.policy,
        clock=parts.clock,
    )
