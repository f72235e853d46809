"""A person's browser and mailbox: within this process, or over HTTP at a portal of its own."""

import re
from typing import NamedTuple, Protocol

import requests
from django.core import mail
from django.test import Client

from tests.faults.flows.points import Crash
from tests.sandbox_process import SandboxProcess


class Page(NamedTuple):
    """What was answered, redirects not yet followed."""

    status: int
    location: str
    text: str


class Email(NamedTuple):
    subject: str
    text: str


class Browser(Protocol):
    """Raises Crash when the process ended under it."""

    def get(self, path: str) -> Page: ...

    def post(self, path: str, **fields: str) -> Page: ...

    def emails(self, address: str) -> list[Email]:
        """All mails to an address, the oldest first."""


class InProcess:
    def __init__(self) -> None:
        self.client = Client()

    def get(self, path: str) -> Page:
        return self._page(self.client.get(path))

    def post(self, path: str, **fields: str) -> Page:
        return self._page(self.client.post(path, fields))

    def emails(self, address: str) -> list[Email]:
        return [Email(m.subject, str(m.body)) for m in mail.outbox if address in m.to]

    @staticmethod
    def _page(response: object) -> Page:
        location = response.headers.get("Location", "")  # type: ignore[attr-defined]
        return Page(response.status_code, location, response.content.decode())  # type: ignore[attr-defined]


class OverHttp:
    """No redirect is followed, and no connection kept: the process at its end may be another."""

    def __init__(self, url: str, sandbox: SandboxProcess) -> None:
        self.url, self.sandbox = url, sandbox
        self.http = requests.Session()
        self.http.headers["Connection"] = "close"

    def get(self, path: str) -> Page:
        return self._request("GET", path)

    def post(self, path: str, **fields: str) -> Page:
        if "csrftoken" not in self.http.cookies:
            self.get("/accounts/password-reset/")  # any page with a form
        return self._request("POST", path, fields)

    def emails(self, address: str) -> list[Email]:
        mails = self.sandbox.control("GET", "/_control/api/inbox", {"to": address})
        return [Email(m["subject"], m["text"]) for m in reversed(mails)]

    def _request(self, method: str, path: str, fields: dict[str, str] | None = None) -> Page:
        token = {"X-CSRFToken": self.http.cookies.get("csrftoken") or ""}
        try:
            answer = self.http.request(
                method,
                self.url + path,
                data=fields,
                headers=token,
                allow_redirects=False,
                timeout=30,
            )
        except requests.ConnectionError:
            raise Crash from None
        return Page(answer.status_code, answer.headers.get("Location", ""), answer.text)


def link_to(path: str, emails: list[Email]) -> str:
    """The newest link to a path of ours; empty when no mail has one."""
    links = [
        found[1] for email in emails for found in re.finditer(rf"(?<=\w)({path}\S+)", email.text)
    ]
    return links[-1].rstrip(".") if links else ""
