"""The forms of webhook endpoints. The secret is never part of one."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.zones import DayInput
from icsso.billers.forms import HttpsURLField
from icsso.billers.models import Biller
from posting.models import EventType, WebhookEndpoint
from posting.models.webhook_endpoint import all_event_types

MOST_DAYS = 92  # sent again at once


class EndpointForm(forms.ModelForm[WebhookEndpoint]):
    event_types = forms.MultipleChoiceField(
        label=_("Events"),
        choices=[
            (EventType.RECEIVED.value, EventType.RECEIVED.label),
            (EventType.REVERSED.value, EventType.REVERSED.label),
        ],
        initial=all_event_types,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("biller", "url", "description", "event_types", "is_active")
        field_classes = {"url": HttpsURLField}
        # Without Django's link to it: opened in a browser, it receives nothing.
        widgets = {"url": forms.URLInput(attrs={"class": "vURLField"})}


class RotationForm(forms.Form):
    """seen: when the page's secret was set. A page sent twice replaces it once."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, endpoint: WebhookEndpoint, **kwargs: Any) -> None:
        self.set_at = endpoint.secret_set_at.isoformat()
        kwargs["initial"] = {"seen": self.set_at}
        super().__init__(*args, **kwargs)

    def clean_seen(self) -> str:
        if self.cleaned_data["seen"] != self.set_at:
            self.data = {**self.data, "seen": self.set_at}
            raise forms.ValidationError(
                gettext("The secret was replaced since you opened this page.")
            )
        return self.set_at


class DaysForm(forms.Form):
    first = forms.DateField(label=_("First day"), widget=DayInput)
    last = forms.DateField(label=_("Last day"), widget=DayInput)
    also_delivered = forms.BooleanField(
        label=_("Also what was delivered already"),
        required=False,
        help_text=_(
            "The receiver gets the same ids again. It must not post what it has posted before."
        ),
    )

    def __init__(self, *args: Any, biller: Biller, **kwargs: Any) -> None:
        self.today = biller.today()
        yesterday = self.today - timedelta(days=1)
        kwargs["initial"] = {"first": yesterday, "last": self.today}
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, last = data.get("first"), data.get("last")
        if isinstance(first, date) and isinstance(last, date):
            if last < first:
                self.add_error("last", gettext("The last day is before the first day."))
            elif (last - first).days >= MOST_DAYS or first.year < 2000 or last.year > 2100:
                said = gettext("Choose at most %d days at once.")
                self.add_error("last", said % MOST_DAYS)
        return data
