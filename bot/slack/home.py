"""App Home: what waits, one's own requests, the connections; for admins setup and policy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.change import Change, Status
from bot.counted import counted
from bot.diagnosis import Finding, Level
from bot.overview import Entry
from bot.policy import ANY_OTHER
from bot.slack import answers, ids
from bot.slack.blocks import (
    SECTION_MOST,
    Block,
    Element,
    actions,
    bold,
    button,
    code,
    confirm,
    context,
    date_token,
    divider,
    header,
    joined,
    lines,
    moment,
    section,
    shortened,
    text,
    user,
)
from bot.slack.lists import NAME_MOST, Page, entries_blocks
from bot.slack.wording import WOULD, before_line, mention, terms_or_none, with_code

MOST_WAITING = 8
MOST_RULES = 10
MOST_FINDINGS = 10
FINDING_MOST = 600

View = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open change, and what the viewer may do with it."""

    change: Change
    second_person: bool  # somebody other than the requester decides, as the policy is now
    deciders: tuple[str, ...] | None  # None: `ANY_OTHER`
    may_approve: bool
    may_reject: bool
    may_cancel: bool


@dataclass(frozen=True, slots=True)
class Connections:
    """A page of connections, or why there is none."""

    entries: tuple[Entry, ...]
    page: Page
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class PolicyText:
    """Rules in sentences, in mrkdwn; `of` is empty for those of all connections."""

    of: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What was found of the bot's setup, and when."""

    findings: tuple[Finding, ...]
    at: datetime

    @property
    def faults(self) -> tuple[Finding, ...]:
        """What does not work."""
        return tuple(one for one in self.findings if one.level is Level.FAIL)

    @property
    def doubts(self) -> tuple[Finding, ...]:
        """What deserves a look."""
        return tuple(one for one in self.findings if one.level is Level.WARN)


@dataclass(frozen=True, slots=True)
class ForAdmins:
    """What only admins see; without a report, none has been made yet."""

    report: Report | None
    looking: bool  # a report is being made
    policy: tuple[PolicyText, ...]


def home(
    waiting: Sequence[Waiting],
    own: Sequence[Change],
    connections: Connections | None,
    admin: ForAdmins | None,
    now: datetime,
    *,
    count: int,
) -> View:
    """Return somebody's App Home; without connections while Omni is being read.

    `waiting` are the first few of the `count` that wait, those that expire next.
    """
    start = button("Change a schedule", ids.OPEN_FORM, "set", style="primary")
    blocks: list[Block] = [actions(start) | {"block_id": "start"}]
    if admin and admin.report and admin.report.faults:
        blocks.append(_alert(admin.report.faults))
    blocks += _waiting(waiting, count)
    blocks += [divider(), *_own(own)]
    blocks += [divider(), header("Connections and their schedules")]
    blocks += _connections(connections, now)
    if admin:
        blocks += [divider(), header("The setup"), *_setup(admin)]
        blocks += [divider(), header("The policy")]
        for rules in admin.policy[:MOST_RULES]:
            blocks += _policy(rules)
    return {"type": "home", "blocks": blocks}


def _own(own: Sequence[Change]) -> list[Block]:
    title, none = "Your latest requests", "None of yours has been decided lately."
    listed = answers.changes(title, own, none).blocks
    return [*listed] if own else [header(title), *listed]


def refused(words: str) -> View:
    """Return what somebody sees who may see nothing; the words are mrkdwn of the policy's."""
    return {"type": "home", "blocks": [section(words)]}


def _waiting(waiting: Sequence[Waiting], count: int) -> list[Block]:
    blocks = [header("Waiting for a decision")]
    if not waiting:
        blocks.append(section("Nothing waits."))
    for one in waiting:
        blocks.append(lines(*_lines(one)))
        blocks.append(actions(*_buttons(one)) | {"block_id": f"waiting-{one.change.id}"})
    if count > len(waiting):
        left = count - len(waiting)
        blocks.append(context(f"And {left} more: the command `pending` lists them all."))
    return blocks


