"""“Where is my payment?”: what a customer says on the phone, and the checkouts it leads to."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from accounts.models import Member, UtilityAccount
from icsso.billers.models import Biller
from payments.checkout.status import telling_calls
from payments.models import Checkout, Payment, Postback
from payments.postbacks.parsing import GUID

MOST = 50  # accounts, members: with more, something longer must be typed
SHORTEST_PART = 3  # letters looked for in the middle of names
Billers = QuerySet[Biller]


@dataclass(frozen=True, kw_only=True)
class Found:
    checkouts: QuerySet[Checkout]  # newest first
    listed: list[Payment] = field(default_factory=list)  # known from Invoice Cloud's list alone
    silent: list[UtilityAccount] = field(default_factory=list)  # with no checkout and no payment
    is_too_much: bool = False


def search(term: str, billers: Billers) -> Found:
    """By one of: account number, name, e-mail, biller reference, PaymentGUID in any spelling.

    Whole keys before beginnings of them, and these before parts of names, so that the common
    questions are answered from an index. Nothing of other billers is looked at.
    """
    term = " ".join(term.split())
    if guid := read_guid(term):
        return _by_guid(guid, billers)
    referred = _newest_first(billers).filter(biller_reference=term.upper())
    if referred.exists():
        return Found(checkouts=referred)
    members = list(Member.objects.filter(biller__in=billers, email=term.lower())[:MOST])
    accounts = _accounts(term, members, billers)
    paid = _listed(billers).filter(account__in=accounts)
    return Found(
        checkouts=_newest_first(billers).filter(Q(account__in=accounts) | Q(member__in=members)),
        listed=list(paid.order_by("-paid_at")[:MOST]),
        silent=_silent(accounts),
        is_too_much=len(accounts) >= MOST,
    )


def read_guid(term: str) -> UUID | None:
    """With or without braces and dashes, in either case."""
    return UUID(term) if GUID.fullmatch(term) else None


def _by_guid(guid: UUID, billers: Billers) -> Found:
    paid = Payment.objects.filter(biller__in=billers, payment_guid=guid)
    known = paid.values_list("checkout", flat=True)
    return Found(
        checkouts=_newest_first(billers).filter(
            pk__in=[*known, *_called(guid, billers), *_doubtful(guid, billers)]
        ),
        listed=list(_listed(billers).filter(payment_guid=guid)),
    )


def _called(guid: UUID, billers: Billers) -> QuerySet[Postback, int]:
    """Checkouts with a call about it, whatever came of the call: declined, or not read yet."""
    calls = Postback.objects.filter(payment_guid=guid, checkout__biller__in=billers)
    return calls.order_by().values_list("checkout", flat=True).distinct()[:MOST]


def _doubtful(guid: UUID, billers: Billers) -> QuerySet[Postback, int]:
    """Checkouts with a call for review that has it anywhere, be it with another one or in a text:
    they are few, so they are read through."""
    calls = Postback.objects.filter(
        verdict=Postback.Verdict.REVIEW, checkout__biller__in=billers
    ).annotate(text=Cast("fields", TextField()))
    named = calls.filter(Q(text__icontains=str(guid)) | Q(text__icontains=guid.hex))
    return named.order_by().values_list("checkout", flat=True)[:MOST]


def _newest_first(billers: Billers) -> QuerySet[Checkout]:
    own = Checkout.objects.filter(biller__in=billers)
    own = own.select_related("biller", "account", "payment")
    own = own.prefetch_related(telling_calls(), "payment__lines")
    return own.order_by("-created_at", "-pk")


def _listed(billers: Billers) -> QuerySet[Payment]:
    own = Payment.objects.filter(biller__in=billers, checkout=None)
    return own.select_related("account", "biller").prefetch_related("lines")


def _accounts(term: str, members: list[Member], billers: Billers) -> list[UtilityAccount]:
    """The first of these that gives any."""
    own = UtilityAccount.objects.filter(biller__in=billers).select_related("biller")
    if "@" in term:
        theirs = own.filter(links__member__in=members)[:MOST]
        named = own.filter(email__in={term, term.lower()})[:MOST]
        return list({account.pk: account for account in chain(theirs, named)}.values())[:MOST]
    for wanted in _ways_of_telling(term):
        # Sorted here: in the database the order would be looked up instead of what is wanted.
        if accounts := list(own.filter(wanted).order_by()[:MOST]):
            return sorted(accounts, key=attrgetter("account_number", "pk"))
    return []


def _ways_of_telling(term: str) -> Iterator[Q]:
    """An account, from the surest way to the widest."""
    has_digits = any(sign.isdigit() for sign in term)
    yield Q(account_number=term)
    if has_digits:
        yield Q(account_number__startswith=term)
    spelled = {term, term.lower(), term.upper(), term.title()}
    begins = [Q(name__startswith=name) for name in spelled]
    yield Q(*begins, _connector=Q.OR)
    # No index helps here: not for a mistyped number.
    if len(term) >= SHORTEST_PART and not has_digits:
        yield Q(name__icontains=term)


def _silent(accounts: list[UtilityAccount]) -> list[UtilityAccount]:
    known = UtilityAccount.objects.filter(pk__in=[account.pk for account in accounts])
    heard = known.filter(
        Exists(Checkout.objects.filter(account=OuterRef("pk")))
        | Exists(Payment.objects.filter(account=OuterRef("pk")))
    )
    heard_of = set(heard.values_list("pk", flat=True))
    return [account for account in accounts if account.pk not in heard_of]
