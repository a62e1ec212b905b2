"""Where HTTP listens, and what is said where it cannot."""

import errno
import socket

from bot.errors import PersonError
from bot.settings import Settings

#: An address of another machine, and a name that leads to none.
_NOT_HERE = {errno.EADDRNOTAVAIL, socket.EAI_NONAME}


def opened(settings: Settings) -> socket.socket:
    """Return a socket that takes connections on HOST and PORT; raise PersonError."""
    try:
        return listen(settings.host, settings.port)
    except OSError as error:
        if error.errno in _NOT_HERE:
            raise PersonError(
                f"HOST {settings.host} is no address of this machine. "
                "Set it to 0.0.0.0 to listen everywhere, or to 127.0.0.1 behind a proxy."
            ) from error
        raise PersonError(
            f"PORT {settings.port} of HOST {settings.host} cannot be used: {error.strerror}. "
            "Set PORT to a free one, or to 0 for any."
        ) from error


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that takes connections already; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=2048)
    # asyncio sets this only on sockets whose protocol number is given, and uvicorn writes
    # head and body apart: without it each answer on a kept connection takes 40 ms more.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
