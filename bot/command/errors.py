"""What is wrong with a command, and the commands that can be run instead."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from bot.command.values import USAGE, Command, Create, Set, Verb, to_text
from bot.errors import PersonError
from bot.told import describe

MOST_LABEL = 75  # characters of a button's text
MOST_REPAIRS = 4
#: How a problem's repair begins where it is a choice of commands that can be run.
ASKING = "Did you mean "


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong: at which place, by which rule, and what to write instead."""

    place: str
    rule: str
    repair: str


@dataclass(frozen=True, slots=True)
class Repair:
    """A complete command that can be run instead, with the words for its button."""

    label: str
    command_text: str


class CommandError(PersonError):
    """Tell everything that is wrong with a command, how it is written, and what can be run."""

    def __init__(
        self, problems: Sequence[Problem], verb: Verb, repairs: Iterable[Repair] = ()
    ) -> None:
        lines = (f"{it.place.capitalize()}: {it.rule} {it.repair}".strip() for it in problems)
        super().__init__("\n".join(lines))
        self.problems = tuple(problems)
        self.verb = verb
        self.usage = USAGE[verb]
        self.repairs = tuple(islice(dict.fromkeys(repairs), MOST_REPAIRS))


def repair(command: Command, *, in_words: bool = False) -> Repair:
    """Offer a command, labeled by the schedule where it has one; in words, where they fit."""
    match command:
        case Set(cron=cron, zone=zone) | Create(cron=cron, zone=zone):
            label = f"Use {cron} {zone.key}" if zone else f"Use {cron}"
            words = f"{describe(cron)}, {zone.key}" if zone else describe(cron)
            if in_words and len(words) <= MOST_LABEL:
                label = words
        case _:
            label = to_text(command)
    return Repair(label[:MOST_LABEL], to_text(command))
