"""A new encryption key, from the day it comes to the day the old one goes: nobody notices."""

import json
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.models.second_factor import SecondFactor
from accounts.notifications.delivery import deliver
from icsso.billers.encryption import EncryptedTextField, encrypt
from icsso.billers.models import Biller
from icsso.billers.onboarding.connection_test import try_connection
from icsso.billers.pay_links.models import PayLinkKey
from icsso.billing.session import BillingSession, State, store
from payments.models import Checkout
from tests.cast import Cast
from tests.payments.paying import HOSTED, opened
from tests.sandbox_process import SandboxProcess

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
APP_KEY = "JBSWY3DPEHPK3PXP"
LINK_KEY = "5f" * 32


@pytest.fixture(autouse=True)
def _of_the_old_key(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]


@pytest.fixture
def everything(sandbox: SandboxProcess, cast: Cast) -> Client:
    """A biller's keys, a second factor, an open payment page, and a member at the billing pages."""
    operator = User.objects.create_superuser("operator@example.com")
    SecondFactor.objects.create(user=operator, name="app", key=APP_KEY)
    opened(cast)
    PayLinkKey.objects.create(biller=cast.biller, key=LINK_KEY)
    client = Client(headers={"host": "localhost"})
    client.force_login(cast.laundry)
    session = client.session
    expires_at = timezone.now() + timedelta(minutes=20)
    store(session, BillingSession(state=State.CONNECTED, token="a-token", expires_at=expires_at))
    session.save()
    return client


def test_every_kind_of_field_is_known_here() -> None:
    fields = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.fields
        if isinstance(field, EncryptedTextField)
    }
    assert fields == {
        "icsso.Biller.api_key",
        "icsso.Biller.web_service_key",
        "accounts.SecondFactor.key",
        "icsso.IdentityProvider.client_secret",
        "icsso.PayLinkKey.key",
        "payments.Checkout.hosted_url",
        "posting.Destination.password",
        "posting.Destination.private_key",
        "posting.WebhookEndpoint.secret",
        "posting.WebhookEndpoint.previous_secret",
    }


def test_while_both_are_there_all_goes_on(everything: Client, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert_tables_are_read(everything)
    assert 'value="a-token"' in everything.get("/billing/bills/").content.decode()
    call_command("reencrypt", verbosity=0)
    assert_tables_are_read(everything)
    assert 'value="a-token"' in everything.get("/billing/bills/").content.decode()


def test_after_reencrypt_the_old_key_can_go(everything: Client, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    call_command("reencrypt", verbosity=0)
    settings.ENCRYPTION_KEYS = [NEW]
    assert_tables_are_read(everything)
    # Of a sign-in of before: the password is asked for once more, and nothing breaks.
    asked = everything.get("/billing/bills/")
    assert asked.status_code == 302
    assert asked["Location"].startswith("/accounts/confirm/")


def test_a_mail_that_waited_over_the_change_is_sent(biller: Biller, settings: Settings) -> None:
    waiting = {"to": "laundry@example.com", "subject": "Hello", "text": "A text"}
    written = {"html": "<p>A text</p>", "reply_to": "", "biller": biller.pk}
    written |= {"from": "portal@example.com", "message_id": "<1@example.com>"}
    sealed = encrypt(json.dumps(waiting | written))
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    deliver.func(sealed)
    assert [message.subject for message in mail.outbox] == ["Hello"]


def assert_tables_are_read(client: Client) -> None:
    biller = Biller.objects.get()
    assert biller.web_service_key == "demo-web-service-key"
    assert try_connection(biller).works
    assert SecondFactor.objects.get().key == APP_KEY
    assert PayLinkKey.objects.get().key == LINK_KEY
    address = Checkout.objects.get().address
    assert HOSTED in client.get(f"/pay/{address}/").content.decode()
