"""Postbacks are stored as received, then checked, then concluded.

Invoice Cloud signs nothing, so a postback is believed only if it matches its checkout.
"""

import logging
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import UtilityAccount
from accounts.tokens import digest
from icsso.client.contract import PostbackField
from icsso.queries import MadeOnce
from payments.models import Checkout, CheckoutAccount, Payment, Postback
from payments.postbacks import fields
from payments.postbacks.parsing import NeedsReview, PostbackData, data_of, read_for
from payments.postbacks.recording import Share, known_payments, lock_guids, record_payment

logger = logging.getLogger(__name__)
Reason, Verdict = Postback.Reason, Postback.Verdict
MOST_PARTS = 5  # kept of a checkout: anyone who knows its address can send any number
# What is read of a checkout: a tenth of what it and its biller have, some of it encrypted.
READ = (
    "biller_reference",
    "biller__slug",
    "biller__time_zone",
    "biller__biller_guid",
    "biller__wire_profile",
    "biller__postbacks_sampled",
)
READ_WITH_ACCOUNTS = (
    "position",
    "owed",
    "account__biller",
    "account__account_number",
    "account__number_key",
    *(f"checkout__{name}" for name in READ),
)


class MethodNotExpected(Exception):
    """A GET without any field, by a scanner or a browser, or a method that the biller's wire
    profile excludes."""


def receive(  # noqa: PLR0913  (by keyword, so none can be swapped)
    checkout: Checkout,
    *,
    method: str,
    query: bytes,
    body: bytes,
    content_type: str = "",
    part: Postback.Reason | None = None,
) -> None:
    """Stores a postback, then concludes its checkout. When this returns, the postback is stored.

    part: why the rest of the body is missing; then what there is of it is kept for review.
    Raises MethodNotExpected or, unless it is a part, fields.TooLarge; then nothing is saved.
    A DatabaseError means that it may not be stored, so Invoice Cloud must call again.
    """
    submitted = fields.read(query=query, body=body, content_type=content_type, is_whole=not part)
    is_visit = method == "GET" and not submitted
    if is_visit or method not in checkout.biller.wire.postback.methods:
        raise MethodNotExpected
    if part:
        keep_part(checkout, submitted, part)
    else:
        store(checkout, submitted)
        conclude(checkout)


def checkout_of(token: str) -> Checkout:
    """Returns the checkout with its biller and its accounts, in one query. Raises
    Checkout.DoesNotExist for an unknown token."""
    postback_digest = digest(token)
    found = _parts_of(checkout__postback_digest=postback_digest)
    if not found:  # even for a checkout without an account, the postback is stored
        every = Checkout.objects.select_related("biller").only(*READ)
        return every.get(postback_digest=postback_digest)
    checkout: Checkout = found[0].checkout
    checkout.ordered_parts = found
    return checkout


def _parts(**values: Any) -> Any:
    parts = CheckoutAccount.objects.select_related("checkout__biller").filter(**values)
    return parts.only(*READ_WITH_ACCOUNTS).order_by("position")


_parts_of: MadeOnce[CheckoutAccount] = MadeOnce(
    _parts, checkout__postback_digest=Checkout._meta.get_field("postback_digest")
)


def store(checkout: Checkout, submitted: fields.Fields) -> Postback:
    """Stores the postback, whatever it contains, in its own transaction."""
    safe = fields.without_card_numbers(submitted, biller=checkout.biller)
    data = read_for(checkout.biller, safe)
    return Postback.objects.create(
        checkout=checkout,
        fields=safe,
        content_digest=fields.content_digest(safe),
        payment_guid=data.payment_guid(),
        account=_account_of(data, checkout),
    )


