"""Modals, App Home, shortcuts and the menus that ask the bot, as people meet them."""

import asyncio
import re
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import ImpossibleError, Person, SlackStandIn, View
from tests.slack_stand_in.blocks import TEXT, Json, actions, button, field, modal, option, section

LIVE = {
    **TEXT,
    "dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]},
    "initial_value": "0 18 ? * * *",
}
ASKS = {"type": "external_select", "action_id": "pick", "min_query_length": 2}


@pytest.fixture
def came(bolt: AsyncApp) -> list[Json]:
    """Collect what the bot is told of clicks, choices and keystrokes."""
    bodies: list[Json] = []

    @bolt.action(re.compile(".*"))
    async def take(ack: Any, body: Json) -> None:
        bodies.append(body)
        await ack()

    return bodies


async def opened(bolt: AsyncApp, robin: Person, view: Json) -> View:
    """Have a bot that opens this modal at a shortcut, and use the shortcut."""

    @bolt.shortcut("change")
    async def take(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    await robin.runs_shortcut("change")
    return await robin.sees_modal(view["title"]["text"])


def answering(bolt: AsyncApp, **answer: Any) -> list[Json]:
    """Let the bot answer each submission with this, and return what it was sent."""
    bodies: list[Json] = []

    @bolt.view(re.compile(".*"))
    async def take(ack: Any, body: Json) -> None:
        bodies.append(body)
        await ack(**answer)

    return bodies


async def test_a_filled_in_modal_is_sent_and_closed(bolt: AsyncApp, robin: Person) -> None:
    menu = {
        "type": "static_select",
        "action_id": "zone",
        "options": [option("London", "Europe/London"), option("Berlin", "Europe/Berlin")],
    }
    sent = answering(bolt)
    view = modal(field("cron", TEXT), field("zone", menu), callback_id="set", private_metadata="4f")
    form = await opened(bolt, robin, view)

    answer = await robin.submits(form, {"cron": "0 18 ? * * *", "zone": "Berlin"})

    assert (answer.status, answer.error, robin.modal) == (200, None, None)
    shown = sent[0]["view"]
    assert (shown["callback_id"], shown["private_metadata"]) == ("set", "4f")
    assert shown["state"]["values"] == {
        "cron": {"text": {"type": "plain_text_input", "value": "0 18 ? * * *"}},
        "zone": {"zone": {"type": "static_select", "selected_option": menu["options"][1]}},
    }


async def test_what_slack_itself_wants_corrected_is_not_sent(bolt: AsyncApp, robin: Person) -> None:
    sent = answering(bolt)
    short = {**TEXT, "min_length": 3}
    view = modal(field("cron", short), field("why", TEXT, optional=True))
    form = await opened(bolt, robin, view)

    assert (await robin.submits(form)).error == "incomplete"
    await robin.submits(form, {"cron": "ab"})

    assert robin.modal is not None
    assert robin.modal.errors == {"cron": "Please enter 3 to 3000 characters."}
    assert sent == []


async def test_errors_stand_at_their_fields_until_the_view_changes(
    bolt: AsyncApp, client: AsyncWebClient, robin: Person
) -> None:
    answering(bolt, response_action="errors", errors={"cron": "25 is not an hour"})
    form = await opened(bolt, robin, modal(field("cron", TEXT)))
    await robin.submits(form, {"cron": "0 25 ? * * *"})
    wrong = await robin.sees_modal()
    assert wrong.errors == {"cron": "25 is not an hour"}
    assert wrong.values["cron"]["text"]["value"] == "0 25 ? * * *"

    await client.views_update(view_id=form.id, view=modal(field("cron", TEXT), section("Try 15")))
    assert (await robin.sees_modal("Try 15")).errors == {}


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"nowhere": "No such field"}},
        {"response_action": "update", "view": modal(title="A title that is far too long")},
        {"response_action": "push", "view": {"type": "home", "blocks": [section("x")]}},
        {"response_action": "reload"},
        {"text": "Saved"},
    ],
)
async def test_an_answer_that_slack_cannot_follow_leaves_the_modal_open(
    bolt: AsyncApp, slack: SlackStandIn, robin: Person, answer: Json
) -> None:
    answering(bolt, **answer)
    form = await opened(bolt, robin, modal(field("cron", TEXT)))
    assert (await robin.submits(form, {"cron": "x"})).error == "invalid_arguments"
    assert robin.modal is not None
    assert slack.requests[-1].method == "answer to a submission"


