"""Listening TCP sockets whose connections answer at once.

asyncio sets ``TCP_NODELAY`` only on connections of a socket that names its protocol, which a socket made by family and
type alone, or taken over by its descriptor, does not. Without it each answer on a connection that stays open waits for
the client's delayed acknowledgement (RFC 9293, section 3.7.4; Nagle's algorithm), some 40 ms.
"""

import socket

BACKLOG = 512


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on ``host`` and ``port``, 0 for any. Raises ``OSError``."""
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    listener = socket.socket(family, kind, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def inherited(descriptor: int) -> socket.socket:
    """The listening socket behind ``descriptor``. Raises ``OSError``."""
    return socket.socket(proto=socket.IPPROTO_TCP, fileno=descriptor)