def keep_part(checkout: Checkout, submitted: fields.Fields, why: Postback.Reason) -> None:
    """Stores what there is of a postback that broke off or is too large, for review. The same part
    again adds nothing, nor does one too many. The whole postback, sent again, doesn't repeat it.
    It is about no particular account: its account number may be half of another one."""
    safe = fields.without_card_numbers(submitted, biller=checkout.biller)
    content_digest = fields.content_digest(safe, is_whole=False)
    with transaction.atomic():
        _lock(checkout)
        parts = checkout.postbacks.filter(reason__in=Postback.OF_PARTS)
        known = {*parts.values_list("content_digest", flat=True)[:MOST_PARTS]}
        if content_digest in known or len(known) == MOST_PARTS:
            logger.warning("part not kept: known, or too many", extra={"checkout": checkout.pk})
            return
        part = Postback.objects.create(
            checkout=checkout,
            fields=safe,
            content_digest=content_digest,
            payment_guid=read_for(checkout.biller, safe).payment_guid(),
        )
        part.hold_for_review(why)
        checkout.retire()
        _log(part, checkout)


def _account_of(data: PostbackData, checkout: Checkout) -> UtilityAccount | None:
    """Returns the account that it is about, as far as it says so. One that names one of several
    with what all of them owed together may be about any."""
    named = checkout.account_named(data.account_number())
    return None if named and _gives_sum(data, checkout, named) else named


def _gives_sum(data: PostbackData, checkout: Checkout, named: UtilityAccount) -> bool:
    owed = {part.account_id: part.owed for part in checkout.ordered_parts}
    known = [amount for amount in owed.values() if amount is not None]
    if len(known) < max(len(owed), 2):
        return False
    try:
        return data.amount() == sum(known) != owed[named.pk]
    except NeedsReview:
        return False


def conclude(checkout: Checkout) -> None:
    """The only way to "paid" without a staff user: concludes every received postback of a checkout.

    Safe to repeat and to run twice at once. On an error the stored postbacks stay as they are.
    """
    with transaction.atomic():
        _lock(checkout)
        concluded: set[str] = set()
        received = _received_of(checkout_id=checkout.pk)
        read = [(postback, read_for(checkout.biller, postback.fields)) for postback in received]
        lock_guids(guid for _postback, data in read if (guid := data.payment_guid()))
        for postback, data in read:
            if postback.is_repeat or postback.content_digest in concluded:
                postback.mark_repeated()
            else:
                _judge(postback, data, checkout)
            concluded.add(postback.content_digest)
            if postback.verdict in {Verdict.DECLINED, Verdict.REVIEW}:
                checkout.retire()  # the hosted page stays open: the customer may try another card
            _log(postback, checkout)


def _received(**values: Any) -> Any:
    return Postback.objects.received().with_repeats().filter(**values).order_by("pk")


_received_of: MadeOnce[Any] = MadeOnce(_received, checkout_id=Postback._meta.get_field("checkout"))


def read_again(checkout: Checkout) -> None:
    """Reads what waits for a staff decision once more: its biller's wire profile has changed."""
    with transaction.atomic():
        _lock(checkout)
        locked = Checkout.objects.get(pk=checkout.pk)
        waiting = locked.postbacks.awaiting_decision().order_by("pk")
        read = [(postback, data_of(postback)) for postback in waiting]
        lock_guids(guid for _postback, data in read if (guid := data.payment_guid()))
        for postback, data in read:
            # Not asked whether it repeats another: those received since repeat this one.
            account = _account_of(data, locked)
            if postback.reopen(payment_guid=data.payment_guid(), account=account):
                _judge(postback, data, locked)
                _log(postback, locked)


def _lock(checkout: Checkout) -> None:
    """One at a time: through this lock on PostgreSQL, through BEGIN IMMEDIATE on SQLite. Even so,
    unique keys and conditional updates ensure that nothing happens twice.

    The checkout need not be read again: its accounts and reference never change, and everything
    that does change is queried.
    """
    _locked(pk=checkout.pk)


