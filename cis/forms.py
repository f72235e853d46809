"""The forms to import accounts: the file and its biller, its columns, then the confirmation."""

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.tables.forms import TableUploadForm


class UploadForm(TableUploadForm):
    MOST_BYTES = 10 * 1024**2
    HINT = _("Up to 10 MB and 50,000 rows.")
    TOO_LARGE = _(
        "The file size is %(size)s, but the limit here is %(most)s. Import large files with the "
        "command “manage.py import_accounts”."
    )

    is_full = forms.BooleanField(
        label=_("The file lists every account: close accounts that are not in it"),
        required=False,
    )


class ConfirmForm(forms.Form):
    """upload: the token of the uploaded file."""

    upload = forms.SlugField(widget=forms.HiddenInput)
    close_anyway = forms.BooleanField(label=_("Close them anyway"), required=False)
    customers_anyway = forms.BooleanField(
        label=_("The names are right: import them anyway"), required=False
    )
