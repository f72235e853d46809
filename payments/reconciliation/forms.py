"""The forms of a reconciliation: the list and its days, its columns, and decisions on lines."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.templatetags.balance_words import dollars
from backoffice.tables.forms import ColumnsForm as TableColumnsForm
from backoffice.tables.forms import TableUploadForm
from backoffice.zones import DayInput
from payments.models import Payment
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine, Resolution
from payments.postbacks.card_numbers import masked
from payments.reconciliation.reading.columns import PAYMENTS
from payments.reconciliation.reading.parsing import Reader
from payments.reconciliation.resolution import KINDS as RESOLUTIONS
from payments.reversals.forms import KINDS, PartForm

Outcome, Reason = ReconciliationLine.Outcome, ReconciliationLine.Reason
MOST_DAYS = 366
SAMPLE = 5  # lines


class UploadForm(TableUploadForm):
    MOST_BYTES = 32 * 1024**2  # 100,000 lines take a third of this
    HINT = _("There may be titles above the column names.")
    TOO_LARGE = _("The file is larger than %(most)s. Choose fewer days.")

    first_day = forms.DateField(label=_("From"), widget=DayInput)
    last_day = forms.DateField(label=_("To"), widget=DayInput)
    field_order = ("biller", "first_day", "last_day", "file", "sheet", "delimiter")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].label = capfirst(_("Invoice Cloud's list of payments"))

    def clean(self) -> dict[str, Any]:
        entered: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = entered.get("first_day"), entered.get("last_day")
        if first and last and not first <= last < first + timedelta(days=MOST_DAYS):
            self.add_error(
                "last_day", gettext("Choose a day on or after the first day, within a year.")
            )
        return entered


class ColumnsForm(TableColumnsForm):
    """Maps each field of a payment to a column of the file."""

    def __init__(self, *args: Any, reconciliation: Reconciliation, **kwargs: Any) -> None:
        names = reconciliation.header
        super().__init__(*args, names=names, fields=PAYMENTS, **kwargs)
        self.reconciliation = reconciliation
        self.fields["report"] = forms.ChoiceField(
            label=_("What the list contains"),
            choices=[(each.value, capfirst(each.label)) for each in Reconciliation.Report],
            initial=reconciliation.report,
            required=False,
            widget=forms.RadioSelect,
            help_text=_(
                "In a list of only returns or chargebacks, every line takes back a payment, "
                "whatever its amount looks like. Customers see it on their receipts."
            ),
        )
        self.order_fields(["report"])
        self.sample = list(reconciliation.lines.order_by("number")[:SAMPLE])

    def clean(self) -> dict[str, Any]:
        entered = super().clean()
        if not self.errors and (reason := self._why_unreadable()):
            message = gettext("None of the first lines can be read with these columns: %(reason)s.")
            self.add_error(None, message % {"reason": reason})
        return entered

    def _why_unreadable(self) -> str:
        self.reconciliation.report = self.cleaned_data["report"] or self.reconciliation.report
        reader = Reader(self.reconciliation, self.columns)
        read = [reader.read(line.cells) for line in self.sample]
        unread = [facts for facts in read if facts.get("outcome") == Outcome.UNREADABLE]
        is_hopeless = unread and len(unread) == len(read)
        return str(Reason(unread[0]["reason"]).label) if is_hopeless else ""


class NoteField(forms.CharField):
    """Returns the note with any card numbers masked."""

    def clean(self, value: Any) -> str:
        return masked(super().clean(value))


def _note_field() -> forms.CharField:
    return NoteField(
        label=_("Note"),
        max_length=500,
        help_text=_("Explain it for whoever reads this next. You can't change it later."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _seen_field() -> forms.IntegerField:
    """Returns a hidden field with the latest resolution when the page was rendered."""
    return forms.IntegerField(required=False, widget=forms.HiddenInput)


class AddForm(forms.Form):
    prefix = "add"
    note = _note_field()
    seen = _seen_field()


class ResolutionForm(forms.Form):
    prefix = "resolve"
    kind = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    note = _note_field()
    seen = _seen_field()

    def __init__(self, *args: Any, line: ReconciliationLine, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = RESOLUTIONS.get(line.outcome, ())
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (kind.value, WORDS[kind]) for kind in kinds
        ]


class RecordForm(PartForm):
    """Records what the line says became of a payment.

    payments: those it may be about.
    """

    prefix = "record"
    payment = forms.ChoiceField(label=_("Payment"), widget=forms.RadioSelect)
    kind = forms.ChoiceField(label=_("What happened"), choices=KINDS)
    note = _note_field()
    seen = _seen_field()
    field_order = ("payment", "kind", "amount", "fee", "note", "seen")

    def __init__(self, *args: Any, payments: Sequence[Payment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.payments = {str(each.pk): each for each in payments}
        self.fields["payment"].choices = [  # type: ignore[attr-defined]
            (key, _words_for(payment)) for key, payment in self.payments.items()
        ]

    def clean_payment(self) -> Payment:
        return self.payments[self.cleaned_data["payment"]]


def _words_for(payment: Payment) -> str:
    words = gettext("%(left)s left of %(amount)s, paid %(day)s, account %(account)s, %(guid)s")
    return words % {
        "left": dollars(payment.net_amount),
        "amount": dollars(payment.amount),
        "day": date_format(timezone.localtime(payment.paid_at), "DATETIME_FORMAT"),
        "account": payment.account.account_number,
        "guid": payment.payment_guid,
    }


class WithdrawForm(forms.Form):
    is_certain = forms.BooleanField(
        label=_("Withdraw this list: its lines no longer count anywhere"),
        error_messages={"required": _("Check the box to withdraw the list.")},
    )


WORDS = {
    Resolution.Kind.EXPLAINED: _("Explained: nothing is missing or wrong"),
    Resolution.Kind.REVERSED: _("Reversed at Invoice Cloud: the money was returned"),
    Resolution.Kind.NOTE: _("Still open: add a note only"),
}
