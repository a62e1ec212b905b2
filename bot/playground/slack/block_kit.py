"""Block Kit as tables: which blocks, elements and keys Slack takes, and how much of each.

Source: https://docs.slack.dev/reference/block-kit (blocks, elements, composition objects).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.playground.slack.grammar import (
    Check,
    also,
    at_least_one,
    exactly_one,
    flag,
    integer,
    kinds,
    listing,
    one_of,
    problem,
    record,
    string,
)

ID = string(255)


def plain(at_most: int) -> Check:
    """Accept a text object without markup."""
    fields = record({"text": string(at_most)}, {"emoji": flag})
    return kinds({"plain_text": fields}, "here: this text is plain_text")


def rich(at_most: int) -> Check:
    """Accept a text object with or without markup."""
    return kinds(
        {
            "plain_text": record({"text": string(at_most)}, {"emoji": flag}),
            "mrkdwn": record({"text": string(at_most)}, {"verbatim": flag}),
        },
        "as a text object",
    )


CONFIRM = record(
    {"title": plain(100), "text": rich(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)
OPTION = record(
    {"text": rich(75), "value": string(150)}, {"description": rich(75), "url": string(3000)}
)
PLAIN_OPTION = record(
    {"text": plain(75), "value": string(150)}, {"description": plain(75), "url": string(3000)}
)
OPTIONS = listing(PLAIN_OPTION, 100)
OPTION_GROUPS = listing(
    record({"label": plain(75), "options": listing(PLAIN_OPTION, 100)}),
    100,
)


def _offered(element: Any) -> list[Any]:
    groups = element.get("option_groups") or [{"options": element.get("options", [])}]
    return [option for group in groups for option in group["options"]]


def _initial_is_offered(element: Any, pointer: str) -> Iterator[str]:
    chosen = element.get("initial_options", [])
    if "initial_option" in element:
        chosen = [*chosen, element["initial_option"]]
    if any(option not in _offered(element) for option in chosen):
        yield problem("has an initial option that is not among its options", pointer)


def _element(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    return record(required, {"action_id": ID, **optional})


def _select(optional: Mapping[str, Check], required: Mapping[str, Check] | None = None) -> Check:
    common = {"placeholder": plain(150), "confirm": CONFIRM, "focus_on_load": flag}
    return _element(required or {}, {**common, **optional})


def _static(initial: Mapping[str, Check]) -> Check:
    return also(
        _select({"options": OPTIONS, "option_groups": OPTION_GROUPS, **initial}),
        exactly_one("options", "option_groups"),
        _initial_is_offered,
    )


def _choices(initial: Mapping[str, Check]) -> Check:
    optional = {"confirm": CONFIRM, "focus_on_load": flag, **initial}
    return also(_element({"options": listing(OPTION, 10)}, optional), _initial_is_offered)


def _typed(optional: Mapping[str, Check], required: Mapping[str, Check] | None = None) -> Check:
    dispatch = record(
        {"trigger_actions_on": listing(one_of("on_enter_pressed", "on_character_entered"), 2)}
    )
    common = {
        "placeholder": plain(150),
        "focus_on_load": flag,
        "dispatch_action_config": dispatch,
    }
    return _element(required or {}, {**common, **optional})


_MANY = {"max_selected_items": integer(1, 100)}
_IMAGE = also(
    record(
        {"alt_text": string(2000)},
        {"image_url": string(3000), "slack_file": record({}, {"id": ID, "url": string(3000)})},
    ),
    exactly_one("image_url", "slack_file"),
)
_BUTTON = _element(
    {"text": plain(75)},
    {
        "url": string(3000),
        "value": string(2000),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
_OVERFLOW = _element({"options": listing(PLAIN_OPTION, 5)}, {"confirm": CONFIRM})
_DATE = {"initial_date": string(10, 10)}
_TIME = {"initial_time": string(5, 5), "timezone": string()}
_CONVERSATIONS = {
    "default_to_current_conversation": flag,
    "filter": record(
        {},
        {
            "include": listing(one_of("im", "mpim", "private", "public")),
            "exclude_external_shared_channels": flag,
            "exclude_bot_users": flag,
        },
    ),
}

SELECTS: Mapping[str, Check] = {
    "static_select": _static({"initial_option": PLAIN_OPTION}),
    "external_select": _select(
        {"initial_option": PLAIN_OPTION, "min_query_length": integer(0, 100)}
    ),
    "users_select": _select({"initial_user": ID}),
    "conversations_select": _select({"initial_conversation": ID, **_CONVERSATIONS}),
    "channels_select": _select({"initial_channel": ID}),
}
MULTI_SELECTS: Mapping[str, Check] = {
    "multi_static_select": _static({"initial_options": listing(PLAIN_OPTION, 100), **_MANY}),
    "multi_external_select": _select(
        {
            "initial_options": listing(PLAIN_OPTION, 100),
            "min_query_length": integer(0, 100),
            **_MANY,
        }
    ),
    "multi_users_select": _select({"initial_users": listing(ID), **_MANY}),
    "multi_conversations_select": _select(
        {"initial_conversations": listing(ID), **_CONVERSATIONS, **_MANY}
    ),
    "multi_channels_select": _select({"initial_channels": listing(ID), **_MANY}),
}
CHOICES: Mapping[str, Check] = {
    "checkboxes": _choices({"initial_options": listing(OPTION, 10)}),
    "radio_buttons": _choices({"initial_option": OPTION}),
}
PICKERS: Mapping[str, Check] = {"datepicker": _select(_DATE), "timepicker": _select(_TIME)}
DATE_TIME: Mapping[str, Check] = {
    "datetimepicker": _select({"initial_date_time": integer(1_000_000_000, 9_999_999_999)})
}
ACTION_ELEMENTS: Mapping[str, Check] = {
    "button": _BUTTON,
    "overflow": _OVERFLOW,
    **SELECTS,
    **CHOICES,
    **PICKERS,
    **DATE_TIME,
}
ACCESSORIES: Mapping[str, Check] = {
    "button": _BUTTON,
    "overflow": _OVERFLOW,
    "image": _IMAGE,
    **SELECTS,
    **MULTI_SELECTS,
    **CHOICES,
    **PICKERS,
}
INPUTS: Mapping[str, Check] = {
    "plain_text_input": _typed(
        {
            "initial_value": string(3000),
            "multiline": flag,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        }
    ),
    "email_text_input": _typed({"initial_value": string()}),
    "url_text_input": _typed({"initial_value": string()}),
    "number_input": _typed(
        {"initial_value": string(), "min_value": string(), "max_value": string()},
        {"is_decimal_allowed": flag},
    ),
    **SELECTS,
    **MULTI_SELECTS,
    **CHOICES,
    **PICKERS,
    **DATE_TIME,
}

_STYLE = {
    "style": record({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), flag))
}
_TEXT = record({"text": string()}, _STYLE)
_LINK = record({"url": string(3000)}, {"text": string(), "unsafe": flag, **_STYLE})
INLINE: Mapping[str, Check] = {
    "text": _TEXT,
    "link": _LINK,
    "user": record({"user_id": ID}, _STYLE),
    "usergroup": record({"usergroup_id": ID}, _STYLE),
    "channel": record({"channel_id": ID}, _STYLE),
    "emoji": record({"name": string()}, {"unicode": string(), **_STYLE}),
    "date": record(
        {"timestamp": integer(0, 2**53), "format": string()},
        {"fallback": string(), "url": string(3000), **_STYLE},
    ),
    "broadcast": record({"range": one_of("here", "channel", "everyone")}, _STYLE),
    "color": record({"value": string()}, _STYLE),
}
_INLINE = listing(kinds(INLINE, "in a line of rich text"), at_least=0)
_SECTION = record({"elements": _INLINE})
_BORDER = {"border": integer(0, 1)}
_RICH_TEXT = listing(
    kinds(
        {
            "rich_text_section": _SECTION,
            "rich_text_preformatted": record(
                {
                    "elements": listing(
                        kinds({"text": _TEXT, "link": _LINK}, "in preformatted text")
                    )
                },
                {**_BORDER, "language": string()},
            ),
            "rich_text_quote": record({"elements": _INLINE}, _BORDER),
            "rich_text_list": record(
                {
                    "style": one_of("bullet", "ordered"),
                    "elements": listing(kinds({"rich_text_section": _SECTION}, "in a list")),
                },
                {"indent": integer(0, 8), "offset": integer(0, 10_000), **_BORDER},
            ),
        },
        "in rich_text",
    )
)


def _block(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    return record(required, {"block_id": ID, **(optional or {})})


RICH_TEXT = _block({"elements": _RICH_TEXT})
_CELL = kinds(
    {
        "raw_text": record({"text": string()}),
        "raw_number": record({"value": lambda _value, _pointer: iter(())}, {"text": string()}),
        "rich_text": RICH_TEXT,
    },
    "in a table cell",
)
EVERYWHERE: Mapping[str, Check] = {
    "section": also(
        _block(
            {},
            {
                "text": rich(3000),
                "fields": listing(rich(2000), 10),
                "accessory": kinds(ACCESSORIES, "as an accessory"),
                "expand": flag,
            },
        ),
        at_least_one("text", "fields"),
    ),
    "header": _block({"text": plain(150)}),
    "divider": _block({}),
    "context": _block(
        {
            "elements": listing(
                kinds(
                    {
                        "image": _IMAGE,
                        "plain_text": record({"text": string()}, {"emoji": flag}),
                        "mrkdwn": record({"text": string()}, {"verbatim": flag}),
                    },
                    "in a context block",
                ),
                10,
            )
        }
    ),
    "actions": _block({"elements": listing(kinds(ACTION_ELEMENTS, "in an actions block"), 25)}),
    "image": also(
        _block(
            {"alt_text": string(2000)},
            {
                "image_url": string(3000),
                "slack_file": record({}, {"id": ID, "url": string(3000)}),
                "title": plain(2000),
            },
        ),
        exactly_one("image_url", "slack_file"),
    ),
    "input": _block(
        {"label": plain(2000), "element": kinds(INPUTS, "in an input block")},
        {"hint": plain(2000), "optional": flag, "dispatch_action": flag},
    ),
    "rich_text": RICH_TEXT,
}
TABLE = _block(
    {"rows": listing(listing(_CELL, 20), 100)},
    {
        "column_settings": listing(
            record({}, {"align": one_of("left", "center", "right"), "is_wrapped": flag}), 20
        )
    },
)
MARKDOWN = _block({"text": string(12_000)})
ALERT = _block(
    {"text": rich(3000)},
    {"level": one_of("default", "info", "warning", "error", "success")},
)
MESSAGE_BLOCKS: Mapping[str, Check] = {**EVERYWHERE, "markdown": MARKDOWN, "table": TABLE}
HOME_BLOCKS: Mapping[str, Check] = {**EVERYWHERE, "table": TABLE}
MODAL_BLOCKS: Mapping[str, Check] = {**EVERYWHERE, "alert": ALERT}
