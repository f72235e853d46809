"""Emails that were sent or not, for staff: which one, when, and why not, but never its contents.

Each belongs to the member or the sign-up it is about, whatever the address, and is deleted with it:
the address may be somebody else's later. Emails to staff users belong to neither.
"""

from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models.signup import Signup
from accounts.models.user import Member
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
    PAY_LINK = "pay_link", _("pay link")
    PROVE_AGAIN = "prove_again", _("account to be proved again")
    TWO_STEP = "two_step", _("two-step verification")
    PASSKEY = "passkey", _("passkey added or removed")
    ACCOUNT_CLOSED = "account_closed", _("online account closed")
    REMINDER = "reminder", _("reminder of a bill")
    HELPER_INVITATION = "helper_invitation", _("invitation of a helper")
    HELPER_NEWS = "helper_news", _("news about a helper")
    STAFF_INVITATION = "staff_invitation", _("invitation of a staff user")
    STAFF_PASSWORD = "staff_password", _("link for a staff user’s new password")
    WORK_WAITING = "work_waiting", _("what is waiting for a staff user")


def label_of(notification: str) -> str | Promise:
    """Returns which email it is, for staff."""
    labels: dict[str, str | Promise] = dict(Notification.choices)
    return labels.get(notification, notification)


class RecordedEmail(models.Model):
    """member: whom it is about; for a sign-up, once that is finished."""

    biller = models.ForeignKey(Biller, models.CASCADE, verbose_name=_("biller"))
    member = models.ForeignKey(
        Member, models.CASCADE, null=True, editable=False, verbose_name=_("member")
    )
    signup = models.ForeignKey(
        Signup, models.CASCADE, null=True, editable=False, verbose_name=_("sign-up")
    )
    email = models.EmailField(_("email"))
    notification = models.CharField(_("notification"), max_length=40)
    at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M}"


class SentEmail(RecordedEmail):
    """One email that the mail server accepted."""

    class Meta:
        verbose_name = _("sent email")
        verbose_name_plural = _("sent emails")
        default_permissions = ()


class UndeliveredEmail(RecordedEmail):
    """One email that will not be sent anymore."""

    class Reason(models.TextChoices):
        REFUSED = "refused", _("the mailbox does not exist or does not accept it")
        LINK_EXPIRED = "link_expired", _("its link expired before it could be sent")
        GIVEN_UP = "given_up", _("it could not be sent for days")

    reason = models.CharField(_("reason"), max_length=12, choices=Reason.choices)
    # The numbers in the mail server's last answer: `550 5.1.1`. Its words may contain the address.
    code = models.CharField(_("answer of the mail server"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("undelivered email")
        verbose_name_plural = _("undelivered emails")

    @property
    def label(self) -> str | Promise:
        """Returns which email it was, for staff."""
        return label_of(self.notification)
