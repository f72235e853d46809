"""What is typed on the control page."""

from django import forms

from sandbox import faults
from sandbox.postbacks import services as postbacks


class FaultForm(forms.Form):
    operation = forms.ChoiceField(
        choices=[(name, name) for name in ["*", *faults.OPERATIONS, *faults.PAGES]]
    )
    kind = forms.ChoiceField(choices=[(kind, kind) for kind in faults.KINDS])
    times = forms.IntegerField(
        required=False, min_value=1, help_text="Empty: until switched off.", label="How many times"
    )
    seconds = forms.FloatField(
        required=False, min_value=0, max_value=600, help_text="Of slow, hang and Retry-After."
    )

    def switch_on(self) -> bool:
        try:
            faults.switch_on(**self.cleaned_data)
        except ValueError as problem:
            self.add_error("kind", str(problem))
            return False
        return True


class PostbackForm(forms.Form):
    when = forms.ChoiceField(choices=[(name, name) for name in postbacks.WHEN])
    delay_seconds = forms.FloatField(min_value=0, max_value=3600)
    copies = forms.IntegerField(min_value=1, max_value=20)
    retries = forms.IntegerField(min_value=0, max_value=20, help_text="After no 2xx.")
    place = forms.ChoiceField(choices=[(name, name) for name in postbacks.PLACES])
    return_method = forms.ChoiceField(choices=[("GET", "GET"), ("POST", "POST")])
    shuffle = forms.BooleanField(required=False, label="Shuffle fields and calls")
    per_invoice = forms.BooleanField(required=False, label="One call for each invoice")
    overrides = forms.CharField(
        required=False,
        max_length=5000,
        widget=forms.Textarea({"rows": 3}),
        help_text="Field=text, one a line. A name alone leaves the field out.",
    )

    def clean_overrides(self) -> dict[str, str | None]:
        lines = [line.strip() for line in self.cleaned_data["overrides"].splitlines()]
        pairs = [line.partition("=") for line in lines if line]
        return {name.strip(): text if equals else None for name, equals, text in pairs}
