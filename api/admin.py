"""API tokens in the admin: created, shown once, and revoked. Nothing else can change."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.requests import staff_user
from api.models import ApiToken, Scope
from backoffice.object_actions import ObjectAction, ObjectActionsModelAdmin
from backoffice.scope import OwnBillersFilter
from backoffice.staff_pages import render_page
from backoffice.zones import DayInput

A_YEAR, LONGEST = timedelta(days=365), timedelta(days=5 * 365)


class TokenForm(forms.ModelForm[ApiToken]):
    scopes = forms.MultipleChoiceField(
        label=_("Allows to"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    expires_on = forms.DateField(
        label=_("Works until"),
        widget=DayInput,
        help_text=_("The end of this day. Have a new token made before that."),
    )

    class Meta:
        model = ApiToken
        fields = ("biller", "name", "scopes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "expires_on" in self.fields:
            self.fields["expires_on"].initial = timezone.localdate() + A_YEAR

    def clean_expires_on(self) -> date:
        """The days are the biller's, at whose midnight the token ends."""
        day: date = self.cleaned_data["expires_on"]
        biller = self.cleaned_data.get("biller")
        if biller and not biller.today() <= day <= biller.today() + LONGEST:
            raise forms.ValidationError(gettext("Choose a day from today to five years from now."))
        return day


def _revoke(request: HttpRequest, token: ApiToken) -> bool:
    token.revoke()
    return True


@admin.register(ApiToken)
class ApiTokenAdmin(ObjectActionsModelAdmin[ApiToken]):
    filled_by = _("Create a token for a program of yours that reads payments or updates accounts.")
    form = TokenForm
    operations = ("view", "add")
    list_display = ("name", "state", "biller", "allows", "last_used_at", "expires_at")
    list_filter = (("biller", OwnBillersFilter),)
    list_select_related = ("biller",)
    exclude = ("digest",)
    object_actions = (
        ObjectAction(
            "revoke",
            "api.change_apitoken",
            gettext_lazy("Revoke"),
            gettext_lazy("Programs that use this token are refused from now on. It stays listed."),
            None,  # saving the record writes an entry
            lambda token: token.revoked_at is None,
            _revoke,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("biller", "name", "scopes", "expires_on")
        known = ("created_at", "created_by", "expires_at", "last_used_at", "revoked_at")
        return ("name", "state", "biller", "allows", "shown_ending", *known)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        after = form.cleaned_data["expires_on"] + timedelta(days=1)
        obj.expires_at = datetime.combine(after, time.min, obj.biller.zone)
        obj.created_by = staff_user(request)
        obj.shown_once = obj.make()
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Shows the token, in this response only: just its digest is stored."""
        return render_page(
            request,
            "admin/api/apitoken/made.html",
            title=gettext("API token"),
            token=obj,
            secret=obj.shown_once,
        )

    @admin.display(description=_("state"))
    def state(self, token: ApiToken) -> str:
        if token.revoked_at:
            return gettext("revoked by staff")
        return gettext("valid") if token.is_valid else gettext("expired")

    @admin.display(description=_("allows to"))
    def allows(self, token: ApiToken) -> str:
        labels = dict(Scope.choices)
        return ", ".join(str(labels.get(each, each)) for each in token.scopes)

    @admin.display(description=_("ends with"))
    def shown_ending(self, token: ApiToken) -> str:
        return f"…{token.ending}"
