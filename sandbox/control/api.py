"""What the control API does. Every handler takes a row of JSON and gives back JSON."""

from decimal import Decimal

from django.utils import timezone

from sandbox import demo, faults, records
from sandbox.models import (
    Biller,
    Call,
    Fault,
    HostedPayment,
    Mail,
    PostbackSent,
    PostbackSettings,
    RegisteredUser,
)
from sandbox.payments import services as settlement
from sandbox.payments.services import Line, PaidWith
from sandbox.postbacks import services as postbacks
from sandbox.records import BadRow, needed

from . import serializers
from .endpoint import Row


def biller_named(row: Row) -> Biller:
    return Biller.objects.get(api_key=needed(row, "api_key"))


def user_named(row: Row) -> RegisteredUser:
    return biller_named(row).users.get(email=needed(row, "email").lower())


def reset(row: Row) -> None:
    demo.reset(with_demo=bool(row.get("seed")))


def show_state(row: Row) -> Row:
    return serializers.biller_state(biller_named(row))


def save_biller(row: Row) -> Row:
    return serializers.biller_facts(records.save_biller(row))


def save_customers(row: Row) -> Row:
    return {"saved": records.save_customers(biller_named(row), row.get("customers") or [])}


def save_user(row: Row) -> Row:
    return serializers.user_facts(records.save_user(biller_named(row), row))


def forget_user(row: Row) -> Row:
    forgotten = biller_named(row).users.filter(email=needed(row, "email").lower())
    return {"forgotten": bool(forgotten.delete()[0])}


def check_user(row: Row) -> Row:
    return {"matches": user_named(row).has_password(needed(row, "password"))}


def expire_tokens(row: Row) -> Row:
    """Ends the time of one user's tokens now."""
    return {"expired": user_named(row).tokens.update(expires_at=timezone.now())}


def list_calls(row: Row) -> list[Row]:
    calls = Call.objects.order_by("pk")
    if "operation" in row:
        calls = calls.filter(operation=row["operation"])
    return [serializers.call_facts(call) for call in calls]


def forget_calls(row: Row) -> None:
    Call.objects.all().delete()


def list_faults(row: Row) -> list[Row]:
    active = Fault.objects.exclude(times=0).order_by("pk")
    return list(active.values("id", "operation", "kind", "times", "seconds", "status"))


def add_fault(row: Row) -> list[Row]:
    faults.switch_on(
        operation=needed(row, "operation"),
        kind=needed(row, "kind"),
        times=row.get("times"),
        seconds=row.get("seconds"),
        status=row.get("status"),
    )
    return list_faults(row)


def clear_faults(row: Row) -> None:
    faults.clear()


def show_postback_settings(row: Row) -> Row:
    biller = biller_named(row) if row.get("api_key") else None
    settings = PostbackSettings.objects.filter(biller=biller).first() or PostbackSettings()
    return {name: getattr(settings, name) for name in postbacks.SETTINGS}


def change_postback_settings(row: Row) -> Row:
    """Changes what the row names and leaves the rest as it is."""
    biller = biller_named(row) if row.get("api_key") else None
    unknown = set(row) - {"api_key", *postbacks.SETTINGS}
    if unknown:
        raise BadRow(f"unknown settings: {', '.join(sorted(unknown))}")
    postbacks.change_settings(biller, {name: row[name] for name in row if name != "api_key"})
    return show_postback_settings(row)


def pay_hosted(row: Row) -> Row:
    """Pays on a hosted payment page without a browser."""
    hosted = hosted_named(row)
    account = hosted.request["Customers"][0]["AccountNumber"]
    lines = [
        Line(
            account_number=str(line.get("account_number") or account),
            invoice_number=str(line.get("invoice_number") or ""),
            amount=records.decimal(line, "amount"),
        )
        for line in row.get("lines") or []
    ]
    if not lines:
        raise BadRow("lines is missing.")
    payment = settlement.pay(
        hosted=hosted,
        lines=lines,
        paid_with=PaidWith(kind=row.get("kind", "card"), brand="Visa", last4="1111"),
        approve=bool(row.get("approve", True)),
        fee=records.decimal(row, "fee") if "fee" in row else Decimal("0.00"),
        remote_ip="127.0.0.1",
    )
    return serializers.payment_facts(payment)


def hosted_named(row: Row) -> HostedPayment:
    """By its key or its whole address."""
    key = needed(row, "hosted_payment").rstrip("/").rsplit("/", 1)[-1]
    return HostedPayment.objects.select_related("biller").get(key=key)


def send_postback(row: Row) -> Row:
    """Any fields at all; with `like`, the fields of a postback sent before, changed by `fields`
    (null leaves one out)."""
    hosted = hosted_named(row)
    like = PostbackSent.objects.get(pk=row["like"], hosted=hosted).fields if "like" in row else []
    fields = postbacks.overridden(like, row.get("fields") or {})
    place = row.get("place", "body")
    if place not in postbacks.PLACES:
        raise BadRow(f"place must be one of {', '.join(postbacks.PLACES)}")
    return serializers.postback_facts(postbacks.send(hosted, fields, place))


def send_postback_again(row: Row, postback_id: int) -> Row:
    return serializers.postback_facts(
        postbacks.send_again(PostbackSent.objects.select_related("hosted").get(pk=postback_id))
    )


def list_mails(row: Row) -> list[Row]:
    mails = Mail.objects.order_by("-pk")
    if row.get("to"):
        mails = mails.filter(to__icontains=row["to"])
    return [serializers.mail_facts(mail) for mail in mails]


def forget_mails(row: Row) -> None:
    Mail.objects.all().delete()
