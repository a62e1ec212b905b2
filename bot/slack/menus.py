"""The menus that are filled while somebody types: connections, schedules, time zones."""

from collections.abc import Coroutine, Iterable
from itertools import islice
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.catalog import Catalog
from bot.errors import PersonError
from bot.finding import fold
from bot.meant import similar_zones, zone_names
from bot.omni import Connection, ConnectionSchedule, OmniError
from bot.schedule import known_zone
from bot.slack.blocks import Element, plain
from bot.slack.drafts import NEW, Draft, fields_of
from bot.slack.front import Body, Front, Where
from bot.slack.ids import CONNECTION
from bot.slack.modals import NEW_SCHEDULE, option
from bot.slack.wording import in_words
from bot.tasks import in_time

MOST = 100  # options in a menu of Slack's
ANSWER_WITHIN = 2.3  # seconds of the three that Slack gives

#: Stands in a menu for the reason why it is empty; choosing it chooses nothing.
NOTHING = "nothing"


class Menus:
    """Answers what Slack asks while somebody types into a menu."""

    def __init__(self, front: Front, catalog: Catalog) -> None:
        """Take where the options come from."""
        self._front = front
        self._catalog = catalog

    async def connections(self, ack: AsyncAck, body: Body) -> None:
        """Offer the connections whose names have what was typed in them."""
        await _answer(ack, self._connections(body))

    async def schedules(self, ack: AsyncAck, body: Body) -> None:
        """Offer the schedules of the connection that is chosen, and a new one."""
        await _answer(ack, self._schedules(body))

    async def zones(self, ack: AsyncAck, body: Body) -> None:
        """Offer the schedule's own zone, then the person's, then others."""
        await _answer(ack, self._zones(body))

    async def _connections(self, body: Body) -> list[Element]:
        await self._front.reader(Where.of(body))
        wanted = fold(body["value"])
        found = await self._catalog.connections()
        fitting = (one for one in found if wanted in fold(one.name) or one.id.startswith(wanted))
        return [_of_connection(one) for one in islice(fitting, MOST)]

    async def _schedules(self, body: Body) -> list[Element]:
        await self._front.reader(Where.of(body))
        view = body["view"]
        connection = Draft.from_metadata(view["private_metadata"]).connection
        found = await self._catalog.schedules(fields_of(view).get(CONNECTION) or connection)
        wanted = body["value"].casefold()
        offered = map(_of_schedule, found)
        fitting = islice((one for one in offered if wanted in _words(one)), MOST - 1)
        return [*fitting, option(NEW_SCHEDULE, NEW)]

    async def _zones(self, body: Body) -> list[Element]:
        actor = await self._front.reader(Where.of(body))
        now = Draft.from_metadata(body["view"]["private_metadata"]).now
        own = [now.timezone] if now else []
        return [option(zone, zone) for zone in zones([*own, actor.tz], body["value"])]


async def _answer(ack: AsyncAck, options: Coroutine[Any, Any, list[Element]]) -> None:
    """Answer in time, if only with why there is nothing to choose."""
    try:
        found = await in_time(options, ANSWER_WITHIN)
    except TimeoutError:
        found = [option("Omni is slow: type a letter to ask again", NOTHING)]
    except (PersonError, OmniError) as error:
        found = [option(str(error), NOTHING)]
    await ack(options=found)


def zones(first: Iterable[str], typed: str) -> list[str]:
    """Return zones whose names have what was typed in them, the likeliest first."""
    wanted = _plain(typed)
    known = dict.fromkeys((*first, *zone_names()))
    fitting = [zone for zone in known if wanted in _plain(zone)]
    named = known_zone(typed)
    likely = ([named.key] if named else []) + fitting + list(similar_zones(typed) if typed else ())
    return list(dict.fromkeys(likely))[:MOST]


def _plain(zone: str) -> str:
    return zone.casefold().replace("_", " ").strip()


def _of_connection(connection: Connection) -> Element:
    about = plain(f"{connection.dialect} · {connection.id[:8]}", 75)
    return {**option(connection.name, connection.id), "description": about}


def _of_schedule(schedule: ConnectionSchedule) -> Element:
    words = f"{in_words(schedule.terms)}, {schedule.timezone}"
    about = plain(f"{schedule.cron} · {schedule.id[:8]}", 75)
    return {**option(words, schedule.id), "description": about}


def _words(offered: Element) -> str:
    about = offered.get("description", {"text": ""})["text"]
    return f"{offered['text']['text']} {about}".casefold()