async def test_a_submission_can_lead_to_another_view(bolt: AsyncApp, robin: Person) -> None:
    answering(bolt, response_action="push", view=modal(section("Sure?"), title="Second"))
    form = await opened(bolt, robin, modal(section("First")))
    await robin.submits(form)
    second = await robin.sees_modal("Second")
    assert second.previous_id == form.id
    with pytest.raises(ImpossibleError, match="no such view open"):
        await robin.submits(form)
    await robin.submits(second)
    third = await robin.sees_modal("Second")
    assert (await robin.submits(third)).error == "push_limit_reached"
    assert robin.modal is not None

    await robin.closes(third)
    assert (await robin.sees_modal()).id == second.id


async def test_a_modal_that_is_submitted_twice_at_once_is_closed_once(
    bolt: AsyncApp, robin: Person
) -> None:
    @bolt.view("first")
    async def push(ack: Any) -> None:
        await ack(response_action="push", view=modal(section("Sure?"), callback_id="second"))

    @bolt.view("second")
    async def close(ack: Any) -> None:
        await ack()

    form = await opened(bolt, robin, modal(section("Ask"), callback_id="first"))
    await robin.submits(form)
    second = await robin.sees_modal("Sure?")
    await asyncio.gather(robin.submits(second), robin.submits(second))
    assert (await robin.sees_modal()).id == form.id


async def test_a_click_in_a_modal_can_push_another(
    bolt: AsyncApp, client: AsyncWebClient, robin: Person
) -> None:
    @bolt.action("more")
    async def push(ack: Any, body: Json) -> None:
        await ack()
        await client.views_push(trigger_id=body["trigger_id"], view=modal(section("All runs")))

    form = await opened(bolt, robin, modal(actions(button("more", "More"))))
    await robin.clicks(form, "More")
    assert (await robin.sees_modal("All runs")).root_id == form.id


async def test_a_submission_can_change_what_is_open_and_clear_it_all(
    bolt: AsyncApp, robin: Person
) -> None:
    @bolt.view("first")
    async def change(ack: Any) -> None:
        await ack(response_action="update", view=modal(section("Saved"), callback_id="second"))

    @bolt.view("second")
    async def push(ack: Any) -> None:
        await ack(response_action="push", view=modal(section("All done"), callback_id="last"))

    @bolt.view("last")
    async def clear(ack: Any) -> None:
        await ack(response_action="clear")

    form = await opened(bolt, robin, modal(section("Ask"), callback_id="first"))
    await robin.submits(form)
    saved = await robin.sees_modal("Saved")
    assert saved.id == form.id
    await robin.submits(saved)
    await robin.submits(await robin.sees_modal("All done"))
    assert robin.modal is None


async def test_typing_is_told_to_the_bot_where_the_field_says_so(
    bolt: AsyncApp, came: list[Json], robin: Person
) -> None:
    view = modal(
        field("live", LIVE, dispatch_action=True),
        field("enter", TEXT, dispatch_action=True),
        field("quiet", LIVE),
    )
    form = await opened(bolt, robin, view)

    await robin.types_into(form, "live", "0 1")
    await robin.types_into(form, "enter", "abc")
    await robin.types_into(form, "quiet", "xyz")
    await robin.types_into(form, "Enter", "abcd", enter=True)

    assert [body["actions"][0]["block_id"] for body in came] == ["live", "enter"]
    assert came[0]["actions"][0]["value"] == "0 1"
    values = came[1]["view"]["state"]["values"]
    assert [values[name]["text"]["value"] for name in ("live", "enter", "quiet")] == [
        "0 1",
        "abcd",
        "xyz",
    ]
    assert came[0]["container"] == {"type": "view", "view_id": form.id}
    assert "response_url" not in came[0]


