"""The form of a destination: the password and the private key are entered and never shown."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from posting.files.errors import DeliveryError
from posting.files.folders import folder_of
from posting.files.sftp import read_private_key
from posting.models import Destination, PostingLayout
from posting.models.file_names import names_biller

HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]+")
SECRETS = ("password", "private_key")
SERVER = ("host", "port")
NO_AUTOCOMPLETE = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}


NAMES_NEEDED = gettext_lazy(
    "Another biller's files go to the same folder of this server. Choose another folder, or put "
    "{biller} into the file name of the layout: otherwise, files could have the same name."
)


class DestinationForm(forms.ModelForm[Destination]):
    new_password = forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        max_length=500,
        strip=False,
        # Never rendered with a value, not even after an error.
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "vTextField"}),
    )
    new_private_key = forms.CharField(
        label=gettext_lazy("Private key"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={**NO_AUTOCOMPLETE, "rows": 4}),
    )

    class Meta:
        model = Destination
        fields = ("biller", "kind", "folder", "host", "port", "username")
        help_texts = {
            "folder": gettext_lazy(
                "On the portal's server, below the biller's own folder. On an SFTP server, as its "
                "user sees it. Leave blank for the folder in which the user starts."
            ),
            "host": gettext_lazy("Name or address, without sftp://."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in SECRETS:
            is_set = bool(getattr(self.instance, name))
            help_text = _("Set. Leave blank to keep it.") if is_set else _("Not set.")
            self.fields[f"new_{name}"].help_text = help_text
        # What was entered is not sent back.
        self.fields["new_private_key"].widget.format_value = lambda value: ""

    def clean_host(self) -> str:
        host: str = self.cleaned_data["host"].strip()
        if host and not HOST.fullmatch(host):
            raise forms.ValidationError(_("Enter a host name or an address."))
        return host

    def clean_new_private_key(self) -> str:
        key: str = self.cleaned_data["new_private_key"].strip()
        if not key:
            return ""
        try:
            read_private_key(key + "\n")
        except ValueError:
            raise forms.ValidationError(
                _("This is not an Ed25519, ECDSA, or RSA private key without a passphrase.")
            ) from None
        return key + "\n"

    def clean(self) -> dict[str, Any]:
        entered: dict[str, Any] = super().clean() or self.cleaned_data
        if entered.get("kind") == Destination.Kind.FOLDER:
            self._check_folder(entered)
        elif entered.get("kind") == Destination.Kind.SFTP:
            self._check_sftp(entered)
        return entered

    def _check_folder(self, entered: dict[str, Any]) -> None:
        is_new = self.instance._state.adding
        biller = entered.get("biller") if is_new else self.instance.biller
        try:
            folder_of(biller.slug if biller else "", entered.get("folder", ""))
        except DeliveryError as problem:
            self.add_error("folder", str(problem))

    def _check_sftp(self, entered: dict[str, Any]) -> None:
        for name in ("host", "username"):
            if not entered.get(name) and name not in self.errors:
                self.add_error(name, _("An SFTP server needs this."))
        self._check_names(entered)
        is_new = entered.get("new_password") or entered.get("new_private_key")
        if self.errors or is_new:
            return
        if not any(getattr(self.instance, name) for name in SECRETS):
            self.add_error("new_password", _("Enter a password or a private key."))
        elif self._goes_elsewhere():
            self.add_error(
                "new_password",
                _("Enter the password or the private key again because the server changed."),
            )

    def _check_names(self, entered: dict[str, Any]) -> None:
        biller = entered.get("biller") if self.instance._state.adding else self.instance.biller
        place = Destination(
            biller=biller,
            kind=Destination.Kind.SFTP,
            host=entered.get("host", ""),
            folder=entered.get("folder", ""),
        )
        layout = PostingLayout.objects.filter(biller=biller).first()
        if layout and not names_biller(layout.file_name) and place.is_shared():
            self.add_error("folder", NAMES_NEEDED)

    def _goes_elsewhere(self) -> bool:
        """Whether the files would go to another server. Someone who cannot read a secret must not
        be able to send it to their own server."""
        return not {*SERVER, "username"}.isdisjoint(self.changed_data)

    def save(self, commit: bool = True) -> Destination:
        destination, entered = self.instance, self.cleaned_data
        password, key = entered["new_password"], entered["new_private_key"]
        if self._goes_elsewhere() or password or key:
            destination.password, destination.private_key = password, key
        if not {*SERVER}.isdisjoint(self.changed_data):
            destination.host_key = ""  # another server, whose key must be confirmed again
        return super().save(commit)
