"""Who helps a member with some of their accounts (story 20), as a state machine.

A helper's access is a record of its own and not a linked account: account sync never sees it, so a
helper is never registered at Invoice Cloud for another member's account. It belongs to the owner's
linked account, and is deleted with it. Diagram: docs/state-machines.md, "Helper".
"""

from datetime import timedelta
from typing import Any, Final

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.masks import masked_email
from accounts.models.linked_account import LinkedAccount
from accounts.models.user import Member
from accounts.tokens import digest, new_secret
from backoffice.audit.registry import Audited

MOST_HELPERS: Final = 10  # of one member, invitations included
MOST_ACCOUNTS: Final = 1000  # of one helper


class Right(models.TextChoices):
    VIEW = "view", _("view")
    PAY = "pay", _("view and pay")


class Ended(models.TextChoices):
    """Who or what ended the access."""

    OWNER = "owner", _("ended by the owner")
    HELPER = "helper", _("given up by the helper")
    STAFF = "staff", pgettext_lazy("helper", "ended by staff")
    DATE = "date", _("the end date has passed")
    UNUSED = "unused", _("nobody accepted the invitation")
    ACCOUNTS = "accounts", _("none of the accounts is the owner's anymore")


class HelperQuerySet(models.QuerySet["Helper"]):
    def open(self) -> "HelperQuerySet":
        """Returns those that have not ended yet, invitations included."""
        return self.filter(ended_at=None)

    def waiting(self) -> "HelperQuerySet":
        """Returns the invitations whose link works."""
        since = timezone.now() - Helper.LIFE
        open_ones = self.open().filter(accepted_at=None, link_sent_at__gt=since)
        return open_ones.filter(owner__is_active=True)

    def end(self, by: Ended) -> int:
        """Returns how many this call has ended: of two simultaneous calls, only one ends them."""
        return self.open().update(ended_at=timezone.now(), ended_by=by, link_digest=None)


class Helper(Audited, models.Model):
    """One person who helps one member, or is invited to.

    email: where the invitation went; the only one the owner ever sees. person: who accepted it.
    ends_on: the last day, in the biller's time zone. It changes only by conditional updates, so of
    two requests at once only one succeeds.
    """

    path_to_biller = "owner.biller_id"
    LIFE = timedelta(days=7)  # of a link

    owner = models.ForeignKey(
        Member, models.CASCADE, related_name="helpers", verbose_name=_("owner")
    )
    person = models.ForeignKey(
        Member, models.CASCADE, null=True, related_name="helping", verbose_name=_("helper")
    )
    email = models.EmailField(_("invited email"))
    language = models.CharField(_("language"), max_length=5, default="en")
    right = models.CharField(_("access"), max_length=4, choices=Right.choices)
    ends_on = models.DateField(_("until"))
    invited_at = models.DateTimeField(pgettext_lazy("helper", "invited"), default=timezone.now)
    link_digest = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001  unique
    link_sent_at = models.DateTimeField(_("link sent"), default=timezone.now)
    accepted_at = models.DateTimeField(pgettext_lazy("helper", "accepted"), null=True)
    used_at = models.DateTimeField(_("last used"), null=True)
    reminded_at = models.DateTimeField(_("told of the end"), null=True, editable=False)
    ended_at = models.DateTimeField(pgettext_lazy("helper", "ended"), null=True)
    ended_by = models.CharField(_("how it ended"), max_length=8, choices=Ended.choices, blank=True)

    objects = HelperQuerySet.as_manager()

    class Meta:
        verbose_name = _("helper")
        verbose_name_plural = _("helpers")
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [("end_helper", "Can end a helper's access")]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "email"], condition=Q(ended_at=None), name="helper_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["ends_on"], condition=Q(ended_at=None), name="helpers_by_end_date"
            ),
        ]

    def __str__(self) -> str:
        """Leaves out the email, because the audit log keeps this text."""
        return f"{self.get_right_display()}, {timezone.localtime(self.invited_at):%Y-%m-%d %H:%M}"

    def get_additional_data(self) -> dict[str, Any]:
        """Adds who could do what with which accounts (primary keys) until when: audit log entries
        are kept longer than this record."""
        return {**super().get_additional_data(), "details": self.terms()}

    def terms(self) -> dict[str, Any]:
        keys = self.accounts.order_by("link__account").values_list("link__account", flat=True)
        return {
            "owner": self.owner_id,
            "helper": self.person_id,
            "access": str(self.right),
            "until": self.ends_on.isoformat(),
            "accounts": list(keys),
        }

    def new_link(self) -> str:
        """Returns the secret of a new link; the previous one stops working."""
        secret = new_secret()
        self.link_digest, self.link_sent_at = digest(secret), timezone.now()
        self.save(update_fields=["link_digest", "link_sent_at"])
        return secret

    def accept(self, person: Member) -> bool:
        """Returns whether this call has accepted it, once, with the link by which it was found."""
        now = timezone.now()
        mine = Helper.objects.waiting().filter(pk=self.pk, link_digest=self.link_digest)
        mine = mine.filter(owner__biller=person.biller_id, ends_on__gte=person.biller.today())
        # Of two at once, PostgreSQL checks the second one's conditions again only for the row
        # itself, not for joined rows.
        row = Helper.objects.open().filter(
            pk=self.pk, link_digest=self.link_digest, accepted_at=None
        )
        if not (mine.exists() and row.update(person=person, accepted_at=now, link_digest=None)):
            return False
        Member.objects.filter(pk=person.pk).update(has_helped=True)
        person.has_helped = True
        self.person, self.accepted_at, self.link_digest = person, now, None
        return True

    @property
    def may_pay(self) -> bool:
        return self.right == Right.PAY

    @property
    def masked_owner(self) -> str:
        """Returns what the helper is told about the owner."""
        return masked_email(self.owner.email)

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None or self.ends_on < self.owner.biller.today()

    @property
    def is_link_fresh(self) -> bool:
        return self.link_sent_at > timezone.now() - self.LIFE

    @property
    def state(self) -> str | Promise:
        """Returns the current state, for staff."""
        if self.ended_at:
            return self.get_ended_by_display()
        if self.ends_on < self.owner.biller.today():
            return Ended.DATE.label
        if self.accepted_at:
            return _("has access")
        return _("invited") if self.is_link_fresh else _("link expired")


