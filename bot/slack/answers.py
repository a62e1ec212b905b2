"""What the bot says besides cards: help, explanations, lists, questions back, and errors."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.change import Action, Change, Status
from bot.command import ASKING, USAGE, Command, CommandError, Create, Set, Verb, to_text
from bot.counted import counted
from bot.errors import PersonError
from bot.finding import Option, Unclear
from bot.schedule import Cron, Schedule, next_runs
from bot.schedule.problems import quote
from bot.slack import ids
from bot.slack.blocks import (
    SPOKEN_MOST,
    Block,
    Element,
    Message,
    actions,
    bold,
    button,
    code,
    context,
    escaped,
    header,
    lines,
    moment,
    section,
    shortened,
    text,
    user,
)
from bot.slack.lists import Page
from bot.slack.wording import (
    USED_UP,
    before_line,
    caution_row,
    decided_by,
    done_by,
    flat,
    heading,
    outside,
    run_in_full,
    terms_line,
    with_code,
)
from bot.told import cautions, describe

OPTIONS_SHOWN = 8
#: Commands that say when, and that the form can do as well.
IN_FORM = (Set, Create)
LOST = (
    "Choosing one would leave out {}. If that is a part of the schedule, put the name alone in "
    "quotes: what follows it says when."
)
#: What people write around a name, which says nothing of when: `move sales to 6pm daily`.
ASKS_TO_CHANGE = frozenset({"change", "move", "set", "update", "switch", "to"})
BUTTON_VALUE_MOST = 2000

EXAMPLES = (
    '"Production Snowflake" "00 18 ? * * *" Europe/London',
    '"Production Snowflake" every weekday at 6pm',
)

#: Plain words, each with another way to say when.
PHRASES = (
    "every 15 minutes between 8:00 and 18:00",
    "mon wed fri at 9am",
    "1st and 15th of the month at 3am",
    "last friday of the month at 6pm",
)

#: What each command does, in the order of the help.
COMMANDS = {
    Verb.SET: "propose a change",
    Verb.LIST: "schedules, in words",
    Verb.SHOW: "one in full",
    Verb.CREATE: "add a schedule",
    Verb.DELETE: "remove one",
    Verb.EXPLAIN: "words, next runs; in UTC without a zone",
    Verb.PENDING: "what waits for a decision",
    Verb.HISTORY: "what was changed",
    Verb.UNDO: "propose the way back; without an id, from the last change",
    Verb.SUBSCRIBE: "announce changes here",
    Verb.UNSUBSCRIBE: "stop that",
}


def usage(slash: str) -> Message:
    """Return how commands are written, with examples, on no more than a phone's screen."""
    alone = [code(slash), text(" alone opens a form to fill in. Or type after it:")]
    rows = [[code(USAGE[verb]), text(f"  {what}")] for verb, what in COMMANDS.items()]
    examples = [[code(f"{slash} {typed}")] for typed in EXAMPLES]
    forms, shown = lines(alone, *rows), lines([bold("For example")], *examples)
    blocks = (
        header("Change when Omni refreshes a schema"),
        forms,
        shown,
        context(
            "Names, ids and the first four characters of ids will do. "
            f"Plain words also say {', '.join(f'`{phrase}`' for phrase in PHRASES)}. "
            "Without a zone it is the one that the schedule has; for a new one, yours. "
            "A cron has six fields: minute, hour, day-of-month, month, day-of-week, year. "
            "Weekdays count from 1, which is Sunday; exactly one of the two day fields is `?`."
        ),
    )
    return Message(f"How to use {escaped(slash)}. {flat(forms)} {flat(shown)}", blocks)


def command_error(error: CommandError, slash: str, typed: str) -> Message:
    """Return every problem of a command, one that can be run, and each repair as a button."""
    repairs = error.repairs
    rows = [
        [
            bold(f"{one.place.capitalize()}  "),
            # The buttons ask that already.
            *with_code(one.rule if one.repair.startswith(ASKING) else f"{one.rule} {one.repair}"),
        ]
        for one in error.problems
    ]
    blocks: list[Block] = [lines([bold("Nothing was done.")], *rows)]
    if repairs:
        label = "Corrected  " if len(repairs) == 1 else "For example  "  # nothing is guessed
        blocks.append(lines([bold(label), code(f"{slash} {repairs[0].command_text}")]))
    row = [
        button(repair.label, f"{ids.RUN}:{number}", repair.command_text)
        for number, repair in enumerate(repairs)
    ]
    if error.verb in {Verb.SET, Verb.CREATE}:
        row.append(_open_form(typed))
    if row:
        blocks.append(actions(*row))
    blocks.append(lines([bold("Usage  "), code(f"{slash} {error.usage}".rstrip())]))
    return Message(escaped(error.text), tuple(blocks))


