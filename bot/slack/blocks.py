"""Block Kit in short: what the messages are made of, safe with any text.

Text that somebody typed goes into `rich_text` or `plain_text`, where nothing of it is
markup; mrkdwn has no escape for `*`, and a cron outside code marks would turn bold.
https://docs.slack.dev/reference/block-kit/blocks
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Block = dict[str, Any]
Element = dict[str, Any]

HEADER_MOST = 150
BUTTON_TEXT_MOST = 75


#: Characters of a section, which Slack limits, and of what is spoken, which need not be longer.
SECTION_MOST = SPOKEN_MOST = 3000


@dataclass(frozen=True, slots=True)
class Message:
    """A message and what stands in for it in notifications and screen readers."""

    text: str
    blocks: tuple[Block, ...]

    def payload(self) -> dict[str, Any]:
        """Return it as the Web API takes it; links in it are not unfurled."""
        return {"text": self.text, "blocks": list(self.blocks), "unfurl_links": False}


# -- inside a line ----------------------------------------------------------------------


def text(words: str, *, bold: bool = False) -> Element:
    """Return words as they stand."""
    return {"type": "text", "text": words} | ({"style": {"bold": True}} if bold else {})


def bold(words: str) -> Element:
    """Return words that stand out."""
    return text(words, bold=True)


def code(words: str) -> Element:
    """Return words in code marks."""
    return {"type": "text", "text": words, "style": {"code": True}}


def user(user_id: str) -> Element:
    """Return a mention, which notifies the person when the message is new."""
    return {"type": "user", "user_id": user_id}


def group(group_id: str) -> Element:
    """Return a mention of a user group."""
    return {"type": "usergroup", "usergroup_id": group_id}


def channel(channel_id: str) -> Element:
    """Return a link to a channel."""
    return {"type": "channel", "channel_id": channel_id}


def link(url: str, words: str) -> Element:
    """Return a link."""
    return {"type": "link", "url": url, "text": words}


def moment(at: datetime, form: str = "{date_short_pretty} at {time}") -> Element:
    """Return a moment in the reader's own zone."""
    fallback = f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return {"type": "date", "timestamp": int(at.timestamp()), "format": form, "fallback": fallback}


def joined(parts: Iterable[Element], between: str = ", ", last: str = " and ") -> list[Element]:
    """Return parts with words between them, as in `a, b and c`."""
    row: list[Element] = []
    items = list(parts)
    for number, part in enumerate(items):
        if number:
            row.append(text(last if number == len(items) - 1 else between))
        row.append(part)
    return row


# -- blocks -----------------------------------------------------------------------------


def header(words: str) -> Block:
    """Return a heading, shortened to what Slack takes."""
    return {"type": "header", "text": plain(words, HEADER_MOST)}


def lines(*rows: Sequence[Element]) -> Block:
    """Return lines of rich text."""
    elements: list[Element] = []
    for number, row in enumerate(rows):
        elements += [text("\n")] if number else []
        elements += row
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": elements}],
    }


def bullets(*rows: Sequence[Element]) -> Block:
    """Return a list."""
    sections = [{"type": "rich_text_section", "elements": list(row)} for row in rows]
    items = {"type": "rich_text_list", "style": "bullet", "elements": sections}
    return {"type": "rich_text", "elements": [items]}


def section(mrkdwn: str, *, accessory: Element | None = None) -> Block:
    """Return a paragraph of our own words in mrkdwn."""
    block = {"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn, "verbatim": True}}
    return block | ({"accessory": accessory} if accessory else {})


def fields(*cells: str) -> Block:
    """Return cells side by side, below each other on a phone."""
    return {
        "type": "section",
        "fields": [{"type": "mrkdwn", "text": cell, "verbatim": True} for cell in cells],
    }


def context(*rows: str) -> Block:
    """Return small print."""
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": row, "verbatim": True} for row in rows],
    }


def divider() -> Block:
    """Return a rule."""
    return {"type": "divider"}


def actions(*elements: Element) -> Block:
    """Return a row of buttons and menus."""
    return {"type": "actions", "elements": list(elements)}


def button(
    words: str, action_id: str, value: str, *, style: str | None = None, label: str | None = None
) -> Element:
    """Return a button; `label` is what a screen reader says where the words are not enough."""
    element = {
        "type": "button",
        "text": plain(words, BUTTON_TEXT_MOST),
        "action_id": action_id,
        "value": value,
    }
    if style:
        element["style"] = style
    if label:
        element["accessibility_label"] = shortened(label, BUTTON_TEXT_MOST)
    return element


def confirm(title: str, question: str, yes: str, no: str) -> Element:
    """Return the question that a button asks before it acts."""
    return {
        "title": plain(title, 100),
        "text": plain(question, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
    }


def plain(words: str, most: int) -> Element:
    """Return plain text, shortened to what its place takes."""
    return {"type": "plain_text", "text": shortened(words, most), "emoji": False}


# -- text -------------------------------------------------------------------------------


def shortened(words: str, most: int) -> str:
    """Return words cut to a length, with an ellipsis where something is missing."""
    return words if len(words) <= most else words[: most - 1] + "…"


def escaped(words: str) -> str:
    """Return words for mrkdwn and fallback text, with no mention or link in them."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def code_span(words: str) -> str:
    """Return words in code marks for mrkdwn, where a backtick would end them."""
    return f"`{escaped(words.replace('`', chr(39)).replace(chr(10), ' '))}`"


def date_token(at: datetime, form: str = "{date_short_pretty} at {time}") -> str:
    """Return a moment in the reader's own zone for mrkdwn."""
    return f"<!date^{int(at.timestamp())}^{form}|{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC>"
