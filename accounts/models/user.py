"""TODO."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import Audited, marks
from icsso.billers.models import Biller


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, email: str, password: str | None = None, *, biller: Biller | None = None, **extra: Any
    ) -> "User":
        user = self.model(email=email.strip().lower(), biller=biller, **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)

    def member(self, *, biller: Biller, email: str) -> "User | None":
        return self.filter(biller=biller, email=email.strip().lower()).first()


class User(Audited, AbstractBaseUser, PermissionsMixin):
    """A member of one biller, or staff (who belong to none). E-mail addresses are lower-case."""

    biller = models.ForeignKey(
        Biller,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="members",
        verbose_name=_("biller"),
    )
    email = models.EmailField(_("e-mail"))
    language = models.CharField(_("language"), max_length=5, default="en")
    # Of staff: whose customers they see in the admin. Superusers see all, and need none.
    billers = models.ManyToManyField(
        Biller, blank=True, related_name="staff", verbose_name=_("works for")
    )
    is_staff = models.BooleanField(_("staff"), default=False)
    is_active = models.BooleanField(_("may sign in"), default=True)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now)
    # Of staff: sessions that began before are over.
    signed_out_at = models.DateTimeField(_("signed out"), null=True, editable=False)
    # When Invoice Cloud first gave a token for this address and password: known to be registered.
    registered_at = models.DateTimeField(_("registered at Invoice Cloud"), null=True, blank=True)

    # Of staff who are being saved: for whom they will work. `billers` can only be saved after them.
    future_billers: Iterable[Biller] = ()

    objects = UserManager()
    USERNAME_FIELD = "email"

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        # What support does for a member, beside reading (backoffice/roles.py).
        permissions = [
            ("resend_mail", "Can send a member's mails again"),
            ("end_sessions", "Can sign a member out everywhere"),
            ("unlock_sign_in", "Can let a locked-out member try again"),
            ("see_as_member", "Can see what a member sees"),
            ("end_two_step", "Can turn a member's two-step verification off"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["biller", "email"], name="one_member_per_address"),
            models.UniqueConstraint(
                fields=["email"], condition=Q(biller=None), name="one_staff_per_address"
            ),
        ]
        indexes = [models.Index(fields=["email"], name="users_by_email")]

    def __str__(self) -> str:
        return self.email

    def sign_out_everywhere(self) -> None:
        """Of staff, beside whose sessions there are no records (`accounts.sessions.services`)."""
        self.signed_out_at = timezone.now()
        self.save(update_fields=["signed_out_at"])

    def get_additional_data(self) -> dict[str, Any]:
        """Of staff: all they work for, or are being taken on by."""
        if self.biller_id or not self.pk:
            return marks([self.biller_id])
        now = Biller.objects.filter(staff=self.pk).values_list("pk", flat=True)
        return marks([*now, *(biller.pk for biller in self.future_billers)])
