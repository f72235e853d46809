"""Invitations of staff to become a staff user, or to work for further billers."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models.user import StaffUser
from accounts.tokens import digest, new_secret
from backoffice.audit.registry import Audited, marks
from icsso.billers.models import Biller


class StaffInvitationQuerySet(models.QuerySet["StaffInvitation"]):
    def open(self) -> "StaffInvitationQuerySet":
        """Returns those that can still be accepted, with their link or with a new one."""
        since = timezone.now() - StaffInvitation.KEPT_OPEN
        return self.filter(accepted_at=None, revoked_at=None, invited_at__gt=since)

    def fresh(self) -> "StaffInvitationQuerySet":
        """Returns those whose link works."""
        return self.open().filter(link_sent_at__gt=timezone.now() - StaffInvitation.LIFE)


class StaffInvitation(Audited, models.Model):
    """Nobody becomes a staff user before accepting it.

    accepted_at: when somebody opened the link and accepted. person: who that was. confirmed_at:
    when the billers were given; later than accepted_at if a superuser had to confirm
    (`accounts.staff.invitations`).
    """

    LIFE = timedelta(hours=72)  # of a link
    KEPT_OPEN = timedelta(days=30)  # for as long, a new link can be requested

    email = models.EmailField(_("email"))
    language = models.CharField(_("language"), max_length=5, default="en")
    roles = models.ManyToManyField(Group, blank=True, verbose_name=_("roles"))
    billers = models.ManyToManyField(
        Biller, related_name="staff_invitations", verbose_name=_("billers")
    )
    invited_by = models.ForeignKey(
        StaffUser, models.SET_NULL, null=True, related_name="+", verbose_name=_("invited by")
    )
    invited_at = models.DateTimeField(_("invited"), default=timezone.now, db_index=True)
    link_digest = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001  unique
    link_sent_at = models.DateTimeField(_("link sent"), default=timezone.now)
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("access given"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    person = models.ForeignKey(
        StaffUser, models.SET_NULL, null=True, related_name="+", verbose_name=_("staff user")
    )

    # While it is being saved: `billers` can only be saved afterward.
    future_billers: tuple[Biller, ...] = ()

    objects = StaffInvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-invited_at"]
        indexes = [
            models.Index(
                fields=["email"], condition=Q(accepted_at=None), name="open_invitations_by_email"
            )
        ]

    def __str__(self) -> str:
        return self.email

    def get_additional_data(self) -> dict[str, Any]:
        now = list(self.billers.values_list("pk", flat=True)) if self.pk else []
        return marks([*now, *(biller.pk for biller in self.future_billers)])

    def new_link(self) -> str:
        """Returns the secret of a new link; the previous one stops working."""
        secret = new_secret()
        self.link_digest, self.link_sent_at = digest(secret), timezone.now()
        self.save(update_fields=["link_digest", "link_sent_at"])
        return secret

    @property
    def is_open(self) -> bool:
        is_new = self.invited_at > timezone.now() - self.KEPT_OPEN
        return self.accepted_at is None and self.revoked_at is None and is_new

    @property
    def is_fresh(self) -> bool:
        return self.is_open and self.link_sent_at > timezone.now() - self.LIFE

    @property
    def waits_for_superuser(self) -> bool:
        return self.accepted_at is not None and not (self.confirmed_at or self.revoked_at)

    @property
    def state(self) -> Promise:
        if self.revoked_at:
            return _("revoked")
        if self.waits_for_superuser:
            return _("accepted, waits for a superuser")
        if self.accepted_at:
            return _("accepted")
        return _("invited") if self.is_fresh else _("link expired")