async def test_what_was_typed_survives_an_update_while_its_ids_stay(
    bolt: AsyncApp, client: AsyncWebClient, robin: Person
) -> None:
    form = await opened(bolt, robin, modal(*(field(name, TEXT) for name in "abc")))
    for name in "abc":
        await robin.types_into(form, name, "typed")

    renamed = {**TEXT, "action_id": "renamed"}
    boxes = {"type": "checkboxes", "action_id": "text", "options": [option("One", "1")]}
    answer = await client.views_update(
        view_id=form.id,
        view=modal(field("a", TEXT), field("b", renamed), field("c", boxes), section("Daily")),
    )

    now = await robin.sees_modal("Daily")
    assert now.values == {
        "a": {"text": {"type": "plain_text_input", "value": "typed"}},
        "b": {"renamed": {"type": "plain_text_input", "value": None}},
        "c": {"text": {"type": "checkboxes", "selected_options": []}},
    }
    assert answer["view"]["state"]["values"] == now.values


async def test_a_menu_asks_the_bot_for_its_options(
    bolt: AsyncApp, came: list[Json], robin: Person
) -> None:
    asked: list[str] = []

    @bolt.options("pick")
    async def offer(ack: Any, payload: Json) -> None:
        asked.append(payload["value"])
        names = ["Snowflake", "Snowplow", "Postgres"]
        fitting = [name for name in names if payload["value"].lower() in name.lower()]
        await ack(options=[option(name, name.lower()) for name in fitting])

    form = await opened(bolt, robin, modal(field("connection", ASKS, dispatch_action=True)))

    assert await robin.suggestions(form, "pick", "s") == ()
    offered = await robin.suggestions(form, "pick", "snow")
    assert [each["value"] for each in offered] == ["snowflake", "snowplow"]
    with pytest.raises(ImpossibleError, match="no option Postgres here, but: Snowflake, Snowplow"):
        await robin.selects(form, "pick", "Postgres")
    await robin.selects(form, "connection", "Postgres")

    assert asked == ["snow", "Postgres"]
    assert came[0]["actions"][0]["selected_option"]["value"] == "postgres"


async def test_options_that_slack_cannot_show_are_refused(
    bolt: AsyncApp, slack: SlackStandIn, robin: Person
) -> None:
    @bolt.options("pick")
    async def offer(ack: Any) -> None:
        await ack(options=[option("x" * 76, "x")])

    form = await opened(bolt, robin, modal(section("Which?", accessory=ASKS)))
    assert await robin.suggestions(form, "pick", "snow") == ()
    assert "at most 75 characters, has 76" in slack.refusals[0].problems[0]


async def test_every_kind_of_choice_is_kept(bolt: AsyncApp, robin: Person) -> None:
    two = [option("One", "1"), option("Two", "2")]
    sent = answering(bolt)
    view = modal(
        field("radio", {"type": "radio_buttons", "action_id": "a", "options": two}),
        field("boxes", {"type": "checkboxes", "action_id": "a", "options": two}),
        field("day", {"type": "datepicker", "action_id": "a"}),
        field("who", {"type": "users_select", "action_id": "a"}),
        field("where", {"type": "multi_channels_select", "action_id": "a"}),
    )
    form = await opened(bolt, robin, view)
    await robin.selects(form, "radio", "Two")
    await robin.selects(form, "boxes", "One", "2")
    await robin.selects(form, "day", "2026-11-23")
    await robin.selects(form, "who", "U0APPROVER")
    await robin.selects(form, "where", "C0FINANCE", "C0DATATEAM")
    await robin.submits(form)

    values = {name: each["a"] for name, each in sent[0]["view"]["state"]["values"].items()}
    assert values["radio"]["selected_option"] == two[1]
    assert values["boxes"]["selected_options"] == two
    assert values["day"]["selected_date"] == "2026-11-23"
    assert values["who"]["selected_user"] == "U0APPROVER"
    assert values["where"]["selected_channels"] == ["C0FINANCE", "C0DATATEAM"]


async def test_closing_is_told_where_the_view_says_so(bolt: AsyncApp, robin: Person) -> None:
    closed: list[Json] = []

    @bolt.view_closed("watched")
    async def take(ack: Any, body: Json) -> None:
        closed.append(body)
        await ack()

    view = modal(section("x"), callback_id="watched", notify_on_close=True)
    watched = await opened(bolt, robin, view)
    assert (await robin.closes(watched)).status == 200
    assert closed[0]["is_cleared"] is False


