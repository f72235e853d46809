"""The form above the reports."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.zones import DayInput
from icsso.billers.models import Biller
from payments.reports.tables import Scope

USUAL_DAYS, MOST_DAYS = 30, 366
EARLIEST_YEAR = 2000


def _check_year(day: date) -> None:
    if not EARLIEST_YEAR <= day.year <= timezone.localdate().year + 1:
        raise forms.ValidationError(_("Choose a day closer to today."))


def _latest_today(billers: QuerySet[Biller], chosen: str) -> date:
    """Returns today's date at the chosen biller, or the latest one among these billers."""
    if chosen.isdecimal():
        billers = billers.filter(pk=chosen[:18])
    return max(
        (biller.today() for biller in billers.only("time_zone")), default=timezone.localdate()
    )


class ReportForm(forms.Form):
    """Which billers and which days a report covers."""

    biller = forms.ModelChoiceField(
        Biller.objects.none(), label=_("Biller"), required=False, empty_label=_("All my billers")
    )
    first = forms.DateField(label=_("From"), widget=DayInput, validators=[_check_year])
    last = forms.DateField(label=_("To"), widget=DayInput, validators=[_check_year])

    def __init__(self, data: dict[str, str], *, billers: QuerySet[Biller]) -> None:
        """billers: those the staff user works for. data: missing values get defaults."""
        today = _latest_today(billers, data.get("biller", ""))
        usual = {"first": today - timedelta(days=USUAL_DAYS - 1), "last": today}
        super().__init__({**usual, **data})
        self.billers = billers
        field: Any = self.fields["biller"]
        field.queryset = billers

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first and last and first > last:
            self.add_error("last", _("The last day can't be before the first."))
        elif first and last and (last - first).days >= MOST_DAYS:
            self.add_error("last", _("A report can cover at most a year."))
        return given

    def scope(self) -> Scope:
        """Returns the scope that a valid form selects."""
        given = self.cleaned_data
        chosen = given["biller"]
        billers = self.billers.filter(pk=chosen.pk) if chosen else self.billers
        return Scope(billers=billers, first=given["first"], last=given["last"])
