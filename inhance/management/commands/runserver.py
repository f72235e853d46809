from io import BytesIO
from typing import Any

from django.core.servers.basehttp import WSGIRequestHandler, WSGIServer
from whitenoise.runserver_nostatic.management.commands.runserver import Command as RunserverCommand

MOST_BYTES = 1_000_000
MOST_PER_LINE = 1_000


class Handler(WSGIRequestHandler):
    """Also accepts chunked bodies, like production servers: postbacks may have them."""

    def parse_request(self) -> bool:
        is_read: bool = super().parse_request()
        if is_read and self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            try:
                body = self._chunks()
            except ValueError as fault:
                self.send_error(400, str(fault))
                return False
            del self.headers["Transfer-Encoding"], self.headers["Content-Length"]
            self.headers["Content-Length"] = str(len(body))
            self.rfile = BytesIO(body)
        return is_read

    def handle_one_request(self) -> None:
        connection = self.rfile
        super().handle_one_request()
        self.rfile = connection

    def _chunks(self) -> bytes:
        """Returns the body. Raises ValueError if it is too large or is not in chunks."""
        body = b""
        while size := int(self.rfile.readline(MOST_PER_LINE).partition(b";")[0], 16):
            if not 0 < size <= MOST_BYTES - len(body):
                raise ValueError(f"the body has more than {MOST_BYTES} bytes")
            body += self.rfile.read(size)
            self.rfile.readline(MOST_PER_LINE)
        while self.rfile.readline(MOST_PER_LINE).strip():
            pass  # headers after the body
        return body


class Server(WSGIServer):
    def __init__(self, address: Any, _handler: type, **options: Any) -> None:
        super().__init__(address, Handler, **options)


class Command(RunserverCommand):  # type: ignore[misc]
    """Django's development server for the portal, which also accepts chunked requests."""

    server_cls = Server
