"""The stages of a login, between a correct password and a signed-in member.

Until the last stage is passed, no one is signed in. A pending login is data in the visitor's own
session: no session of the member exists, Invoice Cloud has not been called, and nothing runs in the
background. Only `_sign_in`, at the very end, changes that.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.crypto import constant_time_compare
from django.utils.http import urlencode
from django.utils.module_loading import import_string

from accounts.login.services import open_billing
from accounts.models import Member
from accounts.ratelimit import clear
from accounts.sessions.life import BY_PASSKEY
from icsso.billers.encryption import Unreadable, decrypt, encrypt
from icsso.billing.session import BillingSession, State, store

SESSION_KEY = "pending_login"
LIFE = 10 * 60  # seconds: enough to find the phone; the password is kept no longer than this
BACKEND = "accounts.login.backends.BillerBackend"


class Stage(NamedTuple):
    """mark: the key in a member's session that says the stage was passed.

    page: the URL name of the stage's page. is_needed: whether this member has to pass it.
    """

    mark: str
    page: str
    is_needed: Callable[[Member], bool]


@dataclass(frozen=True, kw_only=True)
class PendingLogin:
    """A member whose password was right.

    password: for Invoice Cloud; empty if it just failed to answer and should not be called again,
    or if a passkey was used instead.
    marks: of the stages passed so far. began: Unix time in seconds.
    """

    member: Member
    password: str = field(repr=False)
    marks: Mapping[str, str] = field(default_factory=dict)
    began: int = field(default_factory=lambda: int(time.time()))

    def next_stage(self) -> Stage | None:
        for stage in _stages():
            if stage.mark not in self.marks and stage.is_needed(self.member):
                return stage
        return None


def begin(request: HttpRequest, member: Member, password: str, *, next_page: str) -> HttpResponse:
    """Continues the login of a member who has proved the password: to a stage, or signed in.

    The password was right, or set by a one-time link, so failed attempts are cleared. Anyone signed
    in in this browser is signed out. next_page: a URL or a URL name.
    """
    clear("sign_in", request=request, key=member.email)
    return _go_on(request, PendingLogin(member=member, password=password), next_page)


def begin_with_passkey(
    request: HttpRequest, member: Member, marks: Mapping[str, str], *, next_page: str
) -> HttpResponse:
    """Continues the login of a member who has proved a passkey instead of the password.

    marks: of what the passkey stands for, with `BY_PASSKEY` among them. Invoice Cloud knows only
    passwords, so nothing is opened there: the billing pages ask for it once.
    """
    pending = PendingLogin(member=member, password="", marks=marks)
    return _go_on(request, pending, next_page)


def resume(
    request: HttpRequest, pending: PendingLogin, passed: Stage, *, by: str, next_page: str
) -> HttpResponse:
    """Continues after a stage was passed: to the next stage, or signed in.

    by: the value stored in the member's session as the mark of the stage.
    """
    marks = {**pending.marks, passed.mark: by}
    return _go_on(request, replace(pending, marks=marks), next_page)


def renew(request: HttpRequest, member: Member, password: str, *, next_page: str) -> HttpResponse:
    """Signs a member in again who is signed in and has a new password. Stages already passed in
    this session count."""
    session = request.session
    marks = {stage.mark: session[stage.mark] for stage in _stages() if stage.mark in session}
    pending = PendingLogin(member=member, password=password, marks=marks)
    return _go_on(request, pending, next_page)


def pending_login(request: HttpRequest) -> PendingLogin | None:
    """Returns this browser's login that is waiting for a stage, or None.

    It ends after `LIFE`, if the password changes, or if the member is deactivated, and it only
    counts at the member's own biller.
    """
    try:
        facts = json.loads(decrypt(request.session[SESSION_KEY]))
    except (KeyError, Unreadable):  # none, or started before the encryption keys changed
        return None
    member = _member(request, facts["member"])
    is_over = time.time() - facts["began"] > LIFE
    if member is None or is_over or not constant_time_compare(facts["hash"], _hash_of(member)):
        return None
    return PendingLogin(
        member=member, password=facts["password"], marks=facts["marks"], began=facts["began"]
    )


def waiting_page(request: HttpRequest, *, next_page: str) -> str:
    """Returns the URL of the stage that this browser's pending login is waiting for; "" if none."""
    pending = pending_login(request)
    stage = pending.next_stage() if pending else None
    return _address(stage, next_page) if stage else ""


def cancel(request: HttpRequest) -> None:
    """Drops the pending login: the next one starts with the password."""
    if request.session.pop(SESSION_KEY, None):
        request.session.set_expiry(None)


def _go_on(request: HttpRequest, pending: PendingLogin, next_page: str) -> HttpResponse:
    stage = pending.next_stage()
    if stage is None:
        _sign_in(request, pending)
        return redirect(next_page)
    _keep(request, pending)
    return redirect(_address(stage, next_page))


def _sign_in(request: HttpRequest, pending: PendingLogin) -> None:
    """The only place where a member's session begins and billing is opened."""
    cancel(request)
    auth.login(request, pending.member, backend=BACKEND)
    request.session.update(dict(pending.marks))
    if pending.password:
        open_billing(request, pending.member, pending.password)
    elif BY_PASSKEY not in pending.marks:
        store(request.session, BillingSession(state=State.AWAY))


def _keep(request: HttpRequest, pending: PendingLogin) -> None:
    """Stores it in a session with a new key, which ends when the pending login does."""
    if auth.SESSION_KEY in request.session:
        auth.logout(request)
    else:
        request.session.cycle_key()
    facts: dict[str, Any] = {
        "member": pending.member.pk,
        "hash": _hash_of(pending.member),
        "password": pending.password,
        "marks": dict(pending.marks),
        "began": pending.began,
    }
    request.session[SESSION_KEY] = encrypt(json.dumps(facts))
    request.session.set_expiry(LIFE)


def _member(request: HttpRequest, pk: int) -> Member | None:
    biller = getattr(request, "biller", None)
    members = Member.objects.select_related("biller", "second_factor").defer("second_factor__key")
    found: Member | None = members.filter(pk=pk, biller=biller, is_active=True).first()
    return found


def _hash_of(member: Member) -> str:
    """Returns a hash that changes with the password."""
    return member.get_session_auth_hash()


def _stages() -> Iterator[Stage]:
    yield from map(import_string, settings.LOGIN_STAGES)


def _address(stage: Stage, next_page: str) -> str:
    return f"{resolve_url(stage.page)}?{urlencode({'next': resolve_url(next_page)})}"
