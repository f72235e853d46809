"""Opens a page by single sign-on: as the profile says, and else at other places and names."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from icsso.client.probe.steps.names_sent import NAME
from icsso.client.probe.steps.pages import Page, Request, opened
from icsso.client.probe.steps.places import is_no_place
from icsso.client.probe.walk import Walk
from icsso.client.sso import BILLS, FIELDS, form_fields

OPERATION = "cloudssoconnect"
ADDRESSES = ("/cloudssoconnect", "/CloudSSOConnect", "/portal/cloudssoconnect", "/cloudsso")
ALSO_SENT: Mapping[str, tuple[str, ...]] = {
    "RemoteAuthenticationToken": ("Token", "SSOToken", "AuthToken", "AuthenticationToken"),
    "RedirectID": ("PageID", "Redirect", "SectionID", "TargetID"),
    "ViewMode": ("Mode", "DisplayMode"),
}
GET_ONLY = "Cloud SSO Connect accepts GET only: the token becomes part of a URL."
TAG = re.compile(r"<[^>]*>")


class Opening(NamedTuple):
    """A page opened with the token, and one with a token that cannot exist."""

    page: Page
    unknown: Page

    @property
    def works(self) -> bool:
        """Whether a page is shown, and another one than for a token that does not exist."""
        return self.page.is_shown and self.page.likeness != self.unknown.likeness

    @property
    def reading(self) -> str:
        if self.works:
            return "The token opens a page of Invoice Cloud."
        if self.page.problem:
            return f"No page opens: {self.page.problem}."
        if self.page.status != 200:
            return f"No page opens ({self.page.status})."
        return "The page asks to sign in, or looks the same as for a token that does not exist."


class Found(NamedTuple):
    opening: Opening
    learned: tuple[str, ...] = ()
    needs_cookie: bool = False


def opening_of(walk: Walk, method: str = "") -> Opening:
    """Opens a page with the token, and one with a token that cannot exist."""
    cookies = walk.sso_needs_cookie
    return Opening(
        _opened(walk, method, walk.token, cookies=cookies),
        _opened(walk, method, walk.random_password, cookies=cookies),
    )


def _opened(walk: Walk, method: str, token: str, *, cookies: bool) -> Page:
    sso = walk.profile.sso
    fields = form_fields(section=BILLS, token=token, css_url=walk.target.css_url)
    address = sso.form_action(walk.target.base_url)
    request = Request(method or sso.method, address, sso.named(fields))
    return opened(walk.client(), OPERATION, request, cookies=cookies)


def opened_somehow(walk: Walk) -> Found:
    """Returns how a page opens; the profile then says so. If none does: the first try."""
    first = opening_of(walk)
    if first.works:
        return Found(first)
    return _with_cookies(walk) or _otherwise(walk) or Found(first)


def _with_cookies(walk: Walk) -> Found | None:
    walk.sso_needs_cookie = True
    opening = opening_of(walk)
    walk.sso_needs_cookie = opening.works
    return Found(opening, needs_cookie=True) if opening.works else None


def _otherwise(walk: Walk) -> Found | None:
    before = walk.profile
    for place, words in _places(walk):
        walk.learn({"sso": place})
        found = _otherwise_named(walk, opening_of(walk))
        if found:
            return found._replace(learned=(*words, *found.learned))
        walk.profile = before
    return None


def _places(walk: Walk) -> Iterator[tuple[Mapping[str, Any], list[str]]]:
    """The small list: the other method, then other addresses by either."""
    now = walk.profile.sso.address
    for address in (now, *(one for one in ADDRESSES if one != now)):
        at = {"address": address} if address != now else {}
        words = [f"Cloud SSO Connect is at {address}."] if at else []
        yield at, words
        yield {**at, "method": "GET"}, [*words, GET_ONLY]


def _otherwise_named(walk: Walk, opening: Opening) -> Found | None:
    """Tries other names of the fields, as long as the page complains about another one."""
    learned: list[str] = []
    for name in ALSO_SENT:
        if opening.works or not _may_be_unknown(name, opening.page):
            continue
        for other in _names(name, opening.page):
            before = walk.profile
            walk.learn({"sso": {"fields": {name: other}}})
            new = opening_of(walk)
            if new.works or _is_closer(new.page, opening.page, name):
                opening = new
                learned.append(f"{name} is sent as {other}.")
                break
            walk.profile = before
    return Found(opening, tuple(learned)) if opening.works else None


def _may_be_unknown(name: str, page: Page) -> bool:
    """Whether the page may not know the field by its name: it says so, or nothing at all."""
    if page.first is None or is_no_place(page.first.status):
        return False
    said = _text(page)
    return name in said or (name == FIELDS[0] and not any(one in said for one in FIELDS))


def _is_closer(page: Page, before: Page, name: str) -> bool:
    return _text(page) != _text(before) and name not in _text(page)


def _names(name: str, page: Page) -> Iterator[str]:
    """Names that the page itself says, then the small list."""
    words = {word.lower(): word for word in NAME.findall(_text(page))}
    for other in ALSO_SENT[name]:
        if other.lower() in words:
            yield words[other.lower()]
    yield from ALSO_SENT[name]


def _text(page: Page) -> str:
    return TAG.sub(" ", page.first.text) if page.first else ""
