"""The main flow, played by itself: for a picture, a talk, or somebody in a hurry."""

import asyncio
import sys

from bot.playground.slack import SlackStandIn

STEP_SECONDS = 3.0  # long enough to read a card

DOCUMENTED = (
    "f47ac10b-58cc-4372-a567-0e02b2c3d479 a1b2c3d4-e5f6-7890-abcd-ef1234567890"
    ' "00 18 ? * * *" Europe/London'
)
IN_WORDS = '"Finance Redshift" every weekday at 6pm'


async def perform(slack: SlackStandIn, command: str, *, pause: float = STEP_SECONDS) -> None:
    """Type, approve, let a second person approve, and undo, with time to look between."""
    robin, ada = slack.people["U0REQUESTER"], slack.people["U0APPROVER"]

    await asyncio.sleep(pause)
    _tell(f"Robin types: {command} {DOCUMENTED}")
    await robin.types(f"{command} {DOCUMENTED}")
    card = await robin.sees_message("Becomes")
    await asyncio.sleep(pause)
    _tell("Robin approves; Omni's answer is read back, and the channel is told")
    await robin.clicks(card, "approve")
    await robin.sees_message("Before:", channel="C0DATATEAM")
    await asyncio.sleep(pause)

    _tell(f"Robin types: {command} {IN_WORDS}; this connection needs a second person")
    await robin.types(f"{command} {IN_WORDS}")
    card = await ada.sees_message("Decides")
    await asyncio.sleep(pause)
    _tell("Ada approves")
    await ada.clicks(card, "approve")
    done = await ada.sees_message(
        lambda message: bool(message.buttons) and "Omni says" in message.words
    )
    await asyncio.sleep(pause)

    _tell("Ada undoes it: the way back is a proposal too, and waits for somebody else")
    await ada.clicks(done, "undo")
    await ada.sees_message("Undo of change")
    _tell("That was it. The page is yours.")


def _tell(words: str) -> None:
    print(f"  {words}", file=sys.stderr)  # noqa: T201 - the demo's narration
