"""Emails that did not reach anyone, for staff: which one, when and why, but not its contents."""

from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from icsso.billers.models import Biller


class Notification(models.TextChoices):
    """The emails of the portal. The values are the names of their templates."""

    FINISH_SIGNUP = "finish_signup", _("sign-up link")
    FINISH_EXISTING_LOGIN = "finish_existing_login", _("sign-up link, existing login")
    ALREADY_MEMBER = "already_member", _("already a member")
    RESET_PASSWORD = "reset_password", _("link for a new password")
    PASSWORD_CHANGED = "password_changed", _("password changed")
    APPROVE_PASSWORD = "approve_password", _("approval of a new password")
    RECONNECT = "reconnect", _("link to reconnect billing")
    APPROVE_EMAIL = "approve_email", _("approval of a new email")
    CONFIRM_EMAIL = "confirm_email", _("confirmation of a new email")
    EMAIL_IN_USE = "email_in_use", _("email already in use")
    EMAIL_CHANGES_LATER = "email_changes_later", _("email will change")
    EMAIL_CHANGED = "email_changed", _("email changed")
    PROVE_AGAIN = "prove_again", _("account to be proved again")
    TWO_STEP = "two_step", _("two-step verification")


class UndeliveredEmail(models.Model):
    """One email that will not be sent anymore."""

    KEPT = timedelta(days=90)

    class Reason(models.TextChoices):
        REFUSED = "refused", _("the mailbox does not exist or does not accept it")
        LINK_EXPIRED = "link_expired", _("its link expired before it could be sent")
        GIVEN_UP = "given_up", _("it could not be sent for days")

    biller = models.ForeignKey(Biller, models.CASCADE, verbose_name=_("biller"))
    email = models.EmailField(_("email"))
    notification = models.CharField(_("notification"), max_length=40)
    reason = models.CharField(_("reason"), max_length=12, choices=Reason.choices)
    # What the mail server answered last, as numbers: `550 5.1.1`. Its words may hold the address.
    code = models.CharField(_("answer of the mail server"), max_length=40, blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("undelivered email")
        verbose_name_plural = _("undelivered emails")
        indexes = [models.Index(fields=["biller", "email"], name="undelivered_by_email")]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M}"

    @property
    def label(self) -> str | Promise:
        """Returns which email it was, for staff."""
        labels: dict[str, str | Promise] = dict(Notification.choices)
        return labels.get(self.notification, self.notification)


def forget_undelivered() -> int:
    """Deletes those that staff no longer need. Returns how many."""
    old = UndeliveredEmail.objects.filter(at__lt=timezone.now() - UndeliveredEmail.KEPT)
    number, _by_model = old.delete()
    return number
