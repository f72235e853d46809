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
from accounts.linked_accounts.refresh import refresh_late
from accounts.models import LinkedAccount, Member
from accounts.models.credential_change import CredentialChange, Kind
from accounts.notifications import messages as notifications
from icsso.billers.absolute_urls import absolute_reverse
from icsso.billers.clients import client_of
from icsso.billing.session import BillingSession, State, load, store
from icsso.client.errors import InvoiceCloudBusy

LONGEST_WAIT = 12.0  # seconds: by then, an attempt in another tab has ended one way or another
POLL = 0.1


def open_billing(request: HttpRequest, member: Member, password: str) -> BillingSession:
    """Connects and stores the result in the session. Accounts are synced in the background, and
    missing balances of a list are requested. Asks for approval by email if Invoice Cloud has
    another password."""
    billing = connect(member, password)
    store(request.session, billing)
    if billing.state == State.CONNECTED:
        sync_in_background(member, password, then=refresh_late)
    if billing.state == State.RECONNECT:
        ask_to_reconnect(request, member, again=False)
    return billing


def ask_to_reconnect(request: HttpRequest, member: Member, *, again: bool) -> bool:
    """Sends the approval email of story 10. Returns whether one is on its way.

    again: requested by the member. Otherwise one an hour is enough, however often they sign in.
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
    """Like `open_billing`, for two tabs at once: one makes the call, the other uses its result."""
    lock = f"connecting:{member.pk}:{request.session.session_key}"
    if not cache.add(lock, True, timeout=LONGEST_WAIT + 3):
        before = load(request.session)
        _wait_for(lock, member)
        request.session.update(_session_now(request.session))
        billing = load(request.session)
        if billing is None or billing == before:  # no result: what was there is not good enough
            billing = BillingSession(state=State.AWAY)
            store(request.session, billing)
        return billing
    try:
        billing = open_billing(request, member, password)
        with suppress(UpdateError):  # ended elsewhere: the session middleware handles it
            request.session.save()  # before the other tab goes on
    finally:
        cache.delete(lock)
    return billing


def needs_connecting(request: HttpRequest, member: Member) -> bool:
    """Returns False if another tab has just connected and no account waits for registration."""
    billing = load(request.session)
    if billing is None or not billing.is_usable:
        return True
    return member.links.filter(state=LinkedAccount.State.PENDING).exists()


def _wait_for(lock: str, member: Member) -> None:
    """Waits in the bulkhead: many open tabs must not hold all threads if Invoice Cloud is slow."""
    ends_at = time.monotonic() + LONGEST_WAIT
    with suppress(InvoiceCloudBusy), client_of(member.biller).seat():
        while cache.get(lock) and time.monotonic() < ends_at:
            time.sleep(POLL)


def _session_now(session: SessionBase) -> SessionBase:
    """Returns the session as stored now: the request's copy is older than the other tab's write."""
    engine = import_module(settings.SESSION_ENGINE)
    stored: SessionBase = engine.SessionStore(session.session_key)
    return stored
