"""A site of another origin for frames: it refuses, opens windows, and answers what a test wants."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HTML = {"Content-Type": "text/html; charset=utf-8"}
REFUSES = ({**HTML, "X-Frame-Options": "DENY"}, "<h1>Not in a frame</h1>")
POPUP = """<!doctype html><title>Site</title><h1>Site</h1>
<button onclick="said.textContent = window.open('/popup') ? 'a handle' : 'null'">Open</button>
<p id="said"></p><a href="/statement">Statement</a>"""
OPENS = (HTML, POPUP)
STATEMENT = {"Content-Type": "application/pdf", "Content-Disposition": "attachment"}


class FramedSite:
    """answer: headers and body of every page but /popup and /statement. asked: each request's
    method, address, and Referer."""

    def __init__(self) -> None:
        self.answer: tuple[dict[str, str], str] = OPENS
        self.asked: list[tuple[str, str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Connections are refused from now on."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.command, self.path, self.headers.get("Referer", "")))
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers, body = site.answer
                if self.path == "/popup":
                    headers, body = HTML, "<title>Popup</title><h1>Popup</h1>"
                if self.path == "/statement":
                    headers, body = STATEMENT, "%PDF-1.4"
                self.send_response(200)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            do_POST = do_GET

            def log_message(self, *args: Any) -> None:
                pass

        return Handler
