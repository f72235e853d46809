"""What a biller holds, to be read back by tests and people."""

from typing import Any

from sandbox.models import (
    Biller,
    Call,
    Customer,
    HostedPayment,
    Mail,
    Payment,
    PostbackSent,
    RegisteredUser,
)

Facts = dict[str, Any]


def biller_state(biller: Biller) -> Facts:
    customers = biller.customers.order_by("account_number").select_related("registration__user")
    customers = customers.prefetch_related("invoices", "scheduled_payments")
    sent = PostbackSent.objects.filter(hosted__biller=biller).order_by("pk")
    return {
        "biller": biller_facts(biller),
        "customers": [customer_facts(customer) for customer in customers],
        "users": [user_facts(user) for user in biller.users.order_by("email")],
        "hosted_payments": [hosted_facts(h) for h in biller.hosted_payments.order_by("pk")],
        "payments": [payment_facts(payment) for payment in biller.payments.order_by("pk")],
        "postbacks": [postback_facts(postback) for postback in sent.select_related("hosted")],
    }


def biller_facts(biller: Biller) -> Facts:
    return {
        "name": biller.name,
        "api_key": biller.api_key,
        "biller_guid": str(biller.biller_guid),
        "setting_129": biller.setting_129,
        "active": biller.active,
        "token_seconds": biller.token_seconds,
    }


def customer_facts(customer: Customer) -> Facts:
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
            {"id": planned.pk, "amount": str(planned.amount), "date": str(planned.date)}
            for planned in customer.scheduled_payments.all()
        ],
    }


def user_facts(user: RegisteredUser) -> Facts:
    tokens = list(user.tokens.order_by("pk"))
    return {
        "email": user.email,
        "accounts": [customer.account_number for customer in user.customers()],
        "tokens": [token.expires_at.isoformat() for token in tokens],
        "token_values": [token.value for token in tokens],
        "methods": list(user.methods.order_by("pk").values("kind", "brand", "last4", "expiry")),
    }


def hosted_facts(hosted: HostedPayment) -> Facts:
    return {
        "key": hosted.key,
        "user": hosted.user.email if hosted.user else None,
        "request": hosted.request,
        "created_at": hosted.created_at.isoformat(),
        "finished": hosted.finished_at is not None,
    }


def payment_facts(payment: Payment) -> Facts:
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
        "created_at": payment.created_at.isoformat(),
    }


def postback_facts(postback: PostbackSent) -> Facts:
    return {
        "id": postback.pk,
        "hosted_payment": postback.hosted.key,
        "url": postback.url,
        "place": postback.place,
        "fields": dict(postback.fields),
        "attempts": postback.attempts,
        "status": postback.status,
    }


def call_facts(call: Call) -> Facts:
    names = ["id", "operation", "method", "path", "authorization", "body", "fault"]
    names += ["status", "started", "ended"]
    return {name: getattr(call, name) for name in names}


def mail_facts(mail: Mail) -> Facts:
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
