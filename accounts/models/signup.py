"""A sign-up that is waiting for its emailed link to be opened."""

from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.user import Member
from accounts.models.utility_account import UtilityAccount
from backoffice.audit.registry import Audited
from icsso.billers.models import Biller


class Signup(Audited, models.Model):
    """Waiting for the emailed link to be opened. Becomes a member when it is."""

    LIFE = timedelta(hours=24)

    class Kind(models.TextChoices):
        PROOF = "proof", _("account number and proof")
        EXISTING_LOGIN = "existing", _("existing Invoice Cloud login")
        HELPER = "helper", _("invitation to help another member")

    kind = models.CharField(
        _("signed up with"), max_length=8, choices=Kind.choices, default=Kind.PROOF
    )
    biller = models.ForeignKey(Biller, models.CASCADE, verbose_name=_("biller"))
    # None for an existing login: Invoice Cloud says which accounts it has, when it is finished.
    # None for a helper, too, who may have no account.
    account = models.ForeignKey(
        UtilityAccount, models.CASCADE, null=True, blank=True, verbose_name=_("account")
    )
    email = models.EmailField(_("email"))
    # Empty for an existing login: Invoice Cloud checks that password again when it is finished.
    password = models.CharField(_("password hash"), max_length=128, blank=True)
    language = models.CharField(_("language"), max_length=5, default="en")
    # SHA-256 of the token in the link: the database alone is not enough to use it.
    link_digest = models.CharField(max_length=64, unique=True)
    asked_at = models.DateTimeField(_("requested"), default=timezone.now, db_index=True)
    link_sent_at = models.DateTimeField(_("link sent"), default=timezone.now, db_index=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    member = models.OneToOneField(
        Member, models.CASCADE, null=True, editable=False, verbose_name=_("member")
    )

    class Meta:
        verbose_name = _("sign-up")
        verbose_name_plural = _("sign-ups")
        permissions = [("export_signup", "Can export sign-ups")]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.asked_at):%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        return self.finished_at is None and self.link_sent_at > timezone.now() - self.LIFE
