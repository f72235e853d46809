"""The forms for reversals of a payment."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.zones import DayInput
from payments.models import Payment
from payments.models.reversal_kind import REPORTED

KINDS = [(each.value, capfirst(each.label)) for each in REPORTED]


class AmountField(forms.DecimalField):
    """Dollars above zero, or from another minimum."""

    def __init__(self, *, min_value: Decimal = Decimal("0.01"), **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(
            max_digits=9, decimal_places=2, min_value=min_value, widget=widget, **kwargs
        )


class PastDayField(forms.DateField):
    """A day of the biller that is not in the future."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=DayInput, **kwargs)

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day and day > timezone.localdate():
            raise forms.ValidationError(gettext("Choose a day that is not in the future."))
        return day


def moment_of(day: date, proposed: datetime | None = None, *, paid_at: datetime | None) -> datetime:
    """Returns the proposed time if it is on that day, now if the day is today, the time of the
    payment if it was on that day, or else the day's beginning."""
    for moment in (proposed, timezone.now(), paid_at):
        if moment and timezone.localdate(moment) == day:
            return moment
    return timezone.make_aware(datetime.combine(day, time()))


class PartForm(forms.Form):
    """How much of a payment went back."""

    amount = AmountField(label=_("Amount taken back, without the fee"), min_value=Decimal(0))
    fee = AmountField(
        label=_("Fee taken back"),
        required=False,
        help_text=_("Leave it blank if the fee was kept."),
    )

    def clean(self) -> dict[str, Any]:
        entered: dict[str, Any] = super().clean() or self.cleaned_data
        if entered.get("amount") == 0 and not entered.get("fee") and "fee" not in self.errors:
            self.add_error("amount", gettext("Enter an amount above zero, or the fee."))
        return entered


class DatedPartForm(PartForm):
    """Also asks when: not before the payment. `bind_to` sets the payment."""

    day = PastDayField(label=_("Day it happened"))
    paid_on: date | None = None

    def bind_to(self, payment: Payment) -> None:
        self.paid_on = timezone.localdate(payment.paid_at)
        if not payment.net_fee:
            del self.fields["fee"]

    def clean_day(self) -> date | None:
        day: date | None = self.cleaned_data["day"]
        if day and self.paid_on and day < self.paid_on:
            raise forms.ValidationError(gettext("Choose a day on or after the day of the payment."))
        return day


class ReasonForm(forms.Form):
    """seen: the latest reversal of the payment when the page was opened, if any."""

    note = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("Explain it for whoever reads this next. You can't change it later."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


class ReversalForm(DatedPartForm, ReasonForm):
    """Records a return, refund, void, or chargeback of all or part of a payment."""

    kind = forms.ChoiceField(label=_("What happened"), choices=KINDS)
    invoice_number = forms.ChoiceField(label=_("Invoice"), required=False)
    field_order = ("kind", "invoice_number", "amount", "fee", "day", "note", "seen")

    def __init__(self, *args: Any, payment: Payment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bind_to(payment)
        numbers = [line.invoice_number for line in payment.lines.all() if line.invoice_number]
        if len(numbers) < 2:
            del self.fields["invoice_number"]
        else:
            choices = [("", _("in their order")), *((number, number) for number in numbers)]
            self.fields["invoice_number"].choices = choices  # type: ignore[attr-defined]
