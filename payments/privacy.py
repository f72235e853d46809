"""What `payments` holds about a member: their checkouts and what was paid in them."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext_lazy as _

from accounts.models import LinkedAccount, Member
from accounts.privacy.audit_log import clean_entries
from accounts.privacy.registry import Item, Part, register, register_hindrance
from accounts.privacy.words import without
from backoffice.exports.files import in_batches, one_by_one
from icsso.client.contract import PostbackField
from payments.checkout.history import payments_by_helpers
from payments.checkout.others import others_accounts, others_parts, shown_number
from payments.models import Checkout, FailedAttempt, Payment, Postback, Reversal
from payments.models.checkout_status import Status, has
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine, Resolution
from payments.models.review_decision import ReviewDecision

# What a postback says about the money. Everything else is, or may be, about the person: Invoice
# Cloud may send fields that are not in the contract.
MONEY = {
    PostbackField.BILLER_GUID,
    PostbackField.PAYMENT_GUID,
    PostbackField.PAYMENT_DATE,
    PostbackField.PAYMENT_AMOUNT,
    PostbackField.CONVENIENCE_FEE,
    PostbackField.APPROVED,
    PostbackField.PAYMENT_TYPE_ID,
    PostbackField.CARD_TYPE,
    PostbackField.BILLER_REFERENCE,
    PostbackField.INVOICE_NUMBER,
    PostbackField.ACCOUNT_NUMBER,
}
BATCH = 500
ERASED = "erased"
MOST_LETTERS = {"note": 500, "checked_note": 200}


class Begun(NamedTuple):
    """others: accounts (primary keys) that are not the member's."""

    checkout: Checkout
    others: Collection[int]

    @property
    def numbers(self) -> str:
        accounts = self.checkout.ordered_accounts
        return ", ".join(shown_number(each, is_helped=each.pk in self.others) for each in accounts)


def _checkouts(member: Member) -> Iterator[Begun]:
    own = Checkout.objects.filter(member=member).with_deciding_postbacks()
    others = others_accounts(member)
    return (Begun(checkout, others) for checkout in one_by_one(own))


def _payments(member: Member) -> Iterator[Any]:
    others = others_parts(member).filter(account=OuterRef("account"))
    own = Payment.objects.filter(checkout__member=member).select_related("account")
    own = own.annotate(is_helped=Exists(others))
    return one_by_one(own.prefetch_related("lines__reversal_lines"))


def _by_helpers(member: Member) -> Iterator[Any]:
    return one_by_one(payments_by_helpers(member).order_by())


def _end_for_helpers(member: Member) -> None:
    """Closes the payment pages that helpers have open for the member's accounts."""
    theirs = Checkout.objects.filter(parts__on_behalf_of=member).values("pk")
    Checkout.objects.filter(pk__in=theirs).update(hosted_url="", is_current=False)


def _postbacks(member: Member) -> Iterator[Postback]:
    own = Postback.objects.filter(checkout__member=member)
    return one_by_one(own.select_related("checkout__biller").prefetch_related("checkout__parts"))


def _failed_attempts(member: Member) -> Iterator[FailedAttempt]:
    """Returns the member's failed attempts. A helper may have tried to pay another member's
    account, whose number they must not learn."""
    links = LinkedAccount.objects.filter(member=member, account=OuterRef("account"))
    attempts = FailedAttempt.objects.filter(member=member).select_related("account")
    return one_by_one(attempts.annotate(is_own=Exists(links)))


def _erase_checkouts(member: Member) -> None:
    _clean_notes(member)
    _erase_postbacks(member)
    _erase_cells(member)
    own = Checkout.objects.filter(member=member)
    own.update(member=None, visitor=ERASED, is_current=False, failure_note="")


def _clean_notes(member: Member) -> None:
    """Removes names, emails, and phone numbers from staff notes about the member's payments. The
    notes explain decisions about money, so the rest stays."""
    clean, mine = without(member), "checkout__member"
    of_line = Q(**{f"line__payment__{mine}": member}) | Q(**{f"line__{mine}": member})
    written = (
        (ReviewDecision, Q(**{f"postback__{mine}": member}), "note"),
        (Resolution, of_line, "note"),
        (Reversal, Q(**{f"payment__{mine}": member}), "note"),
        (Checkout, Q(member=member), "checked_note"),
    )
    for model, own, field in written:
        # Bypasses the manager that refuses changes: this is the only change that a decision may
        # get.
        rows: QuerySet[Any] = model._base_manager.filter(own).exclude(**{field: ""})
        for batch in in_batches(one_by_one(rows), BATCH):
            for row in batch:
                setattr(row, field, clean(getattr(row, field))[: MOST_LETTERS[field]])
            model._base_manager.bulk_update(batch, [field])
            clean_entries(model, [row.pk for row in batch], clean)


def _erase_postbacks(member: Member) -> None:
    """Removes the payer from the postbacks, which stay as proof of what was paid."""
    for batch in in_batches(_postbacks(member), BATCH):
        for postback in batch:
            about = _about_person(postback)
            postback.fields = {
                name: [ERASED] * len(values) if name in about else values
                for name, values in postback.fields.items()
            }
        Postback.objects.bulk_update(batch, ["fields"])


