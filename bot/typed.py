"""What people type, as they meant it: one kind of quote, dash and blank, and words.

Slack sends a command raw, but three characters escaped, and keyboards add their own: macOS and iOS
turn quotes curly and two dashes into one long one, phones and other languages bring guillemets,
low quotes and full-width forms, and what is copied from a page brings no-break spaces.
https://docs.slack.dev/messaging/formatting-message-text/#escaping
"""
# ruff: noqa: RUF001 -- look-alikes of plain quotes and dashes are this module's subject

import re
import unicodedata
from dataclasses import dataclass

# Embeddings, overrides and isolates, and what ends them.
_TURNS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_ESCAPES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_MARKS = str.maketrans(
    dict.fromkeys("“”„‟«»″〝〞〟", '"')
    | dict.fromkeys("‘’‚‛‹›′´", "'")
    | dict.fromkeys("‐‑‒–—―−﹘﹣", "-")
    | dict.fromkeys("∗⁎", "*")
)
# An apostrophe inside a word is a letter: a single quote opens before a word and closes after one.
# A mention is one word, though the name in it can have blanks: `<@U0ANA|Ana Lima>`.
_WORD = re.compile(r""" *(?:"([^"]*)"|`([^`]*)`|'(.*?)'(?= |$)|(<[@#!][^>]*>|[^ "'`][^ "`]*))""")
_BARE = 4  # the group of a word without quotes


@dataclass(frozen=True, slots=True)
class Word:
    """One word, or what stands between two quotes."""

    text: str
    quoted: bool = False


class UnclosedQuoteError(ValueError):
    """A quote was opened and not closed: the `rest` after it, and the text `without` it."""

    def __init__(self, text: str, opening: int) -> None:
        rest = text[opening + 1 :]
        super().__init__(f"unclosed quote at {opening}")
        self.rest = rest
        # Other quotes after it open and close nothing either. A mention ends a word as blanks do.
        rest = re.sub("(^|[ >])'+", r"\1", re.sub('["`]', " ", rest))
        self.without = plain(f"{text[:opening]} {rest}")


def storable(text: str) -> str:
    """Write text without NUL and halves of letters, which JSON can spell and no database takes."""
    return text.encode(errors="replace").decode().replace("\0", "\ufffd")


def one_line(text: str) -> str:
    """Write text so that it begins no line of its own, which on a card would pass for the bot's.

    Nor does it turn the text around it: the cron after it would read backwards.
    https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
    """
    straight = (letter for letter in text if unicodedata.bidirectional(letter) not in _TURNS)
    return " ".join("".join(straight).split())


def unescaped(text: str) -> str:
    """Decode the three characters that Slack escapes in a command, each of them once."""
    return re.sub("&(?:amp|lt|gt);", lambda found: _ESCAPES[found[0]], text)


def escaped(text: str) -> str:
    """Escape what `unescaped` would decode, and nothing else: the text stays readable."""
    return re.sub("&(?=(?:amp|lt|gt);)", "&amp;", text)


def plain(text: str) -> str:
    """Write text with plain quotes, dashes and single blanks, without invisible characters.

    Full-width forms become ASCII. Nothing else is composed or decomposed: a name stays a name.
    """
    if not text.isascii():
        text = text.translate(_FULL_WIDTH).translate(_MARKS)
        # "Cf" are zero-width spaces and joiners, direction marks, soft hyphens, byte order marks.
        text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return " ".join(text.split())


def words(text: str) -> tuple[Word, ...]:
    """Split plain text at its blanks and quotes; raise UnclosedQuoteError.

    Words keep no quotes, and empty quotes are no words.
    """
    found = []
    position = 0
    while position < len(text):
        match = _WORD.match(text, position)
        if match is None:
            raise UnclosedQuoteError(text, position + (text[position] == " "))
        found.append(Word(match[match.lastindex or 0].strip(), quoted=match.lastindex != _BARE))
        position = match.end()
    return tuple(word for word in found if word.text)


def in_quotes(text: str) -> str:
    """Quote plain text so that `words` returns it as one word."""
    for mark in '"`':
        if mark not in text:
            return f"{mark}{text}{mark}"
    # A name can hold all three kinds. Finding takes quotes for alike, so one may stand for another.
    return "'" + text.replace("' ", "` ") + "'"
