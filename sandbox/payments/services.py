"""Makes payments. Balances change nowhere else."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from sandbox import clock
from sandbox.models import (
    Biller,
    Customer,
    HostedPayment,
    Invoice,
    Payment,
    PaymentMethod,
    RegisteredUser,
)
from sandbox.postbacks import services as postbacks


class AlreadyPaid(Exception):
    """The hosted payment page already has an approved payment."""


@dataclass(frozen=True)
class Line:
    """The amount paid on one invoice or, without an invoice number, on the account."""

    account_number: str
    invoice_number: str
    amount: Decimal


def pay(  # noqa: PLR0913 - keyword-only, so none can be swapped
    *,
    lines: Sequence[Line],
    method: PaymentMethod,
    approve: bool,
    fee: Decimal = Decimal("0.00"),
    message: str = "",
    hosted: HostedPayment | None = None,
    user: RegisteredUser | None = None,
    remote_ip: str = "",
    automatic: bool = False,
) -> Payment:
    """Records a payment made on a hosted payment page or by a user of the portal pages, lowers the
    balances if it is approved, and schedules its postbacks. `method` need not be saved; `automatic`
    payments are made by the sandbox's own calendar. Raises AlreadyPaid."""
    biller = (hosted or user).biller
    with transaction.atomic():
        if hosted and approve:
            finish(hosted)
        elif hosted and HostedPayment.objects.filter(pk=hosted.pk, finished_at=None).count() == 0:
            raise AlreadyPaid
        payment = Payment.objects.create(
            biller=biller,
            hosted=hosted,
            user=user or (hosted.user if hosted else None),
            customer=find_customer(biller, lines[0].account_number),
            account_number=lines[0].account_number,
            lines=[asdict(line) | {"amount": str(line.amount)} for line in lines],
            amount=sum((line.amount for line in lines), Decimal("0.00")),
            fee=fee,
            approved=approve,
            message=message or ("Approved" if approve else "Declined"),
            kind=method.kind,
            brand=method.brand,
            last4=method.last4,
            remote_ip=remote_ip,
            automatic=automatic,
            created_at=clock.now() if automatic else timezone.now(),
        )
        if approve:
            for line in lines:
                apply_line(biller, line)
    postbacks.schedule(payment, moment="before_return")
    return payment


def finish(hosted: HostedPayment) -> None:
    unfinished = HostedPayment.objects.filter(pk=hosted.pk, finished_at=None)
    if not unfinished.update(finished_at=timezone.now()):
        raise AlreadyPaid


def find_customer(biller: Biller, account_number: str) -> Customer | None:
    return Customer.objects.filter(biller=biller, account_number=account_number).first()


def apply_line(biller: Biller, line: Line) -> None:
    customer = find_customer(biller, line.account_number)
    if customer is None:
        return  # a request may list invoices of an account that is unknown here
    if line.invoice_number:
        named = customer.invoices.filter(number=line.invoice_number)
        named.update(balance=F("balance") - line.amount)
    else:
        apply_to_account(customer, line.amount)


def apply_to_account(customer: Customer, amount: Decimal) -> None:
    """Pays the oldest invoices first. The rest becomes a credit."""
    for invoice in customer.invoices.filter(balance__gt=0).order_by("due_date", "pk"):
        part = min(invoice.balance, amount)
        customer.invoices.filter(pk=invoice.pk).update(balance=F("balance") - part)
        amount -= part
    if amount > 0:
        today = clock.today()
        number = f"CR-{Invoice.objects.count() + 1}"
        customer.invoices.create(
            number=number, date=today, due_date=today, amount=-amount, balance=-amount
        )