def _erase_cells(member: Member) -> None:
    """Empties the cells of lists; what was read from their lines stays. The cells of a matched list
    are not read again, and its first rows are a copy of some of the cells."""
    own = Q(payment__checkout__member=member) | Q(checkout__member=member)
    lines = ReconciliationLine.objects.filter(own).exclude(reconciliation__matched_at=None)
    lists = set(lines.exclude(cells=[]).values_list("reconciliation", flat=True))
    ReconciliationLine.objects.filter(pk__in=lines.values("pk")).update(cells=[])
    for some in in_batches(sorted(lists), BATCH):
        fixed = Reconciliation.objects.filter(pk__in=some)
        fixed.update(top=[])
        fixed.filter(emptied_at=None).update(emptied_at=timezone.now())


def _about_person(postback: Postback) -> dict[str, list[str]]:
    """Returns the fields that are not about the money, at this biller's Invoice Cloud."""
    renamed = postback.checkout.biller.wire.postback.fields
    others = {str(renamed.get(field, field)).casefold() for field in set(PostbackField) - MONEY}
    names = [*MONEY, *(renamed.get(field, field) for field in MONEY)]
    money = {str(name).casefold() for name in names} - others
    return {
        name: values for name, values in postback.fields.items() if name.casefold() not in money
    }


def _said(postback: Postback) -> str:
    """Returns the fields about the person as text. If an account belongs to another member, only
    what is certainly about the payer: Invoice Cloud may have filled in its customer's name."""
    about = _about_person(postback)
    if postback.checkout.helped:
        renamed = postback.checkout.biller.wire.postback.fields
        payers = str(renamed.get(PostbackField.REMOTE_IP, PostbackField.REMOTE_IP)).casefold()
        about = {name: values for name, values in about.items() if name.casefold() == payers}
    said = about.items()
    return "; ".join(f"{name}: {', '.join(values)}" for name, values in said if any(values))


UNDER_WAY = {Status.OPENING, Status.OPEN, Status.WAITING, Status.PARTLY_PAID}
IN_PROGRESS = _(
    "A payment you started at %(start)s may still be under way. Finish it, or come back after "
    "%(end)s."
)
IN_REVIEW = _(
    "A payment from %(day)s is being checked. Come back when “My payments” says what came of it."
)


def _payments_under_way(member: Member) -> Iterator[str]:
    """Returns why the account can't be closed while payments are in progress: nobody would learn
    their result. Only the newest is mentioned."""
    lately = Q(created_at__gt=timezone.now() - Checkout.UNCONFIRMED_AFTER)
    in_doubt = has(Postback.objects.undecided())
    open_ones = Checkout.objects.filter(lately | Q(in_doubt), member=member).with_status()
    waiting = open_ones.filter(status_value__in=[*UNDER_WAY, Status.CHECKING])
    newest = waiting.order_by("-created_at").first()
    if newest is None:
        return
    began = timezone.localtime(newest.created_at)
    if newest.status_value == Status.CHECKING:
        yield str(IN_REVIEW) % {"day": date_format(began)}
        return
    end = began + Checkout.UNCONFIRMED_AFTER
    times = {"start": time_format(began), "end": time_format(end)}
    yield str(IN_PROGRESS) % times


register_hindrance(_payments_under_way)
register(
    Part(
        "payments",
        _("payments"),
        (
            Item("paid_at", _("paid"), lambda row: row.paid_at),
            Item(
                "account_number",
                _("account number"),
                lambda row: shown_number(row.account, is_helped=row.is_helped),
            ),
            Item("amount", _("amount"), lambda row: row.amount),
            Item("fee", _("fee"), lambda row: row.fee),
            Item("net_total", _("total after returns and refunds"), lambda row: row.net_total),
            Item("method", _("method"), lambda row: row.method),
            Item("payment_guid", _("PaymentGUID"), lambda row: row.payment_guid),
        ),
        _payments,
        _("kept, without the person"),
    ),
    Part(
        "payments_by_helpers",
        _("payments that helpers made for the member"),
        (
            Item("paid_at", _("paid"), lambda row: row.paid_at),
            Item("account_number", _("account number"), lambda row: row.account.account_number),
            Item("helper", _("helper"), lambda row: row.helper or ""),
            Item("net_total", _("total after returns and refunds"), lambda row: row.net_total),
        ),
        _by_helpers,
        _("kept, without the person"),
        _end_for_helpers,
    ),
    Part(
        "checkouts",
        _("checkouts"),
        (
            Item("created_at", _("created"), lambda row: row.checkout.created_at),
            Item("account_numbers", _("account numbers"), lambda row: row.numbers),
            Item("kind", _("kind"), lambda row: str(row.checkout.get_kind_display())),
            Item("state", _("state"), lambda row: str(row.checkout.status.label)),
            Item("biller_reference", _("biller reference"), lambda row: str(row.checkout)),
        ),
        _checkouts,
        _(
            "kept, without the person; staff users’ notes without the names, emails, and phone "
            "numbers"
        ),
        _erase_checkouts,
    ),
    Part(
        "postbacks",
        _("what Invoice Cloud reported about the payer"),
        (
            Item("received_at", _("received"), lambda row: row.received_at),
            Item("said", _("details"), _said),
        ),
        _postbacks,
        _("erased; the payment’s own details are kept"),
    ),
    Part(
        "failed_attempts",
        _("failed attempts to pay"),
        (
            Item("at", _("tried"), lambda row: row.at),
            Item(
                "account_number",
                _("account number"),
                lambda row: (
                    shown_number(row.account, is_helped=not row.is_own) if row.account else ""
                ),
            ),
            Item("kind", _("what failed"), lambda row: str(row.get_kind_display())),
        ),
        _failed_attempts,
        _("kept, without the person"),
        lambda member: FailedAttempt.objects.filter(member=member, account=None).delete(),
    ),
)
