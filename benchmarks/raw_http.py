"""A client with little more than a socket, so that clients take hardly any of the machine from the service measured."""

import socket
from urllib.parse import urlsplit


class Connection:
    """A persistent connection; ``host`` is what a request's ``Host`` header has to say."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self.host = parts.netloc
        self._socket = socket.create_connection((parts.hostname, parts.port or 80))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request and wait for the whole answer; returns its status and its ``ETag``, empty if it has none."""
        self._socket.sendall(request)
        status, length, tag = int(self._file.readline().split()[1]), 0, b""
        while (line := self._file.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            elif name.lower() == b"etag":
                tag = value.strip()
        self._file.read(length)
        return status, tag
