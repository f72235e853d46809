"""The review queue: `/admin/payments/postback/review/`, and deciding about one postback."""

from decimal import Decimal

import pytest
from auditlog.models import LogEntry
from django.db import IntegrityError
from django.test import Client

from backoffice.audit.registry import concerning
from payments.checkout import recent
from payments.models import Checkout, Payment, PaymentLine, Postback
from payments.models.checkout import Status
from payments.models.review_decision import ReviewDecision
from payments.review import services as review
from tests import cast as people
from tests.cast import Cast
from tests.payments.paying import (
    OTHER_GUID,
    members,
    postback_fields,
    send_postback,
    verdicts,
)

QUEUE = "/admin/payments/postback/review/"
OTHERS = {"BillerGUID": "00000000-0000-0000-0000-00000000000b"}


def doubtful(cast: Cast, **changes: str | None) -> Postback:
    checkout = members(cast)
    send_postback(Client(), checkout, postback_fields(checkout, **(changes or {"Approved": "Yes"})))
    return Postback.objects.get(checkout=checkout)


def page_of(postback: Postback) -> str:
    return f"/admin/payments/postback/{postback.pk}/review/"


def decide(staff: Client, postback: Postback, decision: str, *, seen: int | None = None) -> str:
    entered = {"decision": decision, "note": "The bank confirms it.", "seen": seen or ""}
    answer = staff.post(page_of(postback), entered, follow=True)
    return answer.content.decode()


def receipt(cast: Cast, checkout: Checkout) -> str:
    member = Client()
    member.force_login(cast.laundry)
    return member.get(f"/pay/{checkout.address}/receipt/").content.decode()


def test_accepting_makes_the_payment_and_the_receipt_says_paid(finance: Client, cast: Cast) -> None:
    postback = doubtful(cast)
    queue = finance.get(QUEUE).content.decode()
    assert page_of(postback) in queue
    assert "Approved is neither True nor False" in queue
    shown = decide(finance, postback, "accepted")
    assert "Saved: accepted as a payment." in shown
    assert "Nothing to decide." in shown
    payment = Payment.objects.get()
    assert (payment.source, payment.checkout) == ("decision", postback.checkout)
    assert payment.total == Decimal("86.70")
    assert payment.lines.get().postback == postback
    made = ReviewDecision.objects.get()
    assert (made.decision, made.note) == ("accepted", "The bank confirms it.")
    assert made.by.email == "finance@springfield-water.example"
    assert verdicts(postback.checkout) == [("review", "approved")]  # the postback stays as it was
    page = receipt(cast, postback.checkout)
    assert "Paid" in page
    assert "$86.70" in page


def test_rejecting_makes_none_and_the_receipt_says_not_paid(finance: Client, cast: Cast) -> None:
    postback = doubtful(cast)
    assert "Nothing to decide." in decide(finance, postback, "rejected")
    assert not Payment.objects.exists()
    assert postback.checkout.status == Status.REJECTED
    assert "Not paid" in receipt(cast, postback.checkout)
    assert not recent.recent_activities(postback.checkout.ordered_accounts)  # nobody is warned


def test_still_open_stays_in_the_queue_with_its_note(finance: Client, cast: Cast) -> None:
    postback = doubtful(cast)
    shown = decide(finance, postback, "open")
    assert page_of(postback) in shown
    assert "The bank confirms it." in shown
    assert postback.checkout.status == Status.CHECKING


def test_a_rejection_can_be_superseded_and_an_acceptance_cannot(
    finance: Client, cast: Cast
) -> None:
    postback = doubtful(cast)
    decide(finance, postback, "rejected")
    first = ReviewDecision.objects.get()
    decide(finance, postback, "accepted", seen=first.pk)
    second = ReviewDecision.objects.last()
    assert second
    assert second.supersedes == first
    assert "a decision was already made" in decide(finance, postback, "rejected", seen=second.pk)
    assert ReviewDecision.objects.count() == 2
    assert Checkout.objects.get().status == Status.PAID
    assert "Save the decision" not in finance.get(page_of(postback)).content.decode()


def test_who_looked_before_somebody_decided_writes_nothing(finance: Client, cast: Cast) -> None:
    postback = doubtful(cast)
    decide(finance, postback, "rejected")
    assert "Nothing was saved" in decide(finance, postback, "accepted")
    assert not Payment.objects.exists()
    assert ReviewDecision.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"PaymentAmount": "?"}, "No amount above zero can be read"),
        ({"PaymentAmount": "-5"}, "No amount above zero can be read"),
        ({"ConvenienceFee": "much"}, "The fee cannot be read"),
        ({"PaymentGUID": "1"}, "Without a readable PaymentGUID"),
        ({"Approved": "False", **OTHERS}, "says that the payment was declined"),
    ],
)
def test_what_is_no_payment_cannot_be_accepted(
    finance: Client, cast: Cast, changes: dict[str, str], why: str
) -> None:
    postback = doubtful(cast, **changes)
    page = finance.get(page_of(postback)).content.decode()
    assert why in page
    assert "Accept as a payment" not in page
    assert "Select a valid choice" in decide(finance, postback, "accepted")
    with pytest.raises(review.NotAcceptable):
        review.decide(
            postback, by=people.staff("administrator"), decision="accepted", note="x", seen=None
        )
    assert not Payment.objects.exists()
    assert not ReviewDecision.objects.exists()


