"""Both stand-ins in a process of their own, so that their work is not the bot's.

Prints the bot's environment as JSON. Then, for each line `<events url> <count>` on standard
input, somebody types so many changes; when all are there, their number is printed; then they are
approved, one a second, and the number applied is printed.
"""

import asyncio
import contextlib
import json
import secrets
import sys
import time
from functools import partial

from aiohttp import web

from bot.playground.omni import Fault
from bot.playground.slack import Message
from bot.playground.start import Playground, listening, stand_ins
from bot.settings import Settings
from tests.world import is_card

PEOPLE = 16


def environment(around: Playground) -> dict[str, str]:
    """Return what leads a bot to these stand-ins."""
    settings = around.settings
    return {
        "SLACK_BOT_TOKEN": settings.slack_bot_token,
        "SLACK_SIGNING_SECRET": settings.slack_signing_secret,
        "SLACK_API_URL": settings.slack_api_url,
        "OMNI_BASE_URL": settings.omni_base_url,
        "OMNI_API_KEY": settings.omni_api_key,
    }


async def swallow(_request: web.Request) -> web.Response:
    """Take whatever is told to those who only generate load."""
    return web.Response(text="ok")


async def propose(around: Playground, count: int) -> list[Message]:
    """Type some changes, each of a connection of its own, and return their cards."""
    person = around.slack.people["U0ADMIN"]
    cards = []
    for number in range(count):
        connection = around.omni.data.add_connection(f"Load {secrets.token_hex(4)} {number}")
        around.omni.data.add_schedule(connection, "0 7 * * ? *", "Europe/London")
        await person.types(f'/omni-schedule "{connection.name}" "0 8 * * ? *"')
        cards.append(await person.sees_message(partial(is_card_of, connection.name), within=30))
    return cards


def is_card_of(connection: str, message: Message) -> bool:
    """Say whether a message asks for a decision about a connection."""
    return is_card(message) and connection in message.words


async def approve(around: Playground, cards: list[Message]) -> int:
    """Approve a change a second, and return how many were applied when the last was."""
    person = around.slack.people["U0ADMIN"]
    began = time.monotonic()
    for number, card in enumerate(cards):
        await asyncio.sleep(began + number - time.monotonic())
        await person.clicks(card, "approve")
    for card in cards:
        await person.sees_message(partial(is_result_of, card.id), within=30)
    return len(cards)


def is_result_of(card_id: str, message: Message) -> bool:
    """Say whether a message tells what became of a card."""
    return message.id == card_id and "Omni says: " in message.words


async def main(delay: float) -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    sink = web.Application()
    sink.router.add_post("/", swallow)
    async with stand_ins(Settings.from_env({})) as around, listening(sink) as sink_url:
        if delay:
            around.omni.faults.switch_on(Fault.SLOW, seconds=delay)
        crowd = [around.slack.add_person(f"U0LOAD{n:02}", f"Person {n}").id for n in range(PEOPLE)]
        told = {
            "env": environment(around),
            "team": around.slack.team_id,
            "sink": sink_url,
            "people": crowd,
        }
        print(json.dumps(told), flush=True)  # noqa: T201 - for the parent
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            around.slack.events_url, count = line.split()
            cards = await propose(around, int(count))
            print(len(cards), flush=True)  # noqa: T201 - as above
            print(await approve(around, cards), flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(float(sys.argv[1])))