def _lines(one: Waiting) -> list[list[Element]]:
    change = one.change
    name = shortened(change.connection_name, NAME_MOST)
    return [
        [bold(WOULD[change.action].format(name)), text("  "), code(change.short_id)],
        [text("Now: "), *before_line(change)],
        [text("Becomes: "), *terms_or_none(change.after)],
        [text("Asked by "), user(change.requester), *_whose(one)],
    ]


def _whose(one: Waiting) -> list[Element]:
    """Return for whom a change waits, and how long."""
    change = one.change
    if change.status is Status.APPLYING:
        return [text(", approved, being applied now")]
    until = [text(", expires "), moment(change.expires_at)]
    if not one.second_person:
        return [text(", for them to confirm"), *until]
    if one.deciders is None:
        return [text(f", for {ANY_OTHER} to decide"), *until]
    if not one.deciders:
        return [text(", and the policy names nobody else to decide"), *until]
    able = joined((mention(some_id) for some_id in one.deciders), last=" or ")
    return [text(", for "), *able, text(" to decide"), *until]


def _buttons(one: Waiting) -> list[Element]:
    change = one.change
    what = f"the change of {change.connection_name}"
    row = [button("Review", ids.REVIEW, change.id, label=f"Review {what}")]
    if one.may_reject:
        row.append(button("Reject", ids.REJECT, change.id, label=f"Reject {what}"))
    if one.may_cancel:
        cancel = button("Cancel", ids.CANCEL, change.id, label=f"Cancel {what}")
        cancel["confirm"] = confirm(
            "Cancel this change?", "Nothing will be changed.", "Cancel it", "Keep it"
        )
        row.append(cancel)
    return row


def _connections(connections: Connections | None, now: datetime) -> list[Block]:
    if connections is None:
        return [section("Reading the schedules from Omni.")]
    if connections.problem is not None:
        return [lines([bold("Omni does not tell them. "), text(connections.problem)])]
    blocks = entries_blocks(connections.entries, now, {})
    page = connections.page
    if page.last > 1:
        blocks.append(actions(*page.turns(ids.HOME_PAGE, "home")))
    return [
        *blocks,
        context(f"Page {page.number} of {page.last}: {counted(page.total, 'connection')}."),
    ]


def _policy(rules: PolicyText) -> list[Block]:
    """Return a heading, in which a name is no markup, and the sentences."""
    heading = rules.of or "All connections, where nothing else is said below"
    told = "\n".join(f"•  {sentence}" for sentence in rules.sentences)
    return [lines([bold(shortened(heading, NAME_MOST))]), section(shortened(told, SECTION_MOST))]


def _alert(faults: Sequence[Finding]) -> Block:
    """Return what an admin shall not overlook: the setup stands at the end of a long page."""
    about = ", ".join(dict.fromkeys(one.about for one in faults))
    return lines([bold("To mend  "), text(f"{about}. See the setup, at the end of this page.")])


def _setup(admin: ForAdmins) -> list[Block]:
    """Return what is to mend and what deserves a look; what is as it should be is counted."""
    report = admin.report
    if report is None:
        return [section("The bot is looking at its setup. What it finds follows here.")]
    odd = [("To mend", one) for one in report.faults]
    odd += [("Warning", one) for one in report.doubts]
    blocks = [_finding(label, one) for label, one in odd[:MOST_FINDINGS]]
    if not report.faults:
        blocks.insert(0, section("Nothing stands in the way."))
    well = len(report.findings) - len(odd)
    rows = [
        f"{counted(well, 'check')} found nothing wrong",
        f"as of {date_token(report.at)}",
    ]
    if len(odd) > MOST_FINDINGS:
        rows.insert(0, f"{len(odd) - MOST_FINDINGS} more: `python -m bot doctor` prints all")
    if admin.looking:
        return [*blocks, context(*rows, "Looking again now")]
    again = button("Look again", ids.LOOK_AGAIN, "setup", label="Look again at the setup")
    return [*blocks, context(*rows), actions(again) | {"block_id": "setup"}]


def _finding(label: str, one: Finding) -> Block:
    words = shortened(one.text, FINDING_MOST)
    return lines([bold(f"{label}  "), text(f"{one.about}: "), *with_code(words)])
