"""The checkout and its state machine: the facts, how they may change, and the status derived from
them in `checkout_status`. Diagram: docs/state-machines.md, "Checkout".
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, StaffUser, UtilityAccount
from backoffice.audit.registry import Audited
from icsso.billers.encryption import EncryptedTextField
from icsso.billers.models import Biller
from payments.models.biller_reference import new_biller_reference
from payments.models.checkout_account import (
    AccountFacts,
    CheckoutAccount,
    digest_of,
    silent_accounts,
)
from payments.models.checkout_status import Ago, Status, status_at, status_in_sql, statuses_at
from payments.models.postback import Postback

__all__ = ["Checkout", "CheckoutQuerySet", "Status"]
NOTHING = AccountFacts()
# As constraints: for a unique text column, Django would also index prefixes (LIKE).
UNIQUE = ("address", "biller_reference", "postback_digest", "return_digest")


class CheckoutQuerySet(models.QuerySet["Checkout"]):
    def begin(
        self, accounts: Sequence[UtilityAccount], known: AccountFacts = NOTHING, **facts: Any
    ) -> "Checkout":
        """Saves a checkout with its accounts, in this order, and what is known about them.

        Raises IntegrityError if the visitor has a current one with the same accounts.
        """
        digest = digest_of(account.pk for account in accounts)
        with transaction.atomic():
            begun = self.create(accounts_digest=digest, **facts)
            CheckoutAccount.objects.add(begun, accounts, known)
        return begun

    def with_accounts(self) -> "CheckoutQuerySet":
        """For lists that name the accounts."""
        return self.prefetch_related("parts")

    def with_deciding_postbacks(self) -> "CheckoutQuerySet":
        """For lists: prefetches what the status depends on, and the accounts. Repeated postbacks
        never matter, and anyone who knows the address can send any number of them."""
        deciding = Postback.objects.exclude(verdict=Postback.Verdict.REPEATED)
        return self.with_accounts().prefetch_related(
            Prefetch("postbacks", deciding.prefetch_related("decisions")),
            "payments__lines__reversal_lines",
        )

    def of_accounts(self, accounts: Any) -> "CheckoutQuerySet":
        """Returns those that are to pay one of the accounts."""
        own = CheckoutAccount.objects.filter(checkout=OuterRef("pk"), account__in=accounts)
        return self.filter(Exists(own))

    def with_status(self, now: datetime | None = None) -> Any:
        """Annotates `status_value`: `Checkout.status`, computed by the database."""
        ages = (Checkout.LAUNCH_TIMEOUT, Checkout.UNCONFIRMED_AFTER)
        launched_by, settled_by = (now - age if now else Ago(age) for age in ages)
        timed_out = Q(launched_at=None, created_at__lt=launched_by)
        status = status_in_sql(timed_out=timed_out, too_old=Q(created_at__lt=settled_by))
        return self.annotate(status_value=status)

    def unconfirmed(self) -> "CheckoutQuerySet":
        """Returns unconfirmed ones with an account without postback and payment."""
        return self.filter(Exists(silent_accounts()), unconfirmed_at__isnull=False)

    def to_check(self) -> "CheckoutQuerySet":
        """Returns the unconfirmed ones that no staff user has looked at."""
        return self.unconfirmed().filter(checked_at=None)


class Checkout(Audited, models.Model):
    """One launch of Cloud Payments V2 for its accounts, written before Invoice Cloud is called.

    Its status is derived from facts, never stored. Facts change only through the methods below.
    Each is one conditional update, so it is safe whatever another process does at the same time.
    """

    REUSABLE_FOR = timedelta(minutes=10)  # the same hosted page is offered again
    # Longer than any launch: if there is no outcome after that, it has failed.
    LAUNCH_TIMEOUT = timedelta(seconds=30)
    RECENT = timedelta(minutes=15)  # the customer is warned before starting another
    UNCONFIRMED_AFTER = timedelta(minutes=60)

    class Kind(models.TextChoices):
        GUEST = "guest", _("guest payment")
        QUICK = "quick", _("quick payment")

    class Failure(models.TextChoices):
        UNAVAILABLE = "unavailable", _("Invoice Cloud was not available")
        REFUSED = "refused", _("Invoice Cloud refused the request")
        ERROR = "error", _("wrong settings or unreadable response")

    biller = models.ForeignKey(
        Biller, models.PROTECT, related_name="checkouts", verbose_name=_("biller"), db_index=False
    )
    accounts = models.ManyToManyField(
        UtilityAccount,
        through=CheckoutAccount,
        related_name="checkouts",
        verbose_name=_("accounts"),
    )
    # Covers the accounts in any order, for the unique key.
    accounts_digest = models.CharField(max_length=64, editable=False)
    member = models.ForeignKey(
        Member,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="checkouts",
        verbose_name=_("member"),
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices)
    # Who started it: a member, or a guest's browser. Each has one current checkout for the same
    # accounts, which is offered again until it has a result (`retire`).
    visitor = models.CharField(max_length=64)
    is_current = models.BooleanField(_("current"), default=True)

    # The unguessable part of the customer's addresses (/pay/<address>/).
    address = models.CharField(max_length=64)
    biller_reference = models.CharField(
        _("biller reference"), max_length=40, default=new_biller_reference
    )
    # SHA-256 of the tokens in PostBackURL and ReturnURL (`accounts.tokens`).
    postback_digest = models.CharField(max_length=64)
    return_digest = models.CharField(max_length=64)
    hosted_url = EncryptedTextField(blank=True)
    with_token = models.BooleanField(default=False, editable=False)  # of the member's sign-in

    created_at = models.DateTimeField(_("created"), default=timezone.now, db_index=True)
    launched_at = models.DateTimeField(_("payment page opened"), null=True, blank=True)
    failed_at = models.DateTimeField(_("could not be opened"), null=True, blank=True)
    failure = models.CharField(
        _("reason for failure"), max_length=11, choices=Failure.choices, blank=True
    )
    # Invoice Cloud's message, for staff.
    failure_note = models.CharField(_("message from Invoice Cloud"), max_length=200, blank=True)
    returned_at = models.DateTimeField(_("customer came back"), null=True, blank=True)
    unconfirmed_at = models.DateTimeField(_("marked unconfirmed"), null=True, blank=True)
    # A staff user looked for the payment, at Invoice Cloud or elsewhere, and found none.
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)
    checked_by = models.ForeignKey(
        StaffUser,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("checked by"),
        db_index=False,
    )
    checked_note = models.CharField(_("what was found out"), max_length=200, blank=True)

    objects = CheckoutQuerySet.as_manager()

    class Meta:
        verbose_name = _("checkout")
        verbose_name_plural = _("checkouts")
        permissions = [("export_checkout", "Can export checkouts")]
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["visitor", "accounts_digest"],
                condition=Q(is_current=True),
                name="one_current_checkout",
            ),
            *(models.UniqueConstraint(fields=[name], name=f"one_{name}") for name in UNIQUE),
        ]
        indexes = [
            models.Index(fields=["biller", "created_at"], name="checkouts_of_biller"),
            models.Index(fields=["member", "created_at"], name="checkouts_of_member"),
            models.Index(
                fields=["created_at"],
                condition=Q(unconfirmed_at__isnull=False),
                name="checkouts_unconfirmed",
            ),
            models.Index(
                fields=["biller", "created_at"],
                condition=Q(unconfirmed_at__isnull=False, checked_at__isnull=True),
                name="checkouts_to_check",
            ),
            models.Index(
                fields=["checked_by"],
                condition=Q(checked_by__isnull=False),
                name="checkouts_checked_by",
            ),
        ]

    def __str__(self) -> str:
        return self.biller_reference

    @property
    def is_guest(self) -> bool:
        return self.kind == self.Kind.GUEST

    @cached_property
    def ordered_accounts(self) -> list[UtilityAccount]:
        """Returns the accounts in the order in which the customer chose them."""
        return [part.account for part in self.ordered_parts]

    @cached_property
    def ordered_parts(self) -> list[CheckoutAccount]:
        return list(self.parts.all())

    @cached_property
    def helped(self) -> frozenset[int]:
        """Returns the accounts (primary keys) that belong to another member, who is helped."""
        return frozenset(part.account_id for part in self.ordered_parts if part.by_helper)

    def account_named(self, number: str) -> UtilityAccount | None:
        """Returns which of its accounts Invoice Cloud means by a number. Without a number, returns
        the only account, or None if there are several."""
        accounts = self.ordered_accounts
        if not number:
            return accounts[0] if len(accounts) == 1 else None
        return next((account for account in accounts if account.is_named(number)), None)

    def age(self, *, at: datetime | None = None) -> timedelta:
        return (at or timezone.now()) - self.created_at

    def has_timed_out(self, *, at: datetime | None = None) -> bool:
        """Whether the launch was interrupted: its outcome was never recorded."""
        return self.launched_at is None and self.age(at=at) > self.LAUNCH_TIMEOUT

    def is_reusable(self) -> bool:
        return self.is_current and self.age() < self.REUSABLE_FOR and not self.has_timed_out()

    # Transitions. What postbacks and staff decisions add is in `models.postback` and
    # `postbacks.recording`.

    def mark_opened(self, hosted_url: str) -> bool:
        """Invoice Cloud provided its hosted page. Returns whether the checkout was still launching.
        A payment that is already recorded keeps the page closed; one that is being recorded has the
        lock."""
        launching = Q(launched_at=None, failed_at=None, payments=None)
        with transaction.atomic():
            Checkout.objects.select_for_update(no_key=True).get(pk=self.pk)
            return self._change(launching, hosted_url=hosted_url, launched_at=timezone.now())

    def mark_failed(self, failure: Failure, note: str = "") -> bool:
        """Invoice Cloud provided no page. Returns whether the checkout was still launching."""
        return self._change(
            Q(launched_at=None, failed_at=None),
            failed_at=timezone.now(),
            failure=failure,
            failure_note=note[:200],
            is_current=False,
        )

    def mark_returned(self) -> bool:
        """The customer's browser came back. Returns whether it was the first time."""
        return self._change(Q(returned_at=None), returned_at=timezone.now(), is_current=False)

    def retire(self) -> bool:
        """The next request launches a new checkout. The hosted page stays; postbacks count."""
        return self._change(Q(is_current=True), is_current=False)

    def mark_checked(self, *, by: StaffUser, note: str) -> bool:
        """A staff user found no payment. The status stays, and a late postback counts. Returns
        whether it was still unconfirmed and not checked."""
        waiting = Checkout.objects.to_check().filter(pk=self.pk)
        return bool(waiting.update(checked_at=timezone.now(), checked_by=by, checked_note=note))

    def close_or_retire(self) -> bool:
        """A payment was recorded. Once all are paid, the hosted page is closed."""
        is_only = len(self.ordered_parts) == 1
        is_paid = is_only or not CheckoutAccount.objects.unpaid().filter(checkout=self).exists()
        return self._change(Q(), is_current=False, **({"hosted_url": ""} if is_paid else {}))

    def _change(self, condition: Q, **facts: Any) -> bool:
        """Saves the facts if the condition holds in the database. Returns whether it did."""
        if not Checkout.objects.filter(condition, pk=self.pk).update(**facts):
            return False
        for name, value in facts.items():
            setattr(self, name, value)
        return True

    @property
    def status(self) -> Status:
        return self.status_at(None)

    def status_at(self, moment: datetime | None) -> Status:
        """Returns the status at a past moment, or now for None."""
        return status_at(self, moment)

    def statuses(self) -> dict[int, Status]:
        """Returns the status of each account by its key, in their order."""
        return statuses_at(self)
