"""Accounts linked to a member, unlinked accounts, and accounts that are not in the CIS."""

from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.account_numbers import AccountKeyField
from accounts.models.kept_balance import KeptBalance
from accounts.models.user import Member
from accounts.models.utility_account import UtilityAccount
from backoffice.audit.registry import Audited


class LinkedAccountQuerySet(models.QuerySet["LinkedAccount"]):
    def standing(self) -> Self:
        """Returns those that show their account to the member."""
        return self.filter(needs_proof_since=None)

    def awaiting_proof(self) -> Self:
        """Returns those whose account has another customer now: they show nothing of it."""
        return self.exclude(needs_proof_since=None)


class LinkedAccount(Audited, KeptBalance):
    """An account that belongs to a member, how that is known, and Invoice Cloud's answer for it.

    Pages for members start from `Member.links`, which leaves out accounts with another customer.
    """

    path_to_biller = "member.biller_id"

    class State(models.TextChoices):
        PENDING = "pending", _("not yet registered")
        REGISTERED = "registered", _("registered")
        ELSEWHERE = "elsewhere", _("registered under another email")
        REFUSED = "refused", _("refused")

    class Origin(models.TextChoices):
        PROOF = "proof", _("proved by the member")
        INVOICE_CLOUD = "invoice_cloud", _("listed by Invoice Cloud under the confirmed email")

    member = models.ForeignKey(
        Member, models.CASCADE, related_name="all_links", verbose_name=_("member")
    )
    account = models.ForeignKey(
        UtilityAccount, models.PROTECT, related_name="all_links", verbose_name=_("account")
    )
    nickname = models.CharField(_("nickname"), max_length=40, blank=True)
    is_first = models.BooleanField(_("main account"), default=False)
    linked_at = models.DateTimeField(_("linked"), default=timezone.now)
    origin = models.CharField(
        _("how it came about"), max_length=13, choices=Origin.choices, default=Origin.PROOF
    )
    state = models.CharField(
        _("status at Invoice Cloud"), max_length=10, choices=State.choices, default=State.PENDING
    )
    # Invoice Cloud's reason, or the masked address it is registered under.
    note = models.CharField(_("note"), max_length=200, blank=True)
    settled_at = models.DateTimeField(_("Invoice Cloud answered"), null=True, blank=True)
    # When the CIS gave the account to another customer (`linked_accounts.customers`).
    needs_proof_since = models.DateTimeField(
        _("needs proof again since"), null=True, blank=True, editable=False
    )
    # The customer's name before that.
    held_as = models.CharField(_("customer until then"), max_length=150, blank=True, editable=False)
    told_at = models.DateTimeField(_("member told"), null=True, blank=True, editable=False)

    objects = LinkedAccountQuerySet.as_manager()
    # The fields that a new proof changes.
    PROVED = (
        "origin",
        "linked_at",
        "state",
        "note",
        "settled_at",
        "is_first",
        "needs_proof_since",
        "held_as",
        "told_at",
    )

    class Meta:
        verbose_name = _("linked account")
        verbose_name_plural = _("linked accounts")
        ordering = ["-is_first", "account__account_number"]
        constraints = [
            models.UniqueConstraint(fields=["member", "account"], name="linked_once"),
        ]
        permissions = [
            ("unlink_account", "Can unlink an account from a member"),
            ("decide_customer", "Can decide whether an account still has the same customer"),
        ]
        # The few of millions that staff have to decide on.
        indexes = [
            models.Index(
                fields=["needs_proof_since"],
                condition=models.Q(needs_proof_since__isnull=False),
                name="links_awaiting_proof",
            ),
            # A member's list in the order of the dashboard: what is due first comes first.
            models.Index(
                fields=["member", "due_on", "-is_first", "account"],
                name="links_by_due_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.member}"

    @property
    def title(self) -> str:
        """Returns the customer's name for the account."""
        return self.nickname or self.account.address or self.account.name

    def stand_again(self) -> None:
        """Saves it as one that shows its account to the member again."""
        self.needs_proof_since, self.held_as, self.told_at = None, "", None
        self.save(update_fields=set(self.PROVED))

    def settle(self, state: "LinkedAccount.State", note: str = "") -> None:
        self.state, self.note, self.settled_at = state, note[:200], timezone.now()
        self.save(update_fields=["state", "note", "settled_at"])


class AwaitingProofManager(models.Manager["LinkAwaitingProof"]):
    def get_queryset(self) -> models.QuerySet["LinkAwaitingProof"]:
        return super().get_queryset().exclude(needs_proof_since=None)


class LinkAwaitingProof(LinkedAccount):
    """A linked account whose account has another customer now; staff have to decide about it."""

    objects = AwaitingProofManager()  # type: ignore[assignment, misc]

    class Meta:
        proxy = True
        verbose_name = _("account with another customer")
        verbose_name_plural = _("accounts with another customer")


class UnlinkedAccount(Audited, models.Model):
    """Unlinked by the member, or by staff in the admin. Invoice Cloud cannot unregister an account
    and lists it at every sign-in: this record keeps it from being linked again automatically. It is
    deleted when the account is linked again."""

    path_to_biller = "member.biller_id"

    member = models.ForeignKey(
        Member, models.CASCADE, related_name="unlinked_accounts", verbose_name=_("member")
    )
    account = models.ForeignKey(
        UtilityAccount, models.CASCADE, related_name="unlinked_by", verbose_name=_("account")
    )
    unlinked_at = models.DateTimeField(_("unlinked"), default=timezone.now)

    class Meta:
        verbose_name = _("unlinked account")
        verbose_name_plural = _("unlinked accounts")
        constraints = [
            models.UniqueConstraint(fields=["member", "account"], name="unlinked_once"),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.member}"


class UnknownAccount(models.Model):
    """An account that Invoice Cloud lists for a member but the CIS does not know. For staff."""

    member = models.ForeignKey(
        Member, models.CASCADE, related_name="unknown_accounts", verbose_name=_("member")
    )
    account_number = models.CharField(_("account number"), max_length=50)
    number_key = AccountKeyField(db_index=True)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)

    class Meta:
        verbose_name = _("account not in the CIS")
        verbose_name_plural = _("accounts not in the CIS")
        constraints = [
            models.UniqueConstraint(fields=["member", "account_number"], name="unknown_once"),
        ]

    def __str__(self) -> str:
        return self.account_number
