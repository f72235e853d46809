"""A page of a member's accounts: a few are all shown; of many, those that match the query."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator

from accounts.invoice_cloud.sync import is_under_way
from accounts.linked_accounts import listing, refresh
from accounts.linked_accounts.listing import BY_DUE_DATE, ROWS, Asked, ListForm, Summary
from accounts.linked_accounts.received import Lately, of_member, received_lately
from accounts.models import LinkedAccount, Member
from accounts.models.linked_account import LinkedAccountQuerySet
from accounts.requests import MemberRequest

MOST_TO_PROVE = 20  # shown at once


class ListPaginator(Paginator[LinkedAccount]):
    """Gets the number of rows from the sums if it is already known. In the order of due dates, one
    index finds the rows of a page: only they are joined with their accounts."""

    def __init__(
        self, links: LinkedAccountQuerySet, *, number: int | None, is_by_due_date: bool
    ) -> None:
        super().__init__(links, ROWS)
        self.is_by_due_date = is_by_due_date
        if number is not None:
            self.__dict__["count"] = number  # where a cached property stores its value

    def _get_page(self, object_list: Any, *args: Any, **kwargs: Any) -> Any:
        if self.is_by_due_date:
            keys = object_list.values("pk")
            rows = LinkedAccount.objects.filter(pk__in=keys).select_related("account")
            object_list = rows.order_by(*BY_DUE_DATE)
        return super()._get_page(object_list, *args, **kwargs)  # type: ignore[misc]  # no stub


@dataclass(frozen=True)
class ListPage:
    """A page of the member's accounts, with what both kinds of list have in common. summary: None
    if it was not computed because there are few."""

    request: MemberRequest
    asked: Asked
    number: int
    to_prove: int
    pending: int
    summary: Summary | None
    links: Any  # a Page
    lately: Lately

    @property
    def many(self) -> bool:
        return self.number > refresh.MOST_CARDS

    def context(self) -> dict[str, Any]:
        member = self.request.member
        proving = list(to_prove(member)[:MOST_TO_PROVE]) if self.to_prove else []
        return {
            "links": self.links,
            "number": self.number,
            "many": self.many,
            "asked": self.asked,
            "search": ListForm(self.request.GET) if self.many else None,
            "summary": self.summary,
            "to_prove": proving,
            "more_to_prove": self.to_prove > MOST_TO_PROVE,
            "connecting": self.pending > 0 and is_under_way(member),
        }


def page_of(request: MemberRequest) -> ListPage:
    """Returns a page of the member's accounts; if there are many, of those that match the query."""
    if request.GET:
        return _page_of_many(request)
    first = listing.first(request.member)
    if len(first) <= refresh.MOST_CARDS:
        return _page_of_few(request, first)
    return _page_of_many(request, first)


def _page_of_few(request: MemberRequest, every: list[LinkedAccount]) -> ListPage:
    """Counts the rows without a query. every: includes those to be proved again."""
    standing = [link for link in every if link.needs_proof_since is None]
    received = received_lately(request.biller, [link.account_id for link in standing])
    return ListPage(
        request,
        Asked(),
        number=len(standing),
        to_prove=len(every) - len(standing),
        pending=sum(link.state == LinkedAccount.State.PENDING for link in standing),
        summary=None,
        links=Paginator(standing, ROWS).get_page(1),
        lately=Lately(received, ()),
    )


def _page_of_many(request: MemberRequest, first: Sequence[LinkedAccount] = ()) -> ListPage:
    """first: the rows of the first page if that is asked for, unless some of them are to be proved
    again: others take their place."""
    asked = Asked.of(request.GET)
    lately = of_member(request.member)
    summary = listing.summary(request.member, asked, waiting=lately.waiting)
    if summary.number <= refresh.MOST_CARDS:
        asked = Asked()
    links = listing.found(request.member, asked, waiting=lately.waiting, matching=summary.matching)
    number = summary.counts[asked.show] if asked.show else summary.number
    paginator = ListPaginator(
        links,
        number=(summary.matching or None) if asked.q else number,
        is_by_due_date=not asked.q and asked.sort in {"", "due"},
    )
    is_whole = first and all(link.needs_proof_since is None for link in first)
    page = Page(first, 1, paginator) if is_whole else paginator.get_page(request.GET.get("page"))
    return ListPage(
        request,
        asked,
        number=summary.number,
        to_prove=summary.to_prove,
        pending=summary.pending,
        summary=summary,
        links=page,
        lately=lately,
    )


def to_prove(member: Member) -> LinkedAccountQuerySet:
    """Returns the links whose account is hidden until it is proved again."""
    return member.all_links.awaiting_proof().select_related("account__biller", "member")
