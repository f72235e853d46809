"""A member calls about a lost phone: support sees their passkeys and removes them."""

from datetime import UTC, datetime
from html import unescape

import pytest
from auditlog.models import LogEntry
from django.core import mail
from django.test import Client

from accounts.models import Passkey
from accounts.models.second_factor import SecondFactor
from backoffice.audit.events import Event
from tests.accounts.codes import is_signed_in
from tests.accounts.mfa.authenticator import Authenticator, sign_in_with
from tests.cast import LAUNDRY_EMAIL, Cast, other_biller, staff
from tests.whole_dates import whole

pytestmark = pytest.mark.any_database


@pytest.fixture
def device(cast: Cast) -> Authenticator:
    return Authenticator().known_for(cast.laundry)


@pytest.fixture
def support(cast: Cast) -> Client:
    client = Client()
    client.force_login(staff("support", cast.biller))
    return client


def address(cast: Cast, page: str = "remove-passkeys") -> str:
    return f"/admin/accounts/member/{cast.laundry.pk}/{page}/"


def seen_on(page: str) -> str:
    return unescape(page.split('name="seen" value="')[1].split('"', maxsplit=1)[0])


def test_they_stand_on_the_members_page(support: Client, device: Authenticator, cast: Cast) -> None:
    page = support.get(address(cast, "change")).content.decode()
    assert "<bdi>My phone</bdi>" in page
    assert "not used yet, testserver" in page
    sign_in_with(device)
    Passkey.objects.update(used_at=datetime(2025, 3, 5, 18, 4, tzinfo=UTC))
    page = support.get(address(cast, "change")).content.decode()
    assert whole("last used Mar 5, 2025") in page
    assert address(cast) in page
    Passkey.objects.all().delete()
    page = support.get(address(cast, "change")).content.decode()
    assert "Passkeys" not in page
    assert address(cast) not in page


def test_removed_without_two_step_verification(
    support: Client, device: Authenticator, cast: Cast
) -> None:
    thief = sign_in_with(device)
    page = support.get(address(cast)).content.decode()
    assert "My phone" in page
    assert "All of them are removed" in page
    assert Passkey.objects.exists()
    answer = support.post(address(cast), {"seen": seen_on(page)}, follow=True)
    assert "Done: Remove passkeys." in answer.content.decode()
    assert not Passkey.objects.exists()
    assert not is_signed_in(thief)
    assert not is_signed_in(sign_in_with(device))
    assert mail.outbox[-1].subject == "Your passkeys were removed at Springfield Water"
    assert mail.outbox[-1].to == [LAUNDRY_EMAIL]
    [entry] = LogEntry.objects.filter(additional_data__event=Event.PASSKEYS_REMOVED)
    assert (str(entry.actor), entry.object_repr) == (
        "support@springfield-water.example",
        LAUNDRY_EMAIL,
    )
    assert support.get(address(cast)).status_code == 403  # there is nothing to remove


@pytest.mark.parametrize("key", ["", "A" * 32])
def test_two_step_verification_stays_on(
    support: Client, device: Authenticator, cast: Cast, key: str
) -> None:
    """Whoever talks support into it still lacks the second step."""
    SecondFactor.objects.create(user=cast.laundry, key=key)
    page = support.get(address(cast)).content.decode()
    support.post(address(cast), {"seen": seen_on(page)})
    assert not Passkey.objects.exists()
    assert SecondFactor.objects.exists()


def test_one_added_meanwhile_is_shown_first(
    support: Client, device: Authenticator, cast: Cast
) -> None:
    seen = seen_on(support.get(address(cast)).content.decode())
    Authenticator().known_for(cast.laundry)
    page = support.post(address(cast), {"seen": seen}).content.decode()
    assert "This has changed since you opened the page." in page
    assert Passkey.objects.count() == 2
    assert mail.outbox == []


def test_removed_by_another_at_the_same_moment(
    support: Client, device: Authenticator, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Passkey.objects.none()
    monkeypatch.setattr(type(cast.laundry.passkeys), "all", lambda manager: gone)
    page = support.post(address(cast), {"seen": "[]"}).content.decode()
    assert "This has changed since you opened the page." in page
    assert mail.outbox == []
    assert not LogEntry.objects.filter(additional_data__event=Event.PASSKEYS_REMOVED).exists()


def test_not_for_finance_nor_for_another_biller(device: Authenticator, cast: Cast) -> None:
    for person in (staff("finance", cast.biller), staff("support", other_biller())):
        client = Client()
        client.force_login(person)
        for answer in (client.get(address(cast)), client.post(address(cast), {"seen": "[]"})):
            assert answer.status_code in {302, 403, 404}
    assert Passkey.objects.exists()
