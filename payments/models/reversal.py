"""Reversals: what became of a payment after it was received.

A payment is never edited. What is returned, refunded, voided, charged back, or withdrawn by a staff
user is a record of its own, and the net is the sum of both. Diagram: docs/state-machines.md,
"Payment".
"""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import Audited
from payments.models.append_only import AppendOnly, AppendOnlyQuerySet
from payments.models.payment import Payment, PaymentLine, SummedLines
from payments.models.postback import Postback
from payments.models.reconciliation_line import ReconciliationLine
from payments.models.reversal_kind import ReversalKind

ZERO = Decimal("0.00")


class ReversalQuerySet(AppendOnlyQuerySet):
    def in_effect(self) -> "ReversalQuerySet":
        """Returns reversals that were not taken back, without reinstatements."""
        return self.exclude(kind=Reversal.Kind.REINSTATED).filter(reinstatement=None)


class Reversal(Audited, SummedLines, AppendOnly):
    """One event that took back all or part of a payment, or gave it back again. Never edited or
    deleted. Created only in `payments.reversals.services`.

    Its amount, fee, and total are its effect on the payment: negative, or positive for a
    reinstatement.
    """

    Kind = ReversalKind

    class Source(models.TextChoices):
        POSTBACK = "postback", _("a postback")
        LIST = "list", _("Invoice Cloud's list of payments")
        STAFF = "staff", _("a staff user")

    path_to_biller = "payment.biller_id"

    payment = models.ForeignKey(
        Payment, models.PROTECT, related_name="reversals", verbose_name=_("payment")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    source = models.CharField(_("source"), max_length=8, choices=Source.choices)
    happened_at = models.DateTimeField(_("happened"))
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now, db_index=True)
    # Who recorded it, decided about the postback, or uploaded the list.
    by = models.ForeignKey(
        "accounts.StaffUser", models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    postback = models.OneToOneField(
        Postback,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reversal",
        verbose_name=_("postback"),
    )
    list_line = models.OneToOneField(
        ReconciliationLine,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reversal",
        verbose_name=_("line of the list"),
    )

    # The reversal that a reinstatement takes back, always as a whole and once.
    reinstates = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reinstatement",
        verbose_name=_("takes back"),
    )

    objects = ReversalQuerySet.as_manager()

    class Meta:
        verbose_name = _("reversal")
        verbose_name_plural = _("reversals")
        ordering = ["pk"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["happened_at"], name="reversals_by_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="reinstated", reinstates__isnull=False)
                | (~Q(kind="reinstated") & Q(reinstates=None)),
                name="only_a_reinstatement_takes_a_reversal_back",
            ),
            models.CheckConstraint(
                condition=(Q(source="postback") & Q(postback__isnull=False))
                | (Q(source="list") & Q(list_line__isnull=False))
                | (Q(source="staff") & ~Q(note="")),
                name="reversal_says_how_it_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"

    @property
    def is_in_effect(self) -> bool:
        """Whether it reduces the payment, because it has not been taken back itself."""
        return self.kind != self.Kind.REINSTATED and not hasattr(self, "reinstatement")


class ReversalLine(AppendOnly):
    """What a reversal takes from one invoice of the payment. Amounts are its effect: negative, or
    positive for a reinstatement."""

    reversal = models.ForeignKey(
        Reversal, models.PROTECT, related_name="lines", verbose_name=_("reversal")
    )
    payment_line = models.ForeignKey(
        PaymentLine, models.PROTECT, related_name="reversal_lines", verbose_name=_("paid invoice")
    )
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    fee = models.DecimalField(_("fee"), max_digits=12, decimal_places=2, default=ZERO)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("reversed invoice")
        verbose_name_plural = _("reversed invoices")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["reversal", "payment_line"], name="invoice_reversed_once_per_reversal"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_line.invoice_number} {self.amount}"
