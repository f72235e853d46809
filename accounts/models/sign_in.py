"""Where a member is signed in."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.models.user import Member
from icsso.billers.models import Biller


class SignInQuerySet(models.QuerySet["SignIn"]):
    def alive(self) -> "SignInQuerySet":
        return self.filter(session__expire_date__gt=timezone.now()).select_related("session")


class SignIn(models.Model):
    """When it was last used, and whether it is still active, is known only from the session row."""

    # Contains the session's key, like the session's own table: both are deleted at the same moment.
    session = models.OneToOneField(
        Session, models.CASCADE, primary_key=True, related_name="sign_in"
    )
    member = models.ForeignKey("accounts.Member", models.CASCADE, related_name="sign_ins")
    signed_in_at = models.DateTimeField(_("signed in"), default=timezone.now)
    browser = models.CharField(_("browser"), max_length=20, blank=True)
    system = models.CharField(_("device"), max_length=20, blank=True)
    network = models.CharField(_("partial network address"), max_length=45, blank=True)

    objects = SignInQuerySet.as_manager()

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        ordering = ["-signed_in_at"]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.signed_in_at):%Y-%m-%d %H:%M}"

    @property
    def handle(self) -> str:
        """Returns its identifier on pages: the session's key would work like its cookie."""
        return salted_hmac("accounts.sessions.handle", self.pk, algorithm="sha256").hexdigest()

    @property
    def seen_at(self) -> datetime:
        """Accurate to a few minutes: the session's expiry moves while it is used."""
        moved = self.session.expire_date - timedelta(seconds=settings.SESSION_COOKIE_AGE)
        return max(moved, self.signed_in_at)


class FailedSignIn(models.Model):
    """A wrong password. Written whether or not a member has that email, so that both take equally
    long, and without the email."""

    biller = models.ForeignKey(Biller, models.CASCADE, related_name="+", verbose_name=_("biller"))
    # The member with that email at the time. None: nobody.
    member = models.ForeignKey(
        Member, models.CASCADE, null=True, related_name="failed_sign_ins", verbose_name=_("member")
    )
    at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)
    browser = models.CharField(_("browser"), max_length=20, blank=True)
    system = models.CharField(_("device"), max_length=20, blank=True)
    network = models.CharField(_("partial network address"), max_length=45, blank=True)

    class Meta:
        verbose_name = _("failed sign-in")
        verbose_name_plural = _("failed sign-ins")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M}"
