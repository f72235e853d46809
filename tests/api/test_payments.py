"""GET /api/v1/payments: what was paid, what was taken back, and what is left."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from payments.models import Payment, PaymentLine
from tests.api.using import Program, token_of
from tests.cast import Cast
from tests.posting.lines import paid, taken_back


@pytest.fixture
def program(cast: Cast) -> Program:
    return Program(token_of(cast.biller))


def page(program: Program, **query: Any) -> dict[str, Any]:
    answer = program.get(**query)
    assert answer.status_code == 200, answer.content
    facts: dict[str, Any] = answer.json()  # type: ignore[attr-defined]
    return facts


def test_a_payment_with_its_invoices_reversals_and_net(cast: Cast, program: Program) -> None:
    at = datetime(2026, 11, 28, 23, 30, tzinfo=cast.biller.zone)
    payment = paid(cast, "84.20", "10.00", at=at)
    taken_back(payment, "-84.20", kind="chargeback", fee="-2.50")
    [only] = page(program)["payments"]
    first, second = payment.lines.order_by("pk")
    assert only["paid_at"] == "2026-11-28T23:30:00-05:00"
    assert only["state"] == "partly-reversed"
    assert (only["amount"], only["fee"], only["total"]) == ("94.20", "5.00", "99.20")
    assert (only["net_amount"], only["net_fee"], only["net_total"]) == ("10.00", "2.50", "12.50")
    assert [each["id"] for each in only["lines"]] == [f"P{first.pk}", f"P{second.pk}"]
    assert only["lines"][0]["net_amount"] == "0.00"
    [reversal] = only["reversals"]
    assert (reversal["kind"], reversal["lines"][0]["amount"]) == ("chargeback", "-84.20")
    assert reversal["lines"][0]["payment_line"] == f"P{first.pk}"


def test_states(cast: Cast, program: Program) -> None:
    paid(cast)
    taken_back(paid(cast), fee="-2.50")
    back = paid(cast)
    taken_back(back, "84.20", kind="reinstated", reinstates=taken_back(back))
    assert [each["state"] for each in page(program)["payments"]] == ["paid", "reversed", "paid"]


def test_pages_that_follow_each_other_while_payments_arrive(cast: Cast, program: Program) -> None:
    for _ in range(5):
        paid(cast)
    seen, cursor = [], ""
    while True:
        got = page(program, limit=2, cursor=cursor)
        seen += [each["payment_guid"] for each in got["payments"]]
        if len(seen) == 2:  # one that was paid earlier, and one that was paid later
            paid(cast, at=timezone.now() - timedelta(days=9))
            paid(cast)
        if got["next"] is None:
            break
        cursor = got["next"]
    expected = Payment.objects.order_by("pk").values_list("payment_guid", flat=True)
    assert seen == [str(each) for each in expected]
    assert len(seen) == 7


def test_days_are_the_billers(cast: Cast, program: Program) -> None:
    zone = cast.biller.zone
    late = paid(cast, at=datetime(2026, 11, 27, 23, 59, tzinfo=zone))
    paid(cast, at=datetime(2026, 11, 28, 0, 1, tzinfo=zone))
    day = page(program, since="2026-11-27", until="2026-11-27")["payments"]
    assert [each["payment_guid"] for each in day] == [str(late.payment_guid)]
    exact = page(program, since="2026-11-28T05:00:00Z", until="2026-11-28T05:02:00+00:00")
    assert len(exact["payments"]) == 1


def test_updated_since_finds_what_was_reversed_or_got_an_invoice(
    cast: Cast, program: Program
) -> None:
    old, reversed_, longer = paid(cast), paid(cast), paid(cast)
    long_ago = timezone.now() - timedelta(days=30)
    Payment.objects.update(created_at=long_ago)
    PaymentLine.objects.update(recorded_at=long_ago)
    moment = timezone.now().isoformat()
    assert page(program, updated_since=moment)["payments"] == []
    taken_back(reversed_)
    longer.lines.create(invoice_number="INV-9", amount="1.00", fee="0.00")
    found = {each["payment_guid"] for each in page(program, updated_since=moment)["payments"]}
    assert found == {str(reversed_.payment_guid), str(longer.payment_guid)}
    assert str(old.payment_guid) not in found


def test_the_number_of_queries_does_not_grow(cast: Cast, program: Program) -> None:
    counts = []
    for number in (2, 8):
        for _ in range(number):
            taken_back(paid(cast, "1.00", "2.00"), "-1.00")
        page(program)
        with CaptureQueriesContext(connection) as queries:
            page(program)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 9


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"since": "yesterday"}, "since"),
        ({"until": "2026-11-28T10:00:00"}, "until"),
        ({"updated_since": "0001-01-01T00:00:00+23:59"}, "updated_since"),
        ({"until": "9999-12-31"}, "until"),
        ({"limit": "0"}, "limit"),
        ({"limit": "501"}, "limit"),
        ({"limit": "٣"}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "cA"}, "cursor"),
        ({"cursor": "é"}, "cursor"),
        ({"from": "2026-11-28"}, "from"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_named(
    program: Program, query: dict[str, str], parameter: str
) -> None:
    answer = program.get(**query)
    assert answer.status_code == 400
    facts = answer.json()  # type: ignore[attr-defined]
    assert facts["parameter"] == parameter
    assert facts["detail"].startswith(f"{parameter}: ")
