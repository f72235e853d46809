"""A customer's browser without the drawing: it opens pages, fills in forms, keeps cookies."""

import re
import time
from collections.abc import Callable
from html import unescape
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests

CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
SECRET = re.compile(r"[\w-]{43}")
PASSWORDS = ("password", "current")  # fields of forms
File = tuple[str, bytes]  # its name and its content
PATIENCE = 60  # seconds: longer than any page takes, so that nothing goes on behind our back


class Interrupted(Exception):
    """No page came: a process died, or the database was away. Nobody knows what was done."""


class Page(NamedTuple):
    """What was shown in the end, redirects followed."""

    path: str  # with its query
    status: int
    text: str

    def hidden(self) -> dict[str, Any]:
        """Returns the hidden fields; a list where one occurs several times."""
        fields: dict[str, list[str]] = {}
        for name, value in HIDDEN.findall(self.text):
            fields.setdefault(name, []).append(unescape(value))
        return {name: some if len(some) > 1 else some[0] for name, some in fields.items()}


class Browser:
    """answered: told of each answer: its status, its address without secrets, when it was asked.
    typed: told of each password that is sent."""

    def __init__(
        self,
        url: str,
        *,
        answered: Callable[[int, str, float], None],
        typed: Callable[[str], None],
    ) -> None:
        self.url, self.answered, self.typed = url, answered, typed
        self.http = requests.Session()
        self.token = ""

    def forget(self, *, network: str) -> None:
        """No cookies, and from another network address."""
        self.http.close()
        self.http = requests.Session()
        self.http.headers["X-Forwarded-For"] = network

    def get(self, path: str) -> Page:
        return self._request("GET", path)

    def send(self, path: str, **fields: Any) -> Page:
        """Opens the form's page and sends the form; gives the page itself when it has none."""
        page = self.get(path)
        if page.path != path or page.status != 200:
            return page
        return self.press(path, **fields)

    def press(self, path: str, *, file: File | None = None, **fields: Any) -> Page:
        """Sends a form of the page that is open."""
        fields = {**fields, "csrfmiddlewaretoken": self.token}
        return self._request("POST", path, fields, {"file": file} if file else None)

    def _request(
        self,
        method: str,
        path: str,
        fields: dict[str, Any] | None = None,
        files: dict[str, File] | None = None,
    ) -> Page:
        asked_at = time.time()
        for name in PASSWORDS:
            if fields and name in fields:
                self.typed(fields[name])
        try:
            answer = self.http.request(
                method, self.url + path, data=fields, files=files, timeout=PATIENCE
            )
        except requests.RequestException:
            self.http.close()  # what is still pooled may lead to the same dead process
            raise Interrupted from None
        for each in (*answer.history, answer):
            shown = SECRET.sub("…", urlsplit(each.url).path)
            self.answered(each.status_code, f"{method} {shown}", asked_at)
        if answer.status_code in {400, *range(500, 600)}:
            raise Interrupted
        self.token = next(iter(CSRF.findall(answer.text)), self.token)
        address = urlsplit(answer.url)
        return Page(
            address.path + (f"?{address.query}" if address.query else ""),
            answer.status_code,
            answer.text,
        )
