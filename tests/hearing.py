"""What the bot writes into its log, for tests that wait for it."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator


class Listener(logging.Handler):
    """Keeps the lines with these words, and sets an event once there is one."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._heard = asyncio.Event()
        self._words = words

    async def wait(self) -> None:
        """Wait until there is a line."""
        await self._heard.wait()

    def emit(self, record: logging.LogRecord) -> None:
        if self._words in record.getMessage():
            self.lines.append(record.getMessage())
            self._heard.set()


@contextlib.contextmanager
def logged(words: str) -> Iterator[Listener]:
    """Hear what the bot logs with these words."""
    listener = Listener(words)
    logging.getLogger("bot").addHandler(listener)
    try:
        yield listener
    finally:
        logging.getLogger("bot").removeHandler(listener)
