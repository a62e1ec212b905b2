"""Checks of JSON values that say what is wrong and where, as Slack does: with a JSON pointer."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

TYPE = "type"
Check = Callable[[Any, str], Iterator[str]]
NOTHING: Mapping[str, Check] = {}


def problem(message: str, pointer: str) -> str:
    """Write a problem the way Slack does."""
    return f"{message} [json-pointer:{pointer}]"


def _count(
    count: int, things: str, at_least: int, at_most: int | None, pointer: str
) -> Iterator[str]:
    if count == 0 < at_least:
        yield problem("must not be empty", pointer)
    elif count < at_least:
        yield problem(f"must have at least {at_least} {things}, has {count}", pointer)
    elif at_most is not None and count > at_most:
        yield problem(f"must have at most {at_most} {things}, has {count}", pointer)


def string(at_most: int | None = None, at_least: int = 1) -> Check:
    """Accept text of so many characters."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield problem("must be a string", pointer)
        else:
            yield from _count(len(value), "characters", at_least, at_most, pointer)

    return check


def flag(value: Any, pointer: str) -> Iterator[str]:
    """Accept true and false."""
    if not isinstance(value, bool):
        yield problem("must be true or false", pointer)


def integer(low: int, high: int) -> Check:
    """Accept a whole number from `low` to `high`."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            yield problem(f"must be a whole number from {low} to {high}", pointer)

    return check


def one_of(*allowed: str) -> Check:
    """Accept these strings alone."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        if value not in allowed:
            yield problem(f"must be one of {', '.join(allowed)}", pointer)

    return check


def listing(of: Check, at_most: int | None = None, at_least: int = 1) -> Check:
    """Accept a list of so many values that each pass `of`."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield problem("must be a list", pointer)
            return
        yield from _count(len(value), "items", at_least, at_most, pointer)
        for index, item in enumerate(value):
            yield from of(item, f"{pointer}/{index}")

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check] = NOTHING) -> Check:
    """Accept an object with these keys and no others."""
    known = {**required, **optional}

    def check(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield problem("must be an object", pointer)
            return
        for key in required.keys() - value.keys():
            yield problem(f"misses the required field {key}", pointer)
        for key, item in value.items():
            if key in known:
                yield from known[key](item, f"{pointer}/{key}")
            else:
                yield problem(f"has an unknown field {key}", pointer)

    return check


def kinds(table: Mapping[str, Check], where: str) -> Check:
    """Accept an object whose `type` is in the table and whose other keys pass its check."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield problem("must be an object", pointer)
        elif TYPE not in value:
            yield problem(f"misses the required field {TYPE}", pointer)
        elif (kind := str(value[TYPE])) not in table:
            yield problem(f"has the type {kind}, which is not allowed {where}", pointer)
        else:
            rest = {key: item for key, item in value.items() if key != TYPE}
            yield from table[kind](rest, pointer)

    return check


def also(*checks: Check) -> Check:
    """Accept what passes every one of these checks."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        for each in checks:
            yield from each(value, pointer)

    return check


def exactly_one(*keys: str) -> Check:
    """Accept an object that has one of these keys, and not two."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        if isinstance(value, dict) and sum(key in value for key in keys) != 1:
            yield problem(f"must have exactly one of {', '.join(keys)}", pointer)

    return check


def at_least_one(*keys: str) -> Check:
    """Accept an object that has one of these keys or more."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        if isinstance(value, dict) and not any(key in value for key in keys):
            yield problem(f"must have {' or '.join(keys)}", pointer)

    return check
