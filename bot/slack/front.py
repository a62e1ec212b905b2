"""What all listeners share: who did something where, and how they are answered.

A listener answers Slack at once and leaves the work to a tracked task. Where the work
fails, the person is told: by the text of an error that is meant for people, otherwise by
a reference id that stands in the log beside the stack trace.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from weakref import WeakValueDictionary

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse

from bot import log as logs
from bot.asking import NotAllowed, require
from bot.command import CommandError
from bot.errors import PersonError
from bot.omni import OmniError
from bot.policy import Act, Actor, Rules, may
from bot.slack import answers, ids
from bot.slack.blocks import Message
from bot.slack.people import People
from bot.slack.teller import SlackTeller
from bot.slack.web import FAULTS
from bot.store import By, ChangeStore, UnknownChangeError
from bot.tasks import Tasks
from bot.telling import TryLater

log = logging.getLogger(__name__)

#: Seconds of Slack's three that a decision may take to be on record before we answer.
RECORDED_WITHIN = 2.0

#: Seconds of waiting for Omni after which the person is told why.
TOLD_AFTER = 2.0

#: Seconds until an answer that Slack did not take is tried again, and the most that it may ask for.
SAY_AGAIN, LONGEST_PAUSE = (2.0, 5.0, 15.0), 60.0

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Where:
    """Who did something in Slack, where, and how to answer."""

    user: str
    team: str
    channel: str
    surface: str
    reply_url: str | None
    trigger: str
    message: str | None = None  # that was clicked in, by its ts
    change: str | None = None  # whose id the button or the form carries

    @classmethod
    def of(cls, body: Body) -> "Where":
        """Read it from a command's or an interaction's payload."""
        if "command" in body:
            return cls(
                body["user_id"],
                body["team_id"],
                body["channel_id"],
                "command",
                _url(body.get("response_url")),
                body["trigger_id"],
            )
        user = body["user"]
        container = body.get("container", {})
        channel = body.get("channel", {}).get("id") or container.get("channel_id") or user["id"]
        return cls(
            user["id"],
            user.get("team_id") or body["team"]["id"],
            channel,
            _surface(body),
            _url(body.get("response_url")),
            body.get("trigger_id", ""),
            container.get("message_ts"),
            _change_in(body),
        )

    def in_log(self) -> contextlib.AbstractContextManager[None]:
        """Put it on every line of the log, also on those of the tasks that are started inside."""
        about = {"change": self.change} if self.change else {}
        return logs.bind(user=self.user, surface=self.surface, **about)


def _surface(body: Body) -> str:
    """Return what somebody did something on: App Home, a form, or else a message."""
    kind = (body.get("view") or {}).get("type")
    return str(kind) if kind in {"home", "modal"} else "button"


def _url(given: object) -> str | None:
    """Return an address to answer through; None where it is none, which would be tried for days."""
    if isinstance(given, str) and given.startswith(("https://", "http://")):
        return given
    return None


def _change_in(body: Body) -> str | None:
    """Return the id of the change that a button or a form is about; None where it has none."""
    view, (action, *_) = body.get("view") or {}, body.get("actions") or [{}]
    if view.get("callback_id") in ids.FORMS_OF_A_CHANGE:
        return str(view.get("private_metadata", ""))
    if action.get("action_id") in ids.BUTTONS_OF_A_CHANGE:
        return str(action.get("value", "")).partition(" ")[0]
    return None


class Front:
    """Starts the work that listeners ask for, and answers people."""

    def __init__(
        self,
        *,
        slash: str,
        people: People,
        teller: SlackTeller,
        tasks: Tasks,
        store: ChangeStore,
        queue: Callable[[], float],
        clock: Callable[[], datetime],
    ) -> None:
        """Take what it answers with; `queue` returns the seconds that Omni makes people wait."""
        self.slash = slash
        self._people = people
        self._teller = teller
        self._tasks = tasks
        self._store = store
        self._queue = queue
        self._orders: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._clock = clock

    async def actor(self, where: Where, *, decides: bool = False) -> Actor:
        """Return who acts; raises a `PersonError` where Slack does not say.

        Of whoever `decides` Slack is asked at once: they may have been made a guest just now.
        """
        return await self._people.actor(where.user, where.team, fresh=decides)

    async def reader(self, where: Where, *, decides: bool = False) -> Actor:
        """Return who looks; raises `NotAllowed` for people who may see nothing."""
        actor = await self.actor(where, decides=decides)
        require(may(actor, Act.SEE, Rules()), Act.SEE)
        return actor

    def start(self, where: Where, work: Coroutine[Any, Any, None]) -> None:
        """Do work after the answer to Slack."""
        self._start(where, self._guarded(where, work))

    def start_in_order(self, where: Where, work: Coroutine[Any, Any, None]) -> None:
        """Do work after the answer to Slack, and after what the same person asked for before.

        Whoever types a lot at once waits for themselves, and nobody else for them.
        """
        self._start(where, self._guarded(where, self._in_order(where, work)))

    def _start(self, where: Where, work: Coroutine[Any, Any, None]) -> None:
        with where.in_log():
            self._tasks.start(work)

    async def _in_order(self, where: Where, work: Coroutine[Any, Any, None]) -> None:
        order = self._orders.setdefault(where.user, asyncio.Lock())
        with contextlib.closing(work):
            async with order:
                await work

    async def record(self, where: Where, work: Coroutine[Any, Any, None]) -> None:
        """Do work that shall be on record before Slack is answered, if that is soon enough."""
        with where.in_log():
            await self._tasks.start_and_wait(self._guarded(where, work), within=RECORDED_WITHIN)

    async def withdraw(self, where: Where) -> None:
        """Remove the message that somebody clicked in, if Slack lets us."""
        await self._teller.withdraw(where.reply_url)

    async def failed(self, error: Exception, body: Body) -> BoltResponse:
        """Answer for a listener that raised, before it could hand its work on."""
        try:
            where = Where.of(body)
        except (KeyError, TypeError, AttributeError):  # of no form in which Slack would send it
            about = {"reference": logs.reference()}
            log.warning("A delivery does not say who did what where", exc_info=error, extra=about)
            return BoltResponse(status=HTTPStatus.BAD_REQUEST)
        self._start(where, self._answer_failure(where, error))
        return BoltResponse(status=HTTPStatus.OK)

    async def unheard(self, ack: AsyncAck, body: Body) -> None:
        """Answer for a button or a form that this version of the bot does not know."""
        await ack()
        where = Where.of(body)
        self._start(where, self._tell(where, answers.said(_OF_ANOTHER_VERSION)))

    async def misnamed(self, ack: AsyncAck, body: Body) -> None:
        """Answer for a command of the app's that has another name than the bot was given."""
        await ack()
        log.warning("Slack sent %s, and SLASH_COMMAND is %s", body["command"], self.slash)
        where, told = Where.of(body), answers.misnamed(body["command"], self.slash)
        self._start(where, self._tell(where, told))

    async def _guarded(self, where: Where, work: Coroutine[Any, Any, None]) -> None:
        """Do work, and tell the person who asked where it waits or fails."""
        loop = asyncio.get_running_loop()
        late = loop.call_later(TOLD_AFTER, self._explain_waiting, where)
        try:
            await work
        except asyncio.CancelledError:
            await self._tell(where, answers.restarting())
            raise
        except NotAllowed as refusal:
            await self.put_on_record(where, refusal)
            await self._answer_failure(where, refusal)
        except TryLater:
            log.warning("The person could not be told: Slack takes no answer")
        except Exception as error:  # noqa: BLE001 - the last place where a person can be told
            await self._answer_failure(where, error)
        finally:
            late.cancel()

    async def put_on_record(self, where: Where, refusal: NotAllowed) -> None:
        """Put a refusal on the audit trail."""
        by = By(where.user, where.surface, self._clock())
        try:
            await self._store.refuse(refusal.change, by, refusal.act, refusal.rule, **refusal.about)
        except Exception:
            log.exception("A refusal is not on record")  # and a refusal all the same

    def _explain_waiting(self, where: Where) -> None:
        if where.reply_url is not None and (seconds := self._queue()):
            self._tasks.start(self._tell(where, answers.waiting(seconds)))

    async def _answer_failure(self, where: Where, error: Exception) -> None:
        message = _explain(error, self.slash)
        if message is None:
            reference = logs.reference()
            log.error("A request failed", exc_info=error, extra={"reference": reference})
            message = answers.our_fault(reference)
        await self._tell(where, message)

    async def _tell(self, where: Where, message: Message) -> None:
        try:
            await self.say(where, message)
        except (TryLater, *FAULTS):
            log.warning("The person could not be told", exc_info=True)

    async def say(self, where: Where, message: Message) -> None:
        """Tell somebody something that only they see; again and again where Slack is busy.

        Raises `TryLater` where Slack takes it at no try.
        """
        for pause in SAY_AGAIN:
            try:
                await self._teller.say(where.user, where.reply_url, message)
            except TryLater as later:
                seconds = min(later.seconds or pause, LONGEST_PAUSE)
                log.info("Slack did not take an answer; again in %.0f s", seconds)
            else:
                return
            await asyncio.sleep(seconds)
        await self._teller.say(where.user, where.reply_url, message)


_OF_ANOTHER_VERSION = (
    "This is of another version of the bot, and nothing was done. "
    "Type the command, or open the bot's home tab, to go on from how things stand."
)


def _explain(error: Exception, slash: str) -> Message | None:
    """Return what to tell a person about an error; None where it is a fault of ours."""
    match error:
        case CommandError():
            return answers.command_error(error, slash, typed="")
        case NotAllowed():
            return answers.refusal(error)
        case PersonError():
            return answers.person_error(error)
        case OmniError():
            return answers.plain_error(f"Nothing was done. {error}")
        case UnknownChangeError():
            return answers.said("This change is not in the bot's records any more.")
        case _:
            return None
