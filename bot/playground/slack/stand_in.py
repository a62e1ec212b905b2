"""A stand-in for Slack: a small workspace with Slack's Web API in front and a bot behind."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from aiohttp import web

from bot import manifest
from bot.playground.pulse import Pulse
from bot.playground.slack.api import WebApi
from bot.playground.slack.delivery import Delivery
from bot.playground.slack.faults import Faults
from bot.playground.slack.people import DATA_TEAM, Person
from bot.playground.slack.records import (
    BOT_USER_ID,
    TEAM_ID,
    Channel,
    Request,
    Role,
    User,
    UserGroup,
)
from bot.playground.slack.sockets import Sockets
from bot.playground.slack.workspace import Workspace

ROBIN, ADA, SAM, GUS = "U0REQUESTER", "U0APPROVER", "U0ADMIN", "U0GUEST"


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class SlackStandIn:
    """Slack as a bot and its people know it.

    Serve `app` on a loopback port, set `base_url` to where that is, and either set `events_url`
    to the bot's `POST /slack/events` or let the bot connect by Socket Mode.
    """

    team_id = TEAM_ID
    bot_user_id = BOT_USER_ID

    def __init__(
        self,
        *,
        signing_secret: str,
        bot_token: str,
        app_token: str,
        commands: tuple[str, ...] = ("/omni-schedule",),
        scopes: Sequence[str] | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """Install a bot with the scopes of the manifest, unless others are given."""
        self.workspace = Workspace(clock, sorted(manifest.scopes()) if scopes is None else scopes)
        self.faults = Faults()
        self.people: dict[str, Person] = {}
        self.sockets = Sockets(self.workspace)
        self.delivery = Delivery(signing_secret, self.sockets, self.faults, clock)
        self._commands = commands
        self.app = web.Application()
        self.app.cleanup_ctx.append(self.delivery.session)
        api = WebApi(self.workspace, self.faults, bot_token=bot_token, app_token=app_token)
        api.add_routes(self.app)
        self.sockets.add_routes(self.app)

    @property
    def base_url(self) -> str:
        """Where the stand-in is served, without a slash at the end."""
        return self.workspace.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self.workspace.base_url = url.rstrip("/")

    @property
    def api_url(self) -> str:
        """The base of the Web API, for `AsyncWebClient(base_url=…)`."""
        return f"{self.base_url}/api/"

    @property
    def events_url(self) -> str | None:
        """Where the bot takes requests; None delivers over Socket Mode."""
        return self.delivery.events_url

    @events_url.setter
    def events_url(self, url: str | None) -> None:
        self.delivery.events_url = url

    @property
    def pulse(self) -> Pulse:
        """What beats whenever anything changes: messages, views, requests, connections."""
        return self.workspace.pulse

    @property
    def requests(self) -> deque[Request]:
        """What the bot sent last, oldest first."""
        return self.workspace.requests

    @property
    def refusals(self) -> tuple[Request, ...]:
        """What the bot sent and Slack would not show."""
        return tuple(request for request in self.requests if request.problems)

    def calls(self, method: str) -> tuple[Request, ...]:
        """Return the bot's requests to one method, or to `response_url`."""
        return tuple(request for request in self.requests if request.method == method)

    def add_person(
        self,
        user_id: str,
        name: str,
        *,
        role: str = Role.MEMBER,
        tz: str = "Europe/London",
        tz_label: str = "Greenwich Mean Time",
        title: str = "",
    ) -> Person:
        """Add somebody, or replace who has this id."""
        user = User(user_id, name, Role(role), tz, tz_label, title)
        self.workspace.users[user_id] = user
        person = Person(user, self.workspace, self.delivery, self._commands)
        self.people[user_id] = person
        return person

    def add_channel(
        self,
        channel_id: str,
        name: str,
        *,
        members: Sequence[str],
        bot_is_member: bool = True,
        private: bool = False,
        archived: bool = False,
    ) -> Channel:
        """Add a channel, or replace the one with this id; what was said in it stays."""
        bot = {BOT_USER_ID} if bot_is_member else set()
        channel = Channel(channel_id, name, frozenset(members) | bot, private, archived)
        self.workspace.channels[channel_id] = channel
        self.pulse.beat()
        return channel

    def add_user_group(self, group_id: str, handle: str, members: Sequence[str]) -> UserGroup:
        """Add a user group, or replace the one with this id."""
        group = UserGroup(group_id, handle, tuple(members))
        self.workspace.groups[group_id] = group
        return group

    def seed(self) -> None:
        """Fill the workspace with the playground's cast and channels."""
        for user_id, name, role, tz, tz_label, title in CAST:
            self.add_person(user_id, name, role=role, tz=tz, tz_label=tz_label, title=title)
        everybody = tuple(person[0] for person in CAST)
        self.add_channel(DATA_TEAM, "data-team", members=everybody)
        self.add_channel("C0FINANCE", "finance-bi", members=(ROBIN, ADA, SAM))
        self.add_channel("C0GENERAL", "general", members=everybody, bot_is_member=False)


CAST = (
    (ROBIN, "Robin", "member", "Europe/London", "Greenwich Mean Time", "Analyst"),
    (ADA, "Ada", "member", "America/New_York", "Eastern Standard Time", "Data platform lead"),
    (SAM, "Sam", "admin", "Europe/Berlin", "Central European Time", "Workspace admin"),
    (GUS, "Gus", "guest", "Europe/London", "Greenwich Mean Time", "Consultant, a guest"),
)
