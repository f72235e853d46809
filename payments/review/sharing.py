"""For which accounts an accepted postback paid, and how much. If it names none of several accounts,
a staff user enters that."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from accounts.models import UtilityAccount
from payments.models import Payment, Postback
from payments.models.reversal_kind import ReversalKind
from payments.postbacks.parsing import NeedsReview, data_of
from payments.postbacks.recording import Share, check_recordable
from payments.reversals.services import ZERO


class Sharing(NamedTuple):
    """What is to be divided among accounts, in dollars without fees.

    said: by the postback. counted: what is already recorded with its PaymentGUID, for any account,
    so that it may be part of what the postback says. owed: what was due for each account (its key)
    when the payment page opened, as far as known.
    """

    accounts: list[UtilityAccount]
    said: Decimal
    fee: Decimal
    counted: Decimal
    counted_fee: Decimal
    owed: Mapping[int, Decimal]

    def left(self, *, is_besides: bool = False) -> Decimal:
        """Returns what the shares must add up to.

        is_besides: a staff user says that the postback does not include what is counted.
        """
        return self.said if is_besides else max(self.said - self.counted, ZERO)

    def fee_left(self, *, is_besides: bool) -> Decimal:
        return self.fee if is_besides else max(self.fee - self.counted_fee, ZERO)

    def proposed(self) -> Mapping[int, Decimal]:
        """Returns what is left for the only account, or what each owed if that adds up."""
        left = self.left()
        if len(self.accounts) == 1:
            return {self.accounts[0].pk: left} if left else {}
        shares = {one.pk: self.owed[one.pk] for one in self.accounts if one.pk in self.owed}
        is_all = len(shares) == len(self.accounts) and sum(shares.values()) == left
        return {key: share for key, share in shares.items() if share} if is_all else {}

    def shares(self, amounts: Mapping[int, Decimal], *, is_besides: bool) -> list[Share]:
        """Returns what was paid for each account; the fee goes to the first one. Empty if the
        amounts cannot be recorded."""
        paid = [account for account in self.accounts if amounts.get(account.pk, ZERO) > 0]
        is_complete = sum(amounts.values()) == self.left(is_besides=is_besides)
        if not paid or not is_complete or len(paid) != len(amounts):
            return []
        fees = [self.fee_left(is_besides=is_besides), *[ZERO] * (len(paid) - 1)]
        return [
            Share(account, amounts[account.pk], fee)
            for account, fee in zip(paid, fees, strict=True)
        ]


def accounts_of(postback: Postback) -> list[UtilityAccount]:
    """Returns the account that it names, or all of its checkout's."""
    return [postback.account] if postback.account else postback.checkout.ordered_accounts


def acceptable_accounts(postback: Postback) -> list[UtilityAccount]:
    """Returns the accounts of its checkout for which a payment can be recorded from it: the one
    that it names, or any."""
    return [account for account in accounts_of(postback) if doubt_of(postback, account) is None]


def doubt_of(postback: Postback, account: UtilityAccount) -> Postback.Reason | None:
    """Returns why it cannot be recorded as a payment for the account, even by staff."""
    if postback.is_part:
        return Postback.Reason(postback.reason)
    try:
        data = data_of(postback)
        check_recordable(data, postback.checkout, Share.whole(data, account), by_staff=True)
    except NeedsReview as doubt:
        return doubt.reason
    return None


def sharing_of(postback: Postback) -> Sharing | None:
    """Returns None if it can only be about one account, or about none."""
    accounts = acceptable_accounts(postback)
    if not accounts or len(accounts_of(postback)) == 1:
        return None
    data = data_of(postback)
    counted = [one for one in _recorded(postback) if one.checkout_id or one.account not in accounts]
    return Sharing(
        accounts=accounts,
        said=data.amount(),
        fee=data.fee(),
        counted=sum((one.amount for one in counted), ZERO),
        counted_fee=sum((one.fee for one in counted), ZERO),
        owed={
            part.account_id: part.owed
            for part in postback.checkout.parts.all()
            if part.owed is not None
        },
    )


def _recorded(postback: Postback) -> list[Payment]:
    """Returns the payments with its PaymentGUID, without withdrawn ones."""
    own = Payment.objects.filter(biller=postback.checkout.biller_id)
    guid = data_of(postback).required_payment_guid()
    same = own.filter(payment_guid=guid).select_related("account")
    return [one for one in same.with_reversals() if not _is_withdrawn(one)]


def _is_withdrawn(payment: Payment) -> bool:
    last = payment.last_reversal
    return payment.is_reversed and last is not None and last.kind == ReversalKind.WITHDRAWN
