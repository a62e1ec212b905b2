"""What Slack keeps about people, channels, messages and views, and how it shows them to an app."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.playground.slack.elements import Element, Json, Values, elements_of, words_of

TEAM_ID = "T0PLAYGROUND"
OTHER_TEAM_ID = "T0ELSEWHERE"
APP_ID = "A0SCHEDULES"
BOT_ID = "B0SCHEDULES"
BOT_USER_ID = "U0SCHEDULES"
SLACKBOT = "USLACKBOT"
DOMAIN = "playground"

TRIGGER_LIVES = timedelta(seconds=3)
RESPONSE_URL_LIVES = timedelta(minutes=30)
RESPONSE_URL_USES = 5


class Role(StrEnum):
    """What a person may do in a workspace."""

    ADMIN = "admin"
    MEMBER = "member"
    GUEST = "guest"
    SINGLE_CHANNEL_GUEST = "single-channel guest"
    BOT = "bot"
    DEACTIVATED = "deactivated"
    STRANGER = "stranger"  # from another workspace, through Slack Connect


@dataclass(frozen=True, slots=True)
class User:
    """Somebody's profile."""

    id: str
    name: str
    role: Role
    tz: str = "Europe/London"
    tz_label: str = "Greenwich Mean Time"
    title: str = ""

    @property
    def team_id(self) -> str:
        return OTHER_TEAM_ID if self.role is Role.STRANGER else TEAM_ID

    def as_slack_shows(self, now: datetime) -> Json:
        """Return the user object of users.info; a deactivated user has no time zone in it."""
        offset = now.astimezone(ZoneInfo(self.tz)).utcoffset() or timedelta()
        zone = {
            "tz": self.tz,
            "tz_label": self.tz_label,
            "tz_offset": int(offset.total_seconds()),
        }
        single = self.role is Role.SINGLE_CHANNEL_GUEST
        return {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name.lower().replace(" ", "."),
            "deleted": self.role is Role.DEACTIVATED,
            "real_name": self.name,
            **({} if self.role is Role.DEACTIVATED else zone),
            "profile": {
                "real_name": self.name,
                "display_name": self.name,
                "title": self.title,
                "team": self.team_id,
            },
            "is_admin": self.role is Role.ADMIN,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": single or self.role is Role.GUEST,
            "is_ultra_restricted": single,
            "is_bot": self.role is Role.BOT,
            "is_app_user": False,
            "updated": 0,
        }


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, or a direct message between a person and the bot."""

    id: str
    name: str
    members: frozenset[str]
    private: bool = False
    archived: bool = False
    direct: bool = False

    @property
    def has_bot(self) -> bool:
        return BOT_USER_ID in self.members


@dataclass(frozen=True, slots=True)
class UserGroup:
    """A named group of people."""

    id: str
    handle: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it stands; an edit makes a new value with the same `ts`."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: tuple[Json, ...] = ()
    only_for: str | None = None
    thread_ts: str | None = None
    edited: str | None = None
    metadata: Json | None = None

    @property
    def id(self) -> str:
        """What names it among all messages of all channels."""
        return f"{self.channel}/{self.ts}"

    @property
    def ephemeral(self) -> bool:
        """Whether one person alone sees it."""
        return self.only_for is not None

    @property
    def words(self) -> str:
        """All that a person can read in it: its blocks, or its text where it has none."""
        return words_of(self.blocks) or self.text

    @property
    def elements(self) -> tuple[Element, ...]:
        """What can be pressed or chosen in it, in reading order."""
        return tuple(elements_of(self.blocks))

    @property
    def buttons(self) -> tuple[Element, ...]:
        """Its buttons, in reading order."""
        return tuple(element for element in self.elements if element.type == "button")

    def as_slack_shows(self) -> Json:
        """Return the message object of the Web API and of interaction payloads."""
        written: Json = {
            "type": "message",
            "user": self.user,
            "text": self.text,
            "ts": self.ts,
            "team": TEAM_ID,
        }
        if self.user == BOT_USER_ID:
            written |= {"bot_id": BOT_ID, "app_id": APP_ID}
        if self.edited is not None:
            written["edited"] = {"user": self.user, "ts": self.edited}
        optional = {"thread_ts": self.thread_ts, "metadata": self.metadata}
        found = {key: value for key, value in optional.items() if value is not None}
        return written | found | {"blocks": deepcopy(list(self.blocks))}


@dataclass(frozen=True, slots=True)
class View:
    """One modal or App Home as it stands; an update makes a new value with the same `id`."""

    id: str
    user: str
    spec: Json
    hash: str
    values: Values
    root_id: str
    previous_id: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def type(self) -> str:
        return str(self.spec["type"])

    @property
    def title(self) -> str:
        return str(self.spec.get("title", {}).get("text", ""))

    @property
    def callback_id(self) -> str:
        return str(self.spec.get("callback_id", ""))

    @property
    def private_metadata(self) -> str:
        return str(self.spec.get("private_metadata", ""))

    @property
    def blocks(self) -> tuple[Json, ...]:
        return tuple(self.spec["blocks"])

    @property
    def words(self) -> str:
        """All that a person can read in it, its title first."""
        return f"{self.title}\n{words_of(self.blocks)}".strip()

    @property
    def elements(self) -> tuple[Element, ...]:
        """What can be pressed, chosen or filled in, in reading order."""
        return tuple(elements_of(self.blocks))

    @property
    def buttons(self) -> tuple[Element, ...]:
        """Its buttons, in reading order."""
        return tuple(element for element in self.elements if element.type == "button")

    def as_slack_shows(self) -> Json:
        """Return the view object of the Web API and of interaction payloads."""
        defaults = {
            "title": None,
            "submit": None,
            "close": None,
            "callback_id": "",
            "external_id": "",
            "private_metadata": "",
            "clear_on_close": False,
            "notify_on_close": False,
        }
        own = {
            "id": self.id,
            "team_id": TEAM_ID,
            "app_id": APP_ID,
            "app_installed_team_id": TEAM_ID,
            "bot_id": BOT_ID,
            "state": {"values": self.values},
            "hash": self.hash,
            "root_view_id": self.root_id,
            "previous_view_id": self.previous_id,
        }
        return deepcopy(defaults | self.spec | own)


@dataclass(frozen=True, slots=True)
class Request:
    """Something the bot sent: to a method of the Web API, to a response_url, or as an answer."""

    method: str
    arguments: Json  # without the token
    answer: Json
    at: datetime

    @property
    def error(self) -> str | None:
        """Slack's name for the refusal, if it was one."""
        return self.answer.get("error")

    @property
    def problems(self) -> tuple[str, ...]:
        """What Slack found wrong with the blocks, the view or the options."""
        return tuple(self.answer.get("errors", ()))


@dataclass(frozen=True, slots=True)
class Trigger:
    """The right to open one view for one person, for three seconds."""

    id: str
    user: str
    made: datetime
    view_id: str | None
    used: bool = False


@dataclass(frozen=True, slots=True)
class ResponseUrl:
    """The right to answer one interaction five times within half an hour.

    `original` is the `ts` of the message that was clicked; a command has none.
    """

    token: str
    user: str
    channel: str
    made: datetime
    original: str | None
    uses: int = 0
