"""What Slack refuses to show: each limit at its edge, each rule by an example."""

from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk.models import blocks as sdk

from bot.playground.slack import problems_of_message, problems_of_view
from bot.playground.slack.limits import problems_of_options
from tests.slack_stand_in.blocks import (
    CARD,
    TEXT,
    Json,
    actions,
    button,
    field,
    modal,
    mrkdwn,
    option,
    plain,
    section,
)

Make = Callable[[int], Json]
TWO = [option("One", "1"), option("Two", "2")]
CODE = {"type": "text", "text": "0 18 ? * * *", "style": {"code": True}}


def select(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "pick"} | more


def table(rows: int, columns: int) -> Json:
    cell = {"type": "raw_text", "text": "x"}
    return {"type": "table", "rows": [[cell] * columns] * rows}


def line(*elements: Json) -> Json:
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [*elements]}],
    }


def confirm(**more: Json) -> Json:
    asked = {
        "title": plain("Sure?"),
        "text": mrkdwn("It runs."),
        "confirm": plain("Yes"),
        "deny": plain("No"),
    }
    return actions(button("a", "A", confirm=asked | more))


# The largest number that Slack takes, and a block with that many of something.
EDGES: list[tuple[str, int, Make]] = [
    ("section text", 3000, lambda n: section("x" * n)),
    ("section fields", 10, lambda n: {"type": "section", "fields": [mrkdwn("x")] * n}),
    ("field text", 2000, lambda n: {"type": "section", "fields": [mrkdwn("x" * n)]}),
    ("header", 150, lambda n: {"type": "header", "text": plain("x" * n)}),
    ("context elements", 10, lambda n: {"type": "context", "elements": [mrkdwn("x")] * n}),
    ("actions", 25, lambda n: actions(*(button(f"a{i}", "A") for i in range(n)))),
    ("button text", 75, lambda n: actions(button("a", "x" * n))),
    ("button value", 2000, lambda n: actions(button("a", "A", value="x" * n))),
    ("button url", 3000, lambda n: actions(button("a", "A", url="x" * n))),
    ("block_id", 255, lambda n: section("x", block_id="x" * n)),
    ("action_id", 255, lambda n: actions(button("x" * n, "A"))),
    ("options", 100, lambda n: actions(select(options=[option("x", f"{i}") for i in range(n)]))),
    ("option text", 75, lambda n: actions(select(options=[option("x" * n, "x")]))),
    ("option value", 150, lambda n: actions(select(options=[option("x", "x" * n)]))),
    ("placeholder", 150, lambda n: actions(select(options=TWO, placeholder=plain("x" * n)))),
    ("overflow", 5, lambda n: actions({"type": "overflow", "options": TWO[:1] * n})),
    ("radio buttons", 10, lambda n: actions({"type": "radio_buttons", "options": TWO[:1] * n})),
    ("confirm title", 100, lambda n: confirm(title=plain("x" * n))),
    ("confirm text", 300, lambda n: confirm(text=mrkdwn("x" * n))),
    ("confirm button", 30, lambda n: confirm(confirm=plain("x" * n))),
    ("deny button", 30, lambda n: confirm(deny=plain("x" * n))),
    ("markdown", 12_000, lambda n: {"type": "markdown", "text": "x" * n}),
    ("table rows", 100, lambda n: table(n, 1)),
    ("table columns", 20, lambda n: table(1, n)),
    ("input label", 2000, lambda n: field("f", TEXT) | {"label": plain("x" * n)}),
    ("input value", 3000, lambda n: field("f", TEXT | {"initial_value": "x" * n})),
    ("image text", 2000, lambda n: {"type": "image", "image_url": "x", "alt_text": "x" * n}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "most", "make"), EDGES, ids=[edge[0] for edge in EDGES])
def test_each_limit_lets_its_last_through_and_no_more(what: str, most: int, make: Make) -> None:
    assert problems_of_message({"blocks": [make(most)]}) == ()
    (problem,) = problems_of_message({"blocks": [make(most + 1)]})
    assert f"at most {most} " in problem


VIEW_EDGES: list[tuple[str, int, Make]] = [
    ("title", 24, lambda n: modal(section("x"), title="x" * n)),
    ("submit", 24, lambda n: modal(section("x"), submit=plain("x" * n))),
    ("close", 24, lambda n: modal(section("x"), close=plain("x" * n))),
    ("private_metadata", 3000, lambda n: modal(section("x"), private_metadata="x" * n)),
    ("callback_id", 255, lambda n: modal(section("x"), callback_id="x" * n)),
    ("blocks", 100, lambda n: modal(*[section("x")] * n)),
    ("blocks of App Home", 100, lambda n: {"type": "home", "blocks": [section("x")] * n}),
]


