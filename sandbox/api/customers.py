"""REST operations: the biller, Customers, Customer Portal."""

from uuid import UUID

from django.db import IntegrityError, transaction

from sandbox.models import Customer

from .fields import Refused
from .operation import Answer, Incoming, operation


@operation("biller_status", method="GET")
def biller_status(call: Incoming) -> Answer:
    biller = call.biller
    return {
        "BillerGUID": str(biller.biller_guid),
        "BillerName": biller.name,
        "Active": biller.active,
    }


@operation("create_customer_record")
def create_customer_record(call: Incoming) -> Answer:
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
        raise Refused("The account exists already.", status=409) from None
    return {"CustomerGuid": str(customer.guid)}


@operation("retrieve_customer_guid")
def retrieve_customer_guid(call: Incoming) -> Answer:
    """The account number decides; without one, the address of a registered user."""
    number = call.fields.text("AccountNumber")
    email = call.fields.email("EmailAddress", required=False) or call.fields.text("Username")
    customers = call.biller.customers.order_by("account_number")
    if number:
        customer = customers.filter(account_number=number).first()
    else:
        customer = customers.filter(registration__user__email=email.lower()).first()
    if customer is None:
        raise Refused("The customer was not found.")
    return {"CustomerGuid": str(customer.guid)}


@operation("account", method="GET")
def account(call: Incoming, customer_guid: str) -> Answer:
    customer = find_customer(call, customer_guid)
    due = customer.due_date
    return {
        "AccountNumber": customer.account_number,
        "BalanceDue": float(customer.balance),
        "DueDate": due.strftime("%m/%d/%Y") if due else None,
        "AutoPay": customer.autopay,
        "Paperless": customer.paperless,
        "PayByText": bool(customer.pay_by_text),
    }


def find_customer(call: Incoming, customer_guid: str) -> Customer:
    try:
        guid = UUID(customer_guid)  # in any case, with or without braces
    except ValueError:
        raise Refused("The CustomerGuid is not a GUID.") from None
    customer = call.biller.customers.prefetch_related("invoices").filter(guid=guid).first()
    if customer is None:
        raise Refused("The customer was not found.")
    return customer
