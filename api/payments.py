"""GET /api/v1/payments: payments with their invoices, reversals, and net amounts."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse
from django.utils import timezone

from api.guards import api_view
from api.models import ApiToken, Scope
from api.problems import Problem
from api.schemas import (
    MOST_PAYMENTS,
    USUAL_PAYMENTS,
    PaymentLineOut,
    PaymentOut,
    Payments,
    ReversalLineOut,
    ReversalOut,
)
from icsso.billers.decorators import BillerRequest
from icsso.billers.models import Biller
from payments.models import Payment, PaymentLine, Reversal
from posting.keys import payment_key, reversal_key

PARAMETERS = ("since", "until", "updated_since", "cursor", "limit")
LARGEST_KEY = 2**63 - 1
STATES = {
    Payment.State.RECEIVED: "paid",
    Payment.State.PARTLY_REVERSED: "partly-reversed",
    Payment.State.REVERSED: "reversed",
}


@api_view("GET", Scope.READ_PAYMENTS)
def payments(request: BillerRequest, token: ApiToken) -> HttpResponse:
    as_of = timezone.now()
    asked = request.GET.dict()
    if unknown := sorted(set(asked) - {*PARAMETERS}):
        known = ", ".join(PARAMETERS)
        raise _bad(unknown[0][:40], f"There is no such parameter. These are: {known}.")
    limit = _limit(asked.get("limit", ""))
    rows = _chosen(token.biller, asked)
    found = list(_with_everything(rows.filter(pk__gt=_key(asked.get("cursor", ""))))[: limit + 1])
    page, zone = found[:limit], token.biller.zone
    answer = Payments(
        payments=[_payment(each, zone) for each in page],
        next=_cursor(page[-1].pk) if len(found) > limit else None,
        as_of=_local(as_of, zone),
    )
    return JsonResponse(answer.model_dump(mode="json"))


def _chosen(biller: Biller, asked: Mapping[str, str]) -> QuerySet[Payment]:
    rows = Payment.objects.filter(biller=biller)
    if since := asked.get("since"):
        rows = rows.filter(paid_at__gte=_moment("since", since, biller.zone))
    if until := asked.get("until"):
        rows = rows.filter(paid_at__lt=_moment("until", until, biller.zone, is_end=True))
    if updated := asked.get("updated_since"):
        moment = _moment("updated_since", updated, biller.zone)
        lines = PaymentLine.objects.filter(payment__biller=biller, recorded_at__gte=moment)
        reversals = Reversal.objects.filter(payment__biller=biller, recorded_at__gte=moment)
        changed = lines.order_by().values("payment").union(reversals.order_by().values("payment"))
        rows = rows.filter(pk__in=changed)
    return rows


def _with_everything(rows: QuerySet[Payment]) -> QuerySet[Payment]:
    """In the order recorded: payments that arrive while a program reads page after page are on the
    last page, and nothing else moves."""
    related = rows.select_related("account", "checkout")
    return related.prefetch_related("lines__reversal_lines", "reversals__lines").order_by("pk")


def _payment(payment: Payment, zone: tzinfo) -> PaymentOut:
    lines = sorted(payment.lines.all(), key=lambda line: line.pk)
    reversals = list(payment.reversals.all())
    moments = [each.recorded_at for each in (*lines, *reversals)]
    invoices = {line.pk: line.invoice_number for line in lines}
    return PaymentOut(
        payment_guid=str(payment.payment_guid),
        state=STATES[payment.state],
        account_number=payment.account.account_number,
        paid_at=_local(payment.paid_at, zone),
        recorded_at=_local(payment.created_at, zone),
        updated_at=_local(max([payment.created_at, *moments]), zone),
        method=payment.method,
        reference=payment.checkout.biller_reference if payment.checkout else "",
        source=payment.source,
        amount=_money(payment.amount),
        fee=_money(payment.fee),
        total=_money(payment.total),
        net_amount=_money(payment.net_amount),
        net_fee=_money(payment.net_fee),
        net_total=_money(payment.net_total),
        lines=[_line(line) for line in lines],
        reversals=[_reversal(each, invoices, zone) for each in reversals],
    )


def _line(line: PaymentLine) -> PaymentLineOut:
    return PaymentLineOut(
        id=payment_key(line.pk),
        invoice_number=line.invoice_number,
        amount=_money(line.amount),
        fee=_money(line.fee),
        net_amount=_money(line.net_amount),
        net_fee=_money(line.net_fee),
    )


def _reversal(reversal: Reversal, invoices: Mapping[int, str], zone: tzinfo) -> ReversalOut:
    return ReversalOut(
        kind=reversal.kind,
        happened_at=_local(reversal.happened_at, zone),
        recorded_at=_local(reversal.recorded_at, zone),
        lines=[
            ReversalLineOut(
                id=reversal_key(line.pk),
                payment_line=payment_key(line.payment_line_id),
                invoice_number=invoices[line.payment_line_id],
                amount=_money(line.amount),
                fee=_money(line.fee),
            )
            for line in sorted(reversal.lines.all(), key=lambda line: line.pk)
        ],
    )


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _local(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(microsecond=0)


def _moment(name: str, text: str, zone: tzinfo, *, is_end: bool = False) -> datetime:
    """Returns the moment; for a day, its beginning or its end in the biller's zone."""
    try:
        if len(text) == len("2026-11-28"):
            day = date.fromisoformat(text) + timedelta(days=is_end)
            return datetime.combine(day, time.min, zone)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError
        moment.astimezone(zone)
    except (ValueError, OverflowError):
        said = "Send a day (2026-11-28) or a time with its zone (2026-11-28T15:04:05-05:00)."
        raise _bad(name, f"{said} In an address, + is written %2B.") from None
    return moment


def _limit(text: str) -> int:
    if not text:
        return USUAL_PAYMENTS
    if text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= MOST_PAYMENTS:
        return int(text)
    raise _bad("limit", f"Send a number from 1 to {MOST_PAYMENTS}.")


def _cursor(key: int) -> str:
    return urlsafe_b64encode(f"p{key}".encode()).decode().rstrip("=")


def _key(cursor: str) -> int:
    """Returns the primary key after which the page begins. A made-up key gives access to no other
    biller's rows."""
    if not cursor:
        return 0
    try:
        text = urlsafe_b64decode(cursor[:40] + "=" * (-len(cursor[:40]) % 4)).decode("ascii")
        if text[:1] != "p" or not text[1:].isdecimal() or int(text[1:]) > LARGEST_KEY:
            raise ValueError
    except (Error, ValueError):
        said = "Send `next` of the page before as it is, or leave it out to begin anew."
        raise _bad("cursor", said) from None
    return int(text[1:])


def _bad(parameter: str, said: str) -> Problem:
    return Problem(400, "bad-parameter", f"{parameter}: {said}", parameter=parameter)
