"""Small servers that are not Invoice Cloud, or are one that the sandbox can't imitate."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Said(NamedTuple):
    body: str
    status: int = 200
    headers: Mapping[str, str] = {"Content-Type": "text/html"}


def as_json(body: Any, status: int = 200) -> Said:
    return Said(json.dumps(body), status, {"Content-Type": "application/json"})


@contextmanager
def serving(respond: Callable[[str, str], Said]) -> Iterator[str]:
    """A server that answers each request as the function says, given its path and body."""

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            said = respond(self.path, sent)
            content = said.body.encode()
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PUT = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
