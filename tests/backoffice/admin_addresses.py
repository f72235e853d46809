"""Every address of the admin there is, with one of everything behind it.

Addresses are taken from the URLs themselves, so that a page made tomorrow is tried as well.
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from auditlog.models import LogEntry
from django.contrib.admin import site
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import URLPattern
from django.utils import timezone

from accounts.models import (
    Helper,
    LegalHold,
    Signup,
    StaffIdentity,
    StaffInvitation,
    UnknownAccount,
    User,
)
from accounts.models.second_factor import Passkey, SecondFactor
from cis.models import AccountImport
from icsso.billers.announcements.models import Announcement
from icsso.billers.identity_provider.models import IdentityProvider
from icsso.billers.probe_runs.models import ProbeRun
from icsso.billers.ways_to_pay.models import WaysToPay
from payments.models import Payment, PaymentLine, Postback, Reversal
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine
from payments.models.review_decision import ReviewDecision
from payments.reversals.services import Evidence, Part, reverse
from posting.files.designer.presets import start_layout
from posting.models import Destination, PostingFile
from posting.models.layout import copy_of
from tests.api.using import token_of
from tests.cast import Cast, staff
from tests.payments.paying import members, opened, postback_fields, send_postback
from tests.posting.lines import endpoint_at

# Django's own, of no biller: for superusers, and Django asks for the permission.
OF_NOBODY = {"django_tasks_database"}
PLAIN = {
    "setting": "setting-129",
    "step": "names",
    "scheme": "light",
    "outcome": "missing-here",
    "name": "payments-by-day",
    "app_label": "accounts",
    "url": "no-such-page",
    "secret": "no-such-invitation",
    "key": "MQ",
    "token": "no-such-link",
}
STAFF_USER = "clerk@springfield-water.example"
Page = tuple[str, str]  # the pattern, and an address that fits it


def one_of_everything(cast: Cast) -> Cast:
    """All of Springfield's."""
    account, boss = cast.account("10000104"), staff("administrator", cast.biller)
    clerk = User.objects.create(email=STAFF_USER, is_staff=True)
    clerk.billers.add(cast.biller)
    email, now, today = "rosa@example.com", timezone.now(), timezone.localdate()
    Signup.objects.create(biller=cast.biller, account=account, email=email)
    cast.laundry.credential_changes.create(kind="reset")
    cast.laundry.account_syncs.create()
    cast.laundry.unlinked_accounts.create(account=account)
    cast.neighbour.all_links.create(account=account, held_as="springfield", needs_proof_since=now)
    Helper.objects.create(
        owner=cast.laundry, person=cast.neighbour, email=email, right="view", ends_on=today
    )
    cast.biller.probe_runs.create(started_by="springfield", finished_at=now)
    UnknownAccount.objects.create(member=cast.laundry, account_number="10000106")
    invitation = StaffInvitation.objects.create(
        email="new@springfield-water.example", invited_by_id=boss.pk
    )
    invitation.billers.add(cast.biller)
    IdentityProvider.objects.create(
        biller=cast.biller,
        name="Springfield",
        use="off",  # nothing is called
        issuer="http://127.0.0.1:9",
    )
    StaffIdentity.objects.create(user_id=clerk.pk, issuer="http://127.0.0.1:9", subject="1")
    for person in (cast.laundry, clerk):
        SecondFactor.objects.create(user=person, key="A" * 32)  # so that it can be taken away
    Passkey.objects.create(member=cast.laundry, name="springfield", credential_id="AAAA")
    LegalHold.objects.create(biller=cast.biller, reason="Case 17", ends_on=today)
    AccountImport.objects.create(biller=cast.biller, file_name="springfield.csv", rejected=1)
    WaysToPay.objects.create(
        biller=cast.biller, kind="help", english="springfield", spanish="springfield"
    )
    Announcement.objects.create(
        biller=cast.biller, english="springfield", starts_at=now, ends_at=now + timedelta(hours=1)
    )
    for approved in ("True", "Yes"):
        checkout = members(cast, (approved == "True" and "10000101") or "10000103")
        send_postback(Client(), checkout, postback_fields(checkout, Approved=approved))
    opened(cast, minutes_ago=90, unconfirmed_at=now)
    doubtful = Postback.objects.get(verdict=Postback.Verdict.REVIEW)
    ReviewDecision.objects.create(postback=doubtful, by=boss, decision="open", note="springfield")
    uploaded = Reconciliation.objects.create(
        biller=cast.biller,
        first_day=today,
        last_day=today,
        file_name="springfield.csv",
        header=["a"],
        columns={"account": "a"},
        uploaded_by=boss,
        matched_at=now,
    )
    ReconciliationLine.objects.create(
        reconciliation=uploaded, number=2, outcome="missing-here", account_number="10000103"
    )
    start_layout(cast.biller, "csv")
    Destination.objects.create(biller=cast.biller, kind="sftp", host="sftp.springfield.example")
    PostingFile.objects.create(
        biller=cast.biller,
        number=1,
        name="springfield.csv",
        day=today,
        layout=copy_of(cast.biller.posting_layout, []),
    )
    endpoint = endpoint_at(cast, "http://127.0.0.1:9/springfield", previous_secret="x")
    for line in PaymentLine.objects.all():
        endpoint.deliveries.create(event="payment.received", payment_line=line)
    token_of(cast.biller, name="springfield")
    payment = Payment.objects.get()
    payment.lines.create(invoice_number="2", amount=Decimal("10.00"), fee=Decimal(0))
    evidence = Evidence(source=Reversal.Source.STAFF, by=boss, note="springfield", happened_at=now)
    reverse(payment, Reversal.Kind.REFUNDED, evidence, Part(amount=Decimal("5.00")))
    return cast


def patterns(inside: list[Any], prefix: str = "/admin/") -> Iterator[str]:
    for pattern in inside:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield re.sub(r"\^|\$|\(\?P(<\w+>)[^)]*\)", r"\1", address)
        else:
            yield from patterns(pattern.url_patterns, address)


def pages(cast: Cast) -> list[Page]:
    return [(pattern, filled(pattern, cast)) for pattern in patterns(site.get_urls())]


def filled(pattern: str, cast: Cast) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name == "line":
            return str(ReconciliationLine.objects.get().pk)
        if name == "reversal":
            return str(Reversal.objects.get().pk)
        if name == "run":
            return str(ProbeRun.objects.get().pk)
        if name == "biller":
            return str(cast.biller.pk)
        if name == "content_type_id":
            return str(ContentType.objects.get_for_model(User).pk)
        return PLAIN.get(name) or str(pk_of(pattern, cast))

    return re.sub(r"<(?:\w+:)?(\w+)>", value, pattern)


def pk_of(pattern: str, cast: Cast) -> Any:
    app, name = pattern.split("/")[2:4]
    known: dict[str, Callable[[], Any]] = {
        "member": lambda: cast.laundry,
        "r": lambda: cast.laundry,
        "staffuser": lambda: User.objects.get(email=STAFF_USER),
        "biller": lambda: cast.biller,
        "postback": lambda: Postback.objects.get(verdict=Postback.Verdict.REVIEW),
        "logentry": lambda: LogEntry.objects.get_for_object(cast.laundry).first(),
    }
    if app in OF_NOBODY:
        return 1
    if find := known.get(app) or known.get(name):
        return find().pk
    model = next(m for m in site._registry if m._meta.label_lower == f"{app}.{name}")
    one = model._default_manager.first()
    assert one, f"make a {app}.{name} of Springfield's in `records`"
    return one.pk
