"""Operators read the records of payments; nobody edits them, and they show no secret."""

import pytest
from django.test import Client

from accounts.models import User
from payments.models import Payment, Postback
from tests.cast import Cast, other_biller
from tests.payments.paying import HOSTED, opened, postback_fields, send_postback


@pytest.fixture
def operator(cast: Cast, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator@example.com", "x"))
    return client


def trail(cast: Cast) -> list[str]:
    checkout = opened(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    payment, postback = Payment.objects.get(), Postback.objects.get()
    return [
        "/admin/payments/checkout/",
        f"/admin/payments/checkout/{checkout.pk}/change/",
        "/admin/payments/payment/",
        f"/admin/payments/payment/{payment.pk}/change/",
        "/admin/payments/postback/",
        f"/admin/payments/postback/{postback.pk}/change/",
    ]


def test_checkouts_payments_and_postbacks_can_be_read(operator: Client, cast: Cast) -> None:
    for page in trail(cast):
        answer = operator.get(page)
        assert answer.status_code == 200, page
        assert "84.20" in answer.content.decode() or page.endswith("t/") or "postback" in page


def test_no_page_shows_a_token_a_digest_or_the_hosted_page(operator: Client, cast: Cast) -> None:
    pages = trail(cast)
    still_open = opened(cast)
    pages.append(f"/admin/payments/checkout/{still_open.pk}/change/")
    secrets = [HOSTED]
    for checkout in (still_open, still_open.ordered_accounts[0].checkouts.earliest("pk")):
        secrets += [checkout.address, checkout.postback_digest, checkout.return_digest]
    for page in pages:
        shown = operator.get(page).content.decode()
        assert not [secret for secret in secrets if secret in shown], page


def test_nothing_can_be_added_changed_or_deleted(operator: Client, cast: Cast) -> None:
    for page in trail(cast)[1::2]:
        kind = page.split("/")[3]
        assert operator.get(f"/admin/payments/{kind}/add/").status_code == 403
        assert operator.post(page, {}).status_code == 403
        assert operator.post(page.replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert Payment.objects.count() == 1


def test_what_is_for_review_can_be_found(operator: Client, cast: Cast) -> None:
    checkout = opened(cast)
    send_postback(Client(), checkout, postback_fields(checkout, PaymentAmount="?"))
    page = operator.get("/admin/payments/postback/?verdict__exact=review").content.decode()
    assert "the amount cannot be read" in page
    assert checkout.biller_reference in page


def test_a_postback_is_read_in_a_table_and_its_payment_leads_to_it(
    operator: Client, cast: Cast
) -> None:
    *_, payment, _list, postback = trail(cast)
    call_said = operator.get(postback).content.decode()
    assert '<th scope="row">PaymentAmount</th><td>84.20</td>' in call_said
    assert "{&quot;" not in call_said
    invoices = operator.get(payment).content.decode()
    assert '<th scope="row">INV-1</th><td>$84.20</td><td>$2.50</td>' in invoices
    assert f'href="{postback}"' in invoices


def test_the_biller_is_told_where_there_are_several(operator: Client, cast: Cast) -> None:
    opened(cast)
    page = "/admin/payments/checkout/"
    assert "Springfield Water" not in operator.get(page).content.decode()
    other_biller()
    assert operator.get(page).content.decode().count("Springfield Water") == 2  # a row, the filter


def test_the_search_says_what_it_finds_by_and_how_many(operator: Client, cast: Cast) -> None:
    opened(cast)
    page = operator.get("/admin/payments/checkout/?q=10000101&kind__exact=guest").content.decode()
    assert '<label for="searchbar">Account number or biller reference</label>' in page
    assert '<input type="hidden" name="kind__exact" value="guest">' in page
    assert "1 found." in page
