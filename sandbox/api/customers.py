"""REST operations: biller status, Customers, and Customer Portal."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from sandbox import clock
from sandbox.models import Customer, Payment
from sandbox.variants.wire import Rules

from .fields import ApiError
from .operation import ApiCall, Payload, operation


@operation("biller_status")
def biller_status(call: ApiCall) -> Payload:
    biller = call.biller
    return {
        "BillerGUID": biller.biller_guid,
        "BillerName": biller.name,
        "Active": biller.active,
    }


@operation("create_customer_record")
def create_customer_record(call: ApiCall) -> Payload:
    fields = call.fields
    try:
        with transaction.atomic():
            customer = call.biller.customers.create(
                account_number=fields.text("AccountNumber", required=True),
                name=fields.text("CustomerName", required=True),
                address1=fields.text("Address1"),
                address2=fields.text("Address2"),
                city=fields.text("City"),
                state=fields.text("State"),
                zip=fields.text("Zip"),
                phone=fields.text("Phone"),
                email=fields.email("EmailAddress", required=False),
            )
    except IntegrityError:
        raise ApiError("The account already exists.", status=409) from None
    return {"CustomerGuid": customer.guid}


@operation("retrieve_customer_guid")
def retrieve_customer_guid(call: ApiCall) -> Payload:
    """Finds the customer by account number or, without one, by the email address of the user who
    registered the account."""
    number = call.fields.text("AccountNumber")
    email = call.fields.email("EmailAddress", required=False) or call.fields.text("Username")
    customers = call.biller.customers.order_by("account_number")
    if number:
        customer = customers.filter(account_number=number).first()
    else:
        customer = customers.filter(registration__user__email=email.lower()).first()
    if customer is None:
        raise ApiError("The customer was not found.")
    return {"CustomerGuid": customer.guid}


@operation("account")
def account(call: ApiCall, customer_guid: str = "") -> Payload:
    customer = find_customer(call, customer_guid or call.fields.text("CustomerGuid"))
    return {
        "AccountNumber": customer.account_number,
        "BalanceDue": stated_balance(customer, call.wire.rules),
        "DueDate": customer.due_date,
        "AutoPay": customer.autopay,
        "Paperless": customer.paperless,
        "PayByText": bool(customer.pay_by_text),
    }


def stated_balance(customer: Customer, rules: Rules) -> Decimal:
    balance = customer.balance
    if rules.lagging_balance:
        balance += recently_paid(customer)
    return max(balance, Decimal("0.00")) if rules.credits_as_zero else balance


def recently_paid(customer: Customer) -> Decimal:
    """Returns what was paid in the last 24 hours, in dollars."""
    since = clock.now() - timedelta(hours=24)
    payments = Payment.objects.filter(biller=customer.biller, approved=True, created_at__gt=since)
    lines = [line for payment in payments for line in payment.lines]
    own = [line for line in lines if line["account_number"] == customer.account_number]
    return sum((Decimal(line["amount"]) for line in own), Decimal("0.00"))


def find_customer(call: ApiCall, customer_guid: str) -> Customer:
    try:
        guid = UUID(customer_guid)  # upper or lower case, with or without braces
    except ValueError:
        raise ApiError("The CustomerGuid is not a GUID.") from None
    customer = call.biller.customers.prefetch_related("invoices").filter(guid=guid).first()
    if customer is None:
        raise ApiError("The customer was not found.")
    return customer
