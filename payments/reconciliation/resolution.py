"""Resolving a line: a staff user explains it or adds the payment that is missing here."""

import logging
from datetime import datetime
from decimal import Decimal
from typing import cast
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.linked_accounts import kept
from accounts.models import StaffUser, UtilityAccount
from payments.models import Checkout, CheckoutAccount, Payment, Postback
from payments.models.reconciliation_line import (
    LineQuerySet,
    ReconciliationLine,
    Resolution,
    ResolutionQuerySet,
)
from payments.postbacks.parsing import data_of
from payments.postbacks.recording import lock_guids
from payments.reconciliation.declined import decline_of
from payments.reconciliation.linking import (
    has_doubtful_lines,
    is_of_several_accounts,
    is_taken_back,
    refunds_of,
)
from payments.reconciliation.returns import decide

logger = logging.getLogger(__name__)
Kind, Outcome = Resolution.Kind, ReconciliationLine.Outcome
Reason = Postback.Reason
ZERO = Decimal("0.00")
NOT_OF_THIS_CHECKOUT = (Reason.BILLER, Reason.REFERENCE, Reason.ACCOUNT)

# The resolutions possible for each outcome; a matched line needs none.
KINDS: dict[str, tuple[Resolution.Kind, ...]] = {
    Outcome.MISSING_HERE: (Kind.EXPLAINED, Kind.NOTE),
    Outcome.MISSING_THERE: (Kind.EXPLAINED, Kind.REVERSED, Kind.NOTE),
    Outcome.DIFFERENT: (Kind.EXPLAINED, Kind.REVERSED, Kind.NOTE),
    Outcome.AMBIGUOUS: (Kind.EXPLAINED, Kind.REVERSED, Kind.NOTE),
    Outcome.UNREADABLE: (Kind.EXPLAINED, Kind.REVERSED, Kind.NOTE),
    Outcome.RETURNED: (Kind.EXPLAINED, Kind.REVERSED, Kind.NOTE),
}


class NotResolved(Exception):
    """Nothing was saved; `message` says why."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)
        self.message = message


def resolve(
    line: ReconciliationLine, *, kind: str, note: str, by: StaffUser, seen: int | None = None
) -> Resolution:
    """Adds a resolution, which supersedes earlier ones; a payment that was added stays.

    seen: the key of the line's latest resolution when the staff user opened the page, if any.
    Raises NotResolved.
    """
    if kind not in KINDS.get(line.outcome, ()):
        raise NotResolved(_("This decision isn't available for this line."))
    with transaction.atomic():
        check_matched(line)
        own = Resolution.objects.filter(line=line)
        if own.filter(kind__in=Resolution.LAST).exists():
            raise NotResolved(
                _("This was already recorded. It can be taken back on the payment's page.")
            )
        check_seen(own, seen)
        return write_resolution(line, kind=kind, note=note, by=by)


def last_key(resolutions: ResolutionQuerySet) -> int | None:
    """Returns the key of the latest one."""
    return resolutions.values_list("pk", flat=True).order_by("pk").last()


def resolutions_of_payment(line: ReconciliationLine) -> ResolutionQuerySet:
    """Returns the resolutions of all lines of the same payment, this one included."""
    return Resolution.objects.filter(line__in=lines_of_payment(line))


def has_other_resolutions(line: ReconciliationLine) -> bool:
    """Whether another line of its payment is resolved; adding the payment supersedes that too."""
    others = resolutions_of_payment(line).standing().exclude(line=line)
    return bool(others.exclude(kind=Kind.NOTE).exists())


def obstacle(line: ReconciliationLine) -> str | Promise:
    """Returns why the line cannot be added as a payment; empty if it can."""
    if line.outcome != Outcome.MISSING_HERE:
        return _("Only a payment that is missing here can be added.")
    if line.payment_guid is None:
        return _(
            "The list has no PaymentGUID, so there is no way to tell this payment from another."
        )
    if _account(line) is None:
        return _("This account number isn't in the portal. Import the account first.")
    return _what_is_known(line)


def _what_is_known(line: ReconciliationLine) -> str | Promise:
    """Returns what the portal or a list knows that speaks against adding the payment."""
    if not line.says_approved and decline_of(line):
        return _("A postback with this PaymentGUID said that the payment was declined.")
    if is_taken_back(line, amount=amount_of_payment(line)):
        return _("A list says that this payment was returned, is void, or is not paid yet.")
    if has_doubtful_lines(line):
        return _("Another line of this payment is uncertain or can't be read.")
    biller, guid = line.reconciliation.biller_id, cast(UUID, line.payment_guid)
    known = Payment.objects.filter(biller=biller, payment_guid=guid)
    if _is_of_several(line):
        known = known.filter(account__number_key=line.number_key)
    if known.exists():
        return _("Invoice Cloud has since reported this payment.")
    return ""


def lines_of_payment(line: ReconciliationLine) -> LineQuerySet:
    """Returns the lines of the same payment, one for each of its invoices."""
    return _of_guid(line).filter(number_key=line.number_key)


def _of_guid(line: ReconciliationLine) -> LineQuerySet:
    lines: LineQuerySet = line.reconciliation.lines.filter(outcome=Outcome.MISSING_HERE)
    same = lines.filter(payment_guid=line.payment_guid, payment_guid__isnull=False)
    return same.order_by("number")


def _is_of_several(line: ReconciliationLine) -> bool:
    """Whether other accounts may share its PaymentGUID: each line is its account's."""
    if _of_guid(line).exclude(number_key=line.number_key).exists():
        return True
    lines = ReconciliationLine.objects.filter(is_of_several_accounts(), pk=line.pk)
    return bool(lines.exists())


