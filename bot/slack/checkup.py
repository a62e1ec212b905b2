"""What the doctor finds of the running bot: looked at in the background, kept for App Home."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.diagnosis import Finding, fail
from bot.slack.home import Report
from bot.tasks import Tasks

log = logging.getLogger(__name__)

KEPT = timedelta(minutes=10)  # a look costs Slack and Omni about ten requests each
LEAST = timedelta(seconds=20)  # between two looks, however often somebody asks


class Checkup:
    """Looks at the setup, for everybody at once, and keeps what was found."""

    def __init__(
        self,
        examine: Callable[[], Awaitable[tuple[Finding, ...]]],
        *,
        tasks: Tasks,
        clock: Callable[[], datetime],
    ) -> None:
        """Look at nothing yet; `examine` asks Slack and Omni, and hides secrets."""
        self._examine = examine
        self._tasks = tasks
        self._clock = clock
        self._looking: asyncio.Task[None] | None = None
        self.report: Report | None = None

    @property
    def looking(self) -> bool:
        """Whether a look is under way."""
        return self._looking is not None and not self._looking.done()

    def begin(self, *, again: bool = False) -> bool:
        """Begin to look where the last look is too old; say whether a look is under way."""
        keep = LEAST if again else KEPT
        if not self.looking and not (self.report and self._clock() < self.report.at + keep):
            self._looking = self._tasks.start(self._look())
        return self.looking

    async def end(self) -> None:
        """Wait for the end of the look that is under way."""
        if self._looking is not None:
            await asyncio.wait([self._looking])

    async def _look(self) -> None:
        try:
            found = await self._examine()
        except Exception:  # whatever it is, the page shall not say for ever that it is being looked
            log.exception("The setup could not be looked at")
            found = (fail("doctor", "could not look at the setup. The bot's log says why."),)
        self.report = Report(found, self._clock())