def explanation(cron: Cron, zone_name: str, schedule: Schedule, now: datetime) -> Message:
    """Return what a schedule means, without asking anybody."""
    runs = next_runs(schedule, now, 5)
    words = describe(cron)
    rows: list[list[Element]] = [
        [bold(words), text("  "), code(str(cron)), text(f"  {zone_name}")],
    ]
    if runs:
        rows.append([text("Next runs, first there and then where you are:")])
    rows += ([text(f"{run_in_full(run)}   "), moment(run)] for run in runs)
    warnings = cautions(schedule, now)
    rows += (caution_row(caution) for caution in warnings)
    told = lines(*rows)
    return Message(flat(told), (told,))


def question(error: Unclear, command: Command) -> Message:
    """Return what somebody may have meant, each as a button that runs the whole command."""
    blocks: list[Block] = [lines(with_code(error.text))]
    shown = error.options[:OPTIONS_SHOWN]
    for number, option in enumerate(shown):
        blocks += _choice(number, option, command, error.place)
    lost = (LOST.format(quote(option.left_out)) for option in shown if _loses(command, option))
    hint = next(lost, "")
    if hint:
        blocks.append(lines(with_code(hint)))
    left = len(error.options) - OPTIONS_SHOWN
    if left > 0:
        way = "name" if error.place == "connection" else "start of its id"
        blocks.append(context(f"And {left} more: type more of the {way}."))
        if isinstance(command, IN_FORM):
            blocks.append(actions(_open_form(to_text(command))))
    if error.place == "connection" and not error.options:
        blocks.append(context("`list` shows what there is."))
    if isinstance(command, Set) and error.place == "schedule" and not error.options:
        add = to_text(Create(command.connection, command.cron, command.zone))
        blocks.append(actions(button("Add it", f"{ids.RUN}:0", add, label="Add this schedule")))
    labels = "; ".join(option.label for option in shown)
    return Message(escaped(" ".join(filter(None, (error.text, labels, hint)))), tuple(blocks))


def _choice(number: int, option: Option, command: Command, place: str) -> list[Block]:
    """Return an option with its button; without one where words would be lost."""
    schedule = place == "schedule"  # with its cron in code marks; a name is as it is
    label = lines(with_code(option.label) if schedule else [text(option.label)])
    if _loses(command, option):
        return [label]
    chosen = to_text(_with(command, place, option))
    pick = button("Choose", f"{ids.RUN}:{number}", chosen, label=f"Choose {option.label}")
    return [label, actions(pick)]


def _loses(command: Command, option: Option) -> bool:
    """Say whether an option leaves out words that may say when."""
    return isinstance(command, IN_FORM) and not ASKS_TO_CHANGE.issuperset(option.left_out.split())


def _open_form(typed: str) -> Element:
    """Return the button to a form that is filled in with what was typed."""
    return button("Open the form", ids.OPEN_FORM, shortened(typed, BUTTON_VALUE_MOST) or "set")


def _with(command: Command, place: str, option: Option) -> Command:
    return replace(command, **{place: option.id})  # type: ignore[arg-type]  # its fields, by name


def held(change: Change, command: Command | None, reader: str) -> Message:
    """Return who holds a schedule, and with a command the way to take their place by it."""
    who: Element = text("You") if change.requester == reader else user(change.requester)
    verb = {Action.SET: "change", Action.CREATE: "add", Action.DELETE: "delete"}[change.action]
    facts = [who, text(f" already asked to {verb} this schedule: change "), code(change.short_id)]
    if change.after:
        facts += [text(", to "), *terms_line(change.after)]
    if change.status is Status.APPLYING:
        facts.append(text(". It is being applied now."))
    else:
        facts += [text(". It expires "), moment(change.expires_at), text(".")]
        facts.append(text(" Its card is in App Home, under Review."))
    told = lines(facts)
    blocks: list[Block] = [told]
    if command is not None and change.status is Status.PENDING:
        value = f"{change.id} {to_text(command)}"
        what = f"Replace it: change {change.short_id}"
        blocks.append(actions(button("Replace it", ids.REPLACE, value, label=what)))
    return Message(flat(told), tuple(blocks))


