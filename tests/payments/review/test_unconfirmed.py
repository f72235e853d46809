"""Checkouts that Invoice Cloud never confirmed: staff say what they found out, and the checkout no
longer waits."""

from datetime import timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.test import Client
from django.utils import timezone

from accounts.models import UtilityAccount
from backoffice.audit.registry import concerning
from icsso.billers.models import Biller
from payments.checkout.timeline import timeline_of
from payments.models import Checkout
from payments.models.checkout import Status
from payments.models.reconciliation import Reconciliation
from payments.review import unconfirmed
from tests import cast as people
from tests.cast import Cast
from tests.payments.paying import opened, postback_fields, send_postback

pytestmark = pytest.mark.any_database
PAGE = "/admin/payments/postback/unconfirmed/"
NOTE = "Checked with Invoice Cloud: no payment."


def silent(cast: Cast, **facts: Any) -> Checkout:
    return opened(cast, minutes_ago=90, unconfirmed_at=timezone.now(), **facts)


def mark(client: Client, *checkouts: Checkout, note: str = NOTE) -> str:
    sent = {"checkouts": [one.pk for one in checkouts], "note": note}
    return client.post(PAGE, sent, follow=True).content.decode()


def test_what_was_looked_at_leaves_the_list_with_a_note(finance: Client, cast: Cast) -> None:
    one, other = silent(cast), silent(cast)
    assert "1 checkout marked as checked." in mark(finance, one)
    page = finance.get(PAGE).content.decode()
    assert one.biller_reference not in page
    assert other.biller_reference in page
    one.refresh_from_db()
    assert str(one.checked_by) == "finance@springfield-water.example"
    assert one.checked_note == NOTE
    assert one.status == Status.UNCONFIRMED  # for the customer, nothing has changed
    told = [(event.title, event.text) for event in timeline_of(one)]
    assert ("Checked by finance@springfield-water.example", NOTE) in told


def test_several_at_once_and_each_is_in_the_audit_log(finance: Client, cast: Cast) -> None:
    three = [silent(cast) for _ in range(3)]
    assert "3 checkouts marked as checked." in mark(finance, *three)
    entries = LogEntry.objects.filter(additional_data__event="checked")
    assert {entry.object_pk for entry in entries} == {str(one.pk) for one in three}
    assert entries[0].additional_data["reason"] == NOTE
    assert concerning(entries, [cast.biller.pk]).count() == 3


def test_a_late_postback_still_counts(finance: Client, cast: Cast) -> None:
    checkout = silent(cast)
    mark(finance, checkout)
    send_postback(Client(), checkout, postback_fields(checkout))
    checkout.refresh_from_db()
    assert checkout.status == Status.PAID


def test_what_was_confirmed_or_checked_meanwhile_is_left_alone(finance: Client, cast: Cast) -> None:
    paid, checked = silent(cast), silent(cast)
    mark(finance, checked, note="By phone.")
    send_postback(Client(), paid, postback_fields(paid))
    assert "was confirmed or checked meanwhile" in mark(finance, paid, checked)
    checked.refresh_from_db()
    assert checked.checked_note == "By phone."
    assert not checked.mark_checked(by=checked.checked_by, note="again")  # type: ignore[arg-type]
    assert not Checkout.objects.get(pk=paid.pk).checked_at


def test_without_a_choice_or_a_note_nothing_is_saved(finance: Client, cast: Cast) -> None:
    checkout = silent(cast)
    assert "Choose at least one checkout." in mark(finance)
    assert "This field is required." in mark(finance, checkout, note="")
    mark(finance, checkout, note="4111 1111 1111 1111")
    checkout.refresh_from_db()
    assert "1111 1111 1111" not in checkout.checked_note


def test_each_leads_to_its_account_its_story_and_its_line(finance: Client, cast: Cast) -> None:
    checkout = silent(cast)
    today = timezone.localdate()
    uploaded = Reconciliation.objects.create(
        biller=cast.biller,
        first_day=today,
        last_day=today,
        header=["a"],
        uploaded_by=people.staff("administrator", cast.biller),
    )
    line = uploaded.lines.create(number=7, outcome="missing-here", checkout=checkout)
    page = finance.get(PAGE).content.decode()
    account = UtilityAccount.objects.get(pk=checkout.ordered_accounts[0].pk)
    assert f"/admin/accounts/utilityaccount/{account.pk}/change/" in page
    assert f"/admin/payments/checkout/{checkout.pk}/change/" in page
    assert f'/admin/payments/reconciliation/{uploaded.pk}/line/{line.pk}/">Line 7</a>' in page
    found = finance.post("/admin/payments/payment/where/", {"term": checkout.biller_reference})
    assert found.status_code in {200, 302}


def test_others_see_none_and_mark_none(client: Client, cast: Cast) -> None:
    checkout = silent(cast)
    client.force_login(people.staff("finance", people.other_biller()))
    assert checkout.biller_reference not in client.get(PAGE).content.decode()
    assert "was confirmed or checked meanwhile" in mark(client, checkout)
    client.force_login(people.staff("support", cast.biller))
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"checkouts": [checkout.pk], "note": NOTE}).status_code == 403
    assert not Checkout.objects.exclude(checked_at=None).exists()


def test_the_page_takes_few_queries_however_many_there_are(
    finance: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        silent(cast)
    with django_assert_max_num_queries(14):
        page = finance.get(PAGE).content.decode()
    assert page.count('name="checkouts"') == 25
    assert '<a rel="next" href="?page=2">' in page


def waits(cast: Cast) -> bool:
    return bool(unconfirmed.number_waiting(Biller.objects.filter(pk=cast.biller.pk)))


def listed(cast: Cast, days: int = 1) -> Reconciliation:
    today = timezone.localdate()
    return Reconciliation.objects.create(
        biller=cast.biller,
        first_day=today - timedelta(days=days),
        last_day=today + timedelta(days=days),
        header=["a"],
        uploaded_by=people.staff("administrator", cast.biller),
        matched_at=timezone.now(),
    )


def test_abandoned_ones_do_not_wait_forever(cast: Cast) -> None:
    checkout = silent(cast)
    assert waits(cast)
    Checkout.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert not waits(cast)
    Checkout.objects.update(returned_at=checkout.created_at)  # there was a payment, maybe
    assert waits(cast)


def test_a_list_without_the_payment_settles_it(cast: Cast) -> None:
    silent(cast)
    made = listed(cast)
    assert not waits(cast)
    Reconciliation.objects.update(matched_at=None)
    assert waits(cast)
    made.matched_at, made.withdrawn_at = timezone.now(), timezone.now()
    made.save()
    assert waits(cast)


def test_the_note_is_the_staff_users_own(finance: Client, cast: Cast) -> None:
    silent(cast)
    assert NOTE not in finance.get(PAGE).content.decode()
