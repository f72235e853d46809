"""Saved payment methods: on its payment page, Invoice Cloud shows them only to customers whom it
knows by the token of their sign-in. After a sign-in with a passkey, there is no token until the
member confirms the password."""

from collections.abc import Iterable
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import UtilityAccount
from icsso.billing import session
from icsso.billing.session import State


def token_of(request: HttpRequest) -> str:
    """Returns the RemoteAuthenticationToken of this sign-in; "" if none can be used."""
    billing = session.load(request.session)
    return billing.token if billing and billing.is_usable else ""


def way_to_see_them(request: HttpRequest, accounts: Iterable[UtilityAccount]) -> str:
    """Returns the page that asks for the password and leads back to paying these accounts; "" if
    the payment page shows saved methods anyway, or if the password would not help."""
    billing = session.load(request.session)
    if billing and (billing.is_usable or billing.state != State.CONNECTED):
        return ""
    back = reverse("payments:quick")
    if keys := [account.pk for account in accounts]:
        back += f"?{urlencode({'account': keys}, doseq=True)}"
    return f"{reverse('accounts:confirm')}?{urlencode({'next': back})}"