def test_a_second_payment_of_a_checkout_is_not_added_to_it(finance: Client, cast: Cast) -> None:
    checkout = members(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    send_postback(Client(), checkout, postback_fields(checkout, PaymentGUID=OTHER_GUID))
    postback = Postback.objects.get(verdict="review")
    assert "already has a payment" in finance.get(page_of(postback)).content.decode()
    assert Payment.objects.count() == 1


def test_a_payment_known_elsewhere_is_not_made_twice(finance: Client, cast: Cast) -> None:
    checkout = members(cast)
    postback = doubtful(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    page = finance.get(page_of(postback)).content.decode()
    assert "A payment with this PaymentGUID is already recorded" in page
    assert Payment.objects.get().checkout == checkout


def test_another_invoice_of_an_accepted_payment_can_be_accepted(
    finance: Client, cast: Cast
) -> None:
    postback = doubtful(cast)
    checkout = postback.checkout
    send_postback(
        Client(), checkout, postback_fields(checkout, Approved="Yes", InvoiceNumber="INV-2")
    )
    decide(finance, postback, "accepted")
    decide(finance, Postback.objects.latest("pk"), "accepted")
    assert PaymentLine.objects.count() == 2
    assert Payment.objects.get().total == Decimal("173.40")


def test_after_a_rejection_a_true_approval_still_counts(finance: Client, cast: Cast) -> None:
    postback = doubtful(cast)
    decide(finance, postback, "rejected")
    send_postback(Client(), postback.checkout, postback_fields(postback.checkout))
    assert Payment.objects.get().source == "postback"
    assert Checkout.objects.get().status == Status.PAID


def test_differences_are_marked_in_words(finance: Client, cast: Cast) -> None:
    page = finance.get(page_of(doubtful(cast, AccountNumber="10000102"))).content.decode()
    row = page.split('<th scope="row">AccountNumber</th>')[1].split("</tr>")[0]
    assert "10000102" in row
    assert "10000101" in row
    assert "different" in row
    same = page.split('<th scope="row">BillerReference</th>')[1].split("</tr>")[0]
    assert "as expected" in same


@pytest.mark.parametrize("role", ["administrator", "finance"])
def test_what_cannot_be_read_leads_to_the_wire_profile(
    client: Client, cast: Cast, role: str
) -> None:
    client.force_login(people.staff(role, cast.biller))
    way = f"/admin/icsso/biller/{cast.biller.pk}/going-live/#postbacks"
    words = way if role == "administrator" else "Ask an administrator of your utility."
    assert words in client.get(page_of(doubtful(cast))).content.decode()
    assert words not in client.get(page_of(doubtful(cast, **OTHERS))).content.decode()


def test_a_note_is_demanded_and_keeps_no_card_number(finance: Client, cast: Cast) -> None:
    postback = doubtful(cast)
    answer = finance.post(page_of(postback), {"decision": "rejected", "note": " ", "seen": ""})
    assert "This field is required" in answer.content.decode()
    with_card = {"decision": "open", "note": "Card 4111 1111 1111 1111", "seen": ""}
    finance.post(page_of(postback), with_card)
    assert ReviewDecision.objects.get().note == "Card **** **** **** 1111"
    with pytest.raises(IntegrityError):
        ReviewDecision.objects.create(
            postback=postback, by=people.staff("support"), decision="open", note=""
        )


def test_a_decision_is_never_changed_or_deleted(finance: Client, cast: Cast) -> None:
    decide(finance, doubtful(cast), "rejected")
    made = ReviewDecision.objects.get()
    for change in (
        made.save,
        made.delete,
        ReviewDecision.objects.all().delete,
        lambda: ReviewDecision.objects.update(note="x"),
    ):
        with pytest.raises(TypeError):
            change()
    listed = "/admin/payments/reviewdecision/"
    assert "The bank confirms it." in finance.get(listed).content.decode()
    assert finance.post(f"{listed}{made.pk}/change/", {"note": "x"}).status_code == 403
    assert finance.post(f"{listed}{made.pk}/delete/", {"post": "yes"}).status_code == 403


def test_who_decided_what_stands_in_the_audit_log(finance: Client, cast: Cast) -> None:
    decide(finance, doubtful(cast), "rejected")
    entry = LogEntry.objects.get(content_type__model="reviewdecision")
    assert entry.actor
    assert entry.actor.email == "finance@springfield-water.example"
    assert entry.changes_dict["decision"][1] == "rejected"
    assert concerning(LogEntry.objects.all(), [cast.biller.pk]).filter(pk=entry.pk).exists()


def test_others_see_nothing_of_it_and_decide_nothing(client: Client, cast: Cast) -> None:
    postback = doubtful(cast)
    client.force_login(people.staff("finance", people.other_biller()))
    page = client.get(QUEUE).content.decode()
    assert "Nothing to decide." in page
    assert client.get(page_of(postback)).status_code == 404
    assert client.post(page_of(postback), {"decision": "rejected"}).status_code == 404
    client.force_login(people.staff("support", cast.biller))
    assert client.get(QUEUE).status_code == 403
    assert client.post(page_of(postback), {"decision": "rejected"}).status_code == 403
    client.force_login(cast.laundry)
    assert client.get(QUEUE)["Location"].startswith("/admin/login/")
    assert not ReviewDecision.objects.exists()


def test_the_queue_takes_few_queries_however_long_it_is(
    finance: Client, cast: Cast, django_assert_max_num_queries: object
) -> None:
    for _ in range(30):
        decide(finance, doubtful(cast), "open")
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        page = finance.get(QUEUE).content.decode()
    assert page.count("Approved is neither") == 25
    assert page.count("Page 1 of 2") == 1
    assert '<a rel="next" href="?page=2">' in page
