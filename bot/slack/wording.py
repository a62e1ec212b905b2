"""A change in words: the pieces that cards, results, announcements and lists share."""

from datetime import datetime

from bot.change import Action, Change, Status, Terms, other_kind
from bot.schedule import Cron, Schedule, ScheduleError, load, next_runs
from bot.schedule.fields import DAY_NAMES, MONTH_NAMES
from bot.slack.blocks import (
    Block,
    Element,
    bold,
    code,
    code_span,
    date_token,
    escaped,
    group,
    moment,
    text,
    user,
)
from bot.told import NEVER, Caution, describe, load_in_words

RUNS_SHOWN = 3  # on a card
REASON_MOST = 300  # characters
USED_UP = "Omni allows 60 requests a minute, and they are used up."

#: What a change would do.
WOULD = {
    Action.SET: "Change the schema refresh of {}",
    Action.CREATE: "Add a schema refresh to {}",
    Action.DELETE: "Delete a schema refresh of {}",
}

#: What each kind of refresh does: the hard one, and the soft.
REFRESHES = {
    True: "also removes what is gone from the database",
    False: "only adds what is new in the database",
}

_DONE = {
    Action.SET: "Schema refresh of {} changed",
    Action.CREATE: "Schema refresh added to {}",
    Action.DELETE: "Schema refresh of {} deleted",
}

_STANDS = {
    Status.PENDING: "Waiting",
    Status.APPLYING: "Applying",
    Status.FAILED: "Not changed",
    Status.STALE: "Not changed",
    Status.UNKNOWN: "Outcome unknown",
    Status.CANCELLED: "Cancelled",
    Status.REJECTED: "Rejected",
    Status.EXPIRED: "Expired",
}

#: Cautions that say again what the words say: they alarm nobody.
_NOTES = {"mark-l", "mark-w", "mark-hash", "weekday-numbers", "ambiguous-zone"}

_VERBS = {Status.CANCELLED: "cancelled", Status.REJECTED: "rejected"}


def heading(change: Change) -> str:
    """Return how a change stands in a few words."""
    if change.status is not Status.APPLIED:
        return f"{_STANDS[change.status]}: schema refresh of {change.connection_name}"
    done = _DONE[change.action].format(change.connection_name)
    return f"{done} outside this bot" if change.from_outside else done


def in_words(terms: Terms) -> str:
    """Return when a schedule runs; Omni's own words where its cron is not one we know."""
    try:
        return describe(Cron.parse(terms.cron))
    except ScheduleError:
        return terms.description or "a schedule that this bot cannot read"


def terms_line(terms: Terms) -> list[Element]:
    """Return a schedule in one line: words, cron, zone."""
    return [text(f"{in_words(terms)}  "), code(terms.cron), text(f"  {terms.timezone}")]


def terms_text(terms: Terms) -> str:
    """Return that line as plain text."""
    return "".join(part["text"] for part in terms_line(terms))


def before_line(change: Change) -> list[Element]:
    """Return what there was in one line; for a new schedule, what there is beside it."""
    return terms_line(change.before) if change.before else [text(beside(change))]


def beside(change: Change) -> str:
    """Return what there is beside a schedule that is to be added."""
    match len(change.others):
        case 0:
            return "no schedule"
        case 1:
            return "1 other schedule, which stays"
        case count:
            return f"{count} other schedules, which stay"


def terms_or_none(terms: Terms | None) -> list[Element]:
    """Return a schedule in one line, or that there is none."""
    return terms_line(terms) if terms else [text("no schedule")]


def spoken_terms(terms: Terms | None) -> str:
    """Return a schedule in one line of fallback text."""
    if terms is None:
        return "no schedule"
    return f"{escaped(in_words(terms))}, {code_span(terms.cron)}, {escaped(terms.timezone)}"


def spoken_before(change: Change) -> str:
    """Return what there was in one line of fallback text; for a new schedule, what is beside it."""
    return spoken_terms(change.before) if change.before else beside(change)


def facts(change: Change) -> str:
    """Return the kind of refresh, and how often it runs."""
    return ". ".join(filter(None, (_refresh(change), _runs_often(change)))) + "."


def _refresh(change: Change) -> str:
    terms = change.before or change.after
    if change.from_outside and change.after is not None:  # the bot itself keeps the kind
        terms = change.after
    if terms is None or terms.hard_refresh is None:
        if change.action is Action.CREATE and not change.from_outside:
            return ""  # there is none yet of which Omni could say it
        return "Omni does not say whether it is a hard or a soft refresh"
    return f"{kind(terms).capitalize()} refresh: {REFRESHES[terms.hard_refresh]}"


def _runs_often(change: Change) -> str:
    before, after = _load(change.before, change), _load(change.after, change)
    stands_still = was_disabled(change) if change.seen is None else is_disabled(change)
    if after is None:
        return f"Ran {before} until now" if before and not was_disabled(change) else ""
    runs = f"{'Would run' if stands_still else 'Runs'} {after}"
    if after == NEVER:
        runs = "Would never run" if stands_still else "Never runs"
    if before is None:
        return runs
    return f"{runs}, as before" if before == after else f"{runs} (before: {before})"


def _load(terms: Terms | None, change: Change) -> str | None:
    schedule = schedule_of(terms) if terms else None
    return load_in_words(load(schedule, change.created_at)) if schedule else None


def runs_of(terms: Terms | None, now: datetime, count: int) -> tuple[datetime, ...]:
    """Return the next runs of a schedule; none where there is none, or none that can be read."""
    schedule = schedule_of(terms) if terms else None
    return next_runs(schedule, now, count) if schedule else ()


