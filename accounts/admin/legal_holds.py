"""Legal holds in the admin: placed with a reason and an end, and ended with a reason."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import LegalHold, Member
from accounts.requests import staff_user
from backoffice.admin_base import Job
from backoffice.audit.events import Event
from backoffice.object_actions import ObjectAction, ObjectActionsModelAdmin
from backoffice.scope import OwnBillersFilter, billers_of
from icsso.client.parsing import email_address

LONGEST = timedelta(days=10 * 365)


class HoldForm(forms.ModelForm[LegalHold]):
    email = forms.EmailField(
        label=_("Member’s email"),
        required=False,
        help_text=_("Leave it blank to keep all data of the biller."),
    )

    class Meta:
        model = LegalHold
        fields = ("biller", "reason", "ends_on")

    def clean_ends_on(self) -> date:
        day: date = self.cleaned_data["ends_on"]
        biller = self.cleaned_data.get("biller")
        today = biller.today() if biller else timezone.localdate()
        if not today <= day <= today + LONGEST:
            raise forms.ValidationError(gettext("Choose a day from today to ten years from now."))
        return day

    def clean(self) -> dict[str, Any]:
        entered: dict[str, Any] = super().clean() or self.cleaned_data
        if email := entered.get("email"):
            members = Member.objects.filter(biller=entered.get("biller"))
            self.instance.member = members.filter(email=email_address(email)).first()
            if self.instance.member is None:
                self.add_error("email", gettext("This biller has no member with this email."))
        return entered


def _end(request: HttpRequest, hold: LegalHold) -> bool:
    hold.end()
    return True


@admin.register(LegalHold)
class LegalHoldAdmin(ObjectActionsModelAdmin[LegalHold]):
    filled_by = _("Place a hold to keep data that would otherwise be deleted.")
    form = HoldForm
    job = Job.RECORDS
    operations = ("view", "add")
    list_display = ("whose", "state", "biller", "ends_on", "reason")
    list_filter = (("biller", OwnBillersFilter), "ends_on")
    list_select_related = ("biller", "member")
    object_actions = (
        ObjectAction(
            "end",
            "accounts.change_legalhold",
            gettext_lazy("End this hold"),
            gettext_lazy(
                "From then on, data that has been kept long enough is deleted again, and members "
                "can be erased."
            ),
            Event.HOLD_ENDED,
            lambda hold: hold.is_in_effect,
            _end,
            asks_reason=True,
        ),
    )

    def heading_of(self, record: LegalHold) -> str:
        return str(record.member or record.biller)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("biller", "email", "reason", "ends_on")
        return ("state", "biller", "whose", "reason", "began_at", "by", "ends_on", "ended_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Fills in the member if the URL names one, as the link on a member's page does
        (`?member=`)."""
        key = request.GET.get("member", "")
        found = (
            Member.objects.filter(biller__in=billers_of(request), pk=int(key))
            if (key.isdecimal() and len(key) < 18)
            else Member.objects.none()
        )
        return {"biller": found[0].biller_id, "email": found[0].email} if found else {}

    def save_model(self, request: HttpRequest, obj: LegalHold, form: Any, change: bool) -> None:
        obj.by = staff_user(request)
        super().save_model(request, obj, form, change)

    @admin.display(description=_("state"))
    def state(self, hold: LegalHold) -> str:
        if hold.ended_at:
            return gettext("ended by staff")
        return gettext("in effect") if hold.is_in_effect else gettext("over")

    @admin.display(description=_("holds"))
    def whose(self, hold: LegalHold) -> str:
        return hold.member.email if hold.member else gettext("all data of the biller")
