"""Files built for the CIS, and the lines that each of them posts.

A line of a file records exactly what was sent to the CIS. The values are copied, because the
account's number and the payment's checkout can change later. So a file can be written again, with
the same bytes, for as long as the portal keeps it. Diagram: docs/state-machines.md, "Payment file".
"""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import Audited
from icsso.billers.models import Biller
from payments.models import PaymentLine
from payments.models.append_only import AppendOnly, AppendOnlyQuerySet
from payments.models.reversal import ReversalLine

ZERO = Decimal("0.00")


def _money(name: object) -> "models.DecimalField[Decimal, Decimal]":
    return models.DecimalField(name, max_digits=14, decimal_places=2, default=ZERO)  # type: ignore[arg-type]


class PostingFile(Audited, models.Model):
    """One built file. What it contains is never changed; only its delivery proceeds."""

    class State(models.TextChoices):
        BUILT = "built", _("not delivered yet")
        DELIVERED = "delivered", _("delivered")
        FAILING = "failing", _("delivery fails")

    biller = models.ForeignKey(
        Biller, models.PROTECT, related_name="posting_files", verbose_name=_("biller")
    )
    number = models.PositiveIntegerField(_("number"))
    name = models.CharField(_("file name"), max_length=150)
    day = models.DateField(_("day"))
    built_at = models.DateTimeField(_("built"), default=timezone.now)
    # `posting.models.layout.copy_of`
    layout = models.JSONField(_("layout"))
    payments = models.PositiveIntegerField(_("payment lines"), default=0)
    reversals = models.PositiveIntegerField(_("reversal lines"), default=0)
    amount = _money(_("amount"))
    fee = _money(_("fees"))
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    sha256 = models.CharField(_("SHA-256 digest"), max_length=64)

    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.BUILT)
    attempts = models.PositiveIntegerField(_("attempts to deliver"), default=0)
    # None once delivered. While a process delivers it, when another one may take over.
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=500, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    delivered_to = models.CharField(_("delivered to"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("payment file")
        verbose_name_plural = _("payment files")
        default_permissions = ("view",)
        permissions = [
            ("download_postingfile", "Can download payment files"),
            ("redeliver_postingfile", "Can have payment files delivered again"),
        ]
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["biller", "number"], name="one_file_per_number"),
            models.UniqueConstraint(fields=["biller", "name"], name="one_file_per_name"),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="files_to_deliver",
                condition=Q(next_attempt_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def lines_count(self) -> int:
        return self.payments + self.reversals

    @property
    def total(self) -> Decimal:
        return self.amount + self.fee


class PostedLine(AppendOnly):
    """One line of a file. Each paid and each reversed invoice has at most one, ever."""

    # The unique key with the number replaces an index of its own. PostgreSQL would choose that
    # index for a file without statistics, and sort the whole file each time.
    file = models.ForeignKey(PostingFile, models.PROTECT, related_name="lines", db_index=False)
    number = models.PositiveIntegerField(_("line"))  # from 1
    payment_line = models.OneToOneField(
        PaymentLine, models.PROTECT, null=True, related_name="posted_line"
    )
    reversal_line = models.OneToOneField(
        ReversalLine, models.PROTECT, null=True, related_name="posted_line"
    )
    kind = models.CharField(_("kind"), max_length=10)
    payment_guid = models.UUIDField(_("PaymentGUID"))
    invoice_number = models.CharField(_("invoice"), max_length=60, blank=True)
    account_number = models.CharField(_("account number"), max_length=50)
    amount = _money(_("amount"))
    fee = _money(_("fee"))
    paid_at = models.DateTimeField(_("paid"))
    happened_at = models.DateTimeField(_("happened"))
    method = models.CharField(_("method"), max_length=60, blank=True)
    reference = models.CharField(_("biller reference"), max_length=60, blank=True)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("posted line")
        verbose_name_plural = _("posted lines")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["file", "number"], name="one_posted_line_per_number"),
            models.CheckConstraint(
                condition=Q(payment_line__isnull=False, reversal_line__isnull=True)
                | Q(payment_line__isnull=True, reversal_line__isnull=False),
                name="posts_a_payment_or_a_reversal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_guid} {self.invoice_number} {self.amount}"
