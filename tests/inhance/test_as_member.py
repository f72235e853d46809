"""What a member sees, shown to support, which cannot act there."""

import re
from datetime import timedelta
from decimal import Decimal

import responses
from auditlog.models import LogEntry
from django.test import Client
from django.utils import timezone

from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from accounts.models import LinkedAccount, User
from backoffice.audit.events import Event
from icsso.billers.announcements.models import Announcement
from payments.models import Payment
from payments.reconciliation.resolution import add_payment
from tests.cast import Cast, other_biller, staff
from tests.payments.paying import opened, postback_fields, send_postback
from tests.payments.reconciliation.lists import matched, strange


def address(member: User) -> str:
    return f"/admin/accounts/member/{member.pk}/as-member/"


def test_accounts_payments_and_open_changes(support: Client, cast: Cast) -> None:
    checkout = opened(cast, member=cast.laundry)
    send_postback(Client(), checkout, postback_fields(checkout))
    link = cast.laundry.links.get()
    link.settle(LinkedAccount.State.REFUSED, "The account is closed.")
    cast.laundry.credential_changes.create(kind="email", new_email="willow@example.com")
    now = timezone.now()
    words = {"english": "The office is closed.", "spanish": "La oficina está cerrada."}
    Announcement.objects.create(
        biller=cast.biller,
        kind="notice",
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=1),
        **words,
    )
    page = support.get(address(cast.laundry)).content.decode()
    assert "The office is closed." in page
    for said in (
        "10000101",
        "refused: The account is closed.",
        f"${Payment.objects.get().total}",
        "paid",
        "not available right now",
    ):
        assert said in page
    assert checkout.biller_reference in page
    assert checkout.address not in page
    assert "View only." in page


def test_a_payment_that_an_operator_added_stands_there_too(support: Client, cast: Cast) -> None:
    line = matched(cast.biller, strange(cast, Amount="55.55")).lines.get()
    add_payment(line, note="Seen at the bank.", by=staff("finance", cast.biller))
    page = support.get(address(cast.laundry)).content.decode()
    member = Client()
    member.force_login(cast.laundry)
    assert "$58.05" in member.get("/pay/history/").content.decode()
    assert "$58.05" in page[page.index('id="seen-payments"') :]


def test_the_balance_is_the_one_that_the_member_sees(support: Client, cast: Cast) -> None:
    account = cast.account("10000101")
    asked_at = timezone.now() - timedelta(minutes=2)
    kept.keep(account.pk, Balance(amount=Decimal("84.20"), asked_at=asked_at))
    member = Client()
    member.force_login(cast.laundry)
    for client, page in ((member, "/"), (support, address(cast.laundry))):
        text = client.get(page).content.decode()
        assert "$84.20" in text
        assert "as of" not in text
    kept.keep(account.pk, Balance(amount=Decimal("9.10"), asked_at=timezone.now()))
    LinkedAccount.objects.update(balance_at=timezone.now() - timedelta(hours=2))
    assert "$9.10" in support.get(address(cast.laundry)).content.decode()
    assert "as of" in support.get(address(cast.laundry)).content.decode()
    kept.doubt(cast.laundry, timezone.now())
    for client, page in ((member, "/"), (support, address(cast.laundry))):
        assert "$9.10" not in client.get(page).content.decode()


def test_nothing_on_it_acts(support: Client, cast: Cast) -> None:
    page = support.get(address(cast.laundry)).content.decode()
    main = page[page.index('id="content-start"') :]
    assert "<form" not in main
    assert set(re.findall(r'href="([^"]*)"', main)) == set()
    assert support.post(address(cast.laundry)).status_code == 405
    assert support.get("/accounts/").status_code == 302  # nobody became the member


@responses.activate
def test_invoice_cloud_is_not_asked(support: Client, cast: Cast) -> None:
    assert support.get(address(cast.laundry)).status_code == 200
    assert len(responses.calls) == 0


def test_that_somebody_looked_is_written_down(support: Client, cast: Cast) -> None:
    support.get(address(cast.laundry))
    entry = LogEntry.objects.get(additional_data__event=Event.SEEN)
    assert str(entry.actor) == "support@springfield-water.example"
    assert entry.object_repr == "laundry@example.com"


def test_a_manager_of_thousands_is_shown_in_part(support: Client, cast: Cast) -> None:
    page = support.get(address(cast.manager)).content.decode()
    assert "(40)" in page
    assert page.count("Maple Court</th>") == 20


def test_who_may_not_and_who_is_not_theirs(support: Client, cast: Cast) -> None:
    stranger = User.objects.create(email="stranger@example.com", biller=other_biller())
    clerk = staff("finance", cast.biller)
    assert support.get(address(stranger)).status_code == 404
    assert support.get(address(clerk)).status_code == 404
    support.force_login(clerk)
    assert support.get(address(cast.laundry)).status_code == 403
    assert not LogEntry.objects.filter(additional_data__event=Event.SEEN).exists()
