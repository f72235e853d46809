"""What was tried with a delivery, read-only."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from posting.models import WebhookAttempt, WebhookDelivery

VIEW_LOG = "posting.view_webhookdelivery"
SHOWN = 20


class Attempts(admin.TabularInline[WebhookAttempt, WebhookDelivery]):
    """The latest attempts, below a delivery in the admin."""

    model = WebhookAttempt
    template = "admin/read_inline.html"
    extra = 0
    max_num = 0
    can_delete = False
    fields = ("number", "at", "outcome", "status", "milliseconds", "answer")
    verbose_name_plural = _("Latest attempts")

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookAttempt]:
        rows = super().get_queryset(request)
        delivery = request.resolver_match.kwargs["object_id"] if request.resolver_match else None
        latest = rows.filter(delivery_id=delivery).order_by("-number")[:SHOWN]
        # Django filters the rows once more, which a slice would refuse.
        return rows.filter(pk__in=list(latest.values_list("pk", flat=True))).order_by("-number")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(VIEW_LOG)
