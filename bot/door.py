"""The door to HTTP: what a connection may cost before anything on it is proven to be Slack's.

    until a request's headers are there    10 s and 64 kB, then the bot hangs up
    until its body is there                5 s, then 408; 2 MB with all that is wrapped around it
    all connections together               256, or a quarter of the files that the process may open
                                           where that is fewer: beyond that a new one takes the
                                           place of the one that keeps the bot waiting longest

Slack's requests are here within milliseconds. A connection costs one timer however many requests
come over it.
"""

import asyncio
import logging
import math
import resource

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bot.slack.delivery import LARGEST_BODY

log = logging.getLogger(__name__)

HEAD_SECONDS, BODY_SECONDS = 10.0, 5.0
MOST_HEAD = 64 * 1024  # bytes; Slack's and a proxy's together are below 4 kB
MOST_BODY = 2 * LARGEST_BODY  # the ingress counts the body alone, and answers

_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


def most_connections(files: int) -> int:
    """Return how many to hold of so many files; Omni, Slack and the database need some, too."""
    return 256 if files == resource.RLIM_INFINITY else min(256, files // 4)


MOST_CONNECTIONS = most_connections(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


class Door(HttpToolsProtocol):
    """One connection, whose sender may keep the bot waiting for so long and no longer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's
        """Take a connection, and another one's place where there are too many."""
        super().connection_made(transport)
        self._since = self.loop.time()  # waits for the sender, where it is its turn
        self._bytes = 0  # of a request's headers, or of its body
        self._body_comes = False
        self._timer = self.loop.call_later(BODY_SECONDS, self._look)
        if len(self.connections) > MOST_CONNECTIONS:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, as long as it is no more than a request has."""
        self._bytes += len(data)  # until the parser says that a part is complete
        super().data_received(data)
        if self._bytes > (MOST_BODY if self._body_comes else MOST_HEAD):
            self._hang_up("its request is too large")

    def on_headers_complete(self) -> None:
        """Wait for the body."""
        self._body_comes, self._bytes, self._since = True, 0, self.loop.time()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait for nothing more of this request."""
        self._body_comes, self._bytes, self._since = False, 0, self.loop.time()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the rest of one that was refused."""
        self._since = self.loop.time()
        super().on_response_complete()

    def _ends(self) -> float:
        """Return when the sender will have kept us waiting too long; never while we work."""
        if self._takes_no_answer or self._is_idle:
            return self._since + HEAD_SECONDS
        if self._body_comes and not self.pipeline:
            return self._since + BODY_SECONDS
        return math.inf

    @property
    def _takes_no_answer(self) -> bool:
        return self.flow.write_paused

    @property
    def _is_idle(self) -> bool:
        """Whether the last request that came has been answered."""
        return not self._body_comes and (self.cycle is None or self.cycle.response_complete)

    def _look(self) -> None:
        now, ends = self.loop.time(), self._ends()
        if now < ends:
            self._timer = self.loop.call_at(min(ends, now + BODY_SECONDS), self._look)
        elif self._body_comes and not self.cycle.response_started:
            log.info("Hung up on a sender: its request did not come to its end")
            self.transport.write(_TOO_SLOW)
            self.transport.close()
        else:
            self._hang_up("it kept the bot waiting")

    def _make_room(self) -> None:
        waiting = [one for one in self.connections if isinstance(one, Door)]
        longest = min(waiting, key=lambda one: one._ends())  # noqa: SLF001 - one of its own kind
        longest._hang_up("there are too many")  # noqa: SLF001 - as above

    def _hang_up(self, reason: str) -> None:
        if not self.transport.is_closing():
            log.info("Hung up on a sender: %s", reason)
            self.transport.abort()  # closing would wait until it has taken all answers
        self.connections.discard(self)
