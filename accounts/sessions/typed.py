"""Keeps what was typed in a form that could not be used: its session had ended, or the language
was switched.

A page that wants this names the fields (`keeps`), never passwords or codes, and its form carries a
seal that says whose form it is and of which page. What is kept lies encrypted in the visitor's own
session, one form at a time. Only the person the form belongs to gets it back, once, on that page.
Nothing is carried out with it: the person presses the button again.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, resolve_url
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from icsso.billers.decorators import is_member
from icsso.billers.encryption import Unreadable, decrypt, encrypt

View = TypeVar("View", bound=Callable[..., HttpResponse])

SESSION_KEY = "typed"
SEAL = "typed_by"  # the hidden field
SIGNER = signing.Signer(salt=SEAL)
ONLY_KEEP = "only_keep"  # sent by a page whose session has ended: the form is not to be carried out
LIFE = 30 * 60  # seconds for which it is kept
MOST = 8_000  # characters in all
MOST_OF_STAFF = 25_000  # a wire profile
FILES = "typed_files"  # sent by a page instead of its files: that some had been chosen


class Seal(NamedTuple):
    """member: primary key, also of staff; 0 for a form of nobody who is signed in. path: of the
    form's page, with its query where that is part of what it shows. names: of the fields that may
    be kept, if the page's view doesn't say."""

    member: int
    biller: int
    path: str
    names: Sequence[str] = ()


def keeps(*fields: str) -> Callable[[View], View]:
    """For a page with a form, whose GET changes nothing. The outermost decorator.

    fields: those that may be kept; the others are lost. None is a secret.
    """

    def marked(view: View) -> View:
        view.keeps = fields  # type: ignore[attr-defined]
        return view

    return marked


def sealed(request: HttpRequest, names: Sequence[str] = (), *, page: str = "") -> str:
    """Returns the seal of the form on this page. The same page always has the same, so that equal
    answers are equal.

    page: where the form is shown when it is opened, if that is not the address of this request.
    """
    seal = Seal(owner(request), _biller(request), page or request.path_info, names)
    return SIGNER.sign_object(seal)


def seal_of(request: HttpRequest) -> Seal | None:
    """Returns the seal of the form that was sent, if it is one of ours, of this biller."""
    with suppress(signing.BadSignature, TypeError, ValueError):
        found = SIGNER.unsign_object(request.POST.get(SEAL, ""))
        seal = Seal(*found)
        return seal if seal.biller == _biller(request) else None
    return None


def keep(request: HttpRequest, seal: Seal, *, was_sent: bool = True) -> bool:
    """Returns whether there was something to keep, and little enough.

    was_sent: whether the person may believe that the form has been carried out.
    """
    fields = typed_fields(request, seal)
    facts = {
        **seal._asdict(),
        "names": (),
        "fields": fields,
        "at": int(time.time()),
        "was_sent": was_sent,
        "files": bool(request.FILES) or FILES in request.POST,
    }
    text = json.dumps(facts)
    if not fields or len(text) > (MOST_OF_STAFF if is_of_staff(request) else MOST):
        return False
    request.session[SESSION_KEY] = encrypt(text)
    return True


def typed_fields(request: HttpRequest, seal: Seal) -> dict[str, list[str]]:
    """Returns what was sent of the fields that the form's page keeps."""
    names = seal.names
    with suppress(Resolver404):
        names = names or getattr(resolve(seal.path).func, "keeps", ())
    sent = {name: request.POST.getlist(name) for name in names}
    return {name: values for name, values in sent.items() if any(values)}


def typed(request: HttpRequest) -> dict[str, Any]:
    """Returns the initial values of the form on this page: what was kept of it, which is then
    forgotten."""
    if request.method == "POST":
        return {}
    fields = taken(request)
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def is_kept(request: HttpRequest, page: str) -> bool:
    """Returns whether something is kept of the form on a page, for whoever signs in next."""
    kept = _kept(request)
    return kept is not None and kept["path"] in {page, urlsplit(page).path}


