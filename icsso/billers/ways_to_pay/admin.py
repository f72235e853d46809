"""Other ways to pay and help with paying, in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from backoffice.admin_base import ScopedModelAdmin
from backoffice.scope import OwnBillersFilter, billers_of
from icsso.billers.ways_to_pay.models import WaysToPay


@admin.register(WaysToPay)
class WaysToPayAdmin(ScopedModelAdmin[WaysToPay]):
    filled_by = _(
        "Add the other ways to pay, such as by mail or in person, and where customers find help "
        "with paying."
    )
    list_display = ("kind", "biller", "last_day")
    list_filter = (("biller", OwnBillersFilter), "kind")
    list_select_related = ("biller",)
    formfield_overrides = {
        **ScopedModelAdmin.formfield_overrides,
        models.TextField: {"widget": forms.Textarea({"rows": 4, "cols": 60})},
    }

    def heading_of(self, record: WaysToPay) -> str:
        return str(record.get_kind_display())

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Chooses the biller for staff users who work for one."""
        own = list(billers_of(request)[:2])
        only = {"biller": own[0].pk} if len(own) == 1 else {}
        return {**super().get_changeform_initial_data(request), **only}
