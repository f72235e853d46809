"""Opens one of Invoice Cloud's pages as a browser's frame would, and looks at what it allows."""

import logging
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from icsso.client.addresses import origin
from icsso.client.probe.exchanges import Exchange, RecordingClient
from icsso.client.probe.results import Difference
from icsso.client.responses import broken_off

SECONDS = 10.0  # for one page
MOST_REDIRECTS = 4
LARGEST_PAGE = 512 * 1024  # bytes read of a page
TITLE = re.compile(r"<(title|h1)[^>]*>(.*?)</\1>", re.IGNORECASE | re.DOTALL)
NOT_SENT = "not sent"
FRAME_OPTIONS = {"DENY", "SAMEORIGIN"}
OPAQUE = re.compile(r"[^/]*[\d(][^/]*")  # a part of a path with a session or key in it
SAME_SITE = re.compile(r";\s*SameSite\s*=\s*(None|Lax|Strict)\b", re.IGNORECASE)
SIGN_IN = re.compile(
    r"type\s*=\s*[\"']?password|g-recaptcha|h-captcha|\bcaptcha\b|"
    r"session (has )?(ended|expired|timed out)|please (sign|log) ?in|(sign|log) ?in to your",
    re.IGNORECASE,
)
SIGN_IN_PATH = re.compile(r"/(login|log-in|signin|sign-in|logon|expired|error|denied)\b", re.I)


class Request(NamedTuple):
    method: str
    url: str
    fields: Mapping[str, str] = {}


class Page(NamedTuple):
    """first: the answer itself. last: where its redirects lead to. problem: why there is none."""

    first: Exchange | None
    last: Exchange | None
    problem: str = ""

    @property
    def status(self) -> int | None:
        return self.last.status if self.last else None

    @property
    def is_shown(self) -> bool:
        """Whether a page came, and not an error or a page that asks to sign in."""
        if self.last is None or self.last.status != 200 or not self.last.is_html:
            return False
        is_sign_in = SIGN_IN.search(self.last.text) or SIGN_IN_PATH.search(self.last.url)
        return not is_sign_in

    @property
    def likeness(self) -> tuple[object, ...]:
        """What two pages of the same sort have in common. Never to be shown."""
        if self.last is None:
            return (self.problem,)
        titles = tuple(match[1].strip() for match in TITLE.findall(self.last.text))
        return self.last.status, OPAQUE.sub("*", urlsplit(self.last.url).path), titles

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        return tuple(one for one in (self.first,) if one is not None)


def opened(
    client: RecordingClient, operation: str, request: Request, *, cookies: bool = False
) -> Page:
    """Returns the page at an address. cookies: whether redirects get those that were set; a frame
    often gets none."""
    first = last = None
    try:
        first = last = _fetched(client, operation, request)
        for _ in range(MOST_REDIRECTS):
            target = _redirect(last)
            if not target:
                break
            is_same = origin(target) == origin(last.url)  # a cookie is for its own server
            cookie = _cookie(last) if cookies and is_same else ""
            last = _fetched(client, operation, Request("GET", target), cookie=cookie)
    except (requests.RequestException, HTTPError, ValueError) as error:
        return Page(first, None, str(broken_off(operation, error)).partition(": ")[2])
    return Page(first, last)


def _redirect(answer: Exchange) -> str:
    if answer.status not in {301, 302, 303, 307, 308}:
        return ""
    target = urljoin(answer.url, answer.headers.get("Location", ""))
    return target if origin(target) else ""