def had_files(request: HttpRequest) -> bool:
    """Returns whether files were chosen in the form that is kept, or was shown here again. They
    are lost: a browser lets no page fill in a file."""
    if (here := getattr(request, "typed_files", None)) is not None:
        return bool(here)
    kept = _kept(request)
    return bool(kept and kept.get("files"))


def forget_others(request: HttpRequest, member: int) -> None:
    """Called when someone signs in: nobody gets what another person has typed."""
    kept = _kept(request)
    if kept is None or kept["member"] != member:
        request.session.pop(SESSION_KEY, None)


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Leads from a form that was sent after the session had ended to the sign-in page, and from
    there back to the form."""
    sign_in = reverse("admin:login") if is_of_staff(request) else settings.LOGIN_URL
    seal = seal_of(request)
    # Only a signed-in person's form is kept: the seal of any other form names nobody.
    is_kept = seal is not None and bool(seal.member) and keep(request, seal)
    back = seal.path if seal else _page_of_form(request)
    if seal and urlsplit(sent_from(request)).path == seal.path:
        back = sent_from(request)  # with its query
    lost = {} if is_kept or ONLY_KEEP in request.POST else {"lost": "1"}
    query = urlencode({"next": back, **lost}, safe="/")
    return redirect(f"{sign_in}?{query}")


def only_kept(request: HttpRequest) -> HttpResponse:
    """Answers a page that found its session ended and has sent its form to be kept."""
    seal = seal_of(request)
    if seal is None or not owner(request):
        return to_sign_in(request)
    if seal.member == owner(request):  # signed in again meanwhile, in another tab
        keep(request, seal)
    return redirect(seal.path)


def sent_from(request: HttpRequest) -> str:
    """Returns the page of ours, with its query, from which the form was sent; "" if unknown."""
    page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure()):
        return ""
    parts = urlsplit(page)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _page_of_form(request: HttpRequest) -> str:
    match = request.resolver_match
    is_page = match is not None and hasattr(match.func, "keeps")
    return request.get_full_path() if is_page else sent_from(request) or resolve_url("home")


def taken(request: HttpRequest) -> Mapping[str, list[str]]:
    """Returns what was kept of a form on this page, as it was sent: to each form of the page."""
    here: Mapping[str, list[str]] | None = getattr(request, "typed", None)
    if here is not None:
        return here
    kept = _kept(request)
    pages = {request.path_info, request.get_full_path()}
    if kept is None or kept["path"] not in pages or kept["member"] != owner(request):
        return {}
    del request.session[SESSION_KEY]
    request.typed_files = kept.get("files", False)  # type: ignore[attr-defined]
    if kept["was_sent"] and not is_of_staff(request):
        messages.info(request, _("Here's what you typed. Nothing has been sent yet."))
    fields: dict[str, list[str]] = kept["fields"]
    request.typed = fields  # type: ignore[attr-defined]
    return fields


def _kept(request: HttpRequest) -> dict[str, Any] | None:
    """Returns what is kept in this session for this biller, if it is fresh."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:  # who only looks needs no session
        return None
    try:
        kept: dict[str, Any] = json.loads(decrypt(request.session[SESSION_KEY]))
    except (KeyError, Unreadable, ValueError):
        return None
    is_fresh = time.time() - kept["at"] <= LIFE
    return kept if is_fresh and kept["biller"] == _biller(request) else None


def owner(request: HttpRequest) -> int:
    """Returns who is signed in for this page: a member, or staff in the back office."""
    user = request.user
    is_there = user.is_staff if is_of_staff(request) else is_member(request)
    return int(user.pk or 0) if is_there else 0


def is_of_staff(request: HttpRequest) -> bool:
    return request.path_info.startswith("/admin/")


def _biller(request: HttpRequest) -> int:
    biller = getattr(request, "biller", None)
    return biller.pk if biller else 0


def as_if_opened(request: HttpRequest, fields: Mapping[str, list[str]]) -> None:
    """Turns the request into one that opens the page, with this in its form."""
    request.typed = fields  # type: ignore[attr-defined]
    request.typed_files = bool(request.FILES)  # type: ignore[attr-defined]
    request.method, request.POST = "GET", QueryDict()
