"""Read Block Kit as a person does: the words, the things to press, the values they hold."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
Values = dict[str, dict[str, Json]]  # block_id → action_id → value, as in `state.values`

# What an element keeps and what it starts with. Buttons and overflow menus keep nothing.
_HOLDS = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}
_UNSEEN = frozenset({"options", "option_groups", "confirm", "initial_options", "image_url"})
_LINES = frozenset({"rich_text_section", "rich_text_preformatted", "rich_text_quote"})
_MENTIONS = {
    "user": "<@{user_id}>",
    "channel": "<#{channel_id}>",
    "usergroup": "<!subteam^{usergroup_id}>",
    "emoji": ":{name}:",
    "broadcast": "@{range}",
    "color": "{value}",
}


@dataclass(frozen=True, slots=True)
class Element:
    """Something in a block that a person can press, choose or fill in."""

    block: Json
    spec: Json

    @property
    def block_id(self) -> str:
        return str(self.block.get("block_id", ""))

    @property
    def action_id(self) -> str:
        return str(self.spec.get("action_id", ""))

    @property
    def type(self) -> str:
        return str(self.spec["type"])

    @property
    def label(self) -> str:
        """The words on a button, else the label of its input."""
        words = self.spec.get("text") or self.block.get("label") or {}
        return str(words.get("text", ""))

    @property
    def key(self) -> str | None:
        """The key of `state.values` that this element fills; none for buttons."""
        return _HOLDS[self.type][0] if self.type in _HOLDS else None

    @property
    def dispatches(self) -> bool:
        """Whether using it tells the app at once: in input blocks only when asked for."""
        return self.block["type"] != "input" or bool(self.block.get("dispatch_action"))

    @property
    def options(self) -> tuple[Json, ...]:
        """The options written into the element; none for those the app is asked for."""
        groups = self.spec.get("option_groups") or [{"options": self.spec.get("options", [])}]
        return tuple(option for group in groups for option in group["options"])


def elements_of(blocks: Iterable[Json]) -> Iterator[Element]:
    """Yield every interactive element, in reading order."""
    for block in blocks:
        candidates = [block.get("accessory"), block.get("element")]
        if block["type"] == "actions":
            candidates += block["elements"]
        for spec in candidates:
            if spec is not None and spec["type"] != "image":
                yield Element(block, spec)


def words_of(blocks: Iterable[Json]) -> str:
    """Return all that a person can read, a line for each text."""
    return "\n".join(line for block in blocks for line in _lines(block))


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _lines(item)
    elif isinstance(value, dict) and value.get("type") in _LINES:
        yield "".join(map(_inline, value["elements"]))
    elif isinstance(value, dict):
        yield from _lines_of_object(value)


def _lines_of_object(value: Json) -> Iterator[str]:
    for key, item in value.items():
        if key == "text" and isinstance(item, str):
            yield item
        elif key not in _UNSEEN:
            yield from _lines(item)


def _inline(element: Json) -> str:
    shape = _MENTIONS.get(element["type"])
    if shape is not None:
        return shape.format_map(element)
    return str(element.get("text") or element.get("fallback") or element.get("url") or "")


def values_of(blocks: Iterable[Json], kept: Mapping[str, Mapping[str, Json]]) -> Values:
    """Return `state.values`: what was `kept` where the same element is still there, else its start.

    Slack keeps what a person typed while block_id and action_id stay the same.
    """
    values: Values = {}
    for element in elements_of(blocks):
        if element.type in _HOLDS:
            before = kept.get(element.block_id, {}).get(element.action_id)
            same = before is not None and before["type"] == element.type
            start = before if same and before is not None else _start(element)
            values.setdefault(element.block_id, {})[element.action_id] = start
    return values


def _start(element: Element) -> Json:
    key, initial = _HOLDS[element.type]
    nothing: list[Json] | None = [] if key == "selected_options" else None
    return {"type": element.type, key: element.spec.get(initial, nothing)}
