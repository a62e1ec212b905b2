"""Lists of schedules: all connections by pages, one connection, one schedule in full."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from bot.change import Change, Status
from bot.command import Delete, List, Show, to_text
from bot.counted import counted
from bot.omni import Connection, ConnectionSchedule
from bot.overview import Entry, Row
from bot.slack import ids
from bot.slack.blocks import (
    SECTION_MOST,
    SPOKEN_MOST,
    Block,
    Element,
    Message,
    actions,
    bold,
    bullets,
    button,
    code,
    context,
    escaped,
    header,
    lines,
    link,
    moment,
    plain,
    section,
    shortened,
    text,
    user,
)
from bot.slack.wording import (
    REFRESHES,
    disabled_since,
    done_by,
    kind,
    no_runs,
    once_enabled,
    run_in_full,
    run_there,
    runs_of,
    terms_line,
    terms_text,
)

CONNECTIONS_A_PAGE = 5  # each costs a request to Omni when nothing is kept
SCHEDULES_EACH = 3  # beside a connection in a list of several
SCHEDULES_A_PAGE = 10
RUNS_IN_FULL = 5
NAME_MOST = 150

#: Where a change's card stands, by the change's id.
Links = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is shown; pages count from 1."""

    number: int
    total: int  # things in the whole list
    size: int  # things on a page

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, ceil(self.total / self.size))

    @property
    def first(self) -> int:
        """The place of the first thing on the page, counted from 0."""
        return (self.number - 1) * self.size

    def told(self, noun: str) -> str:
        """Return how many there are, and which page of several it is."""
        place = f", page {self.number} of {self.last}" if self.last > 1 else ""
        return f"{counted(self.total, noun)}{place}"

    @classmethod
    def within(cls, number: int, total: int, size: int) -> "Page":
        """Return the page of a number, or the nearest that there is."""
        return cls(min(max(number, 1), cls(1, total, size).last), total, size)

    def turns(self, action_id: str, verb: str, query: str = "") -> list[Element]:
        """Return the buttons that turn the page; each carries the list and its number."""
        ways = (("Previous", self.number - 1), ("Next", self.number + 1))
        return [
            button(
                f"{words} page",
                f"{action_id}:{words.lower()}",
                f"{verb} {number} {query}".rstrip(),
                label=f"{words} page, {number} of {self.last}",
            )
            for words, number in ways
            if 1 <= number <= self.last
        ]


def connections(
    entries: Sequence[Entry], page: Page, query: str | None, *, now: datetime, links: Links
) -> Message:
    """Return a page of connections with their schedules."""
    blocks = [header("Schema refresh schedules")]
    blocks += entries_blocks(entries, now, links)
    if page.last > 1:
        blocks.append(actions(*page.turns(ids.PAGE, "list", query or "")))
        blocks.append(section("Find a connection by its name", accessory=_find_connection()))
    count = page.told("connection")
    blocks.append(context(f"{count}. To filter, add a part of the name to `list`."))
    told = " ".join(spoken(entry) for entry in entries)
    words = f"Schema refresh schedules. {count}. {told}"
    return Message(shortened(words, SPOKEN_MOST), (*blocks,))


def entries_blocks(entries: Sequence[Entry], now: datetime, links: Links) -> list[Block]:
    """Return connections with their first schedules; why Omni tells none is said once."""
    blocks: list[Block] = []
    for place, entry in enumerate(entries):
        again = any(entry.problem == other.problem for other in entries[:place])
        blocks += _entry_blocks(entry, now, links, again=again)
    return blocks


def _entry_blocks(entry: Entry, now: datetime, links: Links, *, again: bool) -> list[Block]:
    """Return a connection, its first schedules, and the buttons to go on with."""
    it = entry.connection
    blocks = [_named(entry), *_entry_lines(entry, now, links, again=again)]
    if entry.total > len(entry.rows):
        words = f"Show all {entry.total}"
        label = f"{words} schedules of {it.name}"
        rest = button(words, f"{ids.RUN}:0", to_text(List(it.id)), label=label)
        blocks.append(actions(rest) | {"block_id": f"rest-{it.id}"})
    return blocks


def _named(entry: Entry) -> Block:
    """Return a connection's name with its button beside it, which spares a phone a row.

    Plain text, in which a name is no markup: only mrkdwn could be bold here.
    """
    it = entry.connection
    name = f"{shortened(it.name, NAME_MOST)}  ({it.dialect})"
    block = {"type": "section", "block_id": f"at-{it.id}", "text": plain(name, SECTION_MOST)}
    return block | {"accessory": _form_button(entry)}


def _form_button(entry: Entry) -> Element:
    """Return the button to the form for a connection."""
    it = entry.connection
    words, label = "Change", f"Change the schedules of {it.name}"
    if entry.problem is None and not entry.total:
        words, label = "Add a schedule", f"Add a schedule to {it.name}"
    return button(words, ids.OPEN_FORM, to_text(List(it.id)), label=label)


def _find_connection() -> Element:
    return {
        "type": "external_select",
        "action_id": ids.SHOW_CONNECTION,
        "placeholder": {"type": "plain_text", "text": "Type a part of it"},
        "min_query_length": 0,
    }


def connection(entry: Entry, page: Page, *, now: datetime, links: Links) -> Message:
    """Return a page of one connection's schedules."""
    it = entry.connection
    blocks: list[Block] = [header(f"Schema refresh of {it.name}")]
    blocks += _entry_lines(entry, now, links)
    blocks.append(actions(*page.turns(ids.PAGE, "list", it.id), _form_button(entry)))
    if page.last > 1:
        blocks.append(context(f"{page.told('schedule')}."))
    return Message(spoken(entry), tuple(blocks))


