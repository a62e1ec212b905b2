"""What Slack refuses to show, as pure functions over what an app sends.

Sources: https://docs.slack.dev/reference/block-kit and /reference/views; `slack_sdk.models`
are asked too, last, so that the library's own opinion is never missed.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.playground.slack.block_kit import (
    HOME_BLOCKS,
    ID,
    MESSAGE_BLOCKS,
    MODAL_BLOCKS,
    OPTION_GROUPS,
    PLAIN_OPTION,
    plain,
)
from bot.playground.slack.elements import elements_of
from bot.playground.slack.grammar import (
    Check,
    exactly_one,
    flag,
    kinds,
    listing,
    problem,
    record,
    string,
)

TEXT_OF_A_MESSAGE = 40_000  # for chat.postMessage
TEXT_OF_AN_UPDATE = 4_000  # for chat.update
MARKDOWN_OF_A_MESSAGE = 12_000  # all markdown blocks of one message together
BYTES_OF_A_VIEW = 250_000

MESSAGE_FIELDS = frozenset(
    {"text", "blocks", "metadata", "mrkdwn", "parse", "link_names", "unfurl_links", "unfurl_media"}
    | {"team_id", "channel", "user", "ts", "thread_ts", "reply_broadcast"}  # where it goes
    | {"username", "icon_emoji", "icon_url", "as_user"}  # who it is from
    | {"response_type", "replace_original", "delete_original"}  # response_url alone
)
_VIEW_FIELDS: Mapping[str, Check] = {
    "callback_id": string(255, at_least=0),
    "external_id": ID,
    "private_metadata": string(3000, at_least=0),
}
_HOME = record({"blocks": listing(kinds(HOME_BLOCKS, "in App Home"), 100)}, _VIEW_FIELDS)
_MODAL = record(
    {"title": plain(24), "blocks": listing(kinds(MODAL_BLOCKS, "in a modal"), 100)},
    {
        **_VIEW_FIELDS,
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": flag,
        "notify_on_close": flag,
        "submit_disabled": flag,
    },
)
_VIEW = kinds({"modal": _MODAL, "home": _HOME}, "for a view")
_BLOCKS = listing(kinds(MESSAGE_BLOCKS, "in a message"), 50, at_least=0)


def problems_of_message(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what Slack would refuse in a message, its text and its blocks; empty when nothing."""
    return tuple(_problems_of_message(payload))


def problems_of_view(view: Any) -> tuple[str, ...]:
    """Say what Slack would refuse in a modal or an App Home; empty when nothing."""
    problems = tuple(_VIEW(view, "/view"))
    return problems or tuple(_problems_across_view(view))


def problems_of_options(answer: Any) -> tuple[str, ...]:
    """Say what Slack would refuse in the answer to a menu's question for options."""
    groups = listing(PLAIN_OPTION, 100, at_least=0)
    check = record({}, {"options": groups, "option_groups": OPTION_GROUPS})
    return (*check(answer, ""), *exactly_one("options", "option_groups")(answer, ""))


def _problems_of_message(payload: Mapping[str, Any]) -> Iterator[str]:
    for key in payload.keys() - MESSAGE_FIELDS:
        yield problem(f"has an unknown field {key}", "")
    if (text := payload.get("text")) is not None:
        yield from string(TEXT_OF_A_MESSAGE, at_least=0)(text, "/text")
    blocks = payload.get("blocks") or []
    problems = tuple(_BLOCKS(blocks, "/blocks"))
    yield from problems or _problems_across_message(blocks)


def _problems_across_message(blocks: list[Any]) -> Iterator[str]:
    yield from _repeated_ids(blocks, "/blocks")
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if markdown > MARKDOWN_OF_A_MESSAGE:
        yield problem(f"have more than {MARKDOWN_OF_A_MESSAGE} characters of markdown", "/blocks")
    if sum(block["type"] == "table" for block in blocks) > 1:
        yield problem("have more than one table", "/blocks")
    for index, block in enumerate(blocks):
        yield from _opinion_of_the_sdk(Block.parse(block), f"/blocks/{index}")


def _problems_across_view(view: Mapping[str, Any]) -> Iterator[str]:
    blocks = view["blocks"]
    yield from _repeated_ids(blocks, "/view/blocks")
    if "submit" not in view and view["type"] == "modal" and _kinds(blocks)["input"]:
        yield problem("needs a submit button, because it has input blocks", "/view")
    if sum(bool(element.spec.get("focus_on_load")) for element in elements_of(blocks)) > 1:
        yield problem("sets focus_on_load more than once", "/view/blocks")
    if len(json.dumps(view).encode()) > BYTES_OF_A_VIEW:
        yield problem(f"must have at most {BYTES_OF_A_VIEW} bytes", "/view")
    yield from _opinion_of_the_sdk(View(**view), "/view")


def _kinds(blocks: list[Any]) -> Counter[str]:
    return Counter(block["type"] for block in blocks)


def _repeated_ids(blocks: list[Any], pointer: str) -> Iterator[str]:
    names = Counter(block["block_id"] for block in blocks if "block_id" in block)
    for name, times in names.items():
        if times > 1:
            yield problem(f"repeat the block_id {name}", pointer)
    for index, block in enumerate(blocks):
        ids = Counter(element.spec.get("action_id") for element in elements_of([block]))
        for name, times in ids.items():
            if name is not None and times > 1:
                yield problem(f"repeats the action_id {name}", f"{pointer}/{index}")


def _opinion_of_the_sdk(model: Any, pointer: str) -> Iterator[str]:
    try:
        model.to_dict()
    except SlackObjectFormationError as error:
        yield problem(f"is refused by slack_sdk: {error}", pointer)
