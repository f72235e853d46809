"""“Where is my payment?”: from what a customer says on the phone to the checkouts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from accounts.models import Member, UtilityAccount
from icsso.billers.models import Biller
from icsso.client.parsing import account_key, email_address, plain_number, without_label
from icsso.client.plain_signs import plain_signs, search_key
from payments.models import Checkout, CheckoutAccount, Payment, Postback
from payments.postbacks.parsing import GUID

MOST = 50  # accounts, members: if more match, a longer term is needed
SHORTEST_PART = 3  # fewest letters for a search inside names
Billers = QuerySet[Biller]


@dataclass(frozen=True, kw_only=True)
class Results:
    checkouts: QuerySet[Checkout]  # newest first
    listed: list[Payment] = field(default_factory=list)  # known only from Invoice Cloud's list
    without_payments: list[UtilityAccount] = field(default_factory=list)  # and no checkout
    is_cut_off: bool = False


def search(term: str, billers: Billers) -> Results:
    """Searches by account number, name, email, biller reference, or PaymentGUID in any spelling.

    Exact keys come first, then beginnings of keys, then parts of names, so that an index answers
    common searches. Only the given billers are searched.
    """
    term = " ".join(term.split())
    if guid := read_guid(term):
        return _by_guid(guid, billers)
    referred = _newest_first(billers).filter(biller_reference=plain_number(term))
    if referred.exists():
        return Results(checkouts=referred)
    members = list(Member.objects.filter(biller__in=billers, email=email_address(term))[:MOST])
    accounts = _accounts(term, members, billers)
    paid = _listed(billers).filter(account__in=accounts)
    return Results(
        checkouts=_newest_first(billers).filter(_of(accounts) | Q(member__in=members)),
        listed=list(paid.order_by("-paid_at")[:MOST]),
        without_payments=_without_payments(accounts),
        is_cut_off=len(accounts) >= MOST,
    )


def _of(accounts: list[UtilityAccount]) -> Q:
    own = CheckoutAccount.objects.filter(account__in=accounts)
    return Q(pk__in=own.order_by().values("checkout"))


def read_guid(term: str) -> UUID | None:
    """Accepts any case, braces, and missing or other dashes. Returns None for anything else."""
    plain = plain_signs(term)
    return UUID(plain) if GUID.fullmatch(plain) else None


def _by_guid(guid: UUID, billers: Billers) -> Results:
    paid = Payment.objects.filter(biller__in=billers, payment_guid=guid)
    known = paid.values_list("checkout", flat=True)
    return Results(
        checkouts=_newest_first(billers).filter(
            pk__in=[*known, *_named_by(guid, billers), *_mentioned_by(guid, billers)]
        ),
        listed=list(_listed(billers).filter(payment_guid=guid)),
    )


def _named_by(guid: UUID, billers: Billers) -> QuerySet[Postback, int]:
    """Returns checkouts with a postback that has this PaymentGUID, whatever its verdict."""
    postbacks = Postback.objects.filter(payment_guid=guid, checkout__biller__in=billers)
    return postbacks.order_by().values_list("checkout", flat=True).distinct()[:MOST]


def _mentioned_by(guid: UUID, billers: Billers) -> QuerySet[Postback, int]:
    """Returns checkouts with a postback for review that contains it anywhere, next to another one
    or in a text. They are few enough for a scan."""
    postbacks = Postback.objects.filter(
        verdict=Postback.Verdict.REVIEW, checkout__biller__in=billers
    ).annotate(text=Cast("fields", TextField()))
    mentioned = postbacks.filter(Q(text__icontains=str(guid)) | Q(text__icontains=guid.hex))
    return mentioned.order_by().values_list("checkout", flat=True)[:MOST]


def _newest_first(billers: Billers) -> QuerySet[Checkout]:
    own = Checkout.objects.with_deciding_postbacks().filter(biller__in=billers)
    own = own.select_related("biller")
    return own.order_by("-created_at", "-pk")


def _listed(billers: Billers) -> QuerySet[Payment]:
    own = Payment.objects.filter(biller__in=billers, checkout=None)
    return own.select_related("account", "biller").with_net()


def _accounts(term: str, members: list[Member], billers: Billers) -> list[UtilityAccount]:
    """Returns the accounts of the first condition that finds any."""
    own = UtilityAccount.objects.filter(biller__in=billers).select_related("biller")
    if "@" in term:
        theirs = own.filter(all_links__member__in=members)[:MOST]
        named = own.filter(email__in={term, term.lower(), email_address(term)})[:MOST]
        return list({account.pk: account for account in chain(theirs, named)}.values())[:MOST]
    for condition in _conditions(term):
        # Sorted here: with `order_by`, the database would use the index of the order instead.
        if accounts := list(own.filter(condition).order_by()[:MOST]):
            return sorted(accounts, key=attrgetter("account_number", "pk"))
    return []


def _conditions(term: str) -> Iterator[Q]:
    """Returns conditions for accounts, from the most certain to the broadest."""
    has_digits = any(sign.isdigit() for sign in term)
    yield Q(account_number=term)
    if key := account_key(without_label(term)):
        yield Q(number_key__in={key, account_key(term)})
    if has_digits:
        yield Q(account_number__startswith=term)
        yield Q(number_key__startswith=plain_number(without_label(term)))
    if not (name := search_key(term)):
        return
    yield Q(name_key__startswith=name)
    # Reads much, so this is never used for a mistyped number.
    if len(name) >= SHORTEST_PART and not has_digits:
        yield Q(name_key__icontains=name)


def _without_payments(accounts: list[UtilityAccount]) -> list[UtilityAccount]:
    known = UtilityAccount.objects.filter(pk__in=[account.pk for account in accounts])
    with_payments = known.filter(
        Exists(CheckoutAccount.objects.filter(account=OuterRef("pk")))
        | Exists(Payment.objects.filter(account=OuterRef("pk")))
    )
    found = set(with_payments.values_list("pk", flat=True))
    return [account for account in accounts if account.pk not in found]
