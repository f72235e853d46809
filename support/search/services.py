"""One search over customers, accounts, payments, and checkouts. Each of its queries asks for only a
few rows and is answered by an index (on PostgreSQL)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.urls import reverse

from accounts.models import LinkedAccount, Member, Signup, UtilityAccount
from accounts.models.search_indexes import PhoneKey, phone_key
from icsso.billers.models import Biller
from icsso.client.parsing import account_key, email_address, plain_number, without_label
from icsso.client.plain_signs import plain_signs, search_key
from payments.models import Checkout, Payment, PaymentLine, Postback
from payments.search.services import read_guid

MOST = 10  # of each kind: if there are more, the page asks for a longer term
SHORTEST_PREFIX = SHORTEST_WORD = 3
Billers = QuerySet[Biller]
May = Callable[[str], bool]  # whether a permission is granted


class Found(NamedTuple):
    """members: those who have linked the account, if the staff user may see them."""

    account: UtilityAccount
    members: list[Member]


@dataclass
class Results:
    """A list is also empty if the staff user may not see its kind."""

    members: list[Member] = field(default_factory=list)
    accounts: list[Found] = field(default_factory=list)
    signups: list[Signup] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    checkouts: list[Checkout] = field(default_factory=list)
    is_cut_off: bool = False

    def lists(self) -> list[list[Any]]:
        return [self.members, self.accounts, self.signups, self.payments, self.checkouts]

    def only_page(self) -> str:
        """Returns the URL of the only page found; "" if there are none or several."""
        if len(self.members) == 1 and self._are_of(self.members[0]):
            return _page("accounts_member", self.members[0])
        if sum(map(len, self.lists())) != 1:
            return ""
        if self.accounts:
            return _page("accounts_utilityaccount", self.accounts[0].account)
        [one] = [row for rows in self.lists() for row in rows]
        return _page(f"{one._meta.app_label}_{one._meta.model_name}", one)

    def _are_of(self, member: Member) -> bool:
        """Whether everything else that was found is on this member's page."""
        own = all(member in found.members for found in self.accounts)
        signups = all(signup.member_id == member.pk for signup in self.signups)
        return own and signups and not self.payments and not self.checkouts


def _page(name: str, row: Any) -> str:
    return reverse(f"admin:{name}_change", args=[row.pk])


def search(term: str, billers: Billers, may: May) -> Results:
    """Searches by account number in any spelling, email, phone number, words of a name or of a
    service address, biller reference, PaymentGUID, or invoice number."""
    term = " ".join(term.split())
    keys = list(billers.values_list("pk", flat=True))
    if guid := read_guid(term):
        return _by_guid(guid, keys, may)
    results = Results()
    if may("payments.view_checkout"):
        results.checkouts = list(_checkouts(keys).filter(biller_reference=plain_number(term)))
    if may("payments.view_payment"):
        results.payments = _by_invoice(term, keys)
    if "@" in term:
        _by_email(term, keys, may, results)
    if may("accounts.view_utilityaccount"):
        results.accounts = _with_members(_accounts(term, keys), may)
    results.is_cut_off = any(len(rows) >= MOST for rows in results.lists())
    return results


def _checkouts(billers: list[int]) -> Any:
    return Checkout.objects.filter(biller__in=billers).with_accounts().select_related("biller")


def _payments(billers: list[int]) -> QuerySet[Payment]:
    own = Payment.objects.filter(biller__in=billers).select_related("account", "biller")
    return own.prefetch_related("lines__reversal_lines")


def _by_guid(guid: Any, billers: list[int], may: May) -> Results:
    results = Results()
    if may("payments.view_payment"):
        results.payments = list(_payments(billers).filter(payment_guid=guid)[:MOST])
    if may("payments.view_checkout") and not results.payments:
        named = Postback.objects.filter(payment_guid=guid, checkout__biller__in=billers)
        keys = set(named.order_by().values_list("checkout", flat=True)[:MOST])
        results.checkouts = list(_checkouts(billers).filter(pk__in=keys))
    return results


def _by_invoice(term: str, billers: list[int]) -> list[Payment]:
    plain = plain_signs(term)
    spelled = {term, plain, plain.upper()}
    lines = PaymentLine.objects.filter(invoice_number__in=spelled, payment__biller__in=billers)
    keys = list(lines.order_by().values_list("payment", flat=True)[:MOST])
    return list(_payments(billers).filter(pk__in=keys).order_by("-paid_at"))


def _by_email(term: str, billers: list[int], may: May, results: Results) -> None:
    email = {"biller__in": billers, "email": email_address(term)}
    if may("accounts.view_member"):
        members = Member.objects.filter(**email).select_related("biller")
        results.members = list(members.order_by()[:MOST])
    if may("accounts.view_signup"):
        signups = Signup.objects.filter(**email).select_related("biller", "account")
        results.signups = list(signups.order_by("-asked_at")[:MOST])


def _accounts(term: str, billers: list[int]) -> list[UtilityAccount]:
    """Returns the account with exactly this number; otherwise the accounts of all conditions."""
    own = UtilityAccount.objects.filter(biller__in=billers).select_related("biller")
    own = own.alias(phone_key=PhoneKey("phone"))
    found: dict[int, UtilityAccount] = {}
    for condition in (_whole(term), *_conditions(term)):
        # Sorted below: with `order_by`, the database would use the index of the order instead.
        more = own.filter(condition).order_by()[: MOST if len(found) < MOST else 0]
        found.update((account.pk, account) for account in more)
        if found and condition == _whole(term):
            break
    few = list(found.values())[:MOST]
    return sorted(few, key=lambda account: (account.account_number, account.pk))


def _whole(term: str) -> Q:
    """Whether the term is an email or a complete account number."""
    if "@" in term:
        return Q(email__in={term, term.lower(), email_address(term)})
    keys = {account_key(without_label(term)), account_key(term)} - {""}
    return Q(number_key__in=keys)


def _conditions(term: str) -> Iterator[Q]:
    """Returns conditions from the most certain to the broadest."""
    if "@" in term or len(term) < SHORTEST_PREFIX:
        return
    if phone := phone_key(term):
        yield Q(phone_key=phone)
    has_digits = any(sign.isdigit() for sign in term)
    if has_digits and (plain := plain_number(without_label(term))):
        yield Q(number_key__startswith=plain)
    name = search_key(term)
    if name:
        yield Q(name_key__startswith=name)
    spelled = {term, term.lower(), term.upper(), term.title()}
    yield Q(*[("address__startswith", text) for text in spelled], _connector=Q.OR)
    # The index uses groups of three letters: a shorter word alone would read all of it.
    longest = max(map(len, name.split()), default=0)
    if any(sign.isalpha() for sign in term) and longest >= SHORTEST_WORD:
        yield _words_of("name_key", name) | _words_of("address", term)


def _words_of(field: str, term: str) -> Q:
    """Matches all words in any case and order: the CIS may write the first name first."""
    return Q(*[(f"{field}__icontains", word) for word in term.split()])


def _with_members(accounts: list[UtilityAccount], may: May) -> list[Found]:
    if not may("accounts.view_member"):
        return [Found(account, []) for account in accounts]
    of: dict[int, list[Member]] = {account.pk: [] for account in accounts}
    links = LinkedAccount.objects.standing().filter(account__in=list(of)).select_related("member")
    for link in links.order_by("pk")[: MOST * MOST]:
        if len(of[link.account_id]) < MOST:
            of[link.account_id].append(link.member)
    return [Found(account, of[account.pk]) for account in accounts]
