"""The form of a review: the decision and its reason."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from payments.models.review_decision import ReviewDecision
from payments.postbacks.card_numbers import masked

Decision = ReviewDecision.Decision


class DecisionForm(forms.Form):
    """Offers to accept only if a payment can be recorded from the postback."""

    decision = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("Why"),
        max_length=1000,
        help_text=_(
            "Saved with the decision. Say who you asked and what they said, but never enter a "
            "card number."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    # The decision in effect when this page was rendered.
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, acceptable: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {
            Decision.ACCEPTED: _("Accept as a payment: the customer's receipt says paid"),
            Decision.REJECTED: _("Reject: the customer's receipt says not paid"),
            Decision.OPEN: _("Still open: it stays in the queue"),
        }
        if not acceptable:
            del choices[Decision.ACCEPTED]
        self.fields["decision"].choices = list(choices.items())  # type: ignore[attr-defined]

    def clean_note(self) -> str:
        return masked(self.cleaned_data["note"])
