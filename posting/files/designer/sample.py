"""What a layout looks like with real payments, or with made-up ones while there are none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from icsso.billers.models import Biller
from payments.models import PaymentLine
from payments.models.reversal import Reversal, ReversalLine
from posting.entries import PAYMENT, Entry, payment_entries, reversal_entries
from posting.files.fields import HEADER, LINE, TRAILER, Summary
from posting.files.rendering import Renderer, Unfit
from posting.models import PostingFile
from posting.models.file_names import file_name

PAYMENTS, REVERSALS = 4, 2  # that are shown
GUID = UUID("3f2504e0-4f89-41d3-9a0c-0305e82c3301")


@dataclass(frozen=True)
class Sample:
    """text: what a file with these lines would contain. problem: why none can be built. widths: of
    each kind of record with fixed width, in characters."""

    name: str
    text: str
    problem: str
    is_real: bool
    ruler: str
    widths: Mapping[str, int]


def sample_of(layout: Mapping[str, Any], *, biller: Biller, pattern: str) -> Sample:
    real = _latest(biller)
    lines, now = real or _made_up(), timezone.now()
    number = PostingFile.objects.filter(biller=biller).count() + 1
    name = file_name(pattern, number=number, day=biller.today(), biller=biller.slug)
    text, problem = "", ""
    try:
        text = _text(layout, lines, Summary(number, name, now))
    except Unfit as unfit:
        problem = unfit.in_words
    is_fixed = layout["form"] == "fixed"
    widths = _widths(layout) if is_fixed else {}
    return Sample(
        name=name,
        text=text,
        problem=problem,
        is_real=bool(real),
        ruler=_ruler(max(widths.values(), default=0)),
        widths=widths,
    )


def _text(layout: Mapping[str, Any], lines: list[Entry], summary: Summary) -> str:
    summary.reversals = sum(line.is_reversal for line in lines)
    summary.payments = len(lines) - summary.reversals
    summary.amount = sum((line.amount for line in lines), Decimal("0.00"))
    summary.fee = sum((line.fee for line in lines), Decimal("0.00"))
    renderer = Renderer(layout)
    content = renderer.first(summary) + renderer.lines(lines) + renderer.last(summary)
    return content.decode(layout["encoding"]).replace("\r\n", "\n")


def _latest(biller: Biller) -> list[Entry]:
    """Returns the last payments and reversals, whether or not they are posted."""
    paid = PaymentLine.objects.filter(payment__biller=biller).order_by("-pk")
    taken = ReversalLine.objects.filter(reversal__payment__biller=biller).order_by("-pk")
    of_paid = PaymentLine.objects.filter(pk__in=list(paid.values_list("pk", flat=True)[:PAYMENTS]))
    of_taken = ReversalLine.objects.filter(
        pk__in=list(taken.values_list("pk", flat=True)[:REVERSALS])
    )
    batches = (*payment_entries(of_paid), *reversal_entries(of_taken))
    return [entry for batch in batches for entry in batch]


def _made_up() -> list[Entry]:
    noon = timezone.now().replace(hour=17, minute=5, second=9, microsecond=0)
    day = noon - timedelta(days=1)
    return [
        _entry("10000101", ("84.20", "2.50"), day),
        _entry("10000102", ("1234.50", "0.00"), day),
        _entry("10000101", ("-84.20", "-2.50"), noon, kind=Reversal.Kind.RETURNED.value),
    ]


def _entry(account: str, amounts: tuple[str, str], at: datetime, *, kind: str = PAYMENT) -> Entry:
    return Entry(
        payment_line_id=1042,
        reversal_line_id=None if kind == PAYMENT else 7,
        kind=kind,
        payment_guid=GUID,
        invoice_number="INV-20418",
        account_number=account,
        amount=Decimal(amounts[0]),
        fee=Decimal(amounts[1]),
        paid_at=at,
        happened_at=at,
        method="Visa",
        reference="B-7F3K9Q",
    )


def _widths(layout: Mapping[str, Any]) -> dict[str, int]:
    sums = {
        record: sum(c["width"] or 0 for c in layout["columns"] if c["record"] == record)
        for record in (HEADER, LINE, TRAILER)
    }
    return {record: width for record, width in sums.items() if width}


def _ruler(width: int) -> str:
    """Returns a mark at each fifth place and the number of tens at each tenth."""
    marks = "".join(f"....|....{ten % 10}" for ten in range(1, width // 10 + 2))
    return marks[:width]
