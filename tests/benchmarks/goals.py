"""How a figure is printed: beside its goal, and whether it keeps it."""

import sys


def say(line: str) -> None:
    """Print a line at once: the next figure may take a while."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def say_figure(
    what: str,
    figure: float,
    unit: str = "",
    *,
    most: float | None = None,
    least: float | None = None,
) -> None:
    """Print a figure; `most` and `least` are the goal, where there is one."""
    line = f"{what:<56}{figure:>9,.2f} {unit:<3}"
    if most is not None:
        line += f"  goal: at most {most:g}, {_kept(figure <= most)}"
    if least is not None:
        line += f"  goal: at least {least:g}, {_kept(figure >= least)}"
    say(line.rstrip())


def _kept(kept: bool) -> str:  # noqa: FBT001 - its one argument
    return "met" if kept else "MISSED"
