"""What customers read of maintenance and notices, and when; who announces them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from icsso.billers.announcements.models import Announcement
from icsso.billers.models import Biller
from icsso.billing.session import BillingSession, State, store
from payments.models import Checkout
from tests import cast as people
from tests.cast import Cast

Kind = Announcement.Kind
WILL_BE = "The billing and payment pages will be closed for maintenance from"
IS = "The billing and payment pages are closed"


def announced(biller: Biller, *, hours: float, lasts: float = 3, **facts: Any) -> Announcement:
    """Begins in so many hours."""
    begins = timezone.now() + timedelta(hours=hours)
    ends = begins + timedelta(hours=lasts)
    return Announcement.objects.create(biller=biller, starts_at=begins, ends_at=ends, **facts)


def notice(biller: Biller, **facts: Any) -> Announcement:
    texts = {"english": "Our office is closed today.", "spanish": "Hoy no abrimos."}
    return announced(biller, kind=Kind.NOTICE, **(texts | facts))


def home(client: Client, **headers: str) -> str:
    return " ".join(client.get("/", headers=headers).content.decode().split())


def member(client: Client, cast: Cast, billing: BillingSession | None = None) -> Client:
    client.force_login(cast.laundry)
    if billing:
        session = client.session
        store(session, billing)
        session.save()
    return client


def connected() -> BillingSession:
    expires_at = timezone.now() + timedelta(minutes=20)
    return BillingSession(state=State.CONNECTED, token="a-token", expires_at=expires_at)


def test_maintenance_is_told_three_days_before_and_while_it_lasts(
    client: Client, biller: Biller
) -> None:
    soon = announced(biller, hours=80)
    assert WILL_BE not in home(client)
    soon.delete()
    soon = announced(biller, hours=71)
    assert WILL_BE in home(client)
    soon.delete()
    announced(biller, hours=-1)
    assert IS in home(client)
    assert "Please note" in home(client)


def test_it_is_over_when_it_ends(client: Client, biller: Biller) -> None:
    announced(biller, hours=-4)
    assert "maintenance" not in home(client)


def test_times_are_those_of_the_portal_with_the_months_name(client: Client, biller: Biller) -> None:
    ten = timezone.localtime() + timedelta(days=1)
    begins = ten.replace(hour=5, minute=0, second=0, microsecond=0)
    announcement = announced(biller, hours=1)
    Announcement.objects.filter(pk=announcement.pk).update(
        starts_at=begins, ends_at=begins.replace(hour=8)
    )
    page = client.get("/").content.decode()
    no_break = "\N{NO-BREAK SPACE}"
    assert f"{begins:%Y}, 5:00{no_break}AM to 8:00{no_break}AM{no_break}{begins:%Z}." in page
    assert f"{begins:%B}"[:3] in home(client)


def test_the_billers_words_are_read_in_each_language(client: Client, biller: Biller) -> None:
    notice(biller, hours=-1)
    assert "Our office is closed today." in home(client)
    spanish = home(client, **{"accept-language": "es"})
    assert "Hoy no abrimos." in spanish
    assert "Our office" not in spanish


def test_words_beside_those_of_a_maintenance(client: Client, biller: Biller) -> None:
    announced(biller, hours=5, english="Call us to pay.", spanish="Llámenos para pagar.")
    assert WILL_BE in home(client)
    assert "Call us to pay." in home(client)


def test_a_notice_is_told_from_its_beginning_alone(client: Client, biller: Biller) -> None:
    notice(biller, hours=1)
    assert "Our office" not in home(client)


def test_one_at_a_time_the_most_urgent(client: Client, biller: Biller) -> None:
    announced(biller, hours=10)
    assert WILL_BE in home(client)
    notice(biller, hours=-1)
    assert "Our office" in home(client)
    assert WILL_BE not in home(client)
    announced(biller, hours=-1)
    assert IS in home(client)
    assert "Our office" not in home(client)


def test_nothing_is_told_to_customers_of_another_biller(client: Client, biller: Biller) -> None:
    announced(people.other_biller(), hours=-1)
    assert "maintenance" not in home(client)


def test_what_there_is_to_do_goes_before(client: Client, cast: Cast, biller: Biller) -> None:
    announced(biller, hours=-1)
    member(client, cast, BillingSession(state=State.RECONNECT))
    assert "Your billing pages need to be reconnected." in home(client)
    assert IS not in home(client)


def test_billing_is_away_because_of_it(client: Client, cast: Cast, biller: Biller) -> None:
    member(client, cast, BillingSession(state=State.AWAY))
    assert "Billing pages aren't available right now." in home(client)
    announced(biller, hours=-1)
    assert IS in home(client)
    assert "Billing pages aren't available right now." not in home(client)


def test_pages_of_billing_say_when_they_open_again(
    client: Client, cast: Cast, biller: Biller
) -> None:
    announced(biller, hours=-1)
    member(client, cast, connected())
    page = client.get("/billing/autopay/")
    assert page.status_code == 200
    assert "Closed for maintenance" in page.content.decode()
    assert "They should be open again on" in page.content.decode()
    assert 'href="/billing/autopay/?anyway=1"' in page.content.decode()
    assert "a-token" not in page.content.decode()
    tried = client.get("/billing/autopay/?anyway=1").content.decode()
    assert 'name="billing-frame"' in tried
    assert IS in tried


def test_trying_with_no_token_comes_back_to_trying(
    client: Client, cast: Cast, biller: Biller
) -> None:
    announced(biller, hours=-1)
    answer = member(client, cast).get("/billing/bills/?anyway=1")
    assert answer["Location"] == "/accounts/confirm/?next=%2Fbilling%2Fbills%2F%3Fanyway%3D1"


def test_payment_pages_say_so_and_take_what_is_sent(
    client: Client, cast: Cast, biller: Biller
) -> None:
    announced(biller, hours=-1)
    assert "Closed for maintenance" in client.get("/pay/").content.decode()
    assert "Continue to payment" in client.get("/pay/?anyway=1").content.decode()
    client.post("/pay/", {"account_number": "10000101"})
    failed = client.get(f"/pay/{Checkout.objects.get().address}/").content.decode()
    assert "The payment page didn't open" in failed
    assert IS in failed
    quick = member(client, cast).get("/pay/quick/?account=1").content.decode()
    assert 'href="/pay/quick/?account=1&amp;anyway=1"' in quick


def test_before_and_after_the_pages_are_open(client: Client, biller: Biller) -> None:
    announced(biller, hours=1)
    announced(biller, hours=-4)
    assert "Continue to payment" in client.get("/pay/").content.decode()


def test_no_page_asks_again_within_seconds(
    client: Client, biller: Biller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    announced(biller, hours=-1)
    home(client)
    with django_assert_num_queries(0):
        assert IS in home(client)


def test_what_is_saved_or_deleted_is_told_at_once(client: Client, biller: Biller) -> None:
    soon = announced(biller, hours=1)
    assert WILL_BE in home(client)
    soon.starts_at = timezone.now()
    soon.save()
    assert IS in home(client)
    Announcement.objects.all().delete()
    assert IS not in home(client)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"kind": Kind.NOTICE}, "english"),
        ({"kind": Kind.NOTICE, "english": "Closed."}, "spanish"),
        ({"kind": Kind.MAINTENANCE, "spanish": "Cerrado."}, "english"),
    ],
)
def test_both_languages_are_told_the_same(
    biller: Biller, facts: dict[str, str], field: str
) -> None:
    now = timezone.now()
    wanting = Announcement(biller=biller, starts_at=now, ends_at=now + timedelta(1), **facts)
    with pytest.raises(ValidationError) as refused:
        wanting.full_clean()
    assert set(refused.value.message_dict) == {field}


@pytest.mark.parametrize("lasts", [0, -1])
def test_it_ends_after_it_begins(biller: Biller, lasts: float) -> None:
    begins = timezone.now()
    backwards = Announcement(
        biller=biller, starts_at=begins, ends_at=begins + timedelta(hours=lasts)
    )
    with pytest.raises(ValidationError, match="The end must be after the start"):
        backwards.full_clean()
    with pytest.raises(IntegrityError):
        backwards.save()


def posted(begins: datetime, ends: datetime, **entered: Any) -> dict[str, Any]:
    begins, ends = timezone.localtime(begins), timezone.localtime(ends)
    return {
        "kind": "maintenance",
        "starts_at": f"{begins:%Y-%m-%dT%H:%M}",
        "ends_at": f"{ends:%Y-%m-%dT%H:%M}",
        **entered,
    }