def refusal(error: PersonError) -> Message:
    """Return a refusal of the policy; its text is mrkdwn of our own making."""
    return Message(error.text, (section(error.text),))


def person_error(error: PersonError) -> Message:
    """Return an error whose text is for the person."""
    rows = [with_code(error.text)]
    if error.hint:
        rows.append(with_code(error.hint))
    return Message(escaped(error.text), (lines(*rows),))


def plain_error(words: str) -> Message:
    """Return an error of a dependency, in its own words."""
    return Message(escaped(words), (lines([text(words)]),))


def waiting(seconds: float) -> Message:
    """Return why an answer takes a while."""
    wait = counted(math.ceil(seconds), "second")
    return said(f"{USED_UP} Your answer follows by itself, in {wait} or a little later.")


def restarting() -> Message:
    """Return what to do where the bot stops before it is done; how far it came is not known."""
    return said(
        "The bot is being restarted, and could not finish this. Try again in a minute; "
        "what waits for a decision is kept."
    )


def our_fault(reference: str) -> Message:
    """Return what somebody hears when the bot itself failed."""
    words = (
        "Something went wrong in the bot, and it may or may not have done what you asked. Check in "
        "App Home or with `pending`, then try again if needed. If it happens again, tell your "
        f"admin this reference: {reference}"
    )
    return Message(words, (section(f"{words[: -len(reference)]}`{reference}`"),))


def misnamed(typed: str, slash: str) -> Message:
    """Return how to mend that the app and the bot name the command differently."""
    return said(
        f"`{typed}` comes to this bot, which was told that its command is `{slash}`. Nothing was "
        f"done. Whoever runs the bot sets SLASH_COMMAND to `{typed}`, or gives the Slack app the "
        "command that is set."
    )


def said(words: str) -> Message:
    """Return one sentence of our own, in mrkdwn."""
    return Message(words, (section(words),))


# -- lists --------------------------------------------------------------------------------


def changes(
    title: str,
    found: Sequence[Change],
    empty: str,
    more: Sequence[Element] = (),
    count: str | None = None,
) -> Message:
    """Return changes, two lines each, with the buttons to more; `count` tells of all of them."""
    if not found:
        return said(empty)
    rows = [lines(*_change_lines(change)) for change in found]
    blocks: list[Block] = [header(title), *rows]
    if more:
        blocks.append(actions(*more))
    if count:
        blocks.append(context(count))
    told = f"{title}: {count or f'{len(found)}.'} {' '.join(map(flat, rows))}"
    return Message(shortened(told, SPOKEN_MOST), tuple(blocks))


def pending(found: Sequence[Change], page: Page) -> Message:
    """Return a page of the changes that wait or are being applied."""
    turns = page.turns(ids.PAGE, "pending")
    order = ", the next to expire first" if page.total > 1 else ""
    count = f"{page.told('change')}{order}. To decide one, use its card, or Review in App Home."
    return changes("Waiting or being applied", found, "Nothing waits.", turns, count)


def _change_lines(change: Change) -> list[list[Element]]:
    first = [bold(heading(change)), text("  "), code(change.short_id), text("  ")]
    # A heading that says "changed" is no word on when: hours may lie between.
    asked = [] if change.from_outside else [text("asked ")]
    first += [*asked, moment(change.created_at), *done_by(change)]
    if change.status is Status.PENDING:
        first += [text(", expires "), moment(change.expires_at)]
    after = terms_line(change.after) if change.after else [text("deleted")]
    second = [*before_line(change), text("  →  "), *after]
    return [first, [*second, *_end(change)], *outside(change)]


def _end(change: Change) -> list[Element]:
    """Return who ended the wait of a change, and when; nothing where nobody did."""
    if change.replaced_by:
        return [text("  (change "), code(change.replaced_by), text(" took its place)")]
    decided = decided_by(change)
    if not decided or change.decided_at is None:
        return []
    return [text("  ("), *decided, text(", "), moment(change.decided_at), text(")")]
