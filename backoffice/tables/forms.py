"""Base forms for tables: the file and the biller it belongs to, and which column is which."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files import File
from django.db.models import QuerySet
from django.template.defaultfilters import filesizeformat
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.tables.mapping import Fields

DELIMITERS = [
    ("", _("found automatically")),
    (",", _("comma (,)")),
    (";", _("semicolon (;)")),
    ("\t", _("tab")),
    ("|", _("bar (|)")),
    ("^", _("caret (^)")),
    ("~", _("tilde (~)")),
]


class TableUploadForm(forms.Form):
    """billers: those the staff user works for; if there is only one, it is preselected.

    A form for a kind of table sets how large its files may be (in bytes), what else to do, and what
    to say of the file besides its format.
    """

    FORMATS = _("XLSX, or CSV in UTF-8 or UTF-16.")  # as `Table` reads them
    HINT: str | Promise = ""

    MOST_BYTES = 10 * 1024**2
    TOO_LARGE: str | Promise = _("The file is %(size)s. The limit is %(most)s.")

    biller = forms.ModelChoiceField[Any](None, label=_("Biller"))
    file = forms.FileField(
        label=_("File"), widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.txt"})
    )
    sheet = forms.CharField(
        label=_("Sheet"),
        required=False,
        max_length=31,
        help_text=_(
            "Only for XLSX files. If left blank, the first visible sheet with a table is used."
        ),
    )
    delimiter = forms.ChoiceField(
        label=_("Separator between columns"),
        required=False,
        choices=DELIMITERS,
        help_text=_("Only for text files. Choose one if the columns were not separated correctly."),
    )

    def __init__(self, *args: Any, billers: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["biller"]
        choice.queryset = billers  # type: ignore[attr-defined]
        few = list(billers[:2])
        choice.initial = few[0] if len(few) == 1 else None
        self.fields["file"].help_text = f"{self.FORMATS} {self.HINT}".strip()

    def clean_file(self) -> File[bytes]:
        file: File[bytes] = self.cleaned_data["file"]
        if file.size > self.MOST_BYTES:
            sizes = {"size": filesizeformat(file.size), "most": filesizeformat(self.MOST_BYTES)}
            raise forms.ValidationError(str(self.TOO_LARGE) % sizes)
        return file


class ColumnsForm(forms.Form):
    """Maps each field to a column of the file.

    names: of the columns.
    """

    def __init__(self, *args: Any, names: Sequence[str], fields: Fields, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table_fields = fields
        choices = [("", _("not in this list")), *((name, name) for name in names)]
        for field, label in fields.labels.items():
            self.fields[field] = forms.ChoiceField(
                label=capfirst(label), choices=choices, required=field in fields.required
            )

    def clean(self) -> dict[str, Any]:
        entered: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = [entered.get(field) for field in self.table_fields.labels]
        for field in self.table_fields.labels:
            if entered.get(field) and chosen.count(entered[field]) > 1:
                self.add_error(field, gettext("This column was chosen twice."))
        return entered

    @property
    def columns(self) -> dict[str, str]:
        """Returns a column for every field, so that one left out by staff is not guessed."""
        return {str(f): self.cleaned_data.get(f) or "" for f in self.table_fields.labels}


class HeaderForm(forms.Form):
    """Which row of the file contains the column names."""

    header = forms.IntegerField(label=_("Row with the column names"), min_value=1)