def _fetched(
    client: RecordingClient, operation: str, request: Request, *, cookie: str = ""
) -> Exchange:
    started = time.monotonic()
    method, url, fields = request
    sent = {"params": dict(fields)} if method == "GET" else {"data": dict(fields)}
    with _quiet():
        response = client.raw(method, url, seconds=SECONDS, cookie=cookie, **sent)
    with response:
        text = _read(response)
    milliseconds = round((time.monotonic() - started) * 1000)
    return Exchange(
        operation=operation,
        request=response.request,
        response=response,
        text=text,
        milliseconds=milliseconds,
        fields=fields,
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """urllib3 would log the address, and with GET the token stands in it."""
    log = logging.getLogger("urllib3.connectionpool")
    level = log.level
    log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        log.setLevel(level)


def _read(response: requests.Response) -> str:
    body = bytearray()
    for chunk in response.iter_content(16 * 1024):
        body += chunk
        if len(body) > LARGEST_PAGE:
            break
    return body.decode("utf-8-sig", errors="replace")


def framing(page: Page, *, portal: str, without_frame: bool) -> tuple[Difference, ...]:
    """What the page's headers say about frames and cookies."""
    answers = [one for one in (page.first, page.last) if one is not None]
    found = list(dict.fromkeys(_refusals(answers[-1:], portal)))
    differences = [
        Difference(
            "frame",
            f"The page refuses to be shown in a frame of the portal ({words}).",
            tolerated=without_frame,
        )
        for words in found
    ]
    if any(_needs_same_site(one) for one in answers):
        words = "The page sets a cookie that browsers do not send in a frame (no SameSite=None)."
        differences.append(Difference("cookie", words, tolerated=True))
    return tuple(differences)


def headers_of(page: Page) -> dict[str, str]:
    """Returns what the headers say of frames and cookies, in words that are no values."""
    answers = [one for one in (page.first, page.last) if one is not None]
    if not answers:
        return {}
    options = answers[-1].headers.get("X-Frame-Options", "").strip().upper()
    sources = _frame_ancestors(answers[-1].headers.get("Content-Security-Policy", ""))
    cookies = [line for one in answers for line in _set_cookies(one)]
    return {
        "X-Frame-Options": options
        if options in FRAME_OPTIONS
        else "other"
        if options
        else NOT_SENT,
        "frame-ancestors": NOT_SENT if sources is None else _described(sources),
        "Set-Cookie SameSite": ", ".join(dict.fromkeys(map(_same_site, cookies))) or NOT_SENT,
    }


def _described(sources: list[str]) -> str:
    said = (source if source in {"'self'", "'none'", "*"} else "servers" for source in sources)
    return " ".join(dict.fromkeys(said)) or "'none'"


def _refusals(answers: list[Exchange], portal: str) -> Iterator[str]:
    for answer in answers:
        sources = _frame_ancestors(answer.headers.get("Content-Security-Policy", ""))
        if sources is not None:
            if not _allows(sources, portal):
                yield "Content-Security-Policy: frame-ancestors"
            continue
        said = answer.headers.get("X-Frame-Options", "").strip().upper()
        if said in FRAME_OPTIONS:
            yield f"X-Frame-Options: {said}"


def _frame_ancestors(policy: str) -> list[str] | None:
    for directive in policy.lower().split(";"):
        name, *sources = directive.split() or [""]
        if name == "frame-ancestors":
            return sources
    return None


def _allows(sources: list[str], portal: str) -> bool:
    host = (urlsplit(portal).hostname or "").lower()
    for source in sources:
        if source in {"*", "https:", "http:"}:
            return True
        name = source.partition("://")[2] or source
        name = name.partition("/")[0].partition(":")[0]
        if host and (name == host or (name.startswith("*.") and host.endswith(name[1:]))):
            return True
    return False


def _needs_same_site(answer: Exchange) -> bool:
    """Whether a cookie is set that a frame of another site would not get back."""
    return any(not _is_sent_in_frames(line) for line in _set_cookies(answer))


def _cookie(answer: Exchange) -> str:
    return "; ".join(line.partition(";")[0] for line in _set_cookies(answer))


def _set_cookies(answer: Exchange) -> list[str]:
    raw = getattr(getattr(answer.response, "raw", None), "headers", None)
    lines: list[str] = raw.getlist("Set-Cookie") if raw is not None else []
    return lines


def _is_sent_in_frames(line: str) -> bool:
    return _same_site(line) == "None"


def _same_site(line: str) -> str:
    """Returns None, Lax, or Strict; "not given" is Lax to most browsers."""
    found = SAME_SITE.search(line)
    return found[1].capitalize() if found else "not given"
