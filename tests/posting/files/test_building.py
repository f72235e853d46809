"""Which lines a file has, and that each is in one file only."""

import hashlib
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db.models import Model
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from payments.models import PaymentLine
from payments.models.reversal import ReversalLine
from posting.files import building
from posting.files.building import build_due
from posting.files.content import content
from posting.models import PostedLine, PostingFile
from tests import cast as people
from tests.cast import Cast
from tests.posting.paying import GUID, NIGHT, NOON, layout_of, pay, reverse

A_DAY = timedelta(days=1)


def text_of(file: PostingFile | None) -> str:
    assert file
    return b"".join(content(file)).decode()


def test_a_file_has_each_invoice_and_each_reversal(cast: Cast) -> None:
    layout = layout_of(cast.biller)
    payment = pay(cast, "80.00", "4.20", fee="1.25", payment_guid=GUID)
    reverse(payment, "-80.00", kind="chargeback")
    first, second = payment.lines.order_by("pk")
    reversed_line = ReversalLine.objects.get()
    assert text_of(build_due(layout, NIGHT)).splitlines() == [
        "Account,Invoice,Date,Amount,Fee,Type,Method,PaymentGUID,Reference,Key",
        f"10000101,A,12/03/2026,80.00,1.25,payment,Visa,{GUID},,P{first.pk}",
        f"10000101,B,12/03/2026,4.20,1.25,payment,Visa,{GUID},,P{second.pk}",
        f"10000101,A,12/03/2026,-80.00,0.00,chargeback,Visa,{GUID},,R{reversed_line.pk}",
    ]
    file = PostingFile.objects.get()
    assert (file.payments, file.reversals, file.amount, file.fee) == (
        2, 1, Decimal("4.20"), Decimal("2.50")
    )  # fmt: skip
    assert file.name == "payments-springfield-water-20261204-000001.csv"


def test_what_was_posted_is_not_posted_again(cast: Cast) -> None:
    layout = layout_of(cast.biller)
    payment = pay(cast, "80.00")
    build_due(layout, NIGHT)
    reverse(payment, "-80.00")
    later = pay(cast, "5.00")
    file = build_due(layout, NIGHT + A_DAY)
    assert file
    assert (file.number, file.payments, file.reversals) == (2, 1, 1)
    assert later.lines.get().posted_line.file == file
    assert build_due(layout, NIGHT + 2 * A_DAY) is None
    assert PostedLine.objects.count() == 3


def test_a_later_invoice_of_a_posted_payment_is_posted_by_itself(cast: Cast) -> None:
    layout = layout_of(cast.biller)
    payment = pay(cast, "80.00")
    build_due(layout, NIGHT)
    PaymentLine.objects.create(payment=payment, invoice_number="B", amount="1.00", fee="0.00")
    assert ",B,12/03/2026,1.00," in text_of(build_due(layout, NIGHT + A_DAY))


def test_once_a_day_at_its_time_where_the_biller_is(cast: Cast) -> None:
    layout = layout_of(cast.biller, built_for=date(2026, 12, 3))
    pay(cast, "80.00")
    two = NIGHT.replace(hour=7)  # in New York
    assert build_due(layout, two - timedelta(seconds=1)) is None
    assert build_due(layout, two)
    layout.refresh_from_db()
    pay(cast, "80.00")
    assert build_due(layout, two + timedelta(hours=23, minutes=59)) is None
    assert build_due(layout, two + A_DAY)


def test_no_file_while_off_and_none_of_earlier_payments(cast: Cast) -> None:
    layout = layout_of(cast.biller, is_active=False, starts_at=NOON)
    before = pay(cast, "80.00", created_at=NOON - timedelta(seconds=1))
    pay(cast, "5.00", created_at=NOON)
    assert build_due(layout, NIGHT) is None
    layout.is_active = True
    layout.save()
    reverse(before, "-80.00", recorded_at=NOON)  # which the CIS knows from elsewhere
    file = build_due(layout, NIGHT)
    assert file
    assert (file.payments, file.reversals, file.amount) == (1, 1, Decimal("-75.00"))


