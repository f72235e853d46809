"""Base form for uploading a table: the biller it belongs to, and the file."""

from typing import Any

from django import forms
from django.core.files import File
from django.db.models import QuerySet
from django.template.defaultfilters import filesizeformat
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class TableUploadForm(forms.Form):
    """billers: those the staff user works for; if there is only one, it is preselected.

    A form for a kind of table sets how large its files may be (in bytes), and what else to do.
    """

    MOST_BYTES = 10 * 1024**2
    TOO_LARGE: str | Promise = _("The file is %(size)s. The limit is %(most)s.")

    biller = forms.ModelChoiceField[Any](None, label=_("Biller"))
    file = forms.FileField(
        label=_("File"), widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.txt"})
    )

    def __init__(self, *args: Any, billers: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["biller"]
        choice.queryset = billers  # type: ignore[attr-defined]
        few = list(billers[:2])
        choice.initial = few[0] if len(few) == 1 else None

    def clean_file(self) -> File[bytes]:
        file: File[bytes] = self.cleaned_data["file"]
        if file.size > self.MOST_BYTES:
            sizes = {"size": filesizeformat(file.size), "most": filesizeformat(self.MOST_BYTES)}
            raise forms.ValidationError(str(self.TOO_LARGE) % sizes)
        return file
