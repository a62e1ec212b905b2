"""People at work: they type, decide, and try again where nothing comes of it."""

import asyncio
import contextlib
from dataclasses import dataclass, field

from bot.playground.slack import Answer, Message, Person
from bot.playground.slack.forms import ImpossibleError
from bot.slack import ids
from tests.load.eyes import Eyes, Told, stamp, told
from tests.world import DATA_TEAM, is_card

PATIENCE = 15.0  # seconds without any news after which people try again
MOST_TRIES = 20

#: Answers after which more is still to come, and those to clicks that came too late.
NO_ANSWERS = ("Omni allows 60 requests", "Too late", "You have decided it already")


@dataclass(slots=True)
class Command:
    """What somebody wants of a schedule, and what they go through to get it."""

    connection: str
    text: str
    channel: str
    person: Person
    deciders: tuple[Person, ...]  # who press the button, all at once
    button: str
    typed: int = 0
    pressed: int = 0
    cards: set[str] = field(default_factory=set)
    chosen: set[str] = field(default_factory=set)  # changes that were decided on
    taken: set[str] = field(default_factory=set)  # those where Slack had its answer
    excuses: list[str] = field(default_factory=list)  # what came in place of a card
    failures: list[str] = field(
        default_factory=list
    )  # what Slack said where the bot did not answer
    told: Told | None = None


class People:
    """Has commands carried out; `up` is set while there is a bot to talk to."""

    def __init__(self, eyes: Eyes, up: asyncio.Event) -> None:
        self._eyes = eyes
        self._up = up

    async def carry_out(self, command: Command) -> None:
        """Type a command, decide on its card, and wait for the end, as patient people do."""
        since = self._eyes.count(command.connection)
        for _ in range(MOST_TRIES):
            await self._up.wait()
            if (end := self._end(command, since)) is not None:
                command.told = told(end)
                return
            if (card := self._card(command, since)) is not None:
                await self._press(command, card, since)
            elif command.chosen:
                await self._eyes.until(lambda: self._end(command, since), PATIENCE)
            else:
                await self._type(command, since)

    # -- typing ------------------------------------------------------------------------

    async def _type(self, command: Command, since: int) -> None:
        heard = self._eyes.count(command.person.id)
        command.typed += 1
        answer = await command.person.types(command.text, channel=command.channel)
        if answer.error is not None:
            command.failures.append(answer.error)
            return

        def reply() -> Message | None:
            return self._card(command, since) or self._excuse(command, heard)

        came = await self._eyes.until(reply, PATIENCE)
        if came is not None and not is_card(came):
            command.excuses.append(came.text)
            await self._replace(command, came, since)

    async def _replace(self, command: Command, held: Message, since: int) -> None:
        """Put the command in the place of its own first try, whose card never came."""
        if any(button.action_id == ids.REPLACE for button in held.buttons):
            await _click(command.person, held, ids.REPLACE)
            await self._eyes.until(lambda: self._card(command, since), PATIENCE)

    def _excuse(self, command: Command, heard: int) -> Message | None:
        said = self._eyes.about(command.person.id, heard)
        return next((one for one in said if not one.text.startswith(NO_ANSWERS)), None)

    # -- deciding ----------------------------------------------------------------------

    async def _press(self, command: Command, card: Message, since: int) -> None:
        command.cards.add(card.id)
        command.pressed += 1
        button = next(one for one in card.buttons if one.action_id == command.button)
        command.chosen.add(button.spec["value"])
        clicks = (_click(one, card, command.button) for one in command.deciders)
        answers = await asyncio.gather(*clicks)
        command.failures += [answer.error for answer in answers if answer.error is not None]
        if any(answer.status == 200 for answer in answers):
            command.taken.add(button.spec["value"])
            await self._eyes.until(lambda: self._end(command, since), PATIENCE)

    def _card(self, command: Command, since: int) -> Message | None:
        said = self._eyes.about(command.connection, since)
        asking = (one for one in said if one.text.startswith("Change the schema refresh of "))
        return next(filter(is_card, asking), None)

    def _end(self, command: Command, since: int) -> Message | None:
        ends = (one for one in self._eyes.about(command.connection, since) if told(one) is not None)
        return next((one for one in ends if _tells(one, command)), None)


def _tells(message: Message, command: Command) -> bool:
    """Say whether a message, not the announcement, tells how this command's change ended."""
    decided = any(change_id.startswith(stamp(message) or "-") for change_id in command.chosen)
    return decided and message.channel != DATA_TEAM


async def _click(person: Person, message: Message, which: str) -> Answer:
    # What was decided a moment ago takes the button away from under the finger.
    with contextlib.suppress(ImpossibleError):
        return await person.clicks(message, which)
    return Answer()