def run_there(run: datetime, now: datetime) -> str:
    """Return a run by the clocks of its own zone, with its year where that is not this one."""
    same = run.year == now.astimezone(run.tzinfo).year
    return f"{_day(run)} {run:%H:%M}" if same else run_in_full(run)


def run_in_full(run: datetime) -> str:
    """Return a run by the clocks of its own zone, with its year."""
    return f"{_day(run)} {run.year} {run:%H:%M}"


def _day(run: datetime) -> str:
    # Not by `%a` and `%b`, which follow the locale.
    weekday, month = DAY_NAMES[run.isoweekday() % 7], MONTH_NAMES[run.month - 1]
    return f"{weekday[:3]} {run.day} {month[:3]}"


def no_runs(terms: Terms) -> str:
    """Return why there is no next run to show, without a full stop."""
    return "It has no next run" if schedule_of(terms) else "This bot cannot compute its next runs"


def schedule_of(terms: Terms) -> Schedule | None:
    """Return when a schedule runs; None where somebody wrote it outside the bot, in other words."""
    try:
        return Schedule.parse(terms.cron, terms.timezone)
    except ScheduleError:
        return None


def was_disabled(change: Change) -> bool:
    """Say whether the schedule was disabled when the change was asked for."""
    return change.before is not None and change.before.disabled_at is not None


def disabled_since(terms: Terms) -> list[list[Element]]:
    """Return that a schedule is disabled, as a line; none where it is not."""
    if terms.disabled_at is None:
        return []
    since = moment(terms.disabled_at)
    return [[bold("Disabled by Omni since "), since, text(": it does not run")]]


def once_enabled(terms: Terms | None) -> str:
    """Return on what the next runs of a schedule depend, to follow words about them."""
    return ", once Omni enables it" if terms and terms.disabled_at else ""


def is_disabled(change: Change) -> bool:
    """Say whether Omni showed the schedule as disabled when it was last read."""
    return change.seen is not None and change.seen.disabled_at is not None


def stamp(change: Change) -> str:
    """Return who asked and who decided, and when."""
    if change.from_outside:
        return f"Noticed {date_token(change.created_at)} · change `{change.short_id}`"
    asked = f"Asked by <@{change.requester}>"
    if change.status is Status.EXPIRED or not change.decided_by or not change.decided_at:
        return f"{asked} · change `{change.short_id}`"
    decided = f"{_VERBS.get(change.status, 'approved')} by <@{change.decided_by}>"
    return f"{asked} · {decided}, {date_token(change.decided_at)} · change `{change.short_id}`"


def outside(change: Change) -> list[list[Element]]:
    """Return what somebody else did besides moving the time, a line each."""
    before, after = change.before, change.after
    if not change.from_outside or after is None:
        return []
    rows = []
    was_on, is_on = before is None or before.disabled_at is None, after.disabled_at is None
    if was_on and not is_on:
        rows.append([bold("Omni shows it as disabled: "), text("it does not run.")])
    if is_on and not was_on:
        rows.append([bold("Omni shows it as enabled again: "), text("it runs.")])
    if before is not None and other_kind(before, after):
        rows.append([bold("Kind of refresh: "), text(f"{kind(before)} → {kind(after)}.")])
    return rows


def kind(terms: Terms) -> str:
    """Return the kind of refresh in a word, where Omni tells it."""
    return "hard" if terms.hard_refresh else "soft"


def done_by(change: Change) -> list[Element]:
    """Return whose doing a change is, to follow words about it."""
    if change.from_outside:
        return [text(" outside this bot")]
    return [text(" by "), user(change.requester)]


def who_did(change: Change) -> list[Element]:
    """Return who asked and who decided, for a line."""
    if change.from_outside:
        return [text("noticed "), moment(change.created_at)]
    row = [text("asked by "), user(change.requester)]
    if decided := decided_by(change):
        row += [text(", "), *decided]
    return row


def decided_by(change: Change) -> list[Element]:
    """Return who decided, and how; nothing where nobody did."""
    if not change.decided_by or change.status is Status.EXPIRED:
        return []
    return [text(f"{_VERBS.get(change.status, 'approved')} by "), user(change.decided_by)]


def mention(person: str) -> Element:
    """Return a mention of a person or of a user group, by the first letter of its id."""
    if person.startswith("S"):
        return group(person)
    return user(person)


def with_code(message: str) -> list[Element]:
    """Return our own words with what stands between backticks in code marks."""
    pieces = message.split("`")
    return [(code if number % 2 else text)(piece) for number, piece in enumerate(pieces) if piece]


def caution_row(caution: Caution) -> list[Element]:
    """Return a caution; one that says again what the words say is a note, and alarms nobody."""
    label = "Note" if caution.code in _NOTES else "Warning"
    return [bold(f"{label}  "), *with_code(caution.message)]


def flat(block: Block) -> str:
    """Return the words of a block of lines, for notifications and screen readers."""
    words = [_spoken(element) for part in block["elements"] for element in part["elements"]]
    return "".join(words).replace("\n", " ").strip()


def _spoken(element: Element) -> str:
    match element["type"]:
        case "user":
            return f"<@{element['user_id']}>"
        case "usergroup":
            return f"<!subteam^{element['usergroup_id']}>"
        case "channel":
            return f"<#{element['channel_id']}>"
        case "date":
            form, fallback = element["format"], element["fallback"]
            return f"<!date^{element['timestamp']}^{form}|{fallback}>"
        case _ if element.get("style", {}).get("code"):
            return code_span(element["text"])
        case _:
            return escaped(element["text"])
