"""Reading a command from text as Slack sends it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from bot.command import timing
from bot.command.errors import ASKING, CommandError, Problem, repair
from bot.command.timing import joined
from bot.command.values import (
    USAGE,
    Command,
    Create,
    Delete,
    Explain,
    Form,
    Help,
    History,
    List,
    Pending,
    Set,
    Show,
    Subscribe,
    Undo,
    Unsubscribe,
    Verb,
    verb_of,
)
from bot.meant import Phrase, similar_zones
from bot.schedule import Problem as ScheduleProblem
from bot.schedule import known_zone
from bot.schedule.problems import quote
from bot.typed import UnclosedQuoteError, Word, plain, unescaped, words

MOST_TYPED = 900  # characters: printed back, with quotes and escapes, they fit in a button's 2,000
# Slack's own way to write a person, a channel, a group or everybody, with or without a name:
# https://docs.slack.dev/messaging/formatting-message-text/#advanced
_MENTION = re.compile(r"<([@#!])[^>]*>")
_LAST_CHANGE = re.compile("(?:the )?last(?: one| change)?", re.IGNORECASE)

_OF_SCHEDULE: Mapping[Verb, Callable[[str, str | None], Command]] = {
    Verb.SHOW: Show,
    Verb.DELETE: Delete,
}
_OF_CONNECTION: Mapping[Verb, Callable[[str | None], Command]] = {
    Verb.LIST: List,
    Verb.HISTORY: History,
    Verb.SUBSCRIBE: Subscribe,
    Verb.UNSUBSCRIBE: Unsubscribe,
}
_ALONE = [Verb.LIST, Verb.PENDING, Verb.HISTORY, Verb.UNDO, Verb.HELP]
_NAMING = [*_OF_SCHEDULE, *_OF_CONNECTION]
_WITH_SCHEDULE = {Verb.SET, *_OF_SCHEDULE}
#: Of a typing error and the command before a name: `shw` is `show`, and `sales` is not `list`.
LEAST_ALIKE = 0.75

_PLACES = {"structure": "schedule", "timezone": "zone"}
_MENTIONED = {
    "@": "is a person; a command names connections and schedules.",
    "#": "is a channel; announcements go to the channel in which `subscribe` is typed.",
    "!": "is a group or everybody; a command names connections and schedules.",
}
_WAYS = (
    'Write six fields in quotes, such as `"0 18 ? * MON-FRI *"`, or plain words, such as'
    " `every weekday at 6pm`."
)
_NO_CONNECTION = Problem(
    "connection", "No connection is named.", "Write its name or id first, as `list` shows them."
)


def parse(text: str) -> Command:
    """Read what was typed after the slash command, as Slack sends it.

    Raises CommandError with every problem at once.
    """
    typed = plain(unescaped(text))
    if len(typed) > MOST_TYPED:
        rule = f"It has {len(typed):,} characters; {MOST_TYPED} are the most."
        raise CommandError([Problem("command", rule, "Write a shorter one.")], Verb.HELP)
    try:
        found = words(typed)
    except UnclosedQuoteError as error:
        raise _unclosed(error) from None
    return _read(found)


def _read(found: Sequence[Word]) -> Command:
    if not found:
        return Form()
    verb = _verb(found[0])
    rest = found[1:] if verb else found
    verb = verb or Verb.SET
    if any(_is_mention(word) for word in rest):
        raise _mentioning(verb, rest)
    return _READERS[verb](verb, rest)


def _verb(word: Word) -> Verb | None:
    first = word.text.casefold()
    return Verb(first) if first in set(Verb) and not word.quoted else None


def _timed(verb: Verb, found: Sequence[Word]) -> Command:
    """Read a command about a connection that says when."""
    place = timing.locate(found, names=1)
    if place.when is None:
        raise _no_schedule(verb, place.before)
    if place.zone and _are_swapped(place.before, place.zone):
        raise _zone_first(verb, place.before, place.when, place.zone)
    names = _names(verb, place.before)
    reading = timing.read(place.when, place.zone)
    times = _offered(reading, (*(place.before if names.problems else ()), *place.extra))
    meant: list[Command] = [
        Set(name, names.schedule, time.cron, time.zone)
        if verb is Verb.SET
        else Create(name, time.cron, time.zone)
        for name in names.connections
        for time in times
    ]
    problems = _in_words(reading.problems)
    if problems and not any(word.quoted for word in found):
        problems = _with_way_of_quotes(problems, place.when)
    return _only(
        verb,
        (*names.problems, *problems, *_extra(verb, place.extra)),
        meant or [Explain(time.cron, time.zone) for time in times],
        in_words=timing.is_in_words(place.when),
    )


def _explain(verb: Verb, found: Sequence[Word]) -> Command:
    place = timing.locate(found, names=0)
    if place.when is None:
        raise _no_schedule(verb, place.before)
    reading = timing.read(place.when, place.zone)
    beside = (*place.before, *place.extra)
    meant = [Explain(time.cron, time.zone) for time in _offered(reading, beside)]
    return _only(verb, (*_in_words(reading.problems), *_extra(verb, beside)), meant)


def _offered(reading: timing.Reading, beside: Sequence[Word]) -> tuple[Phrase, ...]:
    """Return what a schedule means; nothing where words without a place say when as well."""
    return () if timing.says_when(beside) else reading.times


def _of_schedule(verb: Verb, found: Sequence[Word]) -> Command:
    names = _names(verb, found)
    build = _OF_SCHEDULE[verb]
    meant = [build(name, names.schedule) for name in names.connections]
    return _only(verb, names.problems, meant)


def _of_connection(verb: Verb, found: Sequence[Word]) -> Command:
    build = _OF_CONNECTION[verb]
    if not found:
        return build(None)
    names = _names(verb, found)
    return _only(verb, names.problems, [build(name) for name in names.connections])


def _only(
    verb: Verb, problems: Sequence[Problem], meant: Sequence[Command], *, in_words: bool = False
) -> Command:
    """Return what is meant; raise CommandError where there are problems."""
    if problems:
        raise CommandError(problems, verb, (repair(one, in_words=in_words) for one in meant))
    return meant[0]


def _undo(verb: Verb, found: Sequence[Word]) -> Command:
    if not found:
        return Undo(None)
    typed = joined(found)
    change = re.sub("(?i)^(?:change )?#?", "", typed)  # as on a card: change 4f2a9c
    if timing.is_id(change):
        return Undo(change)
    rule = (
        f"{quote(typed)} is no id of a change: 4 or more of the characters 0-9 and a-f, as "
        "`history` shows them. Without one, the last change is meant."
    )
    repairs = [repair(Undo(None))] if _LAST_CHANGE.fullmatch(typed) else []
    repairs.append(repair(History(None)))
    raise CommandError([Problem("change", rule, "Leave it out.")], verb, repairs)


def _pending(verb: Verb, found: Sequence[Word]) -> Command:
    return _only(verb, _extra(verb, found), [Pending()])


def _help(_verb: Verb, _found: Sequence[Word]) -> Command:
    """Help, whatever follows."""
    return Help()


def _extra(verb: Verb, found: Sequence[Word]) -> tuple[Problem, ...]:
    if not found:
        return ()
    rule = f"{quote(joined(found))} has no place in `{USAGE[verb]}`."
    return (Problem("command", rule, "Leave it out."),)


@dataclass(frozen=True, slots=True)
class _Names:
    """The connection, if there is one, and the schedule that words name."""

    connections: tuple[str, ...] = ()
    schedule: str | None = None
    problems: tuple[Problem, ...] = ()


def _names(verb: Verb, found: Sequence[Word]) -> _Names:
    """Read the name of a connection and, where the command takes one, the id of a schedule."""
    names = list(found)
    if not names:
        return _Names(problems=(_NO_CONNECTION,))
    schedule = None
    if verb in _WITH_SCHEDULE and len(names) > 1 and timing.is_id(names[-1].text):
        schedule = names.pop().text
    whole = joined(names)
    first = names[0]
    is_uuid = timing.is_uuid(first.text)
    if len(names) == 1 or not (any(name.quoted for name in names) or is_uuid):
        return _Names((whole,), schedule)
    extra = quote(joined(names[1:]))
    rule = f"After the connection {quote(first.text)} the words {extra} have no place."
    repair = "Put the whole name in one pair of quotes, or leave these words out."
    if verb in _WITH_SCHEDULE:
        rule += " A schedule is named by its id, or by the first 4 or more characters of it."
    problem = Problem("connection", rule, repair)
    return _Names((first.text if is_uuid else whole,), schedule, (problem,))


def _in_words(problems: Sequence[ScheduleProblem]) -> tuple[Problem, ...]:
    """Translate a schedule's problems; repairs that are the same for several are told once."""
    last = {problem.repairs: problem for problem in problems}
    return tuple(
        Problem(
            place=_PLACES.get(problem.field, problem.field),
            rule=problem.message,
            repair=_did_you_mean(problem.repairs) if problem is last[problem.repairs] else "",
        )
        for problem in problems
    )


