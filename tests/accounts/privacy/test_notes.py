"""An erasure takes the person out of what staff wrote, and out of rejected rows of imports."""

import json
from decimal import Decimal

import pytest
from auditlog.models import LogEntry
from django.test import Client
from django.utils import timezone

from accounts.privacy import export, services
from accounts.privacy.words import without
from cis.models import AccountImport
from payments.models import Checkout, Payment, Postback, Reversal
from payments.models.review_decision import ReviewDecision
from payments.reversals.services import Evidence, Part, reverse
from payments.review import services as review
from tests.cast import LAUNDRY_EMAIL, Cast, staff
from tests.payments.paying import members, postback_fields, send_postback
from tests.payments.reversals.happened import clerk

pytestmark = pytest.mark.any_database
REJECTS = (
    '"line","reason","account number","name","email"\r\n'
    '"2","no ZIP code","\'0001-0000101","The Willows Laundry","x@example.com"\r\n'
    f'"3","no ZIP code","99","Somebody","{LAUNDRY_EMAIL}"\r\n'
    '"4","no ZIP code","88","Fred","fred@example.com"\r\n'
)


def test_names_emails_and_phone_numbers_go(cast: Cast) -> None:
    account = cast.account("10000101")
    account.name, account.phone = "Wilma Laundress", "(555) 010-0199 x12"
    account.save()
    clean = without(cast.laundry)
    said = f"Wilma called from 555.010.0199, wrote from {LAUNDRY_EMAIL.upper()}: payment of $84.20"
    assert clean(said) == "[erased] called from [erased], wrote from [erased]: payment of $84.20"
    assert clean("acct 1001-00 5550100199") == "acct [erased]"
    assert clean("Case 555-010-0198, Fred") == "Case 555-010-0198, Fred"


def test_notes_about_their_payments_stay_without_the_person(cast: Cast) -> None:
    note = f"Asked {LAUNDRY_EMAIL}; the bank confirms it."
    checkout = members(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    send_postback(Client(), checkout, postback_fields(checkout, Approved="False"))
    waiting = Postback.objects.get(verdict="review")
    review.decide(waiting, by=clerk(cast), decision="rejected", note=note, seen=None)
    evidence = Evidence(
        source=Reversal.Source.STAFF, by=clerk(cast), note=note, happened_at=timezone.now()
    )
    reverse(Payment.objects.get(), Reversal.Kind.REFUNDED, evidence, Part(amount=Decimal(5)))
    Checkout.objects.update(checked_note=note)
    assert LogEntry.objects.filter(changes__note__1=note).count() == 2
    services.erase(cast.laundry)
    left = "Asked [erased]; the bank confirms it."
    assert ReviewDecision.objects.get().note == left
    assert Reversal.objects.get().note == left
    assert Checkout.objects.get().checked_note == left
    assert LogEntry.objects.filter(changes__note__1=left).count() == 2
    assert Payment.objects.get().net_amount == Decimal("79.20")


def test_rejected_rows_of_imports_go(cast: Cast) -> None:
    """They are found by the member's account number or email; rows of others stay."""
    facts = {"biller": cast.biller, "file_name": "accounts.csv", "rejected": 3}
    number = cast.account("10000101").account_number
    rejects = REJECTS.replace("0001-0000101", number)
    run = AccountImport.objects.create(rejects=rejects, **facts)
    told = json.loads("".join(export.as_json(cast.laundry)))["rejected_rows"]
    assert ["Willows" in told[0]["cells"], LAUNDRY_EMAIL in told[1]["cells"]] == [True, True]
    services.erase(cast.laundry)
    run.refresh_from_db()
    lines = rejects.splitlines(keepends=True)
    assert run.rejects == lines[0] + lines[3]
    assert staff("administrator", cast.biller)
