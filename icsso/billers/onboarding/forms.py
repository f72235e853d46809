"""The forms on the page “Going live”, one for each step that has fields."""

import json
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from icsso.billers.forms import HttpsURLField, KeysForm, LogoForm, ServingForm
from icsso.billers.hosts.models import BillerHost
from icsso.billers.models import Biller
from icsso.billers.validators import check_invoice_cloud
from icsso.client.addresses import origin
from icsso.client.wire.profile import WireProfile, WireProfileError

LONGEST_PROFILE = 20_000  # characters


class StepForm(ServingForm):
    def restrict(self, *, is_superuser: bool) -> None:
        """Leaves only what this person may fill in."""

    def _update_errors(self, errors: ValidationError) -> None:
        # The model validates the whole biller; errors of other steps are shown in those steps.
        if hasattr(errors, "error_dict"):
            here = {*self.fields, NON_FIELD_ERRORS}
            errors = ValidationError({n: e for n, e in errors.error_dict.items() if n in here})
        super()._update_errors(errors)  # type: ignore[misc]


class NamesForm(StepForm):
    hosts = forms.CharField(
        label=gettext_lazy("Host names"),
        help_text=gettext_lazy("One per line, without https://."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    class Meta:
        model = Biller
        fields = ("name", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = self.instance.hosts.order_by("host").values_list("host", flat=True)
        self.initial["hosts"] = "\n".join(there)

    def restrict(self, *, is_superuser: bool) -> None:
        """A host name belongs to whoever controls its DNS and its certificate. A biller's staff do
        not, and could take the name that another biller is about to use."""
        if not is_superuser:
            self.fields["hosts"].disabled = True
            self.fields["hosts"].required = False
            self.fields["hosts"].help_text = _("Only superusers add and remove host names.")

    def clean_hosts(self) -> list[str]:
        hosts = sorted(set(self.cleaned_data["hosts"].lower().split()))
        for host in hosts:
            BillerHost._meta.get_field("host").clean(host, None)
        # The message does not name the other biller: billers do not learn about each other.
        taken = BillerHost.objects.filter(host__in=hosts).exclude(biller=self.instance).first()
        if taken:
            raise ValidationError(_("%(host)s is already in use.") % {"host": taken.host})
        return hosts

    @transaction.atomic
    def save(self, commit: bool = True) -> Biller:
        biller: Biller = super().save(commit)
        hosts = self.cleaned_data["hosts"]
        for gone in biller.hosts.exclude(host__in=hosts):
            gone.delete()
        for host in hosts:
            biller.hosts.get_or_create(host=host)
        return biller


class CredentialsForm(StepForm, KeysForm):
    class Meta:
        model = Biller
        fields = ("base_url", "extra_hosts", "biller_guid")
        field_classes = {"base_url": HttpsURLField}
        widgets = {"extra_hosts": forms.Textarea(attrs={"rows": 2})}


class LookForm(StepForm, LogoForm):
    class Meta:
        model = Biller
        fields = ("accent",)


class ProofForm(StepForm):
    class Meta:
        model = Biller
        fields = (
            "signup_proof",
            "name_order",
            "guests_prove",
            "offers_existing_login",
            "listed_accounts_need_proof",
        )


class SupportForm(StepForm):
    class Meta:
        model = Biller
        fields = (
            *("support_phone", "support_email", "support_hours", "support_hours_es"),
            *("sender_name", "sender_email"),
        )


class WireProfileField(forms.CharField):
    """JSON text; its value is the profile as it is stored."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> str:
        """Returns what was entered, or the stored profile with one entry per line."""
        if isinstance(value, str):
            return value
        return json.dumps(value, indent=2, ensure_ascii=False) if value else ""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        if len(text) > LONGEST_PROFILE:
            words = _("The profile can have at most %(most)d characters.")
            raise ValidationError(words % {"most": LONGEST_PROFILE})
        try:
            return WireProfile.parse(text).to_json()
        except WireProfileError as error:
            raise ValidationError(error.faults) from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != (initial or {}))
        except ValidationError:
            return True


class LinesField(forms.CharField):
    """Texts, each in a line of its own, exactly as typed: they may contain commas and spaces."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


# Fields of their own for parts of the wire profile.
TOLD = {
    "sso_address": ("sso", "address"),
    "approved": ("postback", "approved"),
    "declined": ("postback", "declined"),
}


class WireForm(StepForm, KeysForm):
    """Other servers in the profile get the API key or the customers' tokens, so a new one needs the
    key, as a new Invoice Cloud address does."""

    keys = ("api_key",)
    new_web_service_key = None  # type: ignore[assignment]  # Django's way to drop a field
    # What no probe can find out, so Invoice Cloud has to say it.
    sso_address = forms.CharField(
        label=gettext_lazy("Address of Cloud SSO Connect"),
        required=False,
        help_text=gettext_lazy(
            "As Invoice Cloud told you. Blank: /cloudssoconnect under the Invoice Cloud address."
        ),
    )
    approved = LinesField(
        label=gettext_lazy("Texts in postbacks that mean paid"),
        required=False,
        help_text=gettext_lazy(
            "Besides True, exactly as they are sent, each in a line of its own. The review queue "
            "shows what was sent."
        ),
    )
    declined = LinesField(
        label=gettext_lazy("Texts in postbacks that mean declined"),
        required=False,
        help_text=gettext_lazy("Besides False."),
    )
    wire_profile = WireProfileField(
        label=gettext_lazy("Differences from the contract (JSON)"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "class": "code"}),
        help_text=gettext_lazy(
            "The wire profile that the probe suggested, or one that you wrote. Blank: everything "
            "is as in the contract."
        ),
    )
    field_order = (*TOLD, "wire_profile", "new_api_key")

    class Meta:
        model = Biller
        fields = ("wire_profile",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_api_key"].help_text = _(
            "Only needed if the profile names another server for operations or sign-on."
        )
        shown = self.initial.get("wire_profile") or {}
        for name, (part, key) in TOLD.items():
            told = shown.get(part, {}).get(key, "") if isinstance(shown, dict) else ""
            self.initial[name] = told if isinstance(told, str) else "\n".join(told)

    def clean_wire_profile(self) -> dict[str, Any]:
        """Checks servers that were not named before: they must be public."""
        profile = self._with_told(self.cleaned_data["wire_profile"] or {})
        known = own_profile(self.instance).servers
        faults = []
        for server in sorted(WireProfile.parse(profile).servers - known):
            try:
                check_invoice_cloud(server)
            except ValidationError as fault:
                faults += fault.messages
        if faults:
            raise ValidationError(faults)
        return profile

    def _with_told(self, profile: dict[str, Any]) -> dict[str, Any]:
        """Returns the profile with the changed fields; the rest is as in the JSON."""
        for name, (part, key) in TOLD.items():
            if self.add_prefix(name) not in self.data or name not in self.changed_data:
                continue
            text = self.cleaned_data[name]
            texts = [line for line in text.split("\n") if line.strip()]
            told = {key: text if name == "sso_address" else texts} if texts else {}
            rest = {k: v for k, v in profile.get(part, {}).items() if k != key} | told
            profile = {k: v for k, v in profile.items() if k != part}
            profile |= {part: rest} if rest else {}
        try:
            return WireProfile.parse(profile).to_json()
        except WireProfileError as error:
            raise ValidationError(error.faults) from None

    def changed_parts(self) -> set[str]:
        is_told = not TOLD.keys().isdisjoint(self.changed_data)
        return {"wire_profile"} if is_told else set()

    def keys_wanted_again(self, entered: dict[str, Any]) -> set[str]:
        if "wire_profile" not in entered:
            return set()  # refused for another reason
        wire = WireProfile.parse(entered["wire_profile"])
        before = {origin(self.instance.base_url), *own_profile(self.instance).secret_servers}
        return {"api_key"} if wire.secret_servers - before else set()


def own_profile(biller: Biller) -> WireProfile:
    """Returns the biller's own wire profile; an empty one if this release cannot read it."""
    try:
        return WireProfile.parse(biller.wire_profile)
    except WireProfileError:
        return WireProfile()


# By step. The other steps have a button or a page of their own.
STEP_FORMS: dict[str, type[StepForm]] = {
    "names": NamesForm,
    "credentials": CredentialsForm,
    "look": LookForm,
    "proof": ProofForm,
    "support": SupportForm,
    "wire": WireForm,
}
