"""Announcements in the admin: entered once for all selected billers, then separate for each."""

from copy import copy
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.admin_base import ScopedModelAdmin, Tool
from backoffice.scope import OwnBillersFilter, billers_of
from icsso.billers.announcements.fields import Beginning, End
from icsso.billers.announcements.models import TOLD_BEFORE, Announcement
from icsso.billers.models import Biller

FIELDS = ("kind", "starts_at", "ends_at", "english", "spanish")
MOMENT = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class NewAnnouncementForm(forms.ModelForm[Announcement]):
    # The queryset is set per request to the staff user's own billers.
    billers = forms.ModelMultipleChoiceField(queryset=Biller.objects.none())

    class Meta:
        model = Announcement
        fields = FIELDS


@admin.register(Announcement)
class AnnouncementAdmin(ScopedModelAdmin[Announcement]):
    list_display = ("biller", "kind", "standing", "starts_at", "ends_at")
    list_display_links = ("biller", "kind")
    list_filter = (("biller", OwnBillersFilter), "kind")
    list_select_related = ("biller",)
    readonly_fields = ("biller",)
    # One field with one label, and the browser's own date picker.
    formfield_overrides = {
        models.TextField: {"widget": forms.Textarea({"rows": 3, "cols": 60})},
        models.DateTimeField: {"form_class": Beginning, "widget": MOMENT},
    }
    tools = (
        Tool(
            gettext_lazy("Announce maintenance or a notice"),
            "icsso_announcement_add",
            "icsso.add_announcement",
        ),
    )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "ends_at":
            kwargs["form_class"] = End
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        words = _(
            "Times are in the %(zone)s time zone. Maintenance is announced %(hours)d hours ahead "
            "with its times, along with your text if you enter any. A notice is shown from start "
            "to end."
        )
        known = {"zone": settings.TIME_ZONE, "hours": TOLD_BEFORE.total_seconds() // 3600}
        fields = ("biller" if obj else "billers", *FIELDS)
        return [(None, {"fields": fields, "description": words % known})]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kw: Any
    ) -> Any:
        if obj:
            return super().get_form(request, obj, change, **kw)
        form = super().get_form(request, obj, change, **{**kw, "form": NewAnnouncementForm})
        own = billers_of(request)
        form.base_fields["billers"] = forms.ModelMultipleChoiceField(
            own,
            label=_("Billers"),
            widget=forms.CheckboxSelectMultiple,
            initial=own if own.count() == 1 else None,
        )
        return form

    def save_model(self, request: HttpRequest, obj: Announcement, form: Any, change: bool) -> None:
        """Saves one per biller: a change by one biller's staff must not affect another biller."""
        others: list[Biller] = []
        if not change:
            obj.biller, *others = form.cleaned_data["billers"]
        super().save_model(request, obj, form, change)
        for biller in others:
            another = copy(obj)
            another.pk, another.biller, another._state = None, biller, copy(obj._state)
            another.save(force_insert=True)

    @admin.display(description=gettext_lazy("now"))
    def standing(self, announcement: Announcement) -> str | Promise:
        if announcement.is_under_way:
            return _("in progress")
        now = timezone.now()
        if announcement.ends_at <= now:
            return _("over")
        return _("announced") if announcement.is_told(now) else _("not announced yet")