class HelperAccountQuerySet(models.QuerySet["HelperAccount"]):
    def open_to(self, person: Member) -> "HelperAccountQuerySet":
        """Returns what this person may see now. Queried at every request, and never cached: the
        owner must still have the account, and its proof must still be valid. The person's own
        accounts are left out."""
        own = person.links.filter(account=OuterRef("link__account"))
        return self.filter(
            ~Exists(own),
            helper__person=person,
            helper__ended_at=None,
            helper__ends_on__gte=person.biller.today(),
            helper__owner__is_active=True,
            helper__owner__biller=person.biller_id,
            link__member=F("helper__owner"),
            link__needs_proof_since=None,
        )

    def once(self) -> "HelperAccountQuerySet":
        """Returns each account once. If several owners share it, returns the share that allows
        paying, and among those the one that lasts longest."""
        pays_first = Case(When(helper__right=Right.PAY, then=Value(0)), default=Value(1))
        best = Window(
            RowNumber(),
            partition_by="link__account",
            order_by=[pays_first, F("helper__ends_on").desc(), F("pk").desc()],
        )
        rows = self.order_by().annotate(place=best).filter(place=1)
        found: HelperAccountQuerySet = HelperAccount.objects.filter(pk__in=rows.values("pk"))
        return found

    def loaded(self) -> "HelperAccountQuerySet":
        return self.select_related("link__account__biller", "helper__owner__biller")


class HelperAccount(models.Model):
    """An account that a helper helps with, deleted with the owner's linked account."""

    helper = models.ForeignKey(
        Helper, models.CASCADE, related_name="accounts", verbose_name=_("helper")
    )
    link = models.ForeignKey(
        LinkedAccount, models.CASCADE, related_name="helpers", verbose_name=_("linked account")
    )

    objects = HelperAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("account of a helper")
        verbose_name_plural = _("accounts of helpers")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["helper", "link"], name="account_once_a_helper"),
        ]

    def __str__(self) -> str:
        return str(self.link.account)
