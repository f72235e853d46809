"""The handlers of the control API. Each takes a JSON object and returns JSON."""

from decimal import Decimal

from django.db.models import QuerySet
from django.utils import timezone

from sandbox import clock, demo, faults, records
from sandbox.models import (
    Biller,
    Call,
    Fault,
    HostedPayment,
    Mail,
    PageSession,
    PaymentMethod,
    PostbackSent,
    RegisteredUser,
    Token,
)
from sandbox.payments import due
from sandbox.payments.services import Line, pay
from sandbox.postbacks import services as postbacks
from sandbox.postbacks import settings as postback_settings
from sandbox.postbacks.fields import override
from sandbox.records import InvalidRow, required, required_amount

from . import serializers
from .endpoint import Row


def biller_named(row: Row) -> Biller:
    return Biller.objects.get(api_key=required(row, "api_key"))


def users_named(row: Row) -> QuerySet[RegisteredUser]:
    """Returns all registrations of an address. Raises DoesNotExist if there is none."""
    users = biller_named(row).users.filter(email=required(row, "email").lower())
    if not users.exists():
        raise RegisteredUser.DoesNotExist("There is no such user.")
    return users


def reset(row: Row) -> None:
    demo.reset(with_demo=bool(row.get("seed")))


def show_state(row: Row) -> Row:
    """Everything of a biller; with `part`, such as "users", that part alone, which takes less."""
    return serializers.biller_state(biller_named(row), row.get("part", ""))


def save_biller(row: Row) -> Row:
    return serializers.biller_json(records.save_biller(row))


def save_customers(row: Row) -> Row:
    return {"saved": records.save_customers(biller_named(row), row.get("customers") or [])}


def save_user(row: Row) -> Row:
    return serializers.user_json(records.save_user(biller_named(row), row))


def delete_user(row: Row) -> Row:
    users = biller_named(row).users.filter(email=required(row, "email").lower())
    return {"forgotten": bool(users.delete()[0])}


def check_user(row: Row) -> Row:
    password = required(row, "password")
    return {"matches": any(user.has_password(password) for user in users_named(row))}


def expire_tokens(row: Row) -> Row:
    """Lets all tokens of one user expire now; with `pages`, ends the framed pages as well."""
    users = users_named(row)
    if row.get("pages"):
        PageSession.objects.filter(user__in=users).update(ended_at=timezone.now())
    tokens = Token.objects.filter(user__in=users)
    return {"expired": tokens.update(expires_at=timezone.now())}


def list_calls(row: Row) -> list[Row]:
    calls = Call.objects.order_by("pk")
    if "operation" in row:
        calls = calls.filter(operation=row["operation"])
    return [serializers.call_json(call) for call in calls]


def delete_calls(row: Row) -> None:
    Call.objects.all().delete()


def list_faults(row: Row) -> list[Row]:
    active = Fault.objects.exclude(times=0).order_by("pk")
    return list(active.values("id", "operation", "kind", "times", "seconds", "status"))


def add_fault(row: Row) -> list[Row]:
    faults.switch_on(
        operation=required(row, "operation"),
        kind=required(row, "kind"),
        times=row.get("times"),
        seconds=row.get("seconds"),
        status=row.get("status"),
    )
    return list_faults(row)


def clear_faults(row: Row) -> None:
    faults.clear()


def show_postback_settings(row: Row) -> Row:
    biller = biller_named(row) if row.get("api_key") else None
    return postback_settings.as_dict(postback_settings.own_settings(biller))


def change_postback_settings(row: Row) -> Row:
    """Changes the settings that the row names and leaves the others as they are."""
    biller = biller_named(row) if row.get("api_key") else None
    unknown = set(row) - {"api_key", *postback_settings.NAMES}
    if unknown:
        raise InvalidRow(f"unknown settings: {', '.join(sorted(unknown))}")
    changes = {name: value for name, value in row.items() if name != "api_key"}
    postback_settings.change_settings(biller, changes)
    return show_postback_settings(row)


def pay_hosted(row: Row) -> Row:
    """Makes a payment on a hosted payment page without a browser."""
    hosted = hosted_named(row)
    accounts = [customer["AccountNumber"] for customer in hosted.request["Customers"]]
    lines = [
        Line(
            account_number=str(
                line.get("account_number") or accounts[int(line.get("customer", 0)) % len(accounts)]
            ),
            invoice_number=str(line.get("invoice_number") or ""),
            amount=required_amount(line, "amount"),
        )
        for line in row.get("lines") or []
    ]
    if not lines:
        raise InvalidRow("lines is missing.")
    payment = pay(
        hosted=hosted,
        lines=lines,
        method=PaymentMethod(kind=row.get("kind", "card"), brand="Visa", last4="1111"),
        approve=bool(row.get("approve", True)),
        fee=required_amount(row, "fee") if "fee" in row else Decimal("0.00"),
        remote_ip="127.0.0.1",
    )
    return serializers.payment_json(payment)


def hosted_named(row: Row) -> HostedPayment:
    """Finds the page by its key or its full URL."""
    key = required(row, "hosted_payment").rstrip("/").rsplit("/", 1)[-1]
    return HostedPayment.objects.select_related("biller").get(key=key)


def send_postback(row: Row) -> Row:
    """Sends any fields. With `like`, starts from the fields of an earlier postback and changes
    those named in `fields` (null omits a field)."""
    hosted = hosted_named(row)
    like = PostbackSent.objects.get(pk=row["like"], hosted=hosted).fields if "like" in row else []
    fields = override(like, row.get("fields") or {})
    place = row.get("place", "body")
    if place not in postback_settings.PLACES:
        raise InvalidRow(f"place must be one of {', '.join(postback_settings.PLACES)}")
    return serializers.postback_json(postbacks.send(hosted, fields, place))


def send_postback_again(row: Row, postback_id: int) -> Row:
    return serializers.postback_json(
        postbacks.send_again(PostbackSent.objects.select_related("hosted").get(pk=postback_id))
    )


def show_clock(row: Row) -> Row:
    return {"today": clock.today().isoformat(), "days_ahead": clock.days_ahead()}


def turn_clock(row: Row) -> Row:
    """Turns the clock `days` ahead. What comes due is paid, in the order of the days."""
    made = due.turn_clock(days=int(row.get("days") or 0))
    return {**show_clock(row), "payments": [serializers.payment_json(payment) for payment in made]}


def list_mails(row: Row) -> list[Row]:
    mails = Mail.objects.order_by("-pk")
    if row.get("to"):
        mails = mails.filter(to__icontains=row["to"])
    return [serializers.mail_json(mail) for mail in mails]


def delete_mails(row: Row) -> None:
    Mail.objects.all().delete()
