"""Opens billing for a member whose password was just checked; the session keeps the result."""

import time
from contextlib import suppress
from importlib import import_module

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone

from accounts import ratelimit
from accounts.credentials.links import create_link
from accounts.invoice_cloud.connect import connect
from accounts.invoice_cloud.sync import sync_in_background
from accounts.models import LinkedAccount, Member
from accounts.models.credential_change import CredentialChange, Kind
from accounts.notifications import messages as notifications
from icsso.billers.absolute_urls import absolute_reverse
from icsso.billers.clients import client_of
from icsso.billing.session import BillingSession, State, load, store
from icsso.client.errors import InvoiceCloudBusy

LONGEST_WAIT = 12.0  # seconds: an attempt of another tab has ended by then, one way or the other
POLL = 0.1


def open_billing(request: HttpRequest, member: Member, password: str) -> BillingSession:
    """Connects and keeps the result in the session. The accounts follow, waited for by nobody.
    Asks for approval by email when Invoice Cloud has another password."""
    billing = connect(member, password)
    store(request.session, billing)
    if billing.state == State.CONNECTED:
        sync_in_background(member, password)
    if billing.state == State.RECONNECT:
        ask_to_reconnect(request, member, again=False)
    return billing


def ask_to_reconnect(request: HttpRequest, member: Member, *, again: bool) -> bool:
    """The approval by email of story 10. Returns whether one is on its way.

    again: asked for by the member. Else one an hour is enough, however often they sign in.
    """
    since = timezone.now() - CredentialChange.LIFE
    waiting = member.credential_changes.waiting().filter(kind=Kind.RECONNECT, asked_at__gt=since)
    if not again and waiting.exists():
        return True
    if not ratelimit.allowed("mail", request=request, key=member.email):
        return False
    secret = create_link(member, Kind.RECONNECT)
    link = absolute_reverse(request, member.biller, "accounts:reconnect", secret)
    notifications.reconnect(member, link=link)()
    return True


def open_billing_once(request: HttpRequest, member: Member, password: str) -> BillingSession:
    """The same for two tabs that ask at once: one of them calls, the other takes its result."""
    lock = f"connecting:{member.pk}:{request.session.session_key}"
    if not cache.add(lock, True, timeout=LONGEST_WAIT + 3):
        _wait_for(lock, member)
        request.session.update(_session_now(request.session))
        billing = load(request.session)
        return billing or BillingSession(state=State.AWAY)
    try:
        billing = open_billing(request, member, password)
        with suppress(UpdateError):  # ended elsewhere: the session's own middleware tells
            request.session.save()  # before the other tab goes on
    finally:
        cache.delete(lock)
    return billing


def needs_connecting(request: HttpRequest, member: Member) -> bool:
    """Not when another tab has just done it, and no account waits to be registered."""
    billing = load(request.session)
    if billing is None or not billing.is_usable:
        return True
    return member.links.filter(state=LinkedAccount.State.PENDING).exists()


def _wait_for(lock: str, member: Member) -> None:
    """Somebody who opens many tabs while Invoice Cloud is slow must not hold all threads."""
    ends_at = time.monotonic() + LONGEST_WAIT
    with suppress(InvoiceCloudBusy), client_of(member.biller).seat():
        while cache.get(lock) and time.monotonic() < ends_at:
            time.sleep(POLL)


def _session_now(session: SessionBase) -> SessionBase:
    """As stored now: the request's own copy was read before the other tab wrote."""
    engine = import_module(settings.SESSION_ENGINE)
    stored: SessionBase = engine.SessionStore(session.session_key)
    return stored
