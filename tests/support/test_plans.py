"""With many rows, an index answers everything that the search and the customer's page ask."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import LinkedAccount, UtilityAccount
from icsso.billers.models import Biller
from payments.models import Payment, PaymentLine
from support.customers import facts
from support.record_page import FEW
from support.search.services import search
from tests.cast import Cast
from tests.payments.test_large_lists import many, plan, rows

__all__ = ["many", "rows"]

pytestmark = pytest.mark.django_db
# SQLite, a developer's database, reads through the biller's accounts to find some of them.
PREFERRED = connection.vendor == "postgresql"
SEARCHED = {
    "30000020": "accounts_by_key",
    "3000": "accounts_by_key" if PREFERRED else "account",
    "Nobody Of That Name": "accounts_by_name" if PREFERRED else "account",
    "99 Nowhere Street": "accounts_by_address" if PREFERRED else "account",
    "+1 (217) 555-0199": "accounts_by_phone" if PREFERRED else "account",
    "nobody@example.com": "accounts_by_email" if PREFERRED else "account",
    "INV-77": "paid_invoices_by_number",
    "0b8e3f6e-6f0d-4a57-8f6a-2f3f8d1c9a10": "payments_by_guid|one_payment_per_guid|autoindex",
    "ABCDEFGHJK": "biller_reference|autoindex_payments_checkout",
}


def plans(cast: Cast, term: str) -> str:
    with CaptureQueriesContext(connection) as made:
        search(term, Biller.objects.filter(pk=cast.biller.pk), lambda _permission: True)
    return "\n".join(plan(query["sql"]) for query in made)


# One test: making so many rows takes seconds.
def test_an_index_answers_all_of_it(many: Cast) -> None:
    accounts = UtilityAccount.objects.filter(account_number__startswith="3")[:3000]
    LinkedAccount.objects.bulk_create(
        LinkedAccount(member=many.manager, account=account) for account in accounts
    )
    PaymentLine.objects.bulk_create(
        PaymentLine(payment=payment, invoice_number=f"INV-{payment.pk}", amount=1, fee=0)
        for payment in Payment.objects.filter(lines=None)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    found = {term: (index, plans(many, term)) for term, index in SEARCHED.items()}
    assert {term: told for term, told in found.items() if not re.search(*told)} == {}
    with CaptureQueriesContext(connection) as made:
        assert len(facts.payments(many.manager)) == FEW
        facts.checkouts(many.laundry)
    latest, checkouts = (plan(query["sql"]) for query in made)
    assert "payments_of_account" in latest
    assert "checkouts_of_member" in checkouts