def _entry_lines(entry: Entry, now: datetime, links: Links, *, again: bool = False) -> list[Block]:
    lead: list[Block] = []
    if entry.problem is not None:
        why = ", for the same reason." if again else f": {entry.problem}"
        lead.append(lines([text(f"Omni did not tell its schedules{why}")]))
    elif not entry.total:
        lead.append(lines([text("No schedule: Omni does not refresh its schema by itself.")]))
    several = entry.total > 1
    rows = [_row(row, now, links, several=several) for row in entry.rows]
    rows += [_new(change, links) for change in entry.new]
    return [*lead, *([bullets(*rows)] if rows else [])]


def _row(row: Row, now: datetime, links: Links, *, several: bool) -> list[Element]:
    said = [*terms_line(row.schedule.terms)]
    if several:  # its name in a command
        said += [text("  id "), code(row.schedule.id[:8])]
    return _stacked([said, *_facts(row, now, links)])


def _stacked(rows: Sequence[Sequence[Element]]) -> list[Element]:
    """Return rows as one, a line each."""
    stack = [*rows[0]]
    for row in rows[1:]:
        stack += [text("\n"), *row]
    return stack


def _new(change: Change, links: Links) -> list[Element]:
    return _stacked([[text("A new schedule")], _open(change, links)])


def _facts(row: Row, now: datetime, links: Links) -> list[list[Element]]:
    """Return what else to know of a schedule, a line each."""
    it = row.schedule
    [running] = disabled_since(it.terms) or [_next(it, now)]
    if it.hard_refresh is not None:
        running = [*running, text(f" · {kind(it.terms)} refresh")]
    return [running, *_changes(row, links)]


def _changes(row: Row, links: Links) -> list[list[Element]]:
    """Return the change that holds a schedule, one that may have come, and the last applied."""
    told = [_open(row.open, links)] if row.open else []
    told += [_lost(row.lost)] if row.lost else []
    return told + ([_last(row.last)] if row.last else [])


def _next(schedule: ConnectionSchedule, now: datetime) -> list[Element]:
    runs = runs_of(schedule.terms, now, 1)
    if not runs:
        return [text(no_runs(schedule.terms))]
    run = runs[0]
    return [text(f"Next run {run_there(run, now)} there; where you are: "), moment(run)]


def _open(change: Change, links: Links) -> list[Element]:
    state = "being applied" if change.status is Status.APPLYING else "waiting for a decision"
    url = links.get(change.id)
    name = link(url, f"change {change.short_id}") if url else code(change.short_id)
    after = terms_line(change.after) if change.after else [text("deletion")]
    asked = [text(", asked by "), user(change.requester), text(": ")]
    return [bold("Pending  "), name, text(f", {state}"), *asked, *after]


def _lost(change: Change) -> list[Element]:
    after = terms_line(change.after) if change.after else [text("deletion")]
    asked = [text(", asked by "), user(change.requester), text(": ")]
    end = text(". Re-check on its card tells what came of it.")
    return [bold("Outcome unknown  "), code(change.short_id), *asked, *after, end]


def _last(change: Change) -> list[Element]:
    at = change.finished_at or change.created_at
    said = [text("Changed last"), *done_by(change), text(", "), moment(at)]
    return [*said, text(", change "), code(change.short_id)]


def schedule(it: Connection, row: Row, *, now: datetime, links: Links) -> Message:
    """Return one schedule in full."""
    held = row.schedule
    refresh = "Not told by this Omni"
    if held.hard_refresh is not None:
        refresh = f"{kind(held.terms).capitalize()}: {REFRESHES[held.hard_refresh]}"
    rows = [
        [bold("Runs  "), *terms_line(held.terms)],
        [bold("Omni says  "), text(shortened(held.description, 500) or "nothing")],
        [bold("Refresh  "), text(refresh)],
        *disabled_since(held.terms),
        *_changes(row, links),
        [bold("Connection  "), text(f"{it.dialect}, "), code(it.id)],
        [bold("Schedule  "), code(held.id)],
    ]
    title = f"Schema refresh of {it.name}"
    blocks = (header(title), lines(*rows), _upcoming(held, now), _ways(it, held))
    return Message(escaped(f"{title}: {terms_text(held.terms)}"), blocks)


def _upcoming(held: ConnectionSchedule, now: datetime) -> Block:
    runs = runs_of(held.terms, now, RUNS_IN_FULL)
    if not runs:
        return lines([text(f"{no_runs(held.terms)}.")])
    once = once_enabled(held.terms)
    heading = [bold(f"Next runs in {held.timezone}"), text(f", and where you are{once}")]
    rows = [[text(f"{run_in_full(run)}   "), moment(run)] for run in runs]
    return lines(heading, *rows)


def _ways(it: Connection, held: ConnectionSchedule) -> Block:
    about = f"this schedule of {it.name}"
    this = to_text(Show(it.id, held.id))
    return actions(
        button("Change", ids.OPEN_FORM, this, label=f"Change {about}"),
        button("Delete", f"{ids.RUN}:0", to_text(Delete(it.id, held.id)), label=f"Delete {about}"),
        button("All schedules", f"{ids.RUN}:1", to_text(List(it.id))),
    )


def spoken(entry: Entry) -> str:
    """Return a connection's schedules in a sentence, for notifications and screen readers."""
    name = escaped(shortened(entry.connection.name, NAME_MOST))
    if entry.problem is not None:
        return f"{name}: Omni did not tell its schedules."
    if not entry.rows:
        return f"{name}: no schedule."
    told = (terms_text(row.schedule.terms) for row in entry.rows)
    return f"{name}: {escaped('; '.join(told))}."