def _with_way_of_quotes(problems: Sequence[Problem], when: str) -> tuple[Problem, ...]:
    """Add what to do where the first word of a phrase belongs to the name: `Sales Last`."""
    *others, last = problems
    first, *_ = when.split()
    if not timing.turns(first):
        return tuple(problems)
    way = f"If {quote(first)} belongs to the name, put the name in quotes."
    return (*others, replace(last, rule=f"{last.rule} {way}"))


def _did_you_mean(repairs: Sequence[str]) -> str:
    return f"{ASKING}{' or '.join(f'`{line}`' for line in repairs)}?" if repairs else ""


def _no_schedule(verb: Verb, before: Sequence[Word]) -> CommandError:
    """Tell that a command does not say when; offer what else it can have meant."""
    typed = joined(before)
    rule = f"{quote(typed)} does not say when it is to run." if typed else "It does not say when."
    if len(before) > 1 and _verb(before[-1]) in {*_OF_SCHEDULE, *_OF_CONNECTION}:
        rule += f" As a command, {quote(before[-1].text)} comes first."
        return _corrected([Problem("schedule", rule, _WAYS)], (before[-1], *before[:-1]))
    problems = [Problem("schedule", rule, _WAYS)]
    if verb is Verb.EXPLAIN:
        return CommandError(problems, verb)
    names = _names(Verb.SHOW, before)
    meant = [_read([Word(word)]) for word in get_close_matches(typed.casefold(), _ALONE)]
    if verb is Verb.SET and len(before) > 1 and not before[0].quoted:
        first, *rest = before
        near = get_close_matches(first.text.casefold(), _NAMING, 1, LEAST_ALIKE)
        meant += [_read([Word(word), *rest]) for word in near]
    meant += [Show(name, names.schedule) for name in names.connections]
    return CommandError([*names.problems, *problems], verb, map(repair, meant))


