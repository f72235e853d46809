"""A payment that staff withdrew, although it was really made: accepting its postback is enough."""

from accounts.models import StaffUser
from payments.models import Checkout, Payment, Postback, Reversal
from payments.models.reversal_kind import ReversalKind
from payments.postbacks.parsing import NeedsReview, data_of
from payments.postbacks.recording import Share, record_payment
from payments.reversals.services import Evidence, NotReversed, reinstate


def withdrawal_of(postback: Postback) -> Reversal | None:
    """Returns the withdrawal that accepting the postback takes back: of the payment it names, with
    the same account, amount, and fee, and either its own checkout or none. A list may have omitted
    the fee."""
    data, checkout = data_of(postback), postback.checkout
    guid = data.payment_guid()
    if guid is None or data.is_declined():
        return None
    known = Payment.objects.filter(biller=checkout.biller_id, payment_guid=guid)
    accounts = [postback.account] if postback.account else checkout.ordered_accounts
    found = list(known.filter(account__in=accounts).with_reversals()[:2])
    payment = found[0] if len(found) == 1 else None
    if payment is None or payment.checkout_id not in {None, checkout.pk} or payment.net_total:
        return None
    try:
        is_same = payment.amount == data.amount() and payment.fee in {0, data.fee()}
    except NeedsReview:
        return None
    last = payment.last_reversal
    return last if is_same and last and last.kind == ReversalKind.WITHDRAWN else None


def reinstate_withdrawn(
    postback: Postback, checkout: Checkout, withdrawal: Reversal, *, by: StaffUser, note: str
) -> None:
    """Reinstates the payment and gives it the checkout, which the caller has locked.

    Raises NeedsReview if that was recorded in the meantime.
    """
    data = data_of(postback)
    evidence = Evidence(
        source=Reversal.Source.POSTBACK,
        by=by,
        note=note,
        happened_at=data.paid_at() or postback.received_at,
        postback=postback,
    )
    try:
        reinstate(withdrawal, evidence)
    except NotReversed:
        raise NeedsReview(Postback.Reason.KNOWN) from None
    if withdrawal.payment.checkout_id is None:
        share = Share.whole(data, withdrawal.payment.account)
        record_payment(data, postback, checkout, share, source=Payment.Source.DECISION)
    else:
        checkout.close_or_retire()
