"""The one place where money changes hands."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from sandbox.models import Biller, Customer, HostedPayment, Invoice, Payment, RegisteredUser
from sandbox.postbacks import services as postbacks


class AlreadyPaid(Exception):
    """This hosted page has had its approved payment."""


@dataclass(frozen=True)
class Line:
    """What is paid on one invoice; without an invoice number, on the account."""

    account_number: str
    invoice_number: str
    amount: Decimal


@dataclass(frozen=True)
class PaidWith:
    kind: str  # PaymentMethod.CARD or PaymentMethod.BANK
    brand: str
    last4: str


def pay(  # noqa: PLR0913 - keyword-only, so none can be swapped
    *,
    lines: Sequence[Line],
    paid_with: PaidWith,
    approve: bool,
    fee: Decimal = Decimal("0.00"),
    message: str = "",
    hosted: HostedPayment | None = None,
    user: RegisteredUser | None = None,
    remote_ip: str = "",
) -> Payment:
    """Records a payment of a hosted page or of a user, lowers balances when it is approved, and
    hands it to the postbacks. Raises AlreadyPaid when the hosted page was paid before."""
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
            **asdict(paid_with),
            remote_ip=remote_ip,
        )
        if approve:
            for line in lines:
                settle(biller, line)
    postbacks.schedule(payment, moment="before_return")
    return payment


def finish(hosted: HostedPayment) -> None:
    fresh = HostedPayment.objects.filter(pk=hosted.pk, finished_at=None)
    if not fresh.update(finished_at=timezone.now()):
        raise AlreadyPaid


def find_customer(biller: Biller, account_number: str) -> Customer | None:
    return Customer.objects.filter(biller=biller, account_number=account_number).first()


def settle(biller: Biller, line: Line) -> None:
    customer = find_customer(biller, line.account_number)
    if customer is None:
        return  # a request may bring invoices of an account that is unknown here
    if line.invoice_number:
        named = customer.invoices.filter(number=line.invoice_number)
        named.update(balance=F("balance") - line.amount)
    else:
        settle_on_account(customer, line.amount)


def settle_on_account(customer: Customer, amount: Decimal) -> None:
    """Pays the oldest invoices first; what is left over becomes a credit."""
    for invoice in customer.invoices.filter(balance__gt=0).order_by("due_date", "pk"):
        part = min(invoice.balance, amount)
        customer.invoices.filter(pk=invoice.pk).update(balance=F("balance") - part)
        amount -= part
    if amount > 0:
        today = timezone.localdate()
        number = f"CR-{Invoice.objects.count() + 1}"
        customer.invoices.create(
            number=number, date=today, due_date=today, amount=-amount, balance=-amount
        )
