"""Where a member is signed in: a record for each session, deleted with the session."""

from importlib import import_module

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.models.sign_in import SignIn
from backoffice.client_address import client_address
from backoffice.devices import browser_of, shortened, system_of

MOST_SHOWN = 50


def note(request: HttpRequest, member_pk: int) -> None:
    """Records that this session belongs to the member, in one statement."""
    if not request.session.session_key:
        request.session.create()
    user_agent = request.headers.get("User-Agent", "")
    sign_in = SignIn(
        session_id=request.session.session_key or "",
        member_id=member_pk,
        browser=browser_of(user_agent),
        system=system_of(user_agent),
        network=shortened(client_address(request)),
    )
    SignIn.objects.bulk_create(
        [sign_in],
        update_conflicts=True,
        unique_fields=["session"],
        update_fields=["member", "signed_in_at", "browser", "system", "network"],
    )


def end_one(member_pk: int, handle: str) -> str:
    """Ends the member's session with this handle (`SignIn.handle`), at once. Returns its key; "" if
    the member has none of that handle, or it has ended."""
    alive = SignIn.objects.alive().filter(member=member_pk)
    for sign_in in alive:
        if constant_time_compare(sign_in.handle, handle):
            _end([sign_in.pk])
            return str(sign_in.pk)
    return ""


def end_all(member_pk: int, *, besides: str = "") -> None:
    """Signs the member out everywhere, at once: from the cache as well as from the database.

    besides: the key of a session that continues.
    """
    others = SignIn.objects.filter(member=member_pk).exclude(pk=besides)
    _end(list(others.values_list("pk", flat=True)))


def _end(keys: list[str]) -> None:
    engine = import_module(settings.SESSION_ENGINE)
    for key in keys:
        engine.SessionStore(key).delete()
