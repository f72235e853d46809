"""Makes the payments that are due: scheduled payments on their day, AutoPay on the due date."""

from sandbox import clock
from sandbox.models import Customer, Invoice, Payment, PaymentMethod, ScheduledPayment

from .accepted_numbers import decline_reason
from .services import Line, pay

MOST_DAYS = 366


def turn_clock(*, days: int) -> list[Payment]:
    """Turns the clock ahead day by day and returns the payments made, those due today included.
    Raises ValueError for a number of days out of range."""
    if not 0 <= days <= MOST_DAYS:
        raise ValueError(f"days must be between 0 and {MOST_DAYS}")
    made = make_due_payments()
    for _ in range(days):
        clock.turn_ahead(days=1)
        made += make_due_payments()
    return made


def make_due_payments() -> list[Payment]:
    scheduled = ScheduledPayment.objects.filter(date__lte=clock.today()).order_by("date", "pk")
    made = [pay_scheduled(each) for each in scheduled.select_related("customer", "method", "user")]
    enrolled = Customer.objects.filter(autopay=True, registration__isnull=False)
    paid = [pay_automatically(customer) for customer in enrolled.order_by("account_number")]
    return made + [payment for payment in paid if payment]


def pay_scheduled(scheduled: ScheduledPayment) -> Payment:
    """Pays on the account. A payment that is declined is not tried again."""
    line = Line(scheduled.customer.account_number, "", scheduled.amount)
    payment = pay_from_saved(scheduled.customer, scheduled.method, [line])
    scheduled.delete()
    return payment


def pay_automatically(customer: Customer) -> Payment | None:
    """Pays the bills that are due, once each: one that was declined is not tried again. Returns
    None if there is none, or no way to pay it."""
    method = customer.autopay_method or customer.registration.user.methods.order_by("pk").first()
    due = customer.invoices.filter(balance__gt=0, due_date__lte=clock.today())
    untried = [invoice for invoice in due.order_by("due_date", "pk") if not was_tried(invoice)]
    if not untried or method is None:
        return None
    lines = [Line(customer.account_number, each.number, each.balance) for each in untried]
    return pay_from_saved(customer, method, lines)


def was_tried(invoice: Invoice) -> bool:
    payments = Payment.objects.filter(customer=invoice.customer, automatic=True, approved=False)
    numbers = {line["invoice_number"] for payment in payments for line in payment.lines}
    return invoice.number in numbers


def pay_from_saved(customer: Customer, method: PaymentMethod, lines: list[Line]) -> Payment:
    """There is no request by the biller behind these payments, so no PostBackURL is called: they
    show in Invoice Cloud's records and balances only."""
    reason = decline_reason(method.last4)
    return pay(
        lines=lines,
        method=method,
        approve=not reason,
        message=reason,
        user=customer.registration.user,
        automatic=True,
    )
