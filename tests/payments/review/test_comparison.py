"""A postback compared with its checkout: only the doubtful field is a finding."""

import pytest
from django.test import Client

from payments.models import Postback
from payments.review.comparison import compare
from tests.cast import Cast
from tests.payments.paying import OTHER_GUID, opened, postback_fields, send_postback


def findings(postback: Postback) -> set[str]:
    return {row.name for row in compare(postback) if row.is_finding}


@pytest.mark.parametrize(
    ("reason", "field", "said"),
    [
        ("approved", "Approved", "Yes"),
        ("approved", "Approved", " True"),
        ("approved", "Approved", None),
        ("biller", "BillerGUID", OTHER_GUID),
        ("biller", "BillerGUID", "?"),
        ("reference", "BillerReference", "another"),
        ("account", "AccountNumber", "10000102"),
        ("guid", "PaymentGUID", "?"),
        ("guid", "PaymentGUID", None),
        ("amount", "PaymentAmount", "?"),
        ("amount", "PaymentAmount", None),
        ("fee", "ConvenienceFee", "?"),
    ],
)
def test_what_is_doubtful_is_a_finding_and_nothing_else(
    cast: Cast, reason: str, field: str, said: str | None
) -> None:
    checkout = opened(cast)
    send_postback(Client(), checkout, postback_fields(checkout, **{field: said}))
    postback = checkout.postbacks.get()
    assert postback.reason == reason
    assert findings(postback) == {field}


def test_account_numbers_are_compared_in_their_normal_form(cast: Cast) -> None:
    account = cast.account("10000101")
    account.account_number = "A-00101"
    account.save()
    checkout = opened(cast, "A-00101")
    send_postback(Client(), checkout, postback_fields(checkout, AccountNumber="a00101 "))
    assert checkout.postbacks.get().verdict == "approved"


@pytest.mark.parametrize("field", ["BillerReference"])
def test_small_letters_are_others(cast: Cast, field: str) -> None:
    account = cast.account("10000101")
    account.account_number = "A-101"
    account.save()
    checkout = opened(cast, "A-101", biller_reference="REF-A")
    send_postback(
        Client(),
        checkout,
        postback_fields(checkout, **{field: postback_fields(checkout)[field].lower()}),
    )
    postback = checkout.postbacks.get()
    assert postback.verdict == "review"
    assert findings(postback) == {field}


def test_a_payment_known_elsewhere_and_one_field_said_twice(cast: Cast) -> None:
    first, second = opened(cast), opened(cast)
    send_postback(Client(), first, postback_fields(first))
    send_postback(Client(), second, postback_fields(second))
    assert findings(second.postbacks.get(reason="known")) == {"PaymentGUID"}
    send_postback(Client(), second, postback_fields(second), query="PaymentAmount=1.00")
    assert findings(second.postbacks.get(reason="two-values")) == {"PaymentAmount"}


def test_a_good_postback_has_no_findings(cast: Cast) -> None:
    checkout = opened(cast)
    send_postback(
        Client(),
        checkout,
        postback_fields(checkout, CustomerName="willows LAUNDRY", ConvenienceFee=None),
    )
    assert findings(checkout.postbacks.get()) == set()
