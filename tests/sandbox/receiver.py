"""A server of a biller that receives postbacks."""

import threading
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


class Receiver:
    """Responds with each status in `answers`, then with 200, and keeps what it received."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.raw: list[str] = []
        self.bodies: list[list[tuple[str, str]]] = []  # of forms
        self.queries: list[list[tuple[str, str]]] = []
        self.methods: list[str] = []
        self.paths: list[str] = []
        self.headers: list[Message] = []
        self._came = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                status = receiver.keep(self, self.read_body().decode())
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def read_body(self) -> bytes:
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_port}/pay/postback/secret/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def keep(self, request: BaseHTTPRequestHandler, body: str) -> int:
        url = urlsplit(request.path)
        with self._came:
            self.methods.append(request.command)
            self.paths.append(url.path)
            self.headers.append(request.headers)
            self.queries.append(parse_qsl(url.query, keep_blank_values=True))
            self.raw.append(body)
            self.bodies.append(parse_qsl(body, keep_blank_values=True))
            self._came.notify_all()
            return self.answers.pop(0) if self.answers else 200

    def wait_for(self, number: int) -> None:
        with self._came:
            assert self._came.wait_for(lambda: len(self.bodies) >= number, timeout=60)

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
