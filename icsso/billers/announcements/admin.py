"""Announcements in the admin: entered once for all selected billers, then separate for each."""

from copy import copy
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.admin_base import ScopedModelAdmin, Tool
from backoffice.scope import OwnBillersFilter, billers_of
from backoffice.zones import MomentInput, moment_here, zone_names
from icsso.billers.announcements.fields import Beginning, End
from icsso.billers.announcements.models import ANNOUNCED_BEFORE, Announcement
from icsso.billers.models import Biller
from icsso.billers.time_zones import default_name, zone_label, zone_named

FIELDS = ("kind", "starts_at", "ends_at", "english", "spanish")


class NewAnnouncementForm(forms.ModelForm[Announcement]):
    """The times are in the chosen billers' time zone. If they have several, staff say in which one,
    because maintenance begins for all of them at once."""

    # Per request: the staff user's own billers, and the time zones of these.
    billers = forms.ModelMultipleChoiceField(queryset=Biller.objects.none())
    time_zone = forms.ChoiceField(required=False)

    class Meta:
        model = Announcement
        fields = FIELDS

    def full_clean(self) -> None:
        if not self.is_bound:
            super().full_clean()
            return
        names = self._chosen_zones()
        with timezone.override(zone_named(names[0]) if names else None):
            super().full_clean()
        if len(names) > 1:
            words = _("These billers are in several time zones. Choose the one the times are in.")
            self.add_error("time_zone", words)

    def _chosen_zones(self) -> list[str]:
        """Returns the names of the time zones that the times may be in: one, unless unclear."""
        if named := self._entered("time_zone"):
            return [named]
        return zone_names(self._entered("billers") or Biller.objects.none())

    def _entered(self, name: str) -> Any:
        """Returns the value of a field that the others depend on; None if it is refused."""
        if name not in self.fields:
            return None
        field = self.fields[name]
        value = field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name))
        try:
            return field.clean(value)
        except ValidationError:
            return None


@admin.register(Announcement)
class AnnouncementAdmin(ScopedModelAdmin[Announcement]):
    filled_by = gettext_lazy(
        "Add one to tell customers about maintenance or anything else they should know."
    )
    list_display = ("biller", "kind", "standing", "starts_at", "ends_at")
    list_display_links = ("biller", "kind")
    list_filter = (("biller", OwnBillersFilter), "kind")
    list_select_related = ("biller",)
    readonly_fields = ("biller",)
    formfield_overrides = {
        **ScopedModelAdmin.formfield_overrides,
        models.TextField: {"widget": forms.Textarea({"rows": 3, "cols": 60})},
        models.DateTimeField: {"form_class": Beginning, "widget": MomentInput},
    }
    add_label = gettext_lazy("Announce maintenance or a notice")
    tools = (
        Tool(
            add_label,
            "icsso_announcement_add",
            "icsso.add_announcement",
        ),
    )

    def heading_of(self, record: Announcement) -> str:
        return f"{record.get_kind_display()} · {moment_here(record.starts_at)}"

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "ends_at":
            kwargs["form_class"] = End
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        zones = [obj.biller.time_zone] if obj else zone_names(billers_of(request))
        times = _("Times are in this time zone: %s.") % zone_label(*zones[:1] or [default_name()])
        if len(zones) > 1:
            times = _("Times are in the time zone of the billers that you choose.")
        words = _(
            "Maintenance is announced %(hours)d hours ahead with its times, along with your text "
            "if you enter any. A notice is shown from start to end."
        )
        words %= {"hours": ANNOUNCED_BEFORE.total_seconds() // 3600}
        several = ("billers", "time_zone") if len(zones) > 1 else ("billers",)
        fields = (*(("biller",) if obj else several), *FIELDS)
        return [(None, {"fields": fields, "description": f"{times} {words}"})]

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
        form.base_fields["time_zone"] = forms.ChoiceField(
            label=_("Time zone"),
            required=False,
            help_text=_("Only needed if the billers above are in several time zones."),
            choices=[
                ("", _("The billers' own")),
                *((name, zone_label(name)) for name in zone_names(own)),
            ],
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
        return _("announced") if announcement.is_announced(now) else _("not announced yet")