def test_a_reversal_waits_for_the_file_with_its_payment(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when both are recorded just after the payments were read."""
    layout = layout_of(cast.biller)
    with monkeypatch.context() as patched:
        none = PaymentLine.objects.none()
        patched.setattr(building, "payment_lines", lambda biller, since: none)
        reverse(pay(cast, "80.00"), "-80.00")
        assert build_due(layout, NIGHT) is None
    file = build_due(layout, NIGHT + A_DAY)
    assert file
    assert (file.payments, file.reversals) == (1, 1)


@pytest.mark.parametrize("builds_empty", [True, False])
def test_a_day_without_payments(cast: Cast, builds_empty: bool) -> None:
    layout = layout_of(cast.biller, "fixed", builds_empty=builds_empty)
    file = build_due(layout, NIGHT)
    assert bool(file) is builds_empty
    assert PostingFile.objects.count() == int(builds_empty)
    if file:
        header, trailer = text_of(file).splitlines()
        assert header.startswith("H2026120403000000000001 ")
        assert trailer.startswith("T" + "0" * 60)
    layout.refresh_from_db()
    assert layout.due_day(NIGHT) is None


def test_a_value_that_does_not_fit_posts_nothing_and_says_where(cast: Cast) -> None:
    layout = layout_of(cast.biller, "fixed")
    column = layout.columns.get(record="line", field="amount")
    column.width = 4
    column.save()
    pay(cast, "1.00")
    pay(cast, "100.00", payment_guid=GUID)
    assert build_due(layout, NIGHT) is None
    assert (PostingFile.objects.count(), PostedLine.objects.count()) == (0, 0)
    layout.refresh_from_db()
    assert layout.build_error == (
        f"Payment {GUID}, column “Amount without fee”: “10000” has 5 characters, "
        "and the width is 4."
    )
    column.width = 5
    column.save()
    assert build_due(layout, NIGHT)
    layout.refresh_from_db()
    assert layout.build_error == ""


def test_the_same_bytes_whatever_happens_afterwards(cast: Cast) -> None:
    layout = layout_of(cast.biller)
    payment = pay(cast, "80.00")
    file = build_due(layout, NIGHT)
    assert file
    before = text_of(file)
    layout.columns.all().delete()
    cast.biller.time_zone = "Pacific/Guam"
    cast.biller.save()
    account = payment.account
    account.account_number = "99"
    account.save()
    file.refresh_from_db()
    again = text_of(file)
    assert again == before
    assert (file.size, file.sha256) == (len(before), hashlib.sha256(before.encode()).hexdigest())


def test_another_billers_payments_are_in_no_file_of_ours(cast: Cast) -> None:
    other = people.other_biller()
    pay(cast, "80.00")
    assert build_due(layout_of(other), NIGHT) is None


def total(model: type[Model]) -> Decimal:
    """Not by SQLite, which sums with floats."""
    return sum(model._default_manager.values_list("amount", flat=True), Decimal(0))


class EveryCent(TestCase):
    """Whatever comes in between two files, their sums are those of payments and reversals."""

    steps = st.lists(
        st.tuples(st.sampled_from(["pay", "reverse", "build"]), st.integers(1, 99999)), max_size=8
    )

    @settings(max_examples=12)
    @given(steps=steps)
    def test_the_sum_posted_is_the_sum_received(self, steps: list[tuple[str, int]]) -> None:
        biller = people.springfield()
        cast = Cast(biller, *[None] * 3)  # type: ignore[arg-type]  # no member pays here
        layout = layout_of(biller)
        paid, now = [], NIGHT
        for step, cents in [*steps, ("build", 0)]:
            amount = Decimal(cents).scaleb(-2)
            if step == "pay":
                paid.append(pay(cast, str(amount), "0.01"))
            elif step == "reverse" and paid:
                reverse(paid[cents % len(paid)], str(-amount))
            else:
                build_due(layout, now)
                layout.refresh_from_db()
                now += A_DAY
        received = total(PaymentLine) + total(ReversalLine)
        assert total(PostingFile) == total(PostedLine) == received
