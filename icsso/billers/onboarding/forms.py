"""The forms on the page “Going live”, one for each step that has fields."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from icsso.billers.forms import HttpsURLField, KeysForm, ServingForm
from icsso.billers.models import Biller, BillerHost


class StepForm(ServingForm):
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
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = self.instance.hosts.order_by("host").values_list("host", flat=True)
        self.initial["hosts"] = "\n".join(there)

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
        fields = ("base_url", "biller_guid")
        field_classes = {"base_url": HttpsURLField}


class LookForm(StepForm):
    class Meta:
        model = Biller
        fields = ("logo_url", "accent")
        help_texts = {
            "logo_url": gettext_lazy("The logo's web address. If blank, the name is shown.")
        }


class ProofForm(StepForm):
    class Meta:
        model = Biller
        fields = (
            "signup_proof",
            "guests_prove",
            "offers_existing_login",
            "listed_accounts_need_proof",
        )


class SupportForm(StepForm):
    class Meta:
        model = Biller
        fields = ("support_phone", "support_email", "support_hours")


# By step. The other steps have a button or a page of their own.
STEP_FORMS: dict[str, type[StepForm]] = {
    "names": NamesForm,
    "credentials": CredentialsForm,
    "look": LookForm,
    "proof": ProofForm,
    "support": SupportForm,
}
