"""A customer's browser without rendering: it opens pages, fills in forms, and keeps cookies."""

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
PATIENCE = 60  # seconds: longer than any page takes, so that no request is left running


class Interrupted(Exception):
    """No page came: a process died, or the database was unavailable."""


class Page(NamedTuple):
    """The page shown at the end, after redirects."""

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
    """answered: called with each answer: its status, its URL without secrets, and when it was
    requested. typed: called with each password that is sent."""

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
        """Drops all cookies, and changes the network address."""
        self.http.close()
        self.http = requests.Session()
        self.http.headers["X-Forwarded-For"] = network

    def get(self, path: str) -> Page:
        return self._request("GET", path)

    def send(self, path: str, **fields: Any) -> Page:
        """Opens the form's page and submits the form; returns the page itself if it has none."""
        page = self.get(path)
        if page.path != path or page.status != 200:
            return page
        return self.press(path, **fields)

    def press(self, path: str, *, file: File | None = None, **fields: Any) -> Page:
        """Submits a form of the open page."""
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
            self.http.close()  # pooled connections may lead to the same dead process
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
