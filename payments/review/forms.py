"""The form of a review: the decision and its reason."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import UtilityAccount
from accounts.templatetags.balance_words import dollars
from payments.models import Payment, Postback
from payments.models.reversal_kind import ReversalKind
from payments.models.review_decision import ReviewDecision
from payments.postbacks.card_numbers import masked
from payments.reversals.forms import KINDS, AmountField, DatedPartForm, moment_of
from payments.review.services import Event, proposed_event, withdrawal_of
from payments.review.sharing import Sharing, sharing_of

Decision = ReviewDecision.Decision
EVENT = ("kind", "amount", "fee", "day")  # the fields of a reversal


class DecisionForm(DatedPartForm):
    """Offers to accept only if a payment can be recorded from the postback, and to record a
    reversal only if there is a payment that it may reverse; only then are its fields required.

    payment: the one that it may reverse. If a reversal is already recorded, the staff user may have
    to confirm that this is another one. has_payment: whether the checkout has one, so that
    rejecting changes nothing for the customer. If the postback may be about several accounts, the
    staff user enters how much was paid for each.
    """

    decision = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    kind = forms.ChoiceField(label=_("What happened"), choices=KINDS)
    is_another = forms.BooleanField(
        label=_("This is another reversal, not one that is recorded above"), required=False
    )
    note = forms.CharField(
        label=_("Why"),
        max_length=1000,
        help_text=_(
            "Saved with the decision. Say who you asked and what they said, but never enter a "
            "card number."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    # The decision in effect, and the payment's last reversal, when this page was rendered.
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    seen_reversal = forms.IntegerField(required=False, widget=forms.HiddenInput)

    paid_at: datetime | None = None

    def __init__(
        self,
        posted: QueryDict | None,
        *,
        postback: Postback,
        payment: Payment | None,
        acceptable: bool,
        has_payment: bool,
    ) -> None:
        may_be_taken_back = payment is not None and bool(payment.net_total)
        proposed = proposed_event(postback, payment) if payment and may_be_taken_back else None
        self.proposed = proposed
        self.is_reversal = posted is not None and posted.get("decision") == Decision.REVERSED
        decision = postback.decision
        initial = _as_entered(proposed) if proposed else {}
        super().__init__(posted, initial={**initial, "seen": decision.pk if decision else None})
        if payment and proposed:
            self._ask_for_event(payment, is_required=posted is None or self.is_reversal)
        else:
            for name in EVENT:
                del self.fields[name]
        if not (proposed and proposed.seen):
            del self.fields["is_another"]
        self.fields["decision"].choices = list(  # type: ignore[attr-defined]
            _decisions(acceptable=acceptable, reversible=bool(proposed), has_payment=has_payment)
        )
        is_shared = acceptable and not withdrawal_of(postback)
        self.sharing = sharing_of(postback) if is_shared else None
        self.shared: dict[str, UtilityAccount] = {}
        if self.sharing:
            self._ask_for_shares(self.sharing)

    def _ask_for_event(self, payment: Payment, *, is_required: bool) -> None:
        self.paid_at = payment.paid_at
        self.bind_to(payment)
        for name in ("kind", "amount", "day"):
            self.fields[name].required = is_required

    def _ask_for_shares(self, sharing: Sharing) -> None:
        proposed = sharing.proposed()
        for account in sharing.accounts:
            name, label = f"amount_{account.pk}", _("Paid for account %s") % account
            share = proposed.get(account.pk)
            self.fields[name] = AmountField(label=label, required=False, initial=share)
            self.shared[name] = account
        if sharing.counted:
            words = _(
                "This comes on top of the %s already recorded with the same PaymentGUID, which is "
                "not part of the amount in the postback"
            )
            label = words % dollars(sharing.counted)
            self.fields["is_besides"] = forms.BooleanField(label=label, required=False)

    def clean_day(self) -> date | None:
        return super().clean_day() if self.is_reversal else None

    def clean(self) -> dict[str, Any]:
        is_accepted = self.cleaned_data.get("decision") == Decision.ACCEPTED
        if self.sharing and is_accepted:
            self._check_shares(self.sharing)
        return super().clean() if self.is_reversal else self.cleaned_data

    def _check_shares(self, sharing: Sharing) -> None:
        left = sharing.left(is_besides=self.is_besides())
        if left and sum(self.amounts().values()) == left:
            return
        if self.is_besides() or not sharing.counted:
            words = _("The amounts for the accounts must add up to %s, which the postback says.")
            self.add_error(None, words % dollars(left))
            return
        words = _(
            "The amounts for the accounts must add up to %(left)s: the postback says %(said)s, of "
            "which %(counted)s is already recorded with the same PaymentGUID."
        )
        facts = {"left": left, "said": sharing.said, "counted": min(sharing.counted, sharing.said)}
        self.add_error(None, words % {name: dollars(amount) for name, amount in facts.items()})

    def shares(self) -> list[forms.BoundField]:
        return [self[name] for name in self.shared]

    def is_besides(self) -> bool:
        """Whether the amounts are in addition to what is recorded with the same PaymentGUID."""
        return bool(self.cleaned_data.get("is_besides"))

    def amounts(self) -> dict[int, Decimal]:
        """Returns what was paid for each account, by its key, as entered."""
        entered = {one.pk: self.cleaned_data.get(name) for name, one in self.shared.items()}
        return {key: amount for key, amount in entered.items() if amount}

    def clean_note(self) -> str:
        return masked(self.cleaned_data["note"])

    def show_again(self, error: str, *, seen_reversal: int | None) -> None:
        """Keeps the entries for the page that shows why nothing was saved."""
        self.data = {**self.data.dict(), "seen_reversal": seen_reversal or ""}  # type: ignore[attr-defined]
        self.add_error(None, error)

    def event(self) -> Event:
        """Returns the reversal as entered, with the postback's time if it is that day."""
        entered = self.cleaned_data
        proposed = self.proposed.happened_at if self.proposed else None
        return Event(
            kind=ReversalKind(entered["kind"]),
            amount=entered["amount"],
            fee=entered.get("fee"),
            happened_at=moment_of(entered["day"], proposed, paid_at=self.paid_at),
            seen=entered["seen_reversal"],
            is_another=entered.get("is_another", False),
        )


def _as_entered(proposed: Event) -> dict[str, Any]:
    return {
        "kind": proposed.kind,
        "amount": proposed.amount,
        "fee": proposed.fee,
        "day": timezone.localdate(proposed.happened_at),
        "seen_reversal": proposed.seen,
    }


def _decisions(
    *, acceptable: bool, reversible: bool, has_payment: bool
) -> Iterator[tuple[str, Promise]]:
    if acceptable:
        yield Decision.ACCEPTED, _("Accept as a payment: the customer's receipt says paid")
    if reversible:
        yield (
            Decision.REVERSED,
            _("Record a reversal: the payment was returned, refunded, voided, or charged back"),
        )
    if has_payment:
        yield Decision.REJECTED, _("Reject: it changes nothing")
    else:
        yield Decision.REJECTED, _("Reject: the customer's receipt says not paid")
    yield Decision.OPEN, _("Still open: it stays in the queue")