def amount_of_payment(line: ReconciliationLine) -> Decimal:
    return sum((each.amount or ZERO for each in lines_of_payment(line)), ZERO)


def add_payment(
    line: ReconciliationLine, *, note: str, by: StaffUser, seen: int | None = None
) -> Payment:
    """Adds the payment of the line together with its other lines, however they were resolved, and
    the refunds that lists report.

    It happens once: the locks of the list, the checkout, and the PaymentGUID stop a second staff
    user and a late postback. seen: the key of the latest resolution of these lines when the staff
    user opened the page. Raises NotResolved.
    """
    message, account = obstacle(line), _account(line)
    if message or account is None:
        raise NotResolved(message)
    try:
        with transaction.atomic():
            locked = _lock_lists(line)
            check_matched(line)
            checkout = _lock_checkout(line, account)
            lock_guids([cast(UUID, line.payment_guid)])  # ensured by `obstacle`
            if message := obstacle(line):  # it may have changed before the locks
                raise NotResolved(message)
            check_seen(resolutions_of_payment(line), seen)
            payment = _record(line, account, checkout)
            for each in lines_of_payment(line):
                payment.lines.create(
                    invoice_number=each.invoice_number,
                    amount=each.amount or ZERO,
                    fee=each.fee or ZERO,
                )
                write_resolution(each, kind=Kind.ADDED, note=note, by=by)
            for refund in refunds_of(line):
                if refund.reconciliation_id in locked:
                    decide(refund, payment)
    except IntegrityError:
        raise NotResolved(_("Invoice Cloud has since reported this payment.")) from None
    extra = {"payment": payment.pk, "biller": line.reconciliation.biller.slug}
    logger.info("payment added from a list", extra=extra)
    return payment


def _lock_lists(line: ReconciliationLine) -> set[int]:
    """Locks the list, and the others that report refunds, in the order of their keys. A list that
    is being matched decides about its own lines, or leaves them to staff."""
    keys = {line.reconciliation_id, *(each.reconciliation_id for each in refunds_of(line))}
    lists = type(line.reconciliation).objects.in_force().filter(pk__in=keys)
    locked = lists.select_for_update(no_key=True).order_by("pk")
    return {each.pk for each in locked if each.matched_at}


def _record(
    line: ReconciliationLine, account: UtilityAccount, checkout: Checkout | None
) -> Payment:
    payment = Payment.objects.create(
        biller=line.reconciliation.biller,
        checkout=checkout,
        account=account,
        source=Payment.Source.RECONCILIATION,
        payment_guid=cast(UUID, line.payment_guid),  # ensured by `obstacle`
        paid_at=cast(datetime, line.paid_at),  # every readable line has it
        method=line.method,
    )
    if checkout:
        checkout.close_or_retire()
    transaction.on_commit(lambda: kept.forget_paid(account), robust=True)
    return payment


def _account(line: ReconciliationLine) -> UtilityAccount | None:
    """Returns the account in whatever spelling the list has; if several match, the checkout's."""
    found = line.reconciliation.biller.accounts.for_number(line.account_number)
    if found or not line.checkout:
        return found
    accounts = line.checkout.ordered_accounts
    same = [account for account in accounts if account.number_key == line.number_key]
    return same[0] if len(same) == 1 else None


def _lock_checkout(line: ReconciliationLine, account: UtilityAccount) -> Checkout | None:
    """Returns the unpaid checkout of this payment, if any: its receipt will say paid."""
    named = line.checkout or _named_by_postbacks(cast(UUID, line.payment_guid), account)
    if named is None or account not in named.ordered_accounts:
        return None
    # The lock of `postbacks.conclude`: a postback that arrives now waits or is already concluded.
    checkout = Checkout.objects.select_for_update(no_key=True).get(pk=named.pk)
    is_paid = Payment.objects.filter(checkout=checkout, account=account).exists()
    return None if is_paid else checkout


def _named_by_postbacks(guid: UUID, account: UtilityAccount) -> Checkout | None:
    """Returns the unpaid checkout with a postback for this payment, if there is exactly one."""
    unpaid = CheckoutAccount.objects.unpaid().filter(account=account)
    stored = Postback.objects.filter(
        checkout__in=unpaid.order_by().values("checkout"),
        fields__icontains=guid.hex[:8],  # the digits that stay together in every spelling
    ).exclude(reason__in=NOT_OF_THIS_CHECKOUT)
    postbacks = stored.select_related("checkout__biller").order_by("checkout").iterator()
    found = {one.checkout for one in postbacks if data_of(one).payment_guid() == guid}
    return found.pop() if len(found) == 1 else None


def check_matched(line: ReconciliationLine) -> None:
    """Locks the list so that it is not matched again meanwhile. Raises NotResolved."""
    lists = type(line.reconciliation).objects.select_for_update(no_key=True)
    locked = lists.get(pk=line.reconciliation_id)
    if locked.withdrawn_at:
        raise NotResolved(_("This list was withdrawn."))
    if locked.matched_at is None:
        raise NotResolved(_("The list is being matched. Try again in a moment."))


def check_seen(resolutions: ResolutionQuerySet, seen: int | None) -> None:
    """Checks that no resolution was added since `seen`. The list is locked, so the latest
    resolution stays the latest until ours is saved. Raises NotResolved."""
    if last_key(resolutions) != seen:
        raise NotResolved(
            _("Nothing was saved because a decision was already made, as shown below.")
        )


def write_resolution(
    line: ReconciliationLine, *, kind: str, note: str, by: StaffUser
) -> Resolution:
    return Resolution.objects.create(line=line, kind=kind, note=note, by=by)
