"""Export of all that is held about one member, and erasure of the person (story 22)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.serializers import serialize
from django.test import Client
from django.urls import reverse

from accounts.models import (
    FailedSignIn,
    LinkedAccount,
    Member,
    SentEmail,
    Signup,
    UndeliveredEmail,
    UtilityAccount,
)
from accounts.privacy import export, services
from backoffice.audit.events import Event
from payments.models import Checkout, Payment, Postback
from tests.cast import LAUNDRY_EMAIL, LAUNDRY_PASSWORD, Cast, member, other_biller, staff
from tests.payments.paying import members, postback_fields, send_postback

pytestmark = pytest.mark.any_database

OLD_EMAIL = "old-laundry@example.com"
PERSON = "Wilma Laundress"
REASON = "asked by phone, identity checked"


@pytest.fixture
def lived(cast: Cast) -> Cast:
    """The laundry has been here for a while, and left traces everywhere."""
    browser, laundry = Client(), cast.laundry
    Signup.objects.create(
        biller=cast.biller, email=LAUNDRY_EMAIL, member=laundry, finished_at=laundry.joined_at
    )
    laundry.email = OLD_EMAIL
    laundry.save()
    laundry.email = LAUNDRY_EMAIL
    laundry.save()
    laundry.credential_changes.create(kind="email", new_email=LAUNDRY_EMAIL)
    browser.post("/accounts/login/", {"username": LAUNDRY_EMAIL, "password": "not this one"})
    browser.post("/accounts/login/", {"username": LAUNDRY_EMAIL, "password": LAUNDRY_PASSWORD})
    browser.post("/accounts/password-reset/", {"email": LAUNDRY_EMAIL})
    UndeliveredEmail.objects.create(
        biller=cast.biller,
        member=laundry,
        email=OLD_EMAIL,
        notification="two_step",
        reason="refused",
    )
    checkout = members(cast, "10000101")
    send_postback(
        browser, checkout, postback_fields(checkout, CustomerName=PERSON, RemoteIP="192.0.2.7")
    )
    laundry.unlinked_accounts.create(account=cast.account("10000104"))
    laundry.unlinked_accounts.all().delete()  # the audit log keeps it
    return cast


def everything_stored() -> Iterator[str]:
    """All rows of all tables, as text."""
    for model in apps.get_models():
        yield serialize("json", model._base_manager.all())


def body(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def test_the_traces_are_there(lived: Cast) -> None:
    """Else the tests below would prove nothing."""
    stored = "".join(everything_stored())
    for trace in (LAUNDRY_EMAIL, OLD_EMAIL, PERSON, "192.0.2.7"):
        assert trace in stored, trace
    assert FailedSignIn.objects.count() == 1
    assert SentEmail.objects.get().notification == "reset_password"


def test_after_an_erasure_nothing_names_the_person(lived: Cast) -> None:
    assert services.erase(lived.laundry, reason=REASON)
    stored = "".join(everything_stored())
    for trace in (LAUNDRY_EMAIL, OLD_EMAIL, PERSON, "192.0.2.7"):
        assert trace not in stored, trace
    assert not Member.objects.filter(pk=lived.laundry.pk).exists()
    left = (Signup, FailedSignIn, SentEmail, UndeliveredEmail, Session)
    assert [model.objects.count() for model in left] == [0] * 5


def test_payments_stay_without_the_person(lived: Cast) -> None:
    before = Payment.objects.get()
    services.erase(lived.laundry)
    payment, checkout = Payment.objects.get(), Checkout.objects.get()
    assert (payment.total, payment.account) == (before.total, before.account)
    assert (checkout.member, checkout.visitor, str(checkout.status)) == (None, "erased", "paid")
    fields = Postback.objects.get().fields
    assert (fields["CustomerName"], fields["PaymentAmount"]) == (["erased"], ["84.20"])


def test_the_same_postback_again_is_still_a_repeat(lived: Cast) -> None:
    checkout = Checkout.objects.get()
    services.erase(lived.laundry)
    # The address of the postback is known to Invoice Cloud alone.
    assert Postback.objects.get().checkout == checkout
    assert Postback.objects.get().content_digest


def test_it_is_logged_without_the_person(lived: Cast) -> None:
    clerk = staff("administrator", lived.biller).as_proxy()
    services.erase(lived.laundry, by=clerk, reason=REASON)  # type: ignore[arg-type]
    entry = LogEntry.objects.get(additional_data__event=Event.ERASED)
    assert (entry.object_repr, entry.actor_email) == ("erased", clerk.email)
    assert entry.additional_data["reason"] == REASON
    assert entry.additional_data[f"biller:{lived.biller.pk}"]


def test_what_was_done_stays_in_the_log(lived: Cast) -> None:
    about = {"object_pk": str(lived.laundry.pk), "changes__has_key": "email"}
    before = LogEntry.objects.filter(**about).count()
    services.erase(lived.laundry)
    assert before >= 2
    assert LogEntry.objects.filter(**about).count() == before
    assert not LogEntry.objects.filter(action=LogEntry.Action.DELETE, **about).exists()


def test_the_same_email_at_another_biller_is_somebody_else(lived: Cast) -> None:
    other = other_biller()
    twin = member(other, LAUNDRY_EMAIL, LAUNDRY_PASSWORD)
    Signup.objects.create(biller=other, email=LAUNDRY_EMAIL, link_digest="twin")
    account = UtilityAccount.objects.create(biller=other, account_number="1", name="Twin")
    link = LinkedAccount.objects.create(member=twin, account=account)
    SentEmail.objects.create(biller=other, email=LAUNDRY_EMAIL, notification="two_step")
    services.erase(lived.laundry)
    assert Member.objects.get(email=LAUNDRY_EMAIL) == twin
    assert Signup.objects.get().biller == SentEmail.objects.get().biller == other
    assert LogEntry.objects.filter(object_repr=LAUNDRY_EMAIL, object_pk=str(twin.pk)).exists()
    assert LogEntry.objects.get_for_object(link).get().object_repr == f"1 · {LAUNDRY_EMAIL}"


def test_the_second_of_two_erasures_does_nothing(lived: Cast) -> None:
    assert services.erase(Member.objects.get(pk=lived.laundry.pk))
    assert not services.erase(lived.laundry)
    assert LogEntry.objects.filter(additional_data__event=Event.ERASED).count() == 1


def test_they_are_signed_out_at_once(lived: Cast) -> None:
    browser = Client()
    browser.force_login(lived.laundry)
    assert browser.get(reverse("accounts:list")).status_code == 200
    services.erase(lived.laundry)
    assert browser.get(reverse("accounts:list")).status_code == 302


def test_the_export_holds_every_part(lived: Cast) -> None:
    held = json.loads("".join(export.as_json(lived.laundry)))
    assert held["member"][0]["email"] == LAUNDRY_EMAIL
    assert held["linked_accounts"][0]["account_number"] == "10000101"
    assert held["payments"][0]["amount"] == "84.20"
    assert held["payments"][0]["net_total"] == "86.70"
    assert held["checkouts"][0]["state"] == "paid"
    assert len(held["failed_sign_ins"]) == len(held["emails_sent"]) == 1
    assert held["emails_not_delivered"][0]["email"] == OLD_EMAIL
    assert held["audit_log"]
    assert "password" not in json.dumps(list(held["member"][0]))


def test_an_export_of_many_rows_is_whole(lived: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PIECE", 3)
    held = json.loads("".join(export.as_json(lived.manager)))
    assert len(held["linked_accounts"]) == 40


def test_the_page_to_read_is_in_the_members_language(lived: Cast) -> None:
    lived.laundry.language = "es"
    page = "".join(export.as_html(lived.laundry))
    assert '<html lang="es">' in page
    assert page.count("<table>") == page.count("</table>") >= 14
    assert "10000101" in page


def test_what_the_person_wrote_is_no_markup(lived: Cast) -> None:
    lived.laundry.all_links.update(nickname="<script>alert(1)</script>")
    assert "<script>" not in "".join(export.as_html(lived.laundry))


def test_staff_export_on_request_and_it_is_logged(administrator: Client, lived: Cast) -> None:
    address = f"/admin/accounts/member/{lived.laundry.pk}/privacy/"
    assert "Download as data" in administrator.get(address).content.decode()
    assert administrator.get(f"{address}json/").status_code == 405
    answer = administrator.post(f"{address}json/")
    assert "attachment" in answer["Content-Disposition"]
    assert LAUNDRY_EMAIL not in answer["Content-Disposition"]
    assert json.loads(body(answer))["biller"] == lived.biller.name
    assert "<h1>" in body(administrator.post(f"{address}html/"))
    assert LogEntry.objects.filter(additional_data__event=Event.EXPORTED).count() == 2


def test_staff_erase_on_request(administrator: Client, lived: Cast) -> None:
    address = f"/admin/accounts/member/{lived.laundry.pk}/erase/"
    page = administrator.get(address).content.decode()
    assert "What remains at Invoice Cloud" in page
    answer = administrator.post(
        address, {"reason": REASON, "checked": "on", "stopped": "on"}, follow=True
    )
    assert "Ask Invoice Cloud" in answer.content.decode()
    assert LAUNDRY_EMAIL not in answer.content.decode()
    assert not Member.objects.filter(pk=lived.laundry.pk).exists()
    assert len(mail.outbox) == 1  # the one about the password


@pytest.mark.parametrize(
    "typed",
    [
        {"reason": REASON, "stopped": "on"},
        {"checked": "on", "stopped": "on"},
        {"reason": REASON, "checked": "on"},  # AutoPay may go on
        {"reason": f"{LAUNDRY_EMAIL} asked for it", "checked": "on", "stopped": "on"},
        {"reason": f"{OLD_EMAIL} asked for it", "checked": "on", "stopped": "on"},
        {
            "reason": "WILLOWS asked by phone",
            "checked": "on",
            "stopped": "on",
        },  # the name of the account
        {
            "reason": "new-me@example.com asked",
            "checked": "on",
            "stopped": "on",
        },  # never became the member's
    ],
)
def test_not_without_a_reason_and_a_check(
    administrator: Client, lived: Cast, typed: dict[str, str]
) -> None:
    lived.laundry.credential_changes.create(kind="email", new_email="new-me@example.com")
    answer = administrator.post(f"/admin/accounts/member/{lived.laundry.pk}/erase/", typed)
    assert answer.status_code == 200
    assert Member.objects.filter(pk=lived.laundry.pk).exists()


@pytest.mark.parametrize("page", ["privacy/", "erase/"])
def test_not_by_support(client: Client, lived: Cast, page: str) -> None:
    client.force_login(staff("support", lived.biller))
    address = f"/admin/accounts/member/{lived.laundry.pk}/{page}"
    assert client.get(address).status_code == 403
    assert client.post(address, {"reason": REASON, "checked": "on"}).status_code == 403


def test_a_superuser_erases_too_instead_of_deleting(client: Client, lived: Cast) -> None:
    client.force_login(type(lived.laundry).__mro__[1].objects.create_superuser("boss@example.com"))
    address = f"/admin/accounts/member/{lived.laundry.pk}/delete/"
    assert client.post(address, {"post": "yes"}).status_code == 403
    posted = {"action": "delete_selected", "_selected_action": lived.laundry.pk, "post": "yes"}
    client.post("/admin/accounts/member/", posted)
    assert Member.objects.filter(pk=lived.laundry.pk).exists()
