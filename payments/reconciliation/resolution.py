"""What an operator does with a line: says what it is about, or adds the payment that we miss."""

import logging
from datetime import datetime
from decimal import Decimal
from typing import cast
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.linked_accounts import balances
from accounts.models import StaffUser, UtilityAccount
from payments.models import Checkout, Payment, Postback
from payments.models.reconciliation import (
    LineQuerySet,
    ReconciliationLine,
    Settlement,
    SettlementQuerySet,
)
from payments.postbacks.parsing import Call

logger = logging.getLogger(__name__)
Kind, Outcome = Settlement.Kind, ReconciliationLine.Outcome
Reason = Postback.Reason
OF_SOMETHING_ELSE = (Reason.BILLER, Reason.REFERENCE, Reason.ACCOUNT)

# What may be said of a line; one that is matched needs no words.
KINDS: dict[str, tuple[Settlement.Kind, ...]] = {
    Outcome.MISSING_HERE: (Kind.EXPLAINED, Kind.NOTE),
    Outcome.MISSING_THERE: (Kind.EXPLAINED, Kind.REVERSED, Kind.NOTE),
    Outcome.DIFFERENT: (Kind.EXPLAINED, Kind.REVERSED, Kind.NOTE),
    Outcome.AMBIGUOUS: (Kind.EXPLAINED, Kind.REVERSED, Kind.NOTE),
    Outcome.UNREADABLE: (Kind.EXPLAINED, Kind.REVERSED, Kind.NOTE),
}


class NotSettled(Exception):
    """Nothing was written; the words say why."""

    def __init__(self, words: str | Promise) -> None:
        super().__init__(words)
        self.words = words


def settle(
    line: ReconciliationLine, *, kind: str, note: str, by: StaffUser, seen: int | None = None
) -> Settlement:
    """Says it over what was said before; a payment that was added stays added.

    seen: the key of what was said last of the line when the operator looked, if anything was.
    Raises NotSettled when somebody else was faster.
    """
    if kind not in KINDS.get(line.outcome, ()):
        raise NotSettled(_("That cannot be said of such a line."))
    with transaction.atomic():
        _demand_matched(line)
        own = Settlement.objects.filter(line=line)
        if own.filter(kind=Kind.ADDED).exists():
            raise NotSettled(_("The payment has been added: that stays."))
        _demand_seen(own, seen)
        return _write(line, kind=kind, note=note, by=by)


def last_of(said: SettlementQuerySet) -> int | None:
    """The key of the last one."""
    return said.values_list("pk", flat=True).order_by("pk").last()


def said_of_payment(line: ReconciliationLine) -> SettlementQuerySet:
    """What was said of the lines that are added together with this one, itself included."""
    return Settlement.objects.filter(line__in=together(line))


def is_settled_besides(line: ReconciliationLine) -> bool:
    """Whether another line of its payment is settled: adding the payment is said over that too."""
    others = said_of_payment(line).standing().exclude(line=line)
    return bool(others.exclude(kind=Kind.NOTE).exists())


def obstacle(line: ReconciliationLine) -> str | Promise:
    """Why the line cannot be added as a payment; nothing when it can."""
    if line.outcome != Outcome.MISSING_HERE:
        return _("Only a payment that is missing here can be added.")
    if line.payment_guid is None:
        return _("The list names no PaymentGUID, so nobody could tell it from another payment.")
    if _account(line) is None:
        return _("The portal does not know this account number: import the account first.")
    if len(set(together(line).values_list("account_number", flat=True))) > 1:
        return _("The lines of this payment name several accounts.")
    if Payment.objects.filter(
        biller=line.reconciliation.biller_id, payment_guid=line.payment_guid
    ).exists():
        return _("Invoice Cloud has told us of this payment meanwhile.")
    return ""


def together(line: ReconciliationLine) -> LineQuerySet:
    """The lines that are one payment with this one: its invoices."""
    lines: LineQuerySet = line.reconciliation.lines.filter(outcome=Outcome.MISSING_HERE)
    same = lines.filter(payment_guid=line.payment_guid, payment_guid__isnull=False)
    return same.order_by("number")


