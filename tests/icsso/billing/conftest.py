"""The laundry, signed in: a client, and a browser."""

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from django.test import Client
from playwright.sync_api import Page

from accounts.models import User
from icsso.billers.models import Biller
from icsso.billing import session
from icsso.billing.session import BillingSession
from tests import cast as people
from tests.icsso.billing.pages import Open, SignedIn
from tests.sandbox_process import SandboxProcess


@pytest.fixture
def signed_in(biller: Biller) -> SignedIn:
    """The laundry, signed in, with what the last attempt to connect left behind."""
    laundry = User.objects.create_user(people.LAUNDRY_EMAIL, biller=biller)

    def sign_in(billing: BillingSession | None) -> Client:
        client = Client(headers={"host": "localhost"})
        client.force_login(laundry)
        if billing:
            held = client.session
            session.store(held, billing)
            held.save()
        return client

    return sign_in


@pytest.fixture
def visit(sandbox: SandboxProcess, page: Page, biller: Biller, live_server: object) -> Open:
    """Opens a page as the laundry, who is signed in already."""
    laundry = User.objects.create_user(people.LAUNDRY_EMAIL, biller=biller)

    def open_page(billing: BillingSession, address: str) -> Page:
        held = SessionStore()
        held[SESSION_KEY] = str(laundry.pk)
        held[BACKEND_SESSION_KEY] = "accounts.login.backends.BillerBackend"
        held[HASH_SESSION_KEY] = laundry.get_session_auth_hash()
        session.store(held, billing)
        held.save()
        key = str(held.session_key)
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": key, "url": str(live_server)}
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        # The page has loaded when its frame has, which some of these tests make wait.
        page.goto(address, wait_until="domcontentloaded")
        return page

    return open_page
