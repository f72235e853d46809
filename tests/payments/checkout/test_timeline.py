"""A checkout's timeline: `/admin/payments/checkout/<key>/change/`."""

import re
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from payments.checkout.timeline import MOST_POSTBACKS, timeline_of
from payments.models import Checkout, Postback
from payments.models.checkout import Status
from payments.review import services as review
from tests import cast as people
from tests.cast import Cast
from tests.payments.paying import OTHER_GUID, members, opened, postback_fields, send_postback


def page_of(checkout: Checkout) -> str:
    return f"/admin/payments/checkout/{checkout.pk}/change/"


def titles_and_statuses(checkout: Checkout) -> list[tuple[str, Status | None]]:
    fresh = Checkout.objects.get(pk=checkout.pk)
    return [(str(event.title), event.customer_saw) for event in timeline_of(fresh)]


def test_from_start_to_paid_in_order(support: Client, cast: Cast) -> None:
    checkout = members(cast, minutes_ago=10, returned_at=timezone.now() - timedelta(minutes=1))
    declined = postback_fields(checkout, Approved="False", PaymentMessage="Insufficient funds")
    send_postback(Client(), checkout, declined)
    send_postback(Client(), checkout, postback_fields(checkout))
    assert titles_and_statuses(checkout) == [
        ("Started by laundry@example.com, for account 10000101", Status.OPEN),
        ("Invoice Cloud provided the payment page", Status.OPEN),
        ("The customer came back", Status.WAITING),
        ("Postback received: declined", Status.DECLINED),
        ("Postback received: approved", Status.DECLINED),
        ("Recorded as a payment", Status.PAID),
    ]
    page = support.get(page_of(checkout)).content.decode()
    told_in_order = [
        "Started by",
        "provided the payment page",
        "came back",
        "It reports a declined payment",
        "Insufficient funds",
        "matches this checkout",
        "$86.70 in total: $84.20 plus a fee of $2.50",
    ]
    places = [page.index(words) for words in told_in_order]
    assert places == sorted(places)
    assert len(re.findall(r", 1?\d:\d\d:\d\d\xa0[AP]M\xa0[A-Z]{3}</time>", page)) == len(places) - 1


def test_what_was_doubtful_and_who_decided(cast: Cast) -> None:
    checkout = opened(cast, minutes_ago=5)
    send_postback(Client(), checkout, postback_fields(checkout, Approved="Yes"))
    operator = people.staff("finance", cast.biller)
    postback = Postback.objects.get()
    review.decide(postback, by=operator, decision="rejected", note="Never taken.", seen=None)
    assert titles_and_statuses(checkout)[0][0] == "Started by a guest, for account 10000101"
    assert titles_and_statuses(checkout)[2:] == [
        ("Postback received: for review", Status.CHECKING),
        ("finance@springfield-water.example decided: rejected: no payment", Status.REJECTED),
    ]
    assert str(timeline_of(checkout)[2].text) == "Reason: Approved is neither True nor False."
    assert str(timeline_of(checkout)[3].text) == "Never taken."


def test_what_did_not_open_and_what_was_never_heard_of(cast: Cast) -> None:
    now = timezone.now()
    failed = opened(
        cast,
        minutes_ago=1,
        launched_at=None,
        failed_at=now,
        failure="refused",
        failure_note="Biller closed.",
    )
    assert titles_and_statuses(failed)[-1] == ("The payment page didn't open", Status.FAILED)
    assert timeline_of(failed)[-1].text == "Invoice Cloud refused the request. Biller closed."
    broken = opened(cast, minutes_ago=3, launched_at=None)
    assert (
        titles_and_statuses(broken)[-1][0]
        == "Opening the payment page was interrupted before Invoice Cloud responded"
    )
    silent = opened(cast, minutes_ago=90, unconfirmed_at=now)
    assert titles_and_statuses(silent)[-1] == ("Marked unconfirmed", Status.UNCONFIRMED)
    assert silent.status_at(silent.created_at + timedelta(minutes=5)) == Status.OPEN