def _are_swapped(first: Sequence[Word], last: str) -> bool:
    """Say whether a zone stands in the place of the name, and what is like no zone in its own."""
    return bool(known_zone(joined(first))) and not (known_zone(last) or similar_zones(last))


def _zone_first(verb: Verb, zone: Sequence[Word], when: str, name: str) -> CommandError:
    """Tell the order of a command; offer it in that order."""
    rule = f"{quote(joined(zone))} is a zone, and comes last; {quote(name)} comes first."
    problem = Problem("connection", rule, "Write them in that order.")
    names = [Word(word) for word in name.split()]
    return _corrected([problem], (Word(verb), *names, Word(when, quoted=True), *zone))


def _unclosed(error: UnclosedQuoteError) -> CommandError:
    place = f"before {quote(error.rest)}" if error.rest.strip() else "at the end"
    rule = f"A quote is opened {place} and not closed."
    problem = Problem("quotes", rule, "Close it, or leave it out.")
    return _corrected([problem], words(error.without))


def _is_mention(word: Word) -> bool:
    return not word.quoted and _MENTION.fullmatch(word.text) is not None


def _mentioning(verb: Verb, found: Sequence[Word]) -> CommandError:
    """Tell that people and channels have no place in a command."""
    problems = [
        Problem("command", f"{quote(word.text)} {_MENTIONED[word.text[1]]}", "Leave it out.")
        for word in found
        if _is_mention(word)
    ]
    return _corrected(problems, [Word(verb), *(word for word in found if not _is_mention(word))])


def _corrected(problems: Sequence[Problem], found: Sequence[Word]) -> CommandError:
    """Add to problems what else is wrong with the corrected words, or offer what they mean."""
    try:
        command = _read(found)
    except CommandError as error:
        return CommandError([*problems, *error.problems], error.verb, error.repairs)
    offered = [] if isinstance(command, Form) else [repair(command)]
    return CommandError(problems, verb_of(command), offered)


_READERS: Mapping[Verb, Callable[[Verb, Sequence[Word]], Command]] = {
    Verb.SET: _timed,
    Verb.CREATE: _timed,
    Verb.DELETE: _of_schedule,
    Verb.LIST: _of_connection,
    Verb.SHOW: _of_schedule,
    Verb.EXPLAIN: _explain,
    Verb.PENDING: _pending,
    Verb.HISTORY: _of_connection,
    Verb.UNDO: _undo,
    Verb.SUBSCRIBE: _of_connection,
    Verb.UNSUBSCRIBE: _of_connection,
    Verb.HELP: _help,
}
