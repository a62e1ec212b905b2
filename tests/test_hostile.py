"""Whatever is inside what Slack signed, the whole bot answers it and goes on."""

import copy
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.playground.slack.delivery import Answer, Kind, encoded
from bot.slack.front import Where
from tests.ingress.test_ingress_fuzz import places
from tests.world import SECOND_PERSON, World

# The bot's own threads throw dice while an example is made up, and Hypothesis takes them for its.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")
together = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # one bot for all

JUNK: tuple[Any, ...] = (
    *(None, True, 0, -1, 1e308, 10**30, "", "\0", "\u202e", "x" * 10_000, "1234.5678", "set f47a"),
    *([], {}, [[]], [None], {"": ""}, {"id": None}, {"id": []}, {"type": "x"}, {"value": {}}),
)


@dataclass(repr=False)  # hypothesis would write it out for each example
class Eavesdropper:
    """Keeps what Slack sends to the bot, and sends it again, spoilt."""

    world: World
    session: aiohttp.ClientSession
    heard: dict[Kind, list[Mapping[str, Any]]] = field(
        default_factory=lambda: {kind: [] for kind in Kind}
    )

    def __post_init__(self) -> None:
        self._numbers = count()
        delivery = self.world.slack.delivery
        send = delivery.send

        async def overheard(kind: Kind, payload: dict[str, Any], *, twice: bool = False) -> Answer:
            self.heard[kind].append(copy.deepcopy(payload))
            return await send(kind, payload, twice=twice)

        delivery.send = overheard  # type: ignore[method-assign]  # it listens and changes nothing

    def __repr__(self) -> str:
        return "what Slack sends"

    async def sends(self, kind: Kind, payload: Mapping[str, Any]) -> int:
        """Bring a payload to the bot as Slack does, never the same twice; return the status."""
        body = encoded(kind, {**payload, "number": next(self._numbers)})
        json = kind is Kind.EVENT
        headers = self.world.slack.delivery.signed(body)
        headers["Content-Type"] = "application/" + ("json" if json else "x-www-form-urlencoded")
        url = str(self.world.slack.events_url)
        async with self.session.post(url, data=body, headers=headers) as response:
            return response.status


@pytest.fixture
async def eavesdropper(world: World) -> AsyncIterator[Eavesdropper]:
    """Give everything that Slack sends while people do everything once."""
    async with aiohttp.ClientSession() as session:
        ear = Eavesdropper(world, session)
        await everything(world)
        yield ear
    world.slack.requests.clear()  # what Slack refused because of a spoilt trigger is no bug
    assert (await world.requester.types("/omni-schedule help")).error is None


async def everything(world: World) -> None:
    """Type, open, fill in, choose, decide."""
    requester, approver = world.requester, world.approver
    card = await world.proposes(SECOND_PERSON)
    await approver.clicks(card, "reject")
    await approver.closes(await approver.sees_modal())
    await requester.clicks(card, "edit")
    form = await requester.sees_modal("Edit the change")
    await requester.suggestions(form, "zone", "Lon")
    await requester.submits(form, {"when": "0 25 ? * * *"})
    await requester.opens_home()
    await requester.runs_shortcut("change_schedule")
    await approver.clicks(card, "approve")
    await approver.sees_message("Omni says: ")


def spoilt(payload: Mapping[str, Any], dice: Random) -> dict[str, Any]:
    """Take something out of one, two or three places of a payload, or put junk there."""
    spoiling = copy.deepcopy(dict(payload))
    for _ in range(dice.randint(1, 3)):
        holder, key = dice.choice(list(places(spoiling)) or [(spoiling, "type")])
        if isinstance(holder, dict) and dice.random() < 0.5:
            holder.pop(key, None)
        else:
            holder[key] = copy.deepcopy(dice.choice(JUNK))
    return spoiling


@pytest.mark.parametrize("kind", [Kind.INTERACTION, Kind.EVENT])
@together
@given(seed=st.integers(0, 2**32))
async def test_no_spoilt_payload_breaks_a_listener(
    kind: Kind, seed: int, eavesdropper: Eavesdropper
) -> None:
    dice = Random(seed)
    payload = spoilt(dice.choice(eavesdropper.heard[kind]), dice)
    assert await eavesdropper.sends(kind, payload) in {200, 400, 404}


@together
@given(
    text=st.text(max_size=200),
    left_out=st.sets(st.sampled_from(["user_id", "team_id", "channel_id", "response_url", "text"])),
)
async def test_no_spoilt_command_breaks_the_listener(
    text: str, left_out: set[str], eavesdropper: Eavesdropper
) -> None:
    command = {**eavesdropper.heard[Kind.COMMAND][0], "text": text.encode("utf-8", "replace")}
    payload = {name: value for name, value in command.items() if name not in left_out}
    assert await eavesdropper.sends(Kind.COMMAND, payload) in {200, 400, 404}


@pytest.mark.parametrize("nonsense", [5, {}, "x", "file:///etc/passwd", None])
def test_what_is_no_address_is_not_answered_through(nonsense: object) -> None:
    command = {
        "command": "/omni-schedule",
        "user_id": "U0REQUESTER",
        "team_id": "T0",
        "channel_id": "C0",
        "trigger_id": "1.2.3",
        "response_url": nonsense,
    }
    assert Where.of(command).reply_url is None
