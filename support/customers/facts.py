"""Everything about one member, in as many queries whether they have one account or thousands."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    Window,
    prefetch_related_objects,
)
from django.utils.functional import cached_property

from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from accounts.models import CustomerChange, LinkedAccount, Member, UtilityAccount
from icsso.client.parsing import account_key, plain_number, without_label
from payments.models import Checkout, Payment
from support.money import CheckoutRow, PaymentRow, latest_checkouts, latest_payments
from support.record_page import FEW

SHORT = 6  # digits of a page number
State = LinkedAccount.State
# Links that staff have to look at come first.
FIRST = (
    Case(
        When(needs_proof_since__isnull=False, then=Value(0)),
        When(state__in=[State.REFUSED, State.ELSEWHERE], then=Value(1)),
        When(state=State.PENDING, then=Value(2)),
        default=Value(3),
    ),
    "-is_first",
    "pk",
)


class LinkRow(NamedTuple):
    """balance: the last one known, with its time."""

    link: LinkedAccount
    account: UtilityAccount
    balance: Balance | None
    state: LinkedAccount.State
    origin: LinkedAccount.Origin


class KnownCount(Paginator[Any]):
    """Its number of rows is known from another query."""

    def __init__(self, rows: Any, number: int) -> None:
        super().__init__(rows, FEW)
        self.number = number

    @cached_property
    def count(self) -> int:
        return self.number


def numbers_by_state(member: Member) -> Mapping[str, int]:
    found: dict[str, int] = dict(
        member.all_links.order_by().values_list("state").annotate(Count("pk"))
    )
    return found


def links(member: Member, *, term: str, page: str, numbers: Mapping[str, int]) -> Page[Any]:
    """Returns a page of the linked accounts. term: searches within them."""
    rows = member.all_links.select_related("account").order_by(*FIRST)
    if not term:
        # Their keys are sorted alone, and only those shown are joined with their accounts.
        found = KnownCount(rows.select_related(None).values("pk"), sum(numbers.values()))
        shown = found.get_page(page)
        shown.object_list = rows.filter(pk__in=shown.object_list)
        return shown
    number = int(page) if page.isdecimal() and len(page) < SHORT else 1
    start = (max(number, 1) - 1) * FEW
    matching = rows.filter(_matching(term)).annotate(matches=Window(Count("pk")))
    few: list[Any] = list(matching[start : start + FEW])
    return Page(few, max(number, 1), KnownCount(few, few[0].matches if few else 0))


def _matching(term: str) -> Q:
    """By number only: the term stands in the address of the page, where no name may be."""
    number = without_label(term)
    found = Q(account__account_number__startswith=term)
    if key := account_key(number):
        found |= Q(account__number_key=key)
    if plain := plain_number(number):
        found |= Q(account__number_key__startswith=plain)
    return found


def link_rows(page: Page[Any], *, zone: tzinfo) -> list[LinkRow]:
    """zone: the biller's."""
    return [
        LinkRow(
            link,
            link.account,
            kept.of(link, zone=zone),
            State(link.state),
            LinkedAccount.Origin(link.origin),
        )
        for link in page
    ]


def payments(member: Member, number: int = FEW) -> list[PaymentRow]:
    """Returns the latest payments for the member's accounts, whoever paid. None from before the
    CIS gave the account to its present customer.

    Of thousands of accounts, only those paid last can have one of the latest payments. An index
    knows when each was paid last, and the payments of all others are never read.
    """
    later = CustomerChange.objects.filter(account=OuterRef("account"), at__gt=OuterRef("paid_at"))
    paid = Payment.objects.filter(~Exists(later), account=OuterRef("account")).order_by("-paid_at")
    standing: QuerySet[Any] = member.links.order_by()
    last = standing.annotate(last_paid=Subquery(paid.values("paid_at")[:1]))
    order = F("last_paid").desc(nulls_last=True)
    paid_last = last.order_by(order).values("account")[:number]
    return latest_payments(Q(~Exists(later), account__in=paid_last), number)


def checkouts(member: Member, number: int = FEW) -> list[CheckoutRow]:
    """Returns the latest that the member started with their accounts, also those unlinked since."""
    found = latest_checkouts(Checkout.objects.filter(member=member), number)
    prefetch_related_objects([row.checkout for row in found], "parts")
    return found
