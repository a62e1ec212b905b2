"""Where HTTP listens, and what is said where it cannot."""

import errno
import socket

from bot.errors import PersonError
from bot.settings import Settings

#: Another process listens there, or only the machine's owner may: another port may do.
_OF_THE_PORT = {errno.EADDRINUSE, errno.EACCES}


def opened(settings: Settings) -> socket.socket:
    """Return a socket that takes connections on HOST and PORT; raise PersonError."""
    try:
        return listen(settings.host, settings.port)
    except OSError as error:
        if error.errno in _OF_THE_PORT:
            raise PersonError(
                f"PORT {settings.port} of HOST {settings.host} cannot be used: {error.strerror}. "
                "Set PORT to a free one, or to 0 for any."
            ) from error
        raise PersonError(
            f"HOST {settings.host} is no address of this machine. "
            "Set it to 0.0.0.0 to listen everywhere, or to 127.0.0.1 behind a proxy."
        ) from error


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that takes connections already; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=2048)
    # asyncio sets this only on sockets whose protocol number is given, and uvicorn writes
    # head and body apart: without it each answer on a kept connection takes 40 ms more.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
