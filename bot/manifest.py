"""The Slack app's manifest, for a workspace that the bot reaches or that reaches the bot."""

import argparse
import re
import sys
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

FILE = Path(__file__).parent.parent / "manifest.yaml"
PLACEHOLDER = "https://bot.example.com"


def variant(manifest: str, *, url: str | None) -> str:
    """Return the manifest for HTTP at `url`, or for Socket Mode where it is None.

    Raises ValueError for a `url` that is more or less than https:// and a host. Slack wants every
    request URL over HTTP and needs none in Socket Mode:
    https://docs.slack.dev/apis/events-api/using-socket-mode/
    """
    if url is not None and not re.fullmatch(r"https://[^/\s]+/?", url):
        raise ValueError(f"The address must be https:// and a host, such as {PLACEHOLDER}.")
    lines = [line for line in manifest.splitlines() if not line.startswith("#")]
    if url is None:
        lines = [line for line in lines if PLACEHOLDER not in line]
        text = "\n".join(lines).replace("socket_mode_enabled: false", "socket_mode_enabled: true")
    else:
        text = "\n".join(lines).replace(PLACEHOLDER, url.rstrip("/"))
    return text + "\n"


def scopes() -> frozenset[str]:
    """Return the scopes that the manifest asks for."""
    _, _, rest = FILE.read_text("utf-8").partition("\n  scopes:\n    bot:\n")
    listed = takewhile(lambda line: line.startswith("      - "), rest.splitlines())
    return frozenset(line.split()[1] for line in listed)


def main(argv: Sequence[str]) -> int:
    """Print the manifest to paste at https://api.slack.com/apps; return the exit status."""
    parser = argparse.ArgumentParser(
        "python -m bot manifest",
        description="Print the Slack app's manifest for Socket Mode, or for HTTP with --url.",
    )
    parser.add_argument("--url", help=f"where Slack reaches the bot, such as {PLACEHOLDER}")
    url = parser.parse_args(argv).url
    try:
        sys.stdout.write(variant(FILE.read_text("utf-8"), url=url))
    except ValueError as error:
        parser.error(str(error))
    return 0
