"""What members chose about reminders, and which reminders they have had."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from accounts.tokens import digest, new_secret


class CalendarFeed(models.Model):
    """A member's calendar address: 256 bits, of which only the digest is stored, so it is shown
    only once. A new address replaces it."""

    member = models.OneToOneField(
        Member, models.CASCADE, related_name="calendar_feed", verbose_name=_("member")
    )
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{timezone.localtime(self.made_at):%Y-%m-%d %H:%M}"

    @classmethod
    def renew(cls, member: Member) -> str:
        """Returns the secret of a new address. The previous address stops working."""
        secret = new_secret()
        facts = {"digest": digest(secret), "made_at": timezone.now()}
        cls.objects.update_or_create(member=member, defaults=facts)
        return secret


class ReminderOptOut(models.Model):
    """A member who wants no reminders by email."""

    member = models.OneToOneField(
        Member, models.CASCADE, related_name="reminder_opt_out", verbose_name=_("member")
    )
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("member without reminder emails")
        verbose_name_plural = _("members without reminder emails")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M}"


class PastReminder(models.Model):
    """A reminder that was emailed, or closed on the dashboard, and must not appear again."""

    class How(models.TextChoices):
        EMAILED = "emailed", _("emailed")
        CLOSED = "closed", _("closed on the dashboard")

    member = models.ForeignKey(
        Member, models.CASCADE, related_name="past_reminders", verbose_name=_("member")
    )
    how = models.CharField(_("how"), max_length=7, choices=How.choices)
    # Which account and bill, or which hint (`rules.Reminder.key`).
    about = models.CharField(_("about"), max_length=60)
    at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("past reminder")
        verbose_name_plural = _("past reminders")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["member", "how", "about"], name="reminded_once"),
        ]

    def __str__(self) -> str:
        return self.about
