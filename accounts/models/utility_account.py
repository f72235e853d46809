"""Accounts imported from the CIS."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from uuid import UUID

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.masks import number_ending
from accounts.models.account_numbers import AccountKeyField, fitting
from accounts.models.search_indexes import NameKeyField, PhoneKey, TrigramIndex
from backoffice.audit.registry import Audited
from icsso.billers.models import Biller
from icsso.client.parsing import account_key, without_label

if TYPE_CHECKING:
    from accounts.models.linked_account import LinkedAccountQuerySet

PATTERN = "varchar_pattern_ops"  # PostgreSQL's; others do without
KEYS = {"account_number": "number_key", "name": "name_key"}
BATCH = 500  # values in one query: databases accept some tens of thousands
T = TypeVar("T")


class Named(NamedTuple):
    """The account that a number names."""

    pk: int
    account_number: str
    closed_at: datetime | None
    has_changed_hands: bool  # Invoice Cloud may continue to list it for the former customer


class AccountQuerySet(models.QuerySet["UtilityAccount"]):
    """Use it on the accounts of one biller: numbers are unique only there."""

    def for_number(self, typed: str) -> "UtilityAccount | None":
        """Returns the account with this number, in any spelling and with or without a label like
        "Acct."; None if no account fits, or several do."""
        spellings = {account_key(each): each for each in (typed, without_label(typed))}
        spellings.pop("", None)
        sharing: defaultdict[str, dict[str, UtilityAccount]] = defaultdict(dict)
        for account in self.filter(number_key__in=spellings):
            sharing[account.number_key][account.account_number] = account
        found = (fitting(each, sharing[key]) for key, each in spellings.items())
        return next((account for account in found if account), None)

    def for_numbers(self, numbers: Iterable[str]) -> dict[str, Named]:
        """Returns the accounts by the given numbers, as other systems write them, with a query for
        each 500. Numbers that no account or several accounts fit are left out."""
        given = {number: number for number in numbers}
        found = self._spelled(given)
        others = {number: without_label(number) for number in given.keys() - found.keys()}
        labeled = {number: plain for number, plain in others.items() if plain != number}
        return found | self._spelled(labeled)

    def _spelled(self, spellings: Mapping[str, str]) -> dict[str, Named]:
        keys = {number: account_key(spelling) for number, spelling in spellings.items()}
        sharing = self.by_key(set(keys.values()) - {""})
        found = {
            number: fitting(spelling, sharing.get(keys[number], {}))
            for number, spelling in spellings.items()
        }
        return {number: named for number, named in found.items() if named}

    def unchanged(self, accounts: Collection[int]) -> set[int]:
        """Locks these accounts (primary keys) until the end of the transaction, and returns those
        that still have the same customer. An import that gives one to another customer waits, and
        then finds what was done with it."""
        unchanged: set[int] = set()
        for batch in _batches(sorted(accounts)):
            # Read again after locking: the lock may have waited for a change.
            list(self.select_for_update().filter(pk__in=batch).order_by("pk").values_list("pk"))
            rows = self.filter(pk__in=batch, customer_changes=None).order_by()
            unchanged.update(rows.values_list("pk", flat=True))
        return unchanged

    def by_key(self, keys: Collection[str]) -> Mapping[str, Mapping[str, Named]]:
        """Returns the accounts by normal form, and then by account number."""
        sharing: defaultdict[str, dict[str, Named]] = defaultdict(dict)
        for batch in _batches(sorted(keys)):
            changes = CustomerChange.objects.filter(account=models.OuterRef("pk"))
            rows = self.filter(number_key__in=batch).order_by()
            rows = rows.annotate(has_changed_hands=models.Exists(changes))
            facts = ("number_key", "pk", "account_number", "closed_at", "has_changed_hands")
            for key, *values in rows.values_list(*facts):
                named = Named(*values)
                sharing[key][named.account_number] = named
        return sharing


class UtilityAccount(Audited, models.Model):
    """An account in the biller's CIS. Imported, and never edited by customers."""

    biller = models.ForeignKey(
        Biller, models.PROTECT, related_name="accounts", verbose_name=_("biller")
    )
    account_number = models.CharField(_("account number"), max_length=50)
    number_key = AccountKeyField()
    name = models.CharField(_("name"), max_length=150)
    name_key = NameKeyField()
    address = models.CharField(_("service address"), max_length=150, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    state = models.CharField(_("state"), max_length=20, blank=True)
    zip = models.CharField(_("ZIP code"), max_length=10, blank=True)
    email = models.EmailField(_("email"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    # No longer in the CIS. It may still owe money, so customers can use it as before.
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)
    # The CIS has posted every payment of the account up to and including this day.
    posted_through = models.DateField(
        _("payments posted through"), null=True, blank=True, editable=False
    )
    # Once Invoice Cloud has given it, we don't ask again.
    customer_guid = models.UUIDField(_("CustomerGUID"), null=True, blank=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("utility account")
        verbose_name_plural = _("utility accounts")
        ordering = ["account_number"]
        constraints = [
            models.UniqueConstraint(
                fields=["biller", "account_number"], name="one_account_per_number"
            ),
        ]
        # For prefix searches, whatever the database's collation.
        indexes = [
            models.Index(fields=["account_number"], opclasses=[PATTERN], name="accounts_by_number"),
            models.Index(
                fields=["number_key", "biller"],
                opclasses=[PATTERN, "int8_ops"],
                name="accounts_by_key",
            ),
            models.Index(fields=["name_key"], opclasses=[PATTERN], name="accounts_by_name"),
            models.Index(fields=["address"], opclasses=[PATTERN], name="accounts_by_address"),
            models.Index(fields=["email"], name="accounts_by_email"),
            models.Index(PhoneKey("phone"), name="accounts_by_phone"),
            TrigramIndex(fields=["name_key"], name="accounts_by_words_of_name"),
            TrigramIndex(fields=["address"], name="accounts_by_words_of_addr"),
        ]

    def __str__(self) -> str:
        return self.account_number

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        if update_fields is not None:
            update_fields = self.with_keys(update_fields)
        super().save(*args, update_fields=update_fields, **options)

    @staticmethod
    def with_keys(fields: Iterable[str]) -> list[str]:
        """Returns the names of fields to update, with those that hold their normal forms."""
        return [each for name in fields for each in (name, KEYS.get(name)) if each]

    @property
    def links(self) -> "LinkedAccountQuerySet":
        """Returns the linked accounts of members who see it. `all_links` includes the others."""
        return self.all_links.standing()

    def is_named(self, number: str) -> bool:
        """Returns whether another system means this account, and no other, by the number."""
        if number == self.account_number:
            return True
        if self.number_key not in {account_key(number), account_key(without_label(number))}:
            return False
        named = self.biller.accounts.for_numbers([number]).get(number)
        return named is not None and named.pk == self.pk

    @property
    def masked_number(self) -> str:
        """Returns the number for pages anyone can open. It follows the word “account”."""
        return gettext("ending in %s") % self.number_ending

    @property
    def number_ending(self) -> str:
        return number_ending(self.account_number)

    def learn_guid(self, guid: UUID | None) -> None:
        """Saves the GUID, unless the CIS has changed the name since this was read: then it may be
        the former customer's."""
        if guid and guid != self.customer_guid:
            self.customer_guid = guid
            same = UtilityAccount.objects.filter(pk=self.pk, name=self.name)
            same.update(customer_guid=guid)

    def forget_guid(self) -> None:
        self.customer_guid = None
        self.save(update_fields=["customer_guid"])


class CustomerChange(models.Model):
    """An account that the CIS gave to another customer, who must not see earlier data."""

    account = models.ForeignKey(
        UtilityAccount,
        models.CASCADE,
        related_name="customer_changes",
        verbose_name=_("account"),
    )
    at = models.DateTimeField(_("since"), default=timezone.now)
    before = models.CharField(_("customer before"), max_length=150)
    after = models.CharField(_("customer since then"), max_length=150)

    class Meta:
        verbose_name = _("change of customer")
        verbose_name_plural = _("changes of customer")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M}"


def _batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    return (values[start : start + BATCH] for start in range(0, len(values), BATCH))
