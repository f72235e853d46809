"""The forms of the control panel."""

from django import forms

from sandbox import faults
from sandbox.postbacks.settings import MOMENTS, PLACES, RETURN_METHODS
from sandbox.variants import registry, services
from sandbox.variants.operations import OPERATIONS


class FaultForm(forms.Form):
    operation = forms.ChoiceField(
        choices=[(name, name) for name in ["*", *OPERATIONS, *faults.SOAP, *faults.PAGES]]
    )
    kind = forms.ChoiceField(choices=[(kind, kind) for kind in faults.KINDS])
    times = forms.IntegerField(
        required=False,
        min_value=1,
        help_text="Leave blank to keep it on until switched off.",
        label="How many times",
    )
    seconds = forms.FloatField(
        required=False, min_value=0, max_value=600, help_text="For slow, hang, and Retry-After."
    )

    def switch_on(self) -> bool:
        """Returns False, with the reason added to the form, if the fault cannot occur."""
        try:
            faults.switch_on(**self.cleaned_data)
        except ValueError as problem:
            self.add_error("kind", str(problem))
            return False
        return True


class VariantsForm(forms.Form):
    """The variants that are to be on, with their default values."""

    on = forms.MultipleChoiceField(
        label="How this Invoice Cloud differs",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            (name, f"{variant.summary} ({variant.copes})")
            for name, variant in registry.VARIANTS.items()
        ],
    )

    def switch(self, *, contrary: bool) -> bool:
        """Returns False, with the reason added to the form, for two variants of a group."""
        chosen = services.switched_on()
        names = {name: chosen.get(name) for name in self.cleaned_data["on"]}
        try:
            services.replace_all(registry.expand([registry.CONTRARY] if contrary else names))
        except ValueError as problem:
            self.add_error("on", str(problem))
            return False
        return True


class PostbackSettingsForm(forms.Form):
    when = forms.ChoiceField(choices=[(name, name) for name in MOMENTS])
    delay_seconds = forms.FloatField(min_value=0, max_value=3600)
    copies = forms.IntegerField(min_value=1, max_value=20)
    retries = forms.IntegerField(min_value=0, max_value=20, help_text="If the response is not 2xx.")
    place = forms.ChoiceField(choices=[(name, name) for name in PLACES])
    return_method = forms.ChoiceField(choices=[(name, name) for name in RETURN_METHODS])
    shuffle = forms.BooleanField(required=False, label="Shuffle fields and postbacks")
    per_invoice = forms.BooleanField(required=False, label="One postback per invoice")
    per_account = forms.BooleanField(required=False, label="One postback per account")
    overrides = forms.CharField(
        required=False,
        max_length=5000,
        widget=forms.Textarea({"rows": 3}),
        help_text="One Field=text per line. A name alone omits the field.",
    )

    def clean_overrides(self) -> dict[str, str | None]:
        lines = [line.strip() for line in self.cleaned_data["overrides"].splitlines()]
        pairs = [line.partition("=") for line in lines if line]
        return {name.strip(): text if equals else None for name, equals, text in pairs}
