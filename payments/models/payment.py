"""Payments and the invoices they paid."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import UtilityAccount
from icsso.billers.models import Biller
from payments.models.checkout import Checkout
from payments.models.payment_state import PaymentState
from payments.models.postback import Postback
from payments.models.sums import cents

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from payments.models.reversal import Reversal, ReversalLine

ZERO = Decimal("0.00")


class PaymentQuerySet(models.QuerySet["Payment"]):
    def with_net(self) -> "PaymentQuerySet":
        """For lists: prefetches what the net amounts and the state depend on."""
        return self.prefetch_related("lines__reversal_lines")

    def with_reversals(self) -> "PaymentQuerySet":
        """Like `with_net`, with what the sentences about a payment depend on."""
        return self.with_net().prefetch_related("reversals")


class SummedLines(models.Model):
    """The amount, fee, and total of a payment or a reversal: the sums of its lines."""

    lines: "RelatedManager[PaymentLine] | RelatedManager[ReversalLine]"

    class Meta:
        abstract = True

    @property
    def amount(self) -> Decimal:
        return sum((line.amount for line in self.lines.all()), ZERO)

    @property
    def fee(self) -> Decimal:
        return sum((line.fee for line in self.lines.all()), ZERO)

    @property
    def total(self) -> Decimal:
        return self.amount + self.fee


class Payment(SummedLines):
    """Money that was received for one account, and how the portal knows about it.

    One PaymentGUID of Invoice Cloud may pay several accounts: then each has a payment of its own.
    Never edited, except that a payment from Invoice Cloud's list may get the checkout that a later
    postback names. Created only in `payments.postbacks.recording` and
    `payments.reconciliation.resolution`. What became of it since is in its reversals.
    """

    State = PaymentState

    class Source(models.TextChoices):
        POSTBACK = "postback", _("a postback")
        DECISION = "decision", _("a staff decision")
        RECONCILIATION = "reconciliation", _("Invoice Cloud's list of payments")

    biller = models.ForeignKey(
        Biller, models.PROTECT, related_name="payments", verbose_name=_("biller")
    )
    # None if the payment is known only from Invoice Cloud's list.
    checkout = models.ForeignKey(
        Checkout,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        verbose_name=_("checkout"),
    )
    source = models.CharField(
        _("source"), max_length=14, choices=Source.choices, default=Source.POSTBACK
    )
    account = models.ForeignKey(
        UtilityAccount, models.PROTECT, related_name="payments", verbose_name=_("account")
    )
    payment_guid = models.UUIDField(_("PaymentGUID"))
    paid_at = models.DateTimeField(_("paid"))
    # The card's brand as Invoice Cloud names it; empty if it gave none.
    method = models.CharField(_("method"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("recorded"), default=timezone.now, db_index=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        permissions = [
            ("export_payment", "Can export payments"),
            ("view_reports", "Can view reports"),
            ("reverse_payment", _("Can record what became of a payment, and withdraw it")),
        ]
        ordering = ["-paid_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["biller", "payment_guid", "account"], name="one_payment_per_guid"
            ),
            models.UniqueConstraint(
                fields=["checkout", "account"], name="account_paid_once_a_checkout"
            ),
            models.CheckConstraint(
                condition=Q(source="reconciliation") | Q(checkout__isnull=False),
                name="payment_has_a_checkout_or_a_list",
            ),
        ]
        indexes = [
            models.Index(fields=["paid_at"], name="payments_by_day"),
            models.Index(fields=["biller", "paid_at"], name="payments_of_biller"),
            models.Index(fields=["payment_guid"], name="payments_by_guid"),
            models.Index(fields=["account", "paid_at"], name="payments_of_account"),
        ]

    def __str__(self) -> str:
        return str(self.payment_guid)

    @property
    def is_posted(self) -> bool:
        """Whether the CIS reports that it has posted the payment as it is now. Never for a reversed
        payment.

        The CIS could not post it before it was recorded here, whatever day it was paid.
        """
        through = self.account.posted_through
        if through is None or self.is_reversed:
            return False
        return timezone.localdate(self._last_recorded_at, self.account.biller.zone) <= through

    @property
    def _last_recorded_at(self) -> datetime:
        records = (*self.lines.all(), *self.reversals.all())
        last: datetime = max([self.created_at, *(each.recorded_at for each in records)])
        return last

    @property
    def net_amount(self) -> Decimal:
        """Returns the amount less what was reversed."""
        return sum((line.net_amount for line in self.lines.all()), ZERO)

    @property
    def net_fee(self) -> Decimal:
        return sum((line.net_fee for line in self.lines.all()), ZERO)

    @property
    def net_total(self) -> Decimal:
        return self.net_amount + self.net_fee

    @property
    def reversed_total(self) -> Decimal:
        """Returns what was taken back, fees included, as a negative amount or zero."""
        return self.net_total - self.total

    @property
    def state(self) -> PaymentState:
        if not self.reversed_total:
            return self.State.RECEIVED
        return self.State.PARTLY_REVERSED if self.net_amount > 0 else self.State.REVERSED

    @property
    def is_reversed(self) -> bool:
        """Whether nothing of its amount is left; the fee may have been kept. For lists, the
        database computes it with `sums.is_reversed`."""
        return self.state == self.State.REVERSED

    def was_reversed(self, *, at: datetime) -> bool:
        """Whether nothing was left of its present amount, by what had been recorded then."""
        earlier = [each for each in self.reversals.all() if each.recorded_at <= at]
        return bool(earlier) and self.amount + sum(each.amount for each in earlier) <= 0

    @property
    def last_reversal(self) -> "Reversal | None":
        """Returns the last reversal that was not taken back itself. One with nothing but a fee says
        less about the payment than any other."""
        every: list[Reversal] = list(self.reversals.all())
        taken_back = {each.reinstates_id for each in every}
        standing = [each for each in every if not each.reinstates_id and each.pk not in taken_back]
        lines = [one for line in self.lines.all() for one in line.reversal_lines.all()]
        of_amounts = {one.reversal_id for one in lines if one.amount}
        return max(standing, key=lambda each: (each.pk in of_amounts, each.pk), default=None)

    @property
    def can_be_withdrawn(self) -> bool:
        """Whether staff added or accepted it. What Invoice Cloud approved cannot be withdrawn."""
        return self.source != self.Source.POSTBACK


class PaymentLineQuerySet(models.QuerySet["PaymentLine"]):
    def with_cents_left(self) -> Any:
        """Annotates `cents_left`: the amount less what was reversed, computed by the database."""
        own = self.model._default_manager.filter(pk=OuterRef("pk")).order_by().values("pk")
        taken = own.annotate(taken=Sum(cents("reversal_lines__amount"))).values("taken")
        return self.annotate(cents_left=cents("amount") + Coalesce(Subquery(taken), 0))


class PaymentLine(models.Model):
    """One invoice of a payment, from one postback or from Invoice Cloud's list."""

    payment = models.ForeignKey(
        Payment, models.PROTECT, related_name="lines", verbose_name=_("payment")
    )
    # A staff user may divide an invoice among accounts if the postback names none of several.
    postback = models.ForeignKey(
        Postback,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="lines",
        verbose_name=_("postback"),
    )
    invoice_number = models.CharField(_("invoice"), max_length=60, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    fee = models.DecimalField(_("fee"), max_digits=12, decimal_places=2)
    # Later than the payment's if a further postback named another invoice.
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now, db_index=True)

    objects = PaymentLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("paid invoice")
        verbose_name_plural = _("paid invoices")
        constraints = [
            models.UniqueConstraint(fields=["payment", "invoice_number"], name="invoice_paid_once"),
        ]
        indexes = [models.Index(fields=["invoice_number"], name="paid_invoices_by_number")]

    def __str__(self) -> str:
        return f"{self.invoice_number} {self.amount}"

    @property
    def net_amount(self) -> Decimal:
        """Returns the amount less what was reversed."""
        return self.amount + sum((one.amount for one in self.reversal_lines.all()), ZERO)

    @property
    def net_fee(self) -> Decimal:
        return self.fee + sum((one.fee for one in self.reversal_lines.all()), ZERO)
