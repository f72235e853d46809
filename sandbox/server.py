"""The HTTP server: Django's threaded one, with a way to drop a connection."""

import os
import socket
import struct
from typing import Any

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Handler(WSGIRequestHandler):
    # Head and body of an answer are two writes; Nagle would hold the second back for 40 ms.
    disable_nagle_algorithm = True

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        environ["sandbox.drop"] = self.drop
        return environ

    def drop(self, *, reset: bool) -> None:
        """Ends the connection after this request, by TCP RST at once or by an ordinary close."""
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            os.close(self.connection.detach())

    def log_message(self, format: str, *args: Any) -> None:
        """The call log of the control pages is the access log."""


class Server(ThreadedWSGIServer):
    request_queue_size = 128
