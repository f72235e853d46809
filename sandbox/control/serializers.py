"""Turns records into the JSON of the control API."""

from operator import attrgetter
from typing import Any

from django.db.models import Prefetch, QuerySet

from sandbox.models import (
    Biller,
    Call,
    Customer,
    HostedPayment,
    Mail,
    Payment,
    PostbackSent,
    RegisteredUser,
    Registration,
)

Json = dict[str, Any]


def biller_state(biller: Biller, part: str = "") -> Any:
    """Returns everything that belongs to a biller, or one part of it. Raises ValueError for an
    unknown part."""
    parts = {
        "biller": lambda: biller_json(biller),
        "customers": lambda: [customer_json(customer) for customer in customers_of(biller)],
        "users": lambda: [user_json(user) for user in users_of(biller)],
        "hosted_payments": lambda: [hosted_json(h) for h in biller.hosted_payments.order_by("pk")],
        "payments": lambda: [payment_json(payment) for payment in biller.payments.order_by("pk")],
        "postbacks": lambda: [postback_json(postback) for postback in postbacks_of(biller)],
    }
    if not part:
        return {name: serialize() for name, serialize in parts.items()}
    if part not in parts:
        raise ValueError(f"unknown part {part}; one of {', '.join(parts)}")
    return parts[part]()


def customers_of(biller: Biller) -> QuerySet[Customer]:
    customers = biller.customers.order_by("account_number").select_related("registration__user")
    return customers.prefetch_related("invoices", "scheduled_payments")


def users_of(biller: Biller) -> QuerySet[RegisteredUser]:
    """With no more of their customers than `user_json` tells: a manager has many."""
    numbers = Registration.objects.select_related("customer").only(
        "user_id", "customer__account_number"
    )
    users = biller.users.order_by("email", "number")
    return users.prefetch_related("tokens", "methods", Prefetch("registrations", numbers))


def postbacks_of(biller: Biller) -> QuerySet[PostbackSent]:
    sent = PostbackSent.objects.filter(hosted__biller=biller)
    return sent.order_by("pk").select_related("hosted")


def biller_json(biller: Biller) -> Json:
    return {
        "name": biller.name,
        "api_key": biller.api_key,
        "biller_guid": str(biller.biller_guid),
        "setting_129": biller.setting_129,
        "active": biller.active,
        "token_seconds": biller.token_seconds,
    }


def customer_json(customer: Customer) -> Json:
    registration = getattr(customer, "registration", None)
    invoices = sorted(customer.invoices.all(), key=lambda invoice: invoice.pk)
    return {
        "account_number": customer.account_number,
        "guid": str(customer.guid),
        "name": customer.name,
        "address": customer.address1,
        "address2": customer.address2,
        "city": customer.city,
        "state": customer.state,
        "zip": customer.zip,
        "email": customer.email,
        "phone": customer.phone,
        "balance": str(customer.balance),
        "autopay": customer.autopay,
        "paperless": customer.paperless,
        "pay_by_text": customer.pay_by_text,
        "registered_by": registration.user.email if registration else None,
        "invoices": [
            {
                "number": invoice.number,
                "type": invoice.type_id,
                "date": str(invoice.date),
                "due_date": str(invoice.due_date),
                "amount": str(invoice.amount),
                "balance": str(invoice.balance),
            }
            for invoice in invoices
        ],
        "scheduled_payments": [
            {"id": scheduled.pk, "amount": str(scheduled.amount), "date": str(scheduled.date)}
            for scheduled in customer.scheduled_payments.all()
        ],
    }


def user_json(user: RegisteredUser) -> Json:
    tokens = sorted(user.tokens.all(), key=attrgetter("pk"))
    methods = sorted(user.methods.all(), key=attrgetter("pk"))
    return {
        "email": user.email,
        "registration": user.number,
        "accounts": sorted(r.customer.account_number for r in user.registrations.all()),
        "tokens": [token.expires_at.isoformat() for token in tokens],
        "token_values": [token.value for token in tokens],
        "methods": [
            {name: getattr(method, name) for name in ("kind", "brand", "last4", "expiry")}
            for method in methods
        ],
    }


def hosted_json(hosted: HostedPayment) -> Json:
    return {
        "key": hosted.key,
        "user": hosted.user.email if hosted.user else None,
        "request": hosted.request,
        "created_at": hosted.created_at.isoformat(),
        "finished": hosted.finished_at is not None,
    }


def payment_json(payment: Payment) -> Json:
    return {
        "guid": str(payment.guid),
        "hosted_payment": payment.hosted.key if payment.hosted else None,
        "user": payment.user.email if payment.user else None,
        "account_number": payment.account_number,
        "lines": payment.lines,
        "amount": str(payment.amount),
        "fee": str(payment.fee),
        "approved": payment.approved,
        "message": payment.message,
        "kind": payment.kind,
        "last4": payment.last4,
        "automatic": payment.automatic,
        "created_at": payment.created_at.isoformat(),
    }


def postback_json(postback: PostbackSent) -> Json:
    return {
        "id": postback.pk,
        "hosted_payment": postback.hosted.key,
        "url": postback.url,
        "place": postback.place,
        "fields": dict(postback.fields),
        "attempts": postback.attempts,
        "status": postback.status,
    }


def call_json(call: Call) -> Json:
    names = ["id", "operation", "method", "path", "authorization", "body", "fault"]
    names += ["status", "started", "ended"]
    return {name: getattr(call, name) for name in names}


def mail_json(mail: Mail) -> Json:
    return {
        "id": mail.pk,
        "to": mail.to,
        "from": mail.sender,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "links": mail.links,
        "received_at": mail.received_at.isoformat(),
    }