def add_payment(
    line: ReconciliationLine, *, note: str, by: StaffUser, seen: int | None = None
) -> Payment:
    """The payment that the line is about, with the other lines that are about it, whatever was
    said of them before. It can happen once: two operators, or a call that comes at last, meet at
    the unique keys.

    seen: the key of what was said last of any of these lines when the operator looked.
    Raises NotSettled.
    """
    words, account = obstacle(line), _account(line)
    if words or account is None:
        raise NotSettled(words)
    try:
        with transaction.atomic():
            _demand_matched(line)
            _demand_seen(said_of_payment(line), seen)
            payment = _record(line, account)
            for each in together(line):
                payment.lines.create(
                    invoice_number=each.invoice_number,
                    amount=each.amount or Decimal("0.00"),
                    fee=each.fee or Decimal("0.00"),
                )
                _write(each, kind=Kind.ADDED, note=note, by=by)
    except IntegrityError:
        raise NotSettled(_("Invoice Cloud has told us of this payment meanwhile.")) from None
    extra = {"payment": payment.pk, "biller": line.reconciliation.biller.slug}
    logger.info("payment added from a list", extra=extra)
    return payment


def _record(line: ReconciliationLine, account: UtilityAccount) -> Payment:
    checkout = _unpaid_checkout(line, account)
    payment = Payment.objects.create(
        biller=line.reconciliation.biller,
        checkout=checkout,
        account=account,
        source=Payment.Source.RECONCILIATION,
        payment_guid=cast(UUID, line.payment_guid),  # `obstacle` has seen to it
        paid_at=cast(datetime, line.paid_at),  # no line is read without it
        method=line.method,
    )
    if checkout:
        checkout.close()
    transaction.on_commit(lambda: balances.forget(account), robust=True)
    return payment


def _account(line: ReconciliationLine) -> UtilityAccount | None:
    """As the list writes it; or the checkout's, when a spreadsheet took the zeros before it."""
    accounts = line.reconciliation.biller.accounts
    found = accounts.filter(account_number=line.account_number).first()
    if found or not line.checkout:
        return found
    expected = line.checkout.account
    bare = line.account_number.lstrip("0")
    return expected if expected.account_number.lstrip("0") == bare else None


def _unpaid_checkout(line: ReconciliationLine, account: UtilityAccount) -> Checkout | None:
    """The checkout that this payment is of, if it is of one: then its receipt says paid."""
    named = line.checkout or _named_by_calls(cast(UUID, line.payment_guid), account)
    if named is None or named.account != account:
        return None
    # The lock of `postbacks.conclude`: a call that comes now waits, or has been concluded.
    checkout = Checkout.objects.select_for_update(no_key=True).get(pk=named.pk)
    return None if Payment.objects.filter(checkout=checkout).exists() else checkout


def _named_by_calls(guid: UUID, account: UtilityAccount) -> Checkout | None:
    """The one unpaid checkout with a kept call about this payment, which was not believed."""
    kept = Postback.objects.filter(
        checkout__account=account,
        checkout__payment=None,
        fields__icontains=guid.hex[:8],  # the digits that every way to write it has together
    ).exclude(reason__in=OF_SOMETHING_ELSE)
    calls = kept.select_related("checkout__account").order_by("checkout")
    named = (call for call in calls.iterator() if Call(call.fields).payment_guid() == guid)
    found = {call.checkout for call in named}
    return found.pop() if len(found) == 1 else None


def _demand_matched(line: ReconciliationLine) -> None:
    """Locks the list, so that nobody matches it again at this moment."""
    lists = type(line.reconciliation).objects.select_for_update(no_key=True)
    if lists.get(pk=line.reconciliation_id).matched_at is None:
        raise NotSettled(_("The list is being matched: look again in a moment."))


def _demand_seen(said: SettlementQuerySet, seen: int | None) -> None:
    """Under the lock of the list: what is the last word now stays it until we have written."""
    if last_of(said) != seen:
        raise NotSettled(_("Nothing was written: somebody was faster. So it stands now."))


def _write(line: ReconciliationLine, *, kind: str, note: str, by: StaffUser) -> Settlement:
    return Settlement.objects.create(line=line, kind=kind, note=note, by=by)
