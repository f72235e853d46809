"""Webhook endpoints, and the log of what was sent to them, in the admin."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.templatetags.balance_words import signed_dollars
from backoffice.admin_base import Job, Tool
from backoffice.audit.events import Event
from backoffice.large_lists import LargeListModelAdmin
from backoffice.object_actions import Link, ObjectAction, ObjectActionsModelAdmin
from backoffice.pills import Kind, pill
from backoffice.scope import OwnBillersFilter
from payments.models import PaymentLine, ReversalLine
from posting.models import EventType, WebhookDelivery, WebhookEndpoint
from posting.webhooks import services, signing, views
from posting.webhooks.attempts import VIEW_LOG, Attempts
from posting.webhooks.forms import EndpointForm
from posting.webhooks.tasks import enqueue
from posting.webhooks.transport import Answer

State = WebhookDelivery.State
STATE_KINDS: dict[str, Kind] = {
    State.PENDING: "wait",
    State.DELIVERED: "good",
    State.GIVEN_UP: "bad",
}


def _send_test(request: HttpRequest, endpoint: WebhookEndpoint) -> bool:
    _delivery, answer = services.send_test(endpoint)
    if answer is None:
        return False
    said = _answered(answer)
    level = messages.SUCCESS if answer.outcome == "accepted" else messages.WARNING
    messages.add_message(request, level, said)
    return True


def _answered(answer: Answer) -> str:
    words = {"outcome": answer.outcome.label, "status": answer.status, "text": answer.text or "–"}
    if answer.status is None:
        return _("Result: %(outcome)s.") % words
    return _("Result: %(outcome)s, status %(status)s. Answer: %(text)s") % words


def _end_rotation(request: HttpRequest, endpoint: WebhookEndpoint) -> bool:
    services.end_rotation(endpoint)
    return True


def _send_again(request: HttpRequest, delivery: WebhookDelivery) -> bool:
    services.send_again(WebhookDelivery.objects.filter(pk=delivery.pk))
    enqueue(delivery.endpoint.biller_id)
    return True


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ObjectActionsModelAdmin[WebhookEndpoint]):
    filled_by = gettext_lazy(
        "Add the address to which the portal sends each payment and reversal at once."
    )
    form = EndpointForm
    job = Job.SETUP
    operations = ("view", "add", "change")
    list_display = ("named", "state", "biller", "events")
    list_filter = (("biller", OwnBillersFilter), "is_active")
    list_select_related = ("biller",)
    STATE = ("biller", "state", "deliveries")
    SECRET = ("secret_set_at", "previous_secret_ends_at", "starts_at")
    object_actions = (
        ObjectAction(
            "test",
            views.CHANGE,
            gettext_lazy("Send a test event"),
            gettext_lazy("An event “portal.test” is sent now, once. It names no payment."),
            Event.TEST_SENT,
            lambda endpoint: True,
            _send_test,
        ),
        ObjectAction(
            "end-previous-secret",
            views.CHANGE,
            gettext_lazy("End the previous secret now"),
            gettext_lazy(
                "Events are then signed with the new secret alone. Do this when the receiver knows "
                "the new one."
            ),
            None,  # saving the record writes an entry
            lambda endpoint: bool(endpoint.previous_secret),
            _end_rotation,
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        name = "posting_webhookendpoint_{}".format
        pages: list[URLPattern] = [
            path("<int:pk>/secret/", views.replace_secret, name=name("secret")),
            path("<int:pk>/send-again/", views.send_days_again, name=name("send_again")),
        ]
        return pages + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEndpoint]:
        """Without the secrets: no page here shows them."""
        return super().get_queryset(request).defer("secret", "previous_secret")

    def links_for(self, request: HttpRequest, record: WebhookEndpoint) -> list[Link]:
        further = (
            (views.REPLAY, _("Send days again"), "send_again"),
            (views.CHANGE, _("Replace the secret"), "secret"),
        )
        return super().links_for(request, record) + [
            Link(label, reverse(f"admin:posting_webhookendpoint_{view}", args=[record.pk]))
            for permission, label, view in further
            if request.user.has_perm(permission)
        ]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        entered = ("url", "description", "event_types", "is_active")
        return (*self.STATE, *entered, *self.SECRET) if obj else ("biller", *entered)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.STATE, *self.SECRET) if obj else ()

    def save_model(
        self, request: HttpRequest, obj: WebhookEndpoint, form: Any, change: bool
    ) -> None:
        if not change:
            obj.secret = signing.new_secret()
        super().save_model(request, obj, form, change)
        if change and obj.is_active and {"is_active", "url"} & {*form.changed_data}:
            services.turned_on(obj)

    def response_add(
        self, request: HttpRequest, obj: WebhookEndpoint, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Shows the secret, in this response alone."""
        return views.secret_page(cast(views.Request, request), obj, obj.secret)

    @admin.display(description=gettext_lazy("endpoint"))
    def named(self, endpoint: WebhookEndpoint) -> str:
        """With its address, once."""
        if not endpoint.description:
            return endpoint.url
        return format_html(
            '{}<br><span class="quiet">{}</span>', endpoint.description, endpoint.url
        )

    @admin.display(description=gettext_lazy("events"))
    def events(self, endpoint: WebhookEndpoint) -> str:
        labels = dict(EventType.choices)
        return ", ".join(str(labels.get(each, each)) for each in endpoint.event_types)

    @admin.display(description=gettext_lazy("state"))
    def state(self, endpoint: WebhookEndpoint) -> str:
        if endpoint.gone_at and not endpoint.is_active:
            return _("turned off: the receiver answered 410 (gone)")
        if not endpoint.is_active:
            return _("turned off")
        return _("turned on, but it does not answer") if endpoint.failures else _("turned on")

    @admin.display(description=gettext_lazy("deliveries"))
    def deliveries(self, endpoint: WebhookEndpoint) -> str:
        waiting = endpoint.deliveries.pending().count()
        given_up = endpoint.deliveries.filter(state=State.GIVEN_UP).count()
        address = reverse("admin:posting_webhookdelivery_changelist")
        said = _("%(waiting)d pending, %(given_up)d given up")
        words = said % {"waiting": waiting, "given_up": given_up}
        return format_html(
            '<a href="{}?endpoint__id__exact={}">{}</a>', address, endpoint.pk, words
        )


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(
    ObjectActionsModelAdmin[WebhookDelivery], LargeListModelAdmin[WebhookDelivery]
):
    filled_by = gettext_lazy(
        "A delivery is listed for each payment and reversal, once a webhook endpoint is set up."
    )
    operations = ("view",)
    biller_path = "endpoint__biller"
    inlines = (Attempts,)
    tools = (
        Tool(
            gettext_lazy("Webhook deliveries"),
            "posting_webhookdelivery_changelist",
            VIEW_LOG,
            services.to_look_at,
        ),
    )
    # What decides comes first: narrow screens show the first columns.
    list_display = (
        *("created_at", "standing", "amount", "event", "result", "next_attempt_at", "biller"),
    )
    list_filter = ("state", ("endpoint__biller", OwnBillersFilter), "event", "created_at")
    list_select_related = (*("endpoint__biller", "payment_line", "reversal_line__payment_line"),)
    search_fields = (
        "payment_line__payment__payment_guid",
        "reversal_line__payment_line__payment__payment_guid",
        "payment_line__payment__account__number_key",
        "reversal_line__payment_line__payment__account__number_key",
    )
    search_help_text = gettext_lazy("Account number or PaymentGUID")
    fields = (
        *("state", "event", "message_id", "endpoint", "payment", "invoice", "amount"),
        *("attempts", "last_attempt_at", "outcome", "status", "answer", "milliseconds"),
        *("next_attempt_at", "created_at", "delivered_at", "expires_at"),
    )
    object_actions = (
        ObjectAction(
            "again",
            views.REPLAY,
            gettext_lazy("Send again"),
            gettext_lazy(
                "The same event is sent with the same id, and tried for three days. A receiver "
                "that has posted it must not post it twice."
            ),
            Event.SENT_AGAIN,
            lambda delivery: delivery.event != EventType.TEST,
            _send_again,
        ),
        ObjectAction(
            "settle",
            views.REPLAY,
            gettext_lazy("Settle without sending"),
            gettext_lazy(
                "Choose this if it was posted in another way. It is not tried anymore and not "
                "counted as work."
            ),
            Event.SETTLED_BY_HAND,
            lambda delivery: delivery.state in {State.PENDING, State.GIVEN_UP},
            lambda _request, delivery: services.settle(delivery),
            asks_reason=True,
        ),
    )

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "endpoint__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        # Secrets are not needed to list what was sent.
        rows = super().get_queryset(request)
        return rows.defer("endpoint__secret", "endpoint__previous_secret")

    @admin.display(description=gettext_lazy("biller"))
    def biller(self, delivery: WebhookDelivery) -> str:
        return delivery.endpoint.biller.name

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def standing(self, delivery: WebhookDelivery) -> str:
        return pill(delivery.state, delivery.get_state_display(), STATE_KINDS)

    @admin.display(description=gettext_lazy("id"))
    def message_id(self, delivery: WebhookDelivery) -> str:
        return delivery.message_id

    @admin.display(description=gettext_lazy("invoice"))
    def invoice(self, delivery: WebhookDelivery) -> str:
        line = _payment_line(delivery)
        return (line.invoice_number or "–") if line else "–"

    @admin.display(description=gettext_lazy("amount"))
    def amount(self, delivery: WebhookDelivery) -> str:
        line = _line(delivery)
        return signed_dollars(line.amount) if line else "–"

    @admin.display(description=gettext_lazy("last result"))
    def result(self, delivery: WebhookDelivery) -> str:
        if not delivery.attempts:
            return "–"
        attempts = ngettext("%(number)d attempt", "%(number)d attempts", delivery.attempts)
        words = str(delivery.get_outcome_display()) or _("being sent")
        code = f" ({delivery.status})" if delivery.status else ""
        return f"{words}{code}, {attempts % {'number': delivery.attempts}}"

    @admin.display(description=gettext_lazy("payment"))
    def payment(self, delivery: WebhookDelivery) -> str:
        line = _payment_line(delivery)
        if line is None:
            return "–"
        address = reverse("admin:payments_payment_change", args=[line.payment_id])
        return format_html('<a href="{}">{}</a>', address, line.payment.payment_guid)


def _line(delivery: WebhookDelivery) -> PaymentLine | ReversalLine | None:
    return delivery.payment_line or delivery.reversal_line


def _payment_line(delivery: WebhookDelivery) -> PaymentLine | None:
    if delivery.reversal_line:
        return delivery.reversal_line.payment_line
    return delivery.payment_line