def test_a_card_number_is_not_in_it(support: Client, cast: Cast) -> None:
    checkout = opened(cast)
    send_postback(
        Client(), checkout, postback_fields(checkout, PaymentMessage="card 4111111111111111")
    )
    page = support.get(page_of(checkout)).content.decode()
    assert "4111111111111111" not in page
    assert "************1111" in page


def test_support_reads_it_and_finance_goes_on_to_review(support: Client, cast: Cast) -> None:
    checkout = opened(cast)
    send_postback(Client(), checkout, postback_fields(checkout, PaymentAmount="?"))
    link = f"/admin/payments/postback/{Postback.objects.get().pk}/review/"
    assert link not in support.get(page_of(checkout)).content.decode()
    support.force_login(people.staff("finance", cast.biller))
    assert link in support.get(page_of(checkout)).content.decode()


def test_staff_of_another_biller_get_none_of_it(client: Client, cast: Cast) -> None:
    checkout = opened(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    client.force_login(people.staff("finance", people.other_biller()))
    answer = client.get(page_of(checkout), follow=True)
    assert "Mill Street" not in answer.content.decode()
    assert answer.redirect_chain == [("/admin/", 302)]


def test_a_flood_of_postbacks_is_cut_and_costs_no_query_each(
    support: Client, cast: Cast, django_assert_max_num_queries: object
) -> None:
    checkout = opened(cast)
    for number in range(110):
        send_postback(
            Client(),
            checkout,
            postback_fields(checkout, Approved=f"{number}", PaymentGUID=OTHER_GUID),
        )
    # Two of them for the accounts of the checkout and their payments.
    with django_assert_max_num_queries(27):  # type: ignore[operator]
        page = support.get(page_of(checkout)).content.decode()
    assert page.count("<summary>Postback contents<") == 100
    assert "10 postbacks are not shown." in page


def test_what_came_of_it_is_shown_whatever_came_before(support: Client, cast: Cast) -> None:
    checkout = opened(cast, minutes_ago=30)
    begin = timezone.now() - timedelta(minutes=20)
    Postback.objects.bulk_create(
        Postback(
            checkout=checkout,
            fields={"Approved": ["False"]},
            content_digest="same",
            verdict="repeated" if number else "declined",
            received_at=begin + timedelta(seconds=number),
        )
        for number in range(151)
    )
    send_postback(Client(), checkout, postback_fields(checkout))
    Postback.objects.create(checkout=checkout, fields={}, content_digest="last", verdict="repeated")
    titles = [title for title, _status in titles_and_statuses(checkout)]
    assert titles.count("Postback received: approved") == 1
    assert titles[2] == "Postback received: declined"
    assert titles_and_statuses(checkout)[-1] == (
        "Postback received: repeat of an earlier postback",
        Status.PAID,
    )
    assert "Recorded as a payment" in titles
    page = support.get(page_of(checkout)).content.decode()
    assert page.count("<summary>Postback contents<") == 100
    assert "53 postbacks are not shown." in page


def test_what_somebody_decided_is_shown_in_a_flood(cast: Cast) -> None:
    checkout = opened(cast, minutes_ago=30)
    Postback.objects.bulk_create(
        Postback(checkout=checkout, fields={}, content_digest=str(number), verdict="review")
        for number in range(120)
    )
    late = Postback.objects.order_by("pk")[110]
    operator = people.staff("finance", cast.biller)
    review.decide(late, by=operator, decision="rejected", note="Never.", seen=None)
    titles = [title for title, _status in titles_and_statuses(checkout)]
    assert "finance@springfield-water.example decided: rejected: no payment" in titles


def test_a_key_of_a_million_stays_a_number_in_an_address(finance: Client, cast: Cast) -> None:
    checkout = opened(cast, pk=1_234_567)
    Postback.objects.bulk_create(
        Postback(checkout=checkout, fields={}, verdict=Postback.Verdict.REPEATED)
        for _ in range(MOST_POSTBACKS + 1)
    )
    page = finance.get(page_of(checkout)).content.decode()
    assert "1 postback is not shown." in page
    assert "/admin/payments/postback/?checkout__id__exact=1234567" in page
