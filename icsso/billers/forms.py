"""The form of a biller in the admin: credentials are entered and never shown again.

Opening the site, the connection test, the settings at Invoice Cloud, and the wire profile are not
part of it: they are on the page “Going live”.
"""

from typing import Any

from django import forms
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from icsso.billers.branding.logos import MOST_BYTES, as_png, digest_of
from icsso.billers.branding.models import Logo
from icsso.billers.models import Biller
from icsso.billers.onboarding import steps as readiness
from icsso.billers.validators import check_key
from icsso.client.addresses import origin

# A connection test holds for these values only.
TESTED = {"base_url", "biller_guid", "api_key", "wire_profile"}
# A key that is set is not sent to another address: whoever changes the address enters it again.
AGAIN = {
    "api_key": _("Enter the API key again: it would be sent to a new server."),
    "web_service_key": _("Enter the web service key again: it would be sent to a new server."),
}
FOUND = {"connection_works", "connection_finding", "connection_tested_at"}


def _secret_field(label: Any) -> forms.CharField:
    # Never rendered with a value, not even after an error. Password managers should not fill it in.
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "vTextField"})
    return forms.CharField(
        label=label, required=False, max_length=500, widget=widget, validators=[check_key]
    )


class HttpsURLField(forms.URLField):
    """Assumes https for an address without a scheme."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(assume_scheme="https", **kwargs)


class ServingForm(forms.ModelForm[Biller]):
    """While a biller is open to customers, refuses to remove anything that this requires."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.missing_before = self._missing()
        if "time_zone" in self.fields and not self.data.get(self.add_prefix("time_zone")):
            self.fields["time_zone"].required = not self.is_bound  # see `clean_time_zone`

    def clean_time_zone(self) -> str:
        """Returns the zone; the current one if the form was sent without it."""
        return self.cleaned_data["time_zone"] or self.instance.time_zone

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        lost = [] if self.errors else sorted({*self._missing()} - {*self.missing_before})
        if lost:
            words = gettext("The site is open to customers, which requires: %(what)s.")
            self.add_error(None, words % {"what": ", ".join(lost)})

    def save(self, commit: bool = True) -> Biller:
        biller: Biller = super().save(commit=False)
        if commit:
            self.store()
        return biller

    def store(self) -> None:
        """Saves only the fields changed here: someone else may be changing the others."""
        is_new = self.instance._state.adding
        self.instance.save(update_fields=None if is_new else self.changed_fields())

    def changed_fields(self) -> set[str]:
        return {*self.changed_data} & {field.name for field in Biller._meta.concrete_fields}

    def _missing(self) -> list[str]:
        return readiness.missing(self.instance) if self.instance.is_active else []


class KeysForm(ServingForm):
    """A form with fields for the keys, and others such as the address they are sent to."""

    keys: tuple[str, ...] = ("api_key", "web_service_key")
    new_api_key = _secret_field(capfirst(_("API key")))
    new_web_service_key = _secret_field(_("Web service key"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.keys:
            self.fields[f"new_{name}"].help_text = self._state_of(name)

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError if another server would get a key that is not entered here. Else
        someone who cannot read a key could have it sent to their own server."""
        entered: dict[str, Any] = super().clean() or self.cleaned_data
        for name in self.keys_wanted_again(entered):
            is_set, new = getattr(self.instance, name), f"new_{name}"
            if is_set and not entered.get(new) and new not in self.errors:
                self.add_error(new, AGAIN[name])
        return entered

    def keys_wanted_again(self, entered: dict[str, Any]) -> set[str]:
        """Returns the keys that a server would get for the first time. The probe looks for Invoice
        Cloud's operations at the other servers as well."""
        before, further = self.instance, entered.get("extra_hosts") or ""
        if origin(entered.get("base_url") or before.base_url) != origin(before.base_url):
            return {*AGAIN}
        known = {*map(origin, (before.base_url, *before.extra_hosts.split()))}
        return set() if {*map(origin, further.split())} <= known else {"api_key"}

    def save(self, commit: bool = True) -> Biller:
        given = {name: self.cleaned_data[f"new_{name}"] for name in self.keys}
        self.changed_keys = self.instance.take_keys(**given)
        if not TESTED.isdisjoint(self.changed_fields()):
            self.instance.forget_connection_test()
        return super().save(commit)

    def changed_parts(self) -> set[str]:
        """Returns the biller's fields of which a part was changed by another field of the form."""
        return set()

    def changed_fields(self) -> set[str]:
        names = super().changed_fields() | {*self.changed_keys} | self.changed_parts()
        is_elsewhere = not names.isdisjoint({"wire_profile", "extra_hosts"})
        # Only the keys from this form may be sent to the servers that it names.
        if "base_url" in names:
            names |= {*AGAIN}
        elif is_elsewhere and self.cleaned_data["new_api_key"]:
            names.add("api_key")
        times = {f"{key}_set_at" for key in names & {*AGAIN}}
        return names | times | (set() if TESTED.isdisjoint(names) else FOUND)

    def _state_of(self, name: str) -> str:
        if not getattr(self.instance, name):
            return gettext("Not set.")
        moment = getattr(self.instance, f"{name}_set_at")
        if moment is None:
            return gettext("Set. Leave blank to keep it.")
        day = date_format(timezone.localtime(moment), "DATE_FORMAT")
        return gettext("Set on %(day)s. Leave blank to keep it.") % {"day": day}


class LogoForm(ServingForm):
    """A form with the logo, which is stored in a table of its own."""

    new_logo = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_(
            "PNG, JPEG, WebP, or GIF, up to 2 MB. It is shown 44 pixels high. Without one, the "
            "name is shown."
        ),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
    )
    remove_logo = forms.BooleanField(label=_("Remove the logo"), required=False)

    def clean_new_logo(self) -> bytes:
        """Returns the image as it will be served; empty if none was uploaded."""
        file = self.cleaned_data["new_logo"]
        return as_png(file.read(MOST_BYTES + 1)) if file else b""

    def save(self, commit: bool = True) -> Biller:
        image = self.cleaned_data["new_logo"]
        if image or self.cleaned_data["remove_logo"]:
            self.instance.logo_digest = digest_of(image) if image else ""
        return super().save(commit)

    @transaction.atomic
    def store(self) -> None:
        super().store()
        image, biller = self.cleaned_data["new_logo"], self.instance
        if image:
            Logo.objects.update_or_create(biller=biller, defaults={"image": image})
        elif self.cleaned_data["remove_logo"]:
            Logo.objects.filter(biller=biller).delete()

    def changed_fields(self) -> set[str]:
        is_changed = not {*self.changed_data}.isdisjoint({"new_logo", "remove_logo"})
        return super().changed_fields() | {*["logo_digest"][:is_changed]}


class NamedForm(ServingForm):
    """A new biller."""

    class Meta:
        model = Biller
        fields = ("name", "slug", "time_zone")


class BillerForm(LogoForm, KeysForm):
    class Meta:
        model = Biller
        exclude = (  # noqa: DJ006  all other fields are meant to be edited
            "is_active",
            "api_key",
            "api_key_set_at",
            "web_service_key",
            "web_service_key_set_at",
            "wire_profile",
        )
        field_classes = dict.fromkeys(("base_url", "css_url", "return_url"), HttpsURLField)
