"""A bot to practice the page on: it answers a word with one thing that Slack can show."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import SlackStandIn
from tests.slack_stand_in.blocks import actions, button, field, modal, option, plain, section

SECRET, TOKEN = "shh", "xoxb-bot"
SIX_ON_MONDAY = 1795457400  # 2026-11-23 18:10 in London, 13:10 in New York
Json = dict[str, Any]

SURE = {
    "title": plain("Approve it?"),
    "text": plain("Omni is changed at once."),
    "confirm": plain("Yes"),
    "deny": plain("No"),
}
CARD = [
    section("Change the *schema refresh*? Now `00 09 * * ? *`, becomes `00 18 ? * * *`."),
    actions(
        button("approve", "Approve", style="primary", confirm=SURE),
        button("cancel", "Cancel", style="danger"),
    ),
]
WORDS = [
    section("inside `0 18 ? * * *` outside 0 18 ? * * * end"),
    section("&lt;img src=x onerror=alert(1)&gt; <javascript:alert(1)|link>"),
    section(f"at <!date^{SIX_ON_MONDAY}^{{time}}|18:10 GMT>"),
]
ZONES = ("Europe/London", "Europe/Lisbon", "America/New_York")
TYPES = {"dispatch_action": True}
EACH_KEY = {"dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]}}
WHEN = {"type": "plain_text_input", "action_id": "text"} | EACH_KEY
ZONE = {"type": "external_select", "action_id": "zone", "min_query_length": 0}
KIND = {
    "type": "radio_buttons",
    "action_id": "kind",
    "options": [option("Soft", "soft"), option("Hard", "hard")],
}


def form(preview: str) -> Json:
    """Return a modal with what was understood of it."""
    said = {"type": "section", "block_id": "preview", "text": {"type": "mrkdwn", "text": preview}}
    return modal(field("when", WHEN, **TYPES), field("zone", ZONE), field("kind", KIND), said)


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Serve on a free port of this machine."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=30)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def practice_bot(slack: SlackStandIn) -> AsyncIterator[None]:
    """Run the bot, and have the stand-in send it what people do."""
    client = AsyncWebClient(TOKEN, base_url=slack.api_url)
    app = AsyncApp(signing_secret=SECRET, client=client, process_before_response=True)
    _listen(app)

    async def take(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    server = web.Application()
    server.router.add_post("/slack/events", take)
    async with serving(server) as url:
        slack.events_url = f"{url}/slack/events"
        yield


def _listen(app: AsyncApp) -> None:
    app.command("/omni-schedule")(_command)
    app.action("approve")(_approve)
    app.action("text")(_preview)
    app.options("zone")(_zones)
    app.view("")(_submit)
    app.event("app_home_opened")(_home)


async def _command(
    ack: AsyncAck, command: Json, respond: AsyncRespond, client: AsyncWebClient
) -> None:
    await ack()
    answer = ANSWERS.get(command["text"])
    if answer is None:
        await respond(f"typed: ```{command['text']}```")
    else:
        await answer(command, respond, client)


async def _card(_command: Json, respond: AsyncRespond, _client: AsyncWebClient) -> None:
    await respond(text="Change it?", blocks=CARD)


async def _words(_command: Json, respond: AsyncRespond, _client: AsyncWebClient) -> None:
    await respond(text="Words", blocks=WORDS)


async def _announce(_command: Json, _respond: AsyncRespond, client: AsyncWebClient) -> None:
    said = await client.chat_postMessage(channel="C0FINANCE", text="Announced")
    await client.chat_postMessage(channel="C0FINANCE", text="A reply", thread_ts=said["ts"])
    await client.chat_update(channel="C0FINANCE", ts=said["ts"], text="Announced at last")


async def _form(command: Json, _respond: AsyncRespond, client: AsyncWebClient) -> None:
    await client.views_open(trigger_id=command["trigger_id"], view=form("Type a time."))


async def _too_long(_command: Json, _respond: AsyncRespond, client: AsyncWebClient) -> None:
    # What Slack refuses raises here; the page shows it, and the bot has nothing to add.
    blocks = [section("x")] * 51
    await client.api_call(
        "chat.postMessage", json={"channel": "C0FINANCE", "text": "x", "blocks": blocks}
    )


ANSWERS: dict[str, Callable[[Json, AsyncRespond, AsyncWebClient], Awaitable[None]]] = {
    "announce": _announce,
    "card": _card,
    "form": _form,
    "too long": _too_long,
    "words": _words,
}


async def _approve(ack: AsyncAck, respond: AsyncRespond) -> None:
    await ack()
    await respond(text="Approved.", replace_original=True)


async def _preview(ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
    await ack()
    typed = body["actions"][0]["value"]
    await client.views_update(view_id=body["view"]["id"], view=form(f"Understood: {typed}"))


async def _zones(ack: AsyncAck, payload: Json) -> None:
    found = [zone for zone in ZONES if payload["value"].lower() in zone.lower()]
    await ack(options=[option(zone, zone) for zone in found])


async def _submit(ack: AsyncAck, view: Json, client: AsyncWebClient, body: Json) -> None:
    values = view["state"]["values"]
    when = values["when"]["text"]["value"]
    if when == "never":
        await ack(response_action="errors", errors={"when": "“never” is no time."})
        return
    await ack()
    zone = values["zone"]["zone"]["selected_option"]["value"]
    kind = values["kind"]["kind"]["selected_option"]["value"]
    await client.chat_postMessage(channel="C0DATATEAM", text=f"Got {when}, {zone}, {kind}")


async def _home(ack: AsyncAck, event: Json, client: AsyncWebClient) -> None:
    await ack()
    view = {"type": "home", "blocks": [section("Nothing is pending.")]}
    await client.views_publish(user_id=event["user"], view=view)
