"""A line between the bot and what it needs, which can swallow packets as a broken network does."""

import contextlib
import ctypes
import socket
import struct
from collections.abc import Callable, Iterator
from threading import Event, Thread

# From Linux's <asm-generic/socket.h>; Python's socket module does not name them.
SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27

#: One instruction, "return 0": so many bytes of each packet reach the socket. They are not
#: even acknowledged. https://docs.kernel.org/networking/filter.html
NOTHING = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0), 8)
FILTER = struct.pack("HP", 1, ctypes.addressof(NOTHING))


class Line:
    """A port of this machine that leads somewhere else.

    It has threads of its own, as a bot that starts waits for its database with its loop at rest.
    """

    def __init__(self, reach: Callable[[], socket.socket]) -> None:
        self._reach = reach
        self._door = socket.create_server(("127.0.0.1", 0))
        self._near: list[socket.socket] = []
        self._far: list[socket.socket] = []
        self._running: list[Thread] = []
        self._flows = Event()
        self._flows.set()

    @property
    def port(self) -> int:
        """Where it begins."""
        return int(self._door.getsockname()[1])

    @contextlib.contextmanager
    def laid(self) -> Iterator["Line"]:
        """Take connections for as long as the context lasts."""
        self._run(self._answer)
        try:
            yield self
        finally:
            for each in (self._door, *self._near):
                _hang_up(each)
            for thread in self._running:
                thread.join()
            for each in (self._door, *self._near, *self._far):
                each.close()

    @contextlib.contextmanager
    def swallowing(self) -> Iterator[None]:
        """Let no packet through in either direction, and refuse nothing."""
        self._flows.clear()
        caught = (self._door, *self._near)
        for each in caught:
            each.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, FILTER)
        try:
            yield
        finally:
            for each in caught:
                each.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
                _keep_alive(each)
            self._flows.set()

    def _run(self, work: Callable[..., None], *args: socket.socket) -> None:
        thread = Thread(target=work, args=args)
        self._running.append(thread)
        thread.start()

    def _answer(self) -> None:
        with contextlib.suppress(OSError):  # the door is shut
            while True:
                near, _ = self._door.accept()
                self._near.append(near)
                far = self._reach()
                self._far.append(far)
                self._run(self._pass, near, far)
                self._run(self._pass, far, near)

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(2**16):
                self._flows.wait()
                target.sendall(data)
        self._flows.wait()
        _hang_up(source)  # which wakes the other direction
        _hang_up(target)


def _keep_alive(one: socket.socket) -> None:
    """Find out within seconds, once packets pass again, who is not there any more.

    The bot asks as much of Postgres, which cannot do it here, where it listens on a Unix socket.
    """
    one.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)


def _hang_up(one: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it has ended already
        one.shutdown(socket.SHUT_RDWR)


def line_to(port: int) -> contextlib.AbstractContextManager[Line]:
    """Lay a line to a port of this machine."""
    return Line(lambda: socket.create_connection(("127.0.0.1", port))).laid()


def line_to_socket(path: str) -> contextlib.AbstractContextManager[Line]:
    """Lay a line to a Unix socket."""

    def reach() -> socket.socket:
        far = socket.socket(socket.AF_UNIX)
        far.connect(path)
        return far

    return Line(reach).laid()
