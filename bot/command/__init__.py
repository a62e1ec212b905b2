"""What can be typed after the slash command: read into a value, and printed back as text.

    [set] <connection> [schedule] "<cron>" [zone]
    create <connection> "<cron>" [zone]         delete <connection> [schedule]
    explain "<cron>" [zone]                     undo [change]
    list [connection]                           show <connection> [schedule]
    history [connection]                        pending
    subscribe [connection]                      unsubscribe [connection]
    help

The first word decides, unless it is in quotes: `"list" …` is about a connection of that name.
Nothing typed asks for the form. A schedule is the id or the start of one; all other words before
the cron are the connection's name, in quotes or not. The cron can go without quotes too, and plain
words can stand in its place: after a name in quotes all that follows is read as them, so that no
word is lost that turns their meaning.
"""

from bot.command.errors import ASKING, CommandError, Problem, Repair
from bot.command.reading import parse
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
    to_text,
)

__all__ = [
    "ASKING",
    "USAGE",
    "Command",
    "CommandError",
    "Create",
    "Delete",
    "Explain",
    "Form",
    "Help",
    "History",
    "List",
    "Pending",
    "Problem",
    "Repair",
    "Set",
    "Show",
    "Subscribe",
    "Undo",
    "Unsubscribe",
    "Verb",
    "parse",
    "to_text",
]