@pytest.mark.parametrize(("what", "most", "make"), VIEW_EDGES, ids=[edge[0] for edge in VIEW_EDGES])
def test_each_limit_of_a_view_lets_its_last_through_and_no_more(
    what: str, most: int, make: Make
) -> None:
    assert problems_of_view(make(most)) == ()
    (problem,) = problems_of_view(make(most + 1))
    assert f"at most {most} " in problem


def test_a_message_has_fifty_blocks_and_forty_thousand_characters() -> None:
    assert problems_of_message({"text": "x" * 40_000, "blocks": [section("x")] * 50}) == ()
    assert problems_of_message({"blocks": [section("x")] * 51}) == (
        "must have at most 50 items, has 51 [json-pointer:/blocks]",
    )
    assert problems_of_message({"text": "x" * 40_001}) == (
        "must have at most 40000 characters, has 40001 [json-pointer:/text]",
    )


def test_a_view_weighs_at_most_250_kilobytes() -> None:
    heavy = modal(*[section("x" * 3000)] * 84)
    assert problems_of_view(heavy) == ("must have at most 250000 bytes [json-pointer:/view]",)


REFUSED = [
    ({"type": "section"}, "must have text or fields [json-pointer:/blocks/0]"),
    (section(""), "must not be empty [json-pointer:/blocks/0/text/text]"),
    (section("x", colour="red"), "has an unknown field colour [json-pointer:/blocks/0]"),
    ({"type": "header", "text": mrkdwn("x")}, "has the type mrkdwn, which is not allowed here"),
    ({"type": "markdown", "text": 1}, "must be a string [json-pointer:/blocks/0/text]"),
    ({"text": "x"}, "misses the required field type [json-pointer:/blocks/0]"),
    ({"type": "carousel"}, "has the type carousel, which is not allowed in a message"),
    ({"type": "alert", "text": plain("x")}, "has the type alert, which is not allowed in a"),
    (actions(), "must not be empty [json-pointer:/blocks/0/elements]"),
    (actions(TEXT), "has the type plain_text_input, which is not allowed in an actions block"),
    (actions(button("a", "A", style="green")), "must be one of primary, danger"),
    (actions(button("a", "A"), button("a", "B")), "repeats the action_id a"),
    ({"type": "table", "rows": [[{"type": "raw_text", "text": ""}]]}, "must not be empty"),
    (actions(select()), "must have exactly one of options, option_groups"),
    (
        actions(select(options=TWO, initial_option=option("Three", "3"))),
        "has an initial option that is not among its options [json-pointer:/blocks/0/elements/0]",
    ),
    (section("x", accessory=TEXT), "has the type plain_text_input, which is not allowed as an"),
    ({"type": "image", "alt_text": "x"}, "must have exactly one of image_url, slack_file"),
    (line({"type": "text", "text": ""}), "must not be empty [json-pointer:/blocks/0/elements/0"),
    (line({"type": "text", "text": "x", "style": {"loud": True}}), "has an unknown field loud"),
    (line({"type": "date", "format": "{time}"}), "misses the required field timestamp"),
    (
        {"type": "rich_text", "elements": [{"type": "text", "text": "x"}]},
        "has the type text, which is not allowed in rich_text",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("block", "problem"), REFUSED)
def test_what_slack_does_not_know_is_refused_where_it_stands(block: Json, problem: str) -> None:
    (found,) = problems_of_message({"blocks": [block]})
    assert found.startswith(problem)


def test_rules_that_span_a_message_are_kept() -> None:
    def problems(*blocks: Json) -> tuple[str, ...]:
        return problems_of_message({"blocks": [*blocks]})

    assert problems(section("x", block_id="a"), section("y", block_id="a")) == (
        "repeat the block_id a [json-pointer:/blocks]",
    )
    assert problems(table(1, 1), table(1, 1)) == (
        "have more than one table [json-pointer:/blocks]",
    )
    half = {"type": "markdown", "text": "x" * 6001}
    assert problems(half, half) == (
        "have more than 12000 characters of markdown [json-pointer:/blocks]",
    )
    assert problems_of_message({"text": "x", "block": []}) == (
        "has an unknown field block [json-pointer:]",
    )


def test_rules_that_span_a_view_are_kept() -> None:
    no_button = {"type": "modal", "title": plain("x"), "blocks": [field("f", TEXT)]}
    assert problems_of_view(no_button) == (
        "needs a submit button, because it has input blocks [json-pointer:/view]",
    )
    focused = TEXT | {"focus_on_load": True}
    assert problems_of_view(modal(field("a", focused), field("b", focused))) == (
        "sets focus_on_load more than once [json-pointer:/view/blocks]",
    )
    assert problems_of_view({"type": "sheet"}) == (
        "has the type sheet, which is not allowed for a view [json-pointer:/view]",
    )
    assert problems_of_view({"type": "home", "title": plain("x"), "blocks": [section("x")]}) == (
        "has an unknown field title [json-pointer:/view]",
    )


@pytest.mark.parametrize(
    ("block", "shown_in"),
    [
        ({"type": "alert", "text": plain("x"), "level": "warning"}, {"modal"}),
        ({"type": "markdown", "text": "**x**"}, {"message"}),
        (table(2, 2), {"message", "home"}),
        (field("f", TEXT), {"message", "modal", "home"}),
        (line(CODE), {"message", "modal", "home"}),
    ],
)
def test_some_blocks_are_for_some_surfaces_only(block: Json, shown_in: set[str]) -> None:
    found = {
        "message": problems_of_message({"blocks": [block]}),
        "modal": problems_of_view(modal(block)),
        "home": problems_of_view({"type": "home", "blocks": [block]}),
    }
    assert {surface for surface, problems in found.items() if not problems} == shown_in


def test_the_answer_to_a_menu_has_options_or_groups() -> None:
    assert problems_of_options({"options": []}) == ()
    assert problems_of_options({"option_groups": [{"label": plain("x"), "options": TWO}]}) == ()
    assert problems_of_options({}) == (
        "must have exactly one of options, option_groups [json-pointer:]",
    )
    (problem,) = problems_of_options({"options": [option("x", f"{n}") for n in range(101)]})
    assert problem == "must have at most 100 items, has 101 [json-pointer:/options]"


def test_what_the_sdk_alone_objects_to_is_reported_as_its_opinion() -> None:
    picker = {"type": "timepicker", "initial_time": "25:61"}
    for problems in (
        problems_of_message({"blocks": [actions(picker)]}),
        problems_of_view(modal(actions(picker))),
    ):
        assert [problem[:24] for problem in problems] == ["is refused by slack_sdk:"]


def test_what_the_sdk_builds_passes() -> None:
    words = sdk.RichTextElementParts
    built = [
        sdk.HeaderBlock(text="Change?"),
        sdk.SectionBlock(text="*x*", accessory=sdk.ButtonElement(text="Go", action_id="go")),
        sdk.SectionBlock(fields=["a", "b"]),
        sdk.DividerBlock(),
        sdk.ContextBlock(elements=[sdk.MarkdownTextObject(text="x", verbatim=True)]),
        sdk.ActionsBlock(
            elements=[
                sdk.ButtonElement(text="A", action_id="a", style="primary", confirm=SURE),
                sdk.ExternalDataSelectElement(action_id="b", placeholder="x", min_query_length=1),
                sdk.OverflowMenuElement(action_id="c", options=[sdk.Option(value="1", text="One")]),
                sdk.DatePickerElement(action_id="d", initial_date="2026-11-23"),
            ]
        ),
        sdk.RichTextBlock(
            elements=[
                sdk.RichTextSectionElement(
                    elements=[
                        words.Text(text="0 18 ? * * *", style=words.TextStyle(code=True)),
                        words.User(user_id="U0ADMIN"),
                        words.Channel(channel_id="C0FINANCE"),
                        words.Emoji(name="wave"),
                        words.Link(url="https://example.com", text="x"),
                        words.Date(timestamp=1_700_000_000, format="{time}"),
                    ]
                ),
                sdk.RichTextListElement(
                    style="bullet",
                    elements=[sdk.RichTextSectionElement(elements=[words.Text(text="x")])],
                ),
                sdk.RichTextPreformattedElement(elements=[words.Text(text="x")]),
                sdk.RichTextQuoteElement(elements=[words.Text(text="x")]),
            ]
        ),
        sdk.MarkdownBlock(text="**x**"),
    ]
    assert problems_of_message({"text": "x", "blocks": [block.to_dict() for block in built]}) == ()
    assert problems_of_message({"text": "x", "blocks": CARD}) == ()
    unnamed = {"type": "button", "text": plain("A")}
    assert problems_of_message({"blocks": [actions(unnamed, unnamed)]}) == ()


SURE = sdk.ConfirmObject(title="Sure?", text="It runs.", confirm="Yes", deny="No", style="danger")
