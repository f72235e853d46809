"""A member's accounts as a list: the query in the URL, and the database's answer.

Whatever the number of accounts, there is one query for the sums and one for the rows of a page.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from django import forms
from django.db.models import Case, Count, F, IntegerField, Min, Q, Sum, Value, When
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.linked_accounts.balance import SOON
from accounts.models import LinkedAccount, Member
from accounts.models.account_numbers import AccountKeyField
from accounts.models.linked_account import LinkedAccountQuerySet
from icsso.client.parsing import account_key, plain_number
from icsso.client.plain_signs import search_key
from icsso.queries import MadeOnce

ROWS = 25  # on a page
STANDING = Q(needs_proof_since=None)
BY_DUE_DATE = (F("due_on").asc(nulls_last=True), "-is_first", "account_id")
ORDERS: Mapping[str, tuple[Any, ...]] = {
    "due": BY_DUE_DATE,
    "amount": (F("balance_cents").desc(nulls_last=True), "account_id"),
    "number": ("account__number_key", "account_id"),
    "name": ("nickname_or_address", "account__number_key", "account_id"),
}
SHORTEST_NUMBER = 3  # characters: "Unit 7" is not a search for account numbers that begin with 7
WORDS = 6  # of one search


class Filter(NamedTuple):
    name: str
    label: Promise


FILTERS = (
    Filter("overdue", _("Overdue")),
    Filter("soon", _("Due soon")),
    Filter("autopay_off", _("AutoPay off")),
    Filter("not_connected", _("Not connected")),
)


def _conditions(today: date, waiting: Collection[int]) -> dict[str, Q]:
    """waiting: see `received.Lately`."""
    owes = _owes(waiting)
    return {
        "overdue": Q(due_on__lt=today) & owes,
        "soon": Q(due_on__gte=today, due_on__lte=today + timedelta(days=SOON)) & owes,
        "autopay_off": Q(autopay=False),
        "not_connected": ~Q(state=LinkedAccount.State.REGISTERED),
    }


def _owes(waiting: Collection[int]) -> Q:
    return ~Q(account__in=waiting) if waiting else Q()


class Summary(NamedTuple):
    """The totals of all accounts, without those that wait for their payment. counts: by name of a
    filter. oldest: when the oldest of the known balances was requested. matching: how many begin
    like the search."""

    number: int
    to_prove: int
    total: Decimal
    unknown: int
    pending: int
    oldest: Any
    counts: Mapping[str, int]
    matching: int


def summary(member: Member, asked: "Asked", *, waiting: Collection[int]) -> Summary:
    """waiting: see `received.Lately`."""
    today = member.biller.today()
    sums = _sums(today, frozenset(waiting))
    if asked.q:  # in the same query, so that a search takes no more
        searched = STANDING & _conditions(today, waiting).get(asked.show, Q())
        matching = Count("pk", filter=searched & _matches(asked.q))
        rows = list(sums.compose(member=member.pk).annotate(matching=matching))
    else:
        rows = sums(member=member.pk)
    # The sums of one member are one row, or none if there are no accounts.
    found: Mapping[str, Any] = next(iter(rows), defaultdict(int, oldest=None))
    return Summary(
        number=found["number"],
        to_prove=found["to_prove"],
        total=Decimal(found["cents"] or 0).scaleb(-2),
        unknown=found["unknown"],
        pending=found["pending"],
        oldest=found["oldest"],
        counts={each.name: found[each.name] for each in FILTERS},
        matching=found.get("matching", 0),
    )


@lru_cache(maxsize=16)
def _sums(today: date, waiting: frozenset[int]) -> MadeOnce[Any]:
    """Returns the sums of a member. The query is made once a day, and not for each page, for
    members without accounts that wait for a payment."""
    counts = {
        name: Count("pk", filter=STANDING & each)
        for name, each in _conditions(today, waiting).items()
    }

    every = (
        LinkedAccount.objects.order_by()
        .values("member")
        .annotate(
            number=Count("pk", filter=STANDING),
            to_prove=Count("pk", filter=~STANDING),
            cents=Sum("balance_cents", filter=STANDING & Q(balance_cents__gt=0) & _owes(waiting)),
            unknown=Count("pk", filter=STANDING & Q(balance_cents=None)),
            pending=Count("pk", filter=STANDING & Q(state=LinkedAccount.State.PENDING)),
            oldest=Min("balance_at", filter=STANDING & Q(balance_cents__isnull=False)),
            **counts,
        )
    )

    def compose(member: Any) -> Any:
        return every.filter(member=member)

    return MadeOnce(compose, member=LinkedAccount._meta.get_field("member"))


class ListForm(forms.Form):
    """The query in the URL. Anything unknown is ignored."""

    q = forms.CharField(
        label=_("Account number, nickname, or address"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    show = forms.ChoiceField(choices=[(each.name, each.label) for each in FILTERS], required=False)
    sort = forms.ChoiceField(choices=[(name, name) for name in ORDERS], required=False)


@dataclass(frozen=True)
class Asked:
    q: str = ""
    show: str = ""
    sort: str = ""

    @classmethod
    def of(cls, query: MultiValueDict[str, str]) -> "Asked":
        if not query:
            return cls()
        form = ListForm(query)
        form.is_valid()
        return cls(**{name: form.cleaned_data.get(name, "") for name in ("q", "show", "sort")})

    def address(self, **changes: str) -> str:
        """Returns the query of the same list with these changes."""
        wanted = {"q": self.q, "show": self.show, "sort": self.sort, **changes}
        return "?" + urlencode({name: value for name, value in wanted.items() if value})

    @property
    def only_search(self) -> str:
        """Returns the query with only the search, without filters and sorting."""
        return urlencode({"q": self.q})

    @cached_property
    def is_all(self) -> bool:
        return not (self.q or self.show)


def first(member: Member) -> list[LinkedAccount]:
    """Returns the links of the first page of the member's list with their accounts, including those
    to be proved again."""
    links = _first(member_id=member.pk)
    for link in links:
        link.member = member
    return links


def _by_due_date(**values: Any) -> LinkedAccountQuerySet:
    links = LinkedAccount.objects.filter(**values).select_related("account")
    return links.order_by(*BY_DUE_DATE)[:ROWS]


_first = MadeOnce(_by_due_date, member_id=LinkedAccount._meta.get_field("member"))


def found(
    member: Member, asked: Asked, *, waiting: Collection[int], matching: int | None = None
) -> LinkedAccountQuerySet:
    """Returns the links that match the query, in the order it asks for.

    waiting: see `received.Lately`. matching: see `Summary`, if it was counted already.
    """
    links = member.links.select_related("account")
    if asked.show:
        links = links.filter(_conditions(member.biller.today(), waiting)[asked.show])
    if not asked.q:
        return _sorted(links, asked.sort)
    strict = links.filter(_matches(asked.q))
    if matching or (matching is None and strict.exists()):
        return _ranked(strict, asked)
    # Search inside words only if no number and no word begins like this.
    return _ranked(links.filter(_contains(asked.q)), asked)


def _ranked(links: LinkedAccountQuerySet, asked: Asked) -> LinkedAccountQuerySet:
    if asked.sort:
        return _sorted(links, asked.sort)
    return links.annotate(rank=_rank(asked.q)).order_by("rank", *BY_DUE_DATE)


def _sorted(links: LinkedAccountQuerySet, name: str) -> LinkedAccountQuerySet:
    if name == "name":
        links = links.annotate(
            nickname_or_address=Case(
                When(nickname="", then=F("account__address")), default="nickname"
            )
        )
    return links.order_by(*ORDERS.get(name, BY_DUE_DATE))


def _matches(text: str) -> Q:
    """Matches if the number begins like this, or every term begins a word; 7 does not match 70."""
    condition = Q(pk__in=[])
    if number := _number(text):
        condition |= Q(account__number_key__startswith=number)
        condition |= Q(account__number_key=account_key(text))
        condition |= Q(account__account_number__istartswith=text.strip())
    if _words(text):
        condition |= _every(text, "iregex", lambda word: rf"(^|\W){re.escape(word)}" + _end(word))
    return condition


def _contains(text: str) -> Q:
    number = plain_number(text)
    condition = Q(account__number_key__contains=number) if number else Q(pk__in=[])
    return condition | _every(text, "icontains", str)


def _every(text: str, lookup: str, pattern: Callable[[str], str]) -> Q:
    """Matches if each word is in the nickname, the address, or the name."""

    def says(field: str, words: list[str]) -> Q:
        return Q(*[(f"{field}__{lookup}", pattern(word)) for word in words])

    condition = Q()
    for word in text.split()[:WORDS]:
        written = _words(word) or [word]
        said = says("nickname", written) | says("account__address", written)
        if name := search_key(word).split()[:WORDS]:
            said |= says("account__name_key", name)
        condition &= said
    return condition


def _rank(text: str) -> Case:
    """Sorts exact matches first, then those that begin with the search."""
    said, number = text.strip(), _number(text)
    exact = Q(nickname__iexact=said) | Q(account__address__iexact=said)
    begins = Q(nickname__istartswith=said) | Q(account__address__istartswith=said)
    if number:
        exact |= Q(account__number_key=account_key(text))
        begins |= Q(account__number_key__startswith=number)
    holds = Q(nickname__icontains=said) | Q(account__address__icontains=said)
    whens = [When(exact, then=0), When(begins, then=1), When(holds, then=2)]
    return Case(*whens, default=Value(3), output_field=IntegerField())


def _number(text: str) -> str:
    """Returns the beginning of an account number in its normal form, or "" if it is none."""
    number = NUMBERS.searched(text, is_prefix=True)
    is_one = len(number) >= SHORTEST_NUMBER and any(sign.isdigit() for sign in number)
    return number if is_one else ""


def _words(text: str) -> list[str]:
    """Returns letters and digits only, which have no special meaning in a pattern."""
    return re.findall(r"\w+", text)[:WORDS]


def _end(word: str) -> str:
    return r"(\W|$)" if word.isdecimal() else ""


NUMBERS = AccountKeyField()
