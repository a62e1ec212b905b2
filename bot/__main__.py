"""The command line: `python -m bot [serve | playground | explain | doctor | migrate | …]`."""

import gc
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.settings import Settings

USAGE = """\
usage: python -m bot [command]

  serve        run the bot; with nothing configured, the playground (default)
  playground   run the bot against stand-ins for Slack and Omni, with a page to try it on
  explain      say what a schedule means; `python -m bot explain --help`
  doctor       check settings, tokens, Omni's key and the database, and say how to mend them
  history      print the audit trail; `python -m bot history --help`
  manifest     print the Slack app manifest; `python -m bot manifest --help`
  migrate      bring the database to this version
"""


def main(argv: Sequence[str]) -> int:
    """Run one command and return its exit status."""
    name, *rest = argv or ["serve"]
    if name in {"-h", "--help", "help"}:
        print(USAGE, end="")
        return 0
    command = COMMANDS.get(name)
    if command is None:
        print(f"python -m bot: there is no command {name!r}\n\n{USAGE}", end="", file=sys.stderr)
        return 2
    return command(rest)


# Each imports what it needs when it runs: `explain` starts in a tenth of the time of `serve`.


def _takes_nothing(name: str, does: str, argv: Sequence[str]) -> None:
    """Answer `--help`, and refuse what would be swallowed; either ends the process."""
    if not argv:
        return
    import argparse  # noqa: PLC0415 - see above

    argparse.ArgumentParser(f"python -m bot {name}", description=does).parse_args(argv)


def _serve(argv: Sequence[str]) -> int:
    _takes_nothing("serve", "Run the bot; with nothing configured, the playground.", argv)
    gc.disable()  # a fifth of the start would be the search for garbage in what stays for good
    from bot.start import serve  # noqa: PLC0415 - see above

    return serve(_play)


def _play(chosen: "Settings") -> int:
    gc.enable()
    from bot.playground.start import play  # noqa: PLC0415 - see above

    return play(chosen)


def _playground(argv: Sequence[str]) -> int:
    from bot.playground.start import main  # noqa: PLC0415 - see above

    return main(argv)


def _explain(argv: Sequence[str]) -> int:
    from bot.explain import main  # noqa: PLC0415 - see above

    return main(argv)


def _doctor(argv: Sequence[str]) -> int:
    from bot.doctor import main  # noqa: PLC0415 - see above

    return main(argv)


def _history(argv: Sequence[str]) -> int:
    from bot.history import main  # noqa: PLC0415 - see above

    return main(argv)


def _manifest(argv: Sequence[str]) -> int:
    from bot.manifest import main  # noqa: PLC0415 - see above

    return main(argv)


def _migrate(argv: Sequence[str]) -> int:
    _takes_nothing("migrate", "Bring the database to this version.", argv)
    from bot.start import migrate  # noqa: PLC0415 - see above

    return migrate()


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "serve": _serve,
    "playground": _playground,
    "explain": _explain,
    "doctor": _doctor,
    "history": _history,
    "manifest": _manifest,
    "migrate": _migrate,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
