"""Cloud Payments V2: validates a request and returns the address of its payment page."""

from typing import Any

from sandbox.models import Biller, RegisteredUser, Token
from sandbox.responses import other_origin

from .fields import ApiError, Fields
from .operation import ApiCall, Payload, operation


@operation("cloud_payments")
def cloud_payments(call: ApiCall) -> Payload:
    request = read_request(call.fields)
    user = token_owner(call.biller, call.fields.text("RemoteAuthenticationToken"))
    for customer in request["Customers"]:
        check_or_create_customer(call.biller, customer, create=request["CreateCustomerRecord"])
    hosted = call.biller.hosted_payments.create(user=user, request=request)
    origin = call.request.build_absolute_uri("/")
    if call.wire.rules.hosted_page_on_other_host:
        origin = other_origin(call.request) + "/"
    url = f"{origin}cloudpayments/{hosted.key}"
    return {"CloudPaymentURL": url}


def read_request(fields: Fields) -> dict[str, Any]:
    """Returns the request with the field names of the contract, without the token. Unknown fields
    are ignored, as the real service ignores them."""
    request = {
        "ViewMode": fields.choice("ViewMode", {0, 1}),
        "CreateCustomerRecord": fields.boolean("CreateCustomerRecord", default=False),
        "CSSUrl": fields.url("CSSUrl"),
        "ReturnURL": fields.url("ReturnURL"),
        "PostBackURL": fields.url("PostBackURL"),
        "BillerReference": fields.text("BillerReference"),
        "AllowSwipe": fields.boolean("AllowSwipe", default=False),
        "AllowEMV": fields.boolean("AllowEMV", default=False),
        "AllowCCPayment": fields.boolean("AllowCCPayment", default=True),
        "AllowACHPayment": fields.boolean("AllowACHPayment", default=True),
        "CashierName": fields.text("CashierName"),
        "EMVDeviceID": fields.text("EMVDeviceID"),
        "EMVLocationID": fields.text("EMVLocationID"),
        "PageLoadOverride": fields.text("PageLoadOverride"),
        "Customers": [read_customer(customer) for customer in fields.nested_list("Customers")],
        "PageResultOptions": read_options(fields.nested("PageResultOptions")),
    }
    if not request["AllowCCPayment"] and not request["AllowACHPayment"]:
        raise ApiError("AllowCCPayment or AllowACHPayment must be true.")
    return request


def read_customer(fields: Fields) -> dict[str, Any]:
    invoices = None if fields.get("Invoices") is None else fields.nested_list("Invoices")
    return {
        "AccountNumber": fields.text("AccountNumber", required=True),
        "DisplayAccountNumber": fields.text("DisplayAccountNumber"),
        "Name": fields.text("Name"),
        "Address": fields.text("Address"),
        "City": fields.text("City"),
        "State": fields.text("State"),
        "Zip": fields.text("Zip"),
        "EmailAddress": fields.email("EmailAddress", required=False),
        "Invoices": [read_invoice(invoice) for invoice in invoices] if invoices else None,
    }


def read_invoice(fields: Fields) -> dict[str, Any]:
    amounts = ["BalanceDue", "CCServiceFee", "ACHServiceFee", "MinimumAmountDue"]
    dates = {name: fields.us_date(name) for name in ["InvoiceDate", "DueDate"]}
    return {
        "InvoiceNumber": fields.text("InvoiceNumber", required=True),
        "TypeID": fields.text("TypeID"),
        **{name: day.isoformat() if day else None for name, day in dates.items()},
        **{name: as_text(fields, name) for name in amounts},
        "AllowPartialPayments": fields.boolean("AllowPartialPayments", default=True),
    }


def as_text(fields: Fields, name: str) -> str | None:
    amount = fields.amount(name)
    return None if amount is None else f"{amount:.2f}"


def read_options(fields: Fields) -> dict[str, Any]:
    invoice = fields.nested("InvoiceOptions")
    names = ["AllowViewStatement", "AllowRemove", "AllowViewRelated", "AllowRemindMe"]
    return {
        "AllowRegisterAccount": fields.boolean("AllowRegisterAccount", default=False),
        "InvoiceOptions": {name: invoice.boolean(name, default=False) for name in names},
    }


def token_owner(biller: Biller, value: str) -> RegisteredUser | None:
    if not value:
        return None
    token = Token.objects.filter(user__biller=biller, value=value).first()
    if token is None or token.expired:
        raise ApiError("The RemoteAuthenticationToken is unknown or has expired.")
    return token.user


def check_or_create_customer(biller: Biller, customer: dict[str, Any], *, create: bool) -> None:
    """Creates the customer record if the request asks for it. Otherwise raises ApiError (400) for
    an unknown account, unless the request lists the invoices to pay."""
    number = customer["AccountNumber"]
    if create:
        record = {
            "name": customer["Name"] or number,
            "address1": customer["Address"],
            "city": customer["City"],
            "state": customer["State"],
            "zip": customer["Zip"],
            "email": customer["EmailAddress"],
        }
        biller.customers.get_or_create(account_number=number, defaults=record)
    elif not customer["Invoices"] and not biller.customers.filter(account_number=number).exists():
        raise ApiError(f"The account {number} was not found.")
