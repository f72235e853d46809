"""The HTTP server: Django's threaded server with a way to drop connections."""

import os
import socket
import struct
from typing import Any

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class RequestHandler(WSGIRequestHandler):
    # A response is sent in two writes; Nagle's algorithm would delay the second by 40 ms.
    disable_nagle_algorithm = True

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        environ["sandbox.drop"] = self.drop
        return environ

    def drop(self, *, reset: bool) -> None:
        """Ends the connection: immediately with a TCP reset, or normally after this request."""
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            os.close(self.connection.detach())

    def log_message(self, format: str, *args: Any) -> None:
        """Logs nothing: the control panel shows the calls."""


class Server(ThreadedWSGIServer):
    request_queue_size = 128
