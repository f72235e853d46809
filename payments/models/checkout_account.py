"""The accounts that a checkout is meant to pay."""

from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, UtilityAccount
from payments.models.postback import Postback, PostbackQuerySet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payments.models.checkout import Checkout

MOST_ACCOUNTS = 50  # of one checkout: the page that confirms them stays readable


class AccountFacts(NamedTuple):
    """What is known about the accounts of a new checkout, by primary key. owed: dollars. owners:
    the primary key of the member whose helper pays."""

    owed: Mapping[int, Decimal] = MappingProxyType({})
    owners: Mapping[int, int] = MappingProxyType({})


def digest_of(accounts: "Iterable[int]") -> str:
    """Returns a digest of the accounts (primary keys), whatever their order."""
    return sha256(",".join(map(str, sorted(accounts))).encode()).hexdigest()


def about_outer_account() -> PostbackQuerySet:
    """Returns the postbacks that may be about the outer account of a checkout."""
    about = Q(account=OuterRef("account")) | Q(account=None)
    found: PostbackQuerySet = Postback.objects.filter(about, checkout=OuterRef("checkout"))
    return found


class CheckoutAccountQuerySet(models.QuerySet["CheckoutAccount"]):
    def unpaid(self) -> "CheckoutAccountQuerySet":
        """Returns those without a payment."""
        paid = self.model._meta.apps.get_model("payments", "Payment").objects.filter(
            checkout=OuterRef("checkout"), account=OuterRef("account")
        )
        return self.filter(~Exists(paid))

    def silent(self) -> "CheckoutAccountQuerySet":
        """Returns those about which nothing is known: neither a payment, nor a postback that may be
        about the account and is still relevant."""
        return self.unpaid().filter(~Exists(about_outer_account().telling()))


class CheckoutAccountManager(models.Manager.from_queryset(CheckoutAccountQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> CheckoutAccountQuerySet:
        """Returns each with its account, which is always needed too."""
        every: CheckoutAccountQuerySet = super().get_queryset().select_related("account")
        return every

    def add(
        self, checkout: "Checkout", accounts: "Iterable[UtilityAccount]", facts: AccountFacts
    ) -> None:
        """Saves the accounts of a new checkout, in this order, and what is known about them."""
        self.bulk_create(
            self.model(
                checkout=checkout,
                account=account,
                on_behalf_of_id=facts.owners.get(account.pk),
                by_helper=account.pk in facts.owners,
                owed=facts.owed.get(account.pk),
                position=position,
            )
            for position, account in enumerate(accounts)
        )


class CheckoutAccount(models.Model):
    """One account of a checkout, in the order in which the customer chose them. Written with the
    checkout, and never changed."""

    checkout = models.ForeignKey(
        "payments.Checkout", models.CASCADE, related_name="parts", verbose_name=_("checkout")
    )
    account = models.ForeignKey(
        UtilityAccount, models.PROTECT, related_name="+", verbose_name=_("account")
    )
    # The member whose helper pays: the payer's right comes from this owner
    # (`accounts.models.helpers`).
    on_behalf_of = models.ForeignKey(
        Member,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="paid_by_helpers",
        verbose_name=_("on behalf of"),
    )
    by_helper = models.BooleanField(_("by a helper"), default=False, editable=False)
    position = models.PositiveSmallIntegerField(_("position"))
    # What the portal knew. On the payment page, the customer may have entered something else.
    owed = models.DecimalField(
        _("amount due when the payment page opened"), max_digits=12, decimal_places=2, null=True
    )

    objects = CheckoutAccountManager()

    class Meta:
        verbose_name = _("account of a checkout")
        verbose_name_plural = _("accounts of a checkout")
        default_permissions = ()
        ordering = ["checkout", "position"]
        constraints = [
            models.UniqueConstraint(fields=["checkout", "account"], name="account_once_a_checkout"),
        ]
        indexes = [models.Index(fields=["account", "checkout"], name="checkouts_of_account")]

    def __str__(self) -> str:
        return str(self.account)


def silent_accounts() -> CheckoutAccountQuerySet:
    """Returns those of the outer checkout about which nothing is known."""
    found: CheckoutAccountQuerySet = CheckoutAccount.objects.silent()
    return found.filter(checkout=OuterRef("pk"))
