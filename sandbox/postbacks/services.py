"""Sends postbacks: after a payment, as the settings say, or on demand."""

from sandbox.models import HostedPayment, Payment, PostbackSent, PostbackSettings
from sandbox.variants.services import current_wire

from . import delivery
from .fields import FieldList, compose
from .settings import settings_for


def schedule(payment: Payment, *, moment: str) -> None:
    """Sends the postbacks of a payment if the settings choose this moment: `before_return` (called
    when the payment is made) or `after_return` (called when the browser is sent back)."""
    settings = settings_for(payment.biller)
    hosted = payment.hosted
    if hosted is None or settings.when != moment or not hosted.request["PostBackURL"]:
        return
    wire = current_wire()
    place = wire.postback.place or settings.place
    field_lists = compose(payment, settings, wire)
    postbacks = [create(hosted, fields, place, payment) for fields in field_lists]
    for postback in postbacks:
        delivery.start(postback, delay=settings.delay_seconds, retries=settings.retries)
    if moment == PostbackSettings.BEFORE and not settings.delay_seconds:
        delivery.wait_for_first_attempts(postbacks)


def create(
    hosted: HostedPayment, fields: FieldList, place: str, payment: Payment | None
) -> PostbackSent:
    return PostbackSent.objects.create(
        hosted=hosted,
        payment=payment,
        url=hosted.request["PostBackURL"],
        place=place,
        fields=fields,
    )


def send_again(postback: PostbackSent) -> PostbackSent:
    """Sends the same postback once more, as a new one. Waits for the response; does not retry."""
    fields: FieldList = postback.fields
    return send(postback.hosted, fields, postback.place, postback.payment)


def send(
    hosted: HostedPayment, fields: FieldList, place: str, payment: Payment | None = None
) -> PostbackSent:
    """Sends one postback with any fields. Waits for the response; does not retry."""
    postback = create(hosted, fields, place, payment)
    delivery.attempt(postback)
    postback.refresh_from_db()
    return postback
