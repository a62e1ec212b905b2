"""Finding: lists, one schedule in full, what waits, history, and the buttons to their pages."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.catalog import Catalog
from bot.change import Change
from bot.command import Command, History, List, Pending, Show
from bot.errors import PersonError
from bot.finding import Several, Unclear, find
from bot.lookup import Lookup
from bot.omni import Connection, OmniError
from bot.overview import Entry, Overview
from bot.slack import answers, ids, lists
from bot.slack.blocks import Message, button
from bot.slack.front import Body, Front, Where
from bot.slack.menus import NOTHING
from bot.slack.teller import SlackTeller
from bot.slack.web import FAULTS
from bot.store import ChangeStore

CHANGES_A_PAGE = 10

#: Commands that look things up.
Search = List | Show | History | Pending


class Finder:
    """Shows what there is and what was changed."""

    def __init__(
        self,
        front: Front,
        *,
        teller: SlackTeller,
        client: AsyncWebClient,
        store: ChangeStore,
        lookup: Lookup,
        catalog: Catalog,
        overview: Overview,
        clock: Callable[[], datetime],
    ) -> None:
        """Take what it looks into and answers with."""
        self._front = front
        self._teller = teller
        self._client = client
        self._store = store
        self._lookup = lookup
        self._catalog = catalog
        self._overview = overview
        self._clock = clock

    # -- commands ------------------------------------------------------------------

    async def run(self, command: Search, where: Where) -> None:
        """Answer a command; the person may see what it shows."""
        await self._front.say(where, await _or_ask(command, self._answer(command)))

    async def _answer(self, command: Command) -> Message:
        match command:
            case Show():
                return await self._show(command)
            case History(None):
                return await self._history("", before=None)
            case History(str(query)):
                return await self._history(await self._connection_id(query), before=None)
            case List(query):
                return await self._list(query, 1)
            case Pending():
                return await self._pending(1)
            case _:
                raise ValueError(f"not a command that finds: {command}")

    async def _connection_id(self, query: str) -> str:
        """Return which connection is meant, also where Omni is away or shows it no more."""
        if await self._store.history(query, limit=1):  # an id, whatever else is named like it
            return query
        try:
            return (await self._lookup.connection(query)).id
        except (Unclear, OmniError) as error:
            found = await self._store.connections_called(query)
            shown = error.options if isinstance(error, Unclear) else ()
            # One of those that are asked about is not taken because it alone has a history.
            if len(found) != 1 or found[0] in {option.id for option in shown}:
                raise
            return found[0]

    # -- turning pages -------------------------------------------------------------

    async def turn(self, ack: AsyncAck, body: Body) -> None:
        """Show another page in place of the one that the button stands on."""
        await ack()
        where = Where.of(body)
        self._front.start(where, self._turn(body["actions"][0]["value"], where))

    async def _turn(self, value: str, where: Where) -> None:
        await self._front.reader(where)
        verb, _, rest = value.partition(" ")
        place, _, query = rest.partition(" ")
        if verb == "history":
            message = await self._history(query, before=await self._store.get(place))
        elif verb == "pending":
            message = await self._pending(int(place))
        else:
            listing = List(query or None)
            message = await _or_ask(listing, self._list(listing.connection, int(place)))
        await self._instead(where, message)

    async def pick(self, ack: AsyncAck, body: Body) -> None:
        """Show the connection that was chosen from the menu."""
        await ack()
        where = Where.of(body)
        chosen = body["actions"][0]["selected_option"]["value"]
        if chosen != NOTHING:
            self._front.start(where, self._pick(chosen, where))

    async def _pick(self, connection_id: str, where: Where) -> None:
        await self._front.reader(where)
        listing = self._list(connection_id, 1)
        await self._instead(where, await _or_ask(List(connection_id), listing))

    async def _instead(self, where: Where, message: Message) -> None:
        if not await self._teller.reply(where.reply_url, message, replace=True):
            await self._front.say(where, message)

    # -- lists ---------------------------------------------------------------------

    async def _list(self, query: str | None, number: int) -> Message:
        everything = await self._catalog.connections()
        if query is None:
            return await self._several(everything, None, number)
        match find(query, everything):
            case Several(items):
                return await self._several(items, query, number)
            case _:
                return await self._one(await self._lookup.connection(query), number)

    async def _several(
        self, found: tuple[Connection, ...], query: str | None, number: int
    ) -> Message:
        page = lists.Page.within(number, len(found), lists.CONNECTIONS_A_PAGE)
        if not found:
            raise PersonError("Omni shows no connection to this bot's key.")
        shown = found[page.first : page.first + page.size]
        entries = await self._overview.entries(shown, each=lists.SCHEDULES_EACH)
        links = await self._links(entries)
        return lists.connections(entries, page, query, now=self._clock(), links=links)

    async def _one(self, connection: Connection, number: int) -> Message:
        size = lists.SCHEDULES_A_PAGE
        page = lists.Page(max(number, 1), 0, size)
        (entry,) = await self._overview.entries([connection], each=size, first=page.first)
        page = lists.Page.within(number, entry.total, size)
        if page.number != number:  # it had more of them when the button was drawn
            (entry,) = await self._overview.entries([connection], each=size, first=page.first)
        links = await self._links([entry])
        return lists.connection(entry, page, now=self._clock(), links=links)

    async def _show(self, command: Show) -> Message:
        connection, query = await self._lookup.named(command.connection, command.schedule)
        schedule = await self._lookup.schedule(connection, query)
        row = await self._overview.row(schedule)
        links = await self._links_of([row.open] if row.open else [])
        return lists.schedule(connection, row, now=self._clock(), links=links)

    async def _history(self, connection_id: str, *, before: Change | None) -> Message:
        found = await self._store.history(
            connection_id or None, before=before, limit=CHANGES_A_PAGE + 1
        )
        shown, more = found[:CHANGES_A_PAGE], []
        if len(found) > len(shown):
            value = f"history {shown[-1].id} {connection_id}".rstrip()
            more = [button("Older changes", f"{ids.PAGE}:older", value)]
        return answers.changes("Changes, newest first", shown, "No changes yet.", more)

    async def _pending(self, number: int) -> Message:
        page = lists.Page.within(number, await self._store.count_open(), CHANGES_A_PAGE)
        found = await self._store.ending_soonest(first=page.first, limit=page.size)
        return answers.pending(found, page)

    # -- links to cards ------------------------------------------------------------

    async def _links(self, entries: Iterable[Entry]) -> dict[str, str]:
        changes: list[Change] = []
        for entry in entries:
            changes += [row.open for row in entry.rows if row.open is not None]
            changes += entry.new
        return await self._links_of(changes)

    async def _links_of(self, changes: Iterable[Change]) -> dict[str, str]:
        """Return where cards stand; one that Slack does not tell goes without a link."""
        links: dict[str, str] = {}
        for change in changes:
            for card in change.cards[:1]:
                try:
                    answer = await self._client.chat_getPermalink(
                        channel=card.channel, message_ts=card.ts
                    )
                except FAULTS:
                    continue
                links[change.id] = answer["permalink"]
        return links


async def _or_ask(command: Search, answer: Awaitable[Message]) -> Message:
    """Return the answer to a command, or the question what was meant."""
    try:
        return await answer
    except Unclear as unclear:
        return answers.question(unclear, command)