def _to_lock(**values: Any) -> "QuerySet[Checkout, Any]":
    own = Checkout.objects.filter(**values).order_by()
    return own.select_for_update(no_key=True).values_list("pk")


_locked = MadeOnce(_to_lock, pk=Checkout._meta.pk)


def _log(postback: Postback, checkout: Checkout) -> None:
    extra = {"checkout": checkout.pk, "biller": checkout.biller.slug}
    logger.info("postback %s %s", postback.verdict, postback.reason, extra=extra)


def _judge(postback: Postback, data: PostbackData, checkout: Checkout) -> None:
    try:
        _believe(postback, data, checkout)
    except NeedsReview as doubt:
        postback.hold_for_review(doubt.reason)


def _believe(postback: Postback, data: PostbackData, checkout: Checkout) -> None:
    """Raises NeedsReview."""
    data.require_single_values()
    approved = data.approved()
    _check_agreement(data, postback, checkout)
    has_guid = data.has_value(PostbackField.PAYMENT_GUID)
    guid = data.required_payment_guid() if has_guid else None
    known = known_payments(checkout, guid)
    _check_payment_guid(guid, known, checkout, approved=approved)
    if approved:
        _record(data, postback, checkout, known)
    elif _contradicts(guid, known, postback, checkout):
        raise NeedsReview(Reason.CONTRADICTS)
    else:
        postback.decline()


def _record(
    data: PostbackData, postback: Postback, checkout: Checkout, known: list[Payment]
) -> None:
    own = (each for each in checkout.ordered_accounts if each.pk == postback.account_id)
    if (account := next(own, None)) is None:
        raise NeedsReview(Reason.SUM if data.account_number() else Reason.UNNAMED)
    account.biller = checkout.biller  # known, so that it is not looked up again
    share = Share.whole(data, account)
    payment = record_payment(data, postback, checkout, share, known=known)
    if payment.source == Payment.Source.RECONCILIATION:
        postback.mark_repeated()  # Invoice Cloud's list had all of it
    else:
        postback.approve(remark="" if data.paid_at() else Reason.DATE)


def _contradicts(
    guid: UUID | None, known: list[Payment], postback: Postback, checkout: Checkout
) -> bool:
    """Whether what it declines was approved before. One that names no account is about those that
    are not paid, if there are any."""
    own = [each for each in known if each.checkout_id == checkout.pk]
    paid = {each.account_id for each in own}
    if postback.account_id:
        return postback.account_id in paid
    if guid and any(each.payment_guid == guid for each in own):
        return True
    return paid.issuperset(account.pk for account in checkout.ordered_accounts)


def _check_agreement(data: PostbackData, postback: Postback, checkout: Checkout) -> None:
    """Biller, reference, and account must be the checkout's own or missing. Raises
    NeedsReview."""
    biller_guid = checkout.biller.biller_guid
    if data.text(PostbackField.BILLER_GUID):
        named = data.guid(PostbackField.BILLER_GUID, Reason.BILLER)
        # If the biller's GUID is not entered here (onboarding reports that), the address alone is
        # proof: 256 bits that only Invoice Cloud knows. Else money taken would look lost.
        if biller_guid and named != biller_guid:
            raise NeedsReview(Reason.BILLER)
    if data.text(PostbackField.BILLER_REFERENCE) not in {"", checkout.biller_reference}:
        raise NeedsReview(Reason.REFERENCE)
    if data.account_number() and checkout.account_named(data.account_number()) is None:
        raise NeedsReview(Reason.ACCOUNT)


def _check_payment_guid(
    guid: UUID | None, known: list[Payment], checkout: Checkout, *, approved: bool
) -> None:
    """No other checkout may have the payment. Raises NeedsReview.

    `record_payment` decides whether an approved one is a listed payment without a checkout.
    """
    own = {None, checkout.pk} if approved else {checkout.pk}
    if any(each.payment_guid == guid and each.checkout_id not in own for each in known):
        raise NeedsReview(Reason.KNOWN)
