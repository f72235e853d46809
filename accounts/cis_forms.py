"""What an operator gives to import accounts: the file, whose it is, and a yes to what it does."""

from typing import Any

from django import forms
from django.core.files import File
from django.db.models import QuerySet
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _
from import_export.forms import ConfirmImportForm, ImportForm

from accounts.cis_resource import WaitingUpload
from icsso.billers.models import Biller

MOST_BYTES = 10 * 1024**2


class UploadForm(ImportForm):  # type: ignore[misc]
    field_order = ("biller", "import_file", "is_full")

    biller = forms.ModelChoiceField(Biller.objects.none(), label=_("Biller"))
    import_file = forms.FileField(
        label=_("File"),
        help_text=_("CSV (UTF-8) or XLSX, 10 MB and 50,000 lines at most."),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.txt"}),
    )
    is_full = forms.BooleanField(
        label=_("The file has all accounts: close those that it lacks"), required=False
    )

    def __init__(self, *args: Any, billers: QuerySet[Biller], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["biller"].queryset = billers
        self.fields["format"].widget = forms.HiddenInput()
        few = list(billers[:2])
        if len(few) == 1:
            self.initial["biller"] = few[0]

    @property
    def media(self) -> forms.Media:
        """There is no format to guess, so no script."""
        return forms.Media()

    def clean_import_file(self) -> File[bytes]:
        file: File[bytes] = self.cleaned_data["import_file"]
        if file.size > MOST_BYTES:
            said = _(
                "The file has %(size)s, and %(most)s is the most here. Large files are for the "
                "command “manage.py import_accounts”."
            )
            sizes = {"size": filesizeformat(file.size), "most": filesizeformat(MOST_BYTES)}
            raise forms.ValidationError(said % sizes)
        return file


class ConfirmForm(ConfirmImportForm):  # type: ignore[misc]
    biller = forms.ModelChoiceField(Biller.objects.none(), widget=forms.HiddenInput)
    is_full = forms.BooleanField(required=False, widget=forms.HiddenInput)
    close_anyway = forms.BooleanField(label=_("Close them all the same"), required=False)

    def __init__(self, *args: Any, billers: QuerySet[Biller], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["biller"].queryset = billers

    def clean_import_file_name(self) -> str:
        name = str(super().clean_import_file_name())
        if not WaitingUpload(name=name).is_there():
            said = _("The file has been imported already, or has waited too long.")
            raise forms.ValidationError(said)
        return name
