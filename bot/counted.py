"""How many there are of a thing, in words: "1 connection", "2 connections"."""


def counted(number: int, thing: str) -> str:
    """Write a number and its thing, whose plural ends in s."""
    return f"{number} {thing}{'s' * (number != 1)}"
