"""Finding what a person means by an id, the start of an id, or a name.

Where several things match, none is picked: the person is asked.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from heapq import nlargest
from typing import Generic, Literal, Protocol, TypeVar

from bot.errors import PersonError
from bot.typed import plain

SHORTEST_PREFIX = 4
SHORTEST_START = 3  # of a word in a name
MOST_NEAREST = 3
LEAST_ALIKE = 0.6
MOST_COMPARED = 20
MOST_WORDS = 4  # of what was typed, that are compared with names: keeps a long text cheap

_WORD = re.compile(r"[^\W_]+")


class Identified(Protocol):
    """Anything with an id: a schedule, a change."""

    @property
    def id(self) -> str:
        """Its UUID."""


class Named(Identified, Protocol):
    """Anything with an id and a name: a connection."""

    @property
    def name(self) -> str:
        """What people call it."""


T = TypeVar("T")
AnyIdentified = TypeVar("AnyIdentified", bound=Identified)
AnyNamed = TypeVar("AnyNamed", bound=Named)


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """The one thing that matches."""

    item: T


@dataclass(frozen=True, slots=True)
class Several(Generic[T]):
    """All the things that match equally well, in their order: the person picks."""

    items: tuple[T, ...]


@dataclass(frozen=True, slots=True)
class Nothing(Generic[T]):
    """Nothing matches; these come nearest, the nearest first."""

    nearest: tuple[T, ...] = ()


Finding = Found[T] | Several[T] | Nothing[T]

Place = Literal["connection", "schedule"]


@dataclass(frozen=True, slots=True)
class Option:
    """One of several things that somebody may have meant."""

    id: str
    label: str
    #: Words that were typed, and that choosing it leaves out.
    left_out: str = ""


class Unclear(PersonError):  # noqa: N818 - a question back, not a fault
    """What was named is several things, or none: the person picks."""

    def __init__(self, text: str, place: Place, options: tuple[Option, ...]) -> None:
        """Keep what the person may have meant, for buttons."""
        super().__init__(text)
        self.place = place
        self.options = options


def find(query: str, candidates: Sequence[AnyNamed]) -> Finding[AnyNamed]:
    """Find by id; else by start of an id or whole name; and only then by part of a name.

    Letter case, kinds of quotes and dashes, and widths of characters make no difference.
    """
    wanted = fold(query)
    names = [fold(item.name) for item in candidates]
    # Whoever names another thing like this id takes nothing from it: forms and buttons carry ids.
    same = [item for item in candidates if fold(item.id) == wanted]
    exact = [
        item
        for item, name in zip(candidates, names, strict=True)
        if name == wanted or _is_id(wanted, item.id)
    ]
    part = [item for item, name in zip(candidates, names, strict=True) if wanted and wanted in name]
    return _settled(same or exact or part) or Nothing(_nearest(wanted, candidates, names))


def find_id(query: str, candidates: Sequence[AnyIdentified]) -> Finding[AnyIdentified]:
    """Find by id or the start of one: schedules and changes have no names."""
    wanted = fold(query)
    return _settled([item for item in candidates if _is_id(wanted, item.id)]) or Nothing()


def left_out(typed: str, name: str) -> str:
    """Return the words typed for a name that are like none of its own."""
    there = _WORD.findall(fold(name))
    left = []
    for word in _WORD.findall(fold(typed)):
        alike = [one for one in there if len(word) >= SHORTEST_START and one.startswith(word)]
        alike += [one for _, one in sorted(_alike(word, there), reverse=True)]
        if alike:
            there.remove(alike[0])  # two words are not like the same one
        else:
            left.append(word)
    return " ".join(left)


@lru_cache(maxsize=4096)  # a thousand names are folded once, not at each search
def fold(name: str) -> str:
    """Write a name so that spellings of it that look alike compare equal."""
    alike = unicodedata.normalize("NFKC", plain(name)).casefold()
    return re.sub('["`]', "'", alike)


def _is_id(wanted: str, some_id: str) -> bool:
    """Say whether this is the id, or begins it with four digits or more, dashes apart."""
    digits = wanted.replace("-", "")
    return len(digits) >= SHORTEST_PREFIX and some_id.lower().replace("-", "").startswith(digits)


def _settled(matches: Sequence[T]) -> Found[T] | Several[T] | None:
    match matches:
        case []:
            return None
        case [only]:
            return Found(only)
        case _:
            return Several(tuple(matches))


def _nearest(wanted: str, items: Sequence[T], names: Sequence[str]) -> tuple[T, ...]:
    """Return the items with the words most like those typed, the nearest first."""
    places: defaultdict[str, set[int]] = defaultdict(set)
    for place, name in enumerate(names):
        for word in _WORD.findall(name):
            places[word].add(place)
    scores: defaultdict[int, float] = defaultdict(float)
    for typed in _WORD.findall(wanted)[:MOST_WORDS]:
        best: dict[int, float] = {}
        for likeness, word in sorted(_alike(typed, places)):
            best |= dict.fromkeys(places[word], likeness)
        for place, likeness in best.items():
            scores[place] += likeness
    return tuple(items[place] for place in nlargest(MOST_NEAREST, scores, key=scores.__getitem__))


def _alike(typed: str, words: Iterable[str]) -> list[tuple[float, str]]:
    """Return the words most like one, with how alike they are.

    The full comparison takes 10 µs, so that it is kept for the likeliest by their letters alone.
    """
    matcher = SequenceMatcher(b=typed)
    likely = []
    for word in words:
        matcher.set_seq1(word)
        if matcher.real_quick_ratio() >= LEAST_ALIKE and matcher.quick_ratio() >= LEAST_ALIKE:
            likely.append((matcher.quick_ratio(), word))
    found = []
    for _, word in nlargest(MOST_COMPARED, likely):
        matcher.set_seq1(word)
        found.append((matcher.ratio(), word))
    return [(likeness, word) for likeness, word in found if likeness >= LEAST_ALIKE]
