"""What became of a payment, in words for the customer."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.templatetags.balance_words import dollars
from payments.models import Payment, Reversal

Kind = Reversal.Kind
# The whole payment.
WHOLE: dict[str, Promise] = {
    Kind.RETURNED: _("This payment was returned by your bank on %(day)s."),
    Kind.REFUNDED: _("This payment was refunded on %(day)s."),
    Kind.VOIDED: _("This payment was canceled on %(day)s."),
    Kind.CHARGEBACK: _("Your bank or card company took this payment back on %(day)s."),
    Kind.WITHDRAWN: _("This payment was recorded by mistake and removed on %(day)s."),
}
# A part of it.
PART: dict[str, Promise] = {
    Kind.RETURNED: _("%(amount)s of this payment was returned by your bank on %(day)s."),
    Kind.REFUNDED: _("%(amount)s of this payment was refunded on %(day)s."),
    Kind.VOIDED: _("%(amount)s of this payment was canceled on %(day)s."),
    Kind.CHARGEBACK: _("Your bank or card company took back %(amount)s on %(day)s."),
    Kind.WITHDRAWN: _("%(amount)s of this payment was recorded by mistake and removed on %(day)s."),
    Kind.REINSTATED: _("%(amount)s of this payment was reinstated on %(day)s."),
}


# For a reader who did not pay.
OTHERS_WHOLE: dict[str, Promise] = {
    **WHOLE,
    Kind.RETURNED: _("This payment was returned by the bank on %(day)s."),
    Kind.CHARGEBACK: _("The bank or card company took this payment back on %(day)s."),
}
OTHERS_PART: dict[str, Promise] = {
    **PART,
    Kind.RETURNED: _("%(amount)s of this payment was returned by the bank on %(day)s."),
    Kind.CHARGEBACK: _("The bank or card company took back %(amount)s on %(day)s."),
}


def what_became_of(payment: Payment, *, is_readers: bool = True) -> list[str]:
    """Returns a sentence about each event, oldest first.

    is_readers: whether the reader is the payer, so that it was their bank.
    """
    whole, part = (WHOLE, PART) if is_readers else (OTHERS_WHOLE, OTHERS_PART)
    reversals = payment.reversals.prefetch_related("lines")
    return [_sentence(each, payment, whole=whole, part=part) for each in reversals]


def _sentence(
    reversal: Reversal, payment: Payment, *, whole: dict[str, Promise], part: dict[str, Promise]
) -> str:
    is_whole = reversal.amount == -payment.amount
    words = (whole if is_whole else part)[reversal.kind]
    day = date_format(timezone.localtime(reversal.happened_at))
    # The fee is included if it was returned too.
    return str(words % {"day": day, "amount": dollars(reversal.total)})