async def test_closing_is_otherwise_not_told(bolt: AsyncApp, robin: Person) -> None:
    unwatched = await opened(bolt, robin, modal(section("x")))
    assert (await robin.closes(unwatched)).status is None
    assert robin.modal is None


async def test_app_home_is_published_when_it_is_opened(
    bolt: AsyncApp, came: list[Json], robin: Person, ada: Person
) -> None:
    @bolt.event("app_home_opened")
    async def publish(event: Json, client: AsyncWebClient) -> None:
        home = {
            "type": "home",
            "blocks": [section("Nothing pending"), actions(button("new", "New"))],
        }
        await client.views_publish(user_id=event["user"], view=home)

    answer = await robin.opens_home()

    assert answer.error is None
    home = await robin.sees_home("Nothing pending")
    assert ada.home is None
    await robin.clicks(home, "New")
    assert came[0]["view"]["type"] == "home"
    await robin.opens_home()
    assert (await robin.sees_home()).id == home.id
    with pytest.raises(ImpossibleError, match="cannot be submitted"):
        await robin.submits(home)


async def test_an_event_that_fails_comes_again(
    bolt: AsyncApp, slack: SlackStandIn, robin: Person
) -> None:
    slack.delivery.patience = 0.2  # over Socket Mode a failure is silence
    tries: list[int] = []

    @bolt.middleware
    async def fail_once(req: Any, next: Any) -> Any:  # noqa: A002 - Bolt injects it by this name
        tries.append(int(req.headers.get("x-slack-retry-num", ["0"])[0]))
        if len(tries) == 1:
            raise RuntimeError("the first time goes wrong")
        return await next()

    @bolt.event("app_home_opened")
    async def publish() -> None:
        return None

    await robin.opens_home()
    assert tries == [0, 1]


async def test_a_trigger_is_good_for_one_view_and_three_seconds(
    bolt: AsyncApp, clock: Any, robin: Person, client: AsyncWebClient
) -> None:
    triggers: list[str] = []

    @bolt.command("/omni-schedule")
    async def take(ack: Any, body: Json) -> None:
        triggers.append(body["trigger_id"])
        await ack()

    await robin.types("/omni-schedule")
    await robin.types("/omni-schedule")
    first, second = triggers

    async def refusal(trigger: str, view: Json) -> str:
        with pytest.raises(SlackApiError) as refused:
            await client.views_open(trigger_id=trigger, view=view)
        return str(refused.value.response["error"])

    assert await refusal(first, modal(title="")) == "invalid_arguments"
    await client.views_open(trigger_id=first, view=modal(section("x")))
    assert await refusal(first, modal(section("x"))) == "exchanged_trigger_id"
    assert await refusal("made up", modal(section("x"))) == "invalid_trigger_id"
    with pytest.raises(SlackApiError, match="invalid_trigger_id"):
        await client.views_push(trigger_id=second, view=modal(section("Not from a modal")))
    clock.ahead += clock.ahead.resolution * 3_100_000
    assert await refusal(second, modal(section("x"))) == "expired_trigger_id"


async def test_an_update_of_something_older_is_refused(
    bolt: AsyncApp, robin: Person, client: AsyncWebClient
) -> None:
    form = await opened(bolt, robin, modal(section("One"), external_id="form"))
    await client.views_update(external_id="form", hash=form.hash, view=modal(section("Two")))
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_update(view_id=form.id, hash=form.hash, view=modal(section("Three")))
    await robin.closes(form)
    with pytest.raises(SlackApiError, match="not_found"):
        await client.views_update(view_id=form.id, view=modal(section("Four")))


async def test_an_app_home_is_updated_as_it_was_read(client: AsyncWebClient, robin: Person) -> None:
    home = {"type": "home", "blocks": [section("One")], "external_id": "home"}
    first = await client.views_publish(user_id=robin.id, view=home)
    await client.views_publish(user_id=robin.id, view=home, hash=first["view"]["hash"])
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_publish(user_id=robin.id, view=home, hash=first["view"]["hash"])
    with pytest.raises(SlackApiError, match="duplicate_external_id"):
        await client.views_publish(user_id="U0ADMIN", view=home)
    heavy = {"type": "home", "blocks": [section("x" * 3000)] * 84}
    with pytest.raises(SlackApiError, match="view_too_large"):
        await client.views_publish(user_id=robin.id, view=heavy)
