"""A change of a member's credentials on both sides, and how far it has come (story 10)."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.tokens import digest, new_secret


class CredentialChangeQuerySet(models.QuerySet["CredentialChange"]):
    def open(self) -> "CredentialChangeQuerySet":
        """The member has said yes, and it is not known to be done at Invoice Cloud and here."""
        unconfirmed = Q(kind=CredentialChange.Kind.EMAIL, confirmed_at=None)
        ended = Q(given_up_at=None, done_there_at=None) & ~Q(approved_at=None)
        return self.filter(ended).exclude(unconfirmed)

    def waiting(self) -> "CredentialChangeQuerySet":
        """For a link in a mail that nobody has used yet."""
        unconfirmed = Q(kind=CredentialChange.Kind.EMAIL, confirmed_at=None)
        return self.filter(Q(approved_at=None) | unconfirmed, given_up_at=None, done_there_at=None)

    def give_up(self, reason: "CredentialChange.Reason") -> int:
        return self.update(given_up_at=timezone.now(), reason=reason)


class CredentialChange(models.Model):
    """One change, written before Invoice Cloud is called. It never holds a password: whoever goes
    on with it asks the member again, or asks Invoice Cloud."""

    class Kind(models.TextChoices):
        RESET = "reset", _("forgotten password")
        RECONNECT = "reconnect", _("billing reconnected")
        PASSWORD = "password", _("new password")
        EMAIL = "email", _("new email")

    class Reason(models.TextChoices):
        UNANSWERED = "unanswered", _("Invoice Cloud did not answer")
        REFUSED = "refused", _("Invoice Cloud refused it")
        TAKEN = "taken", _("the new address belongs to somebody else")
        EXPIRED = "expired", _("the link in the mail was not used")
        REPLACED = "replaced", _("asked for anew")
        KEPT = "kept", _("broken off: both sides kept what they had")

    LIFE = timedelta(hours=1)  # of a link

    member = models.ForeignKey(
        "accounts.Member",
        models.CASCADE,
        related_name="credential_changes",
        verbose_name=_("member"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    new_email = models.EmailField(_("new email"), blank=True)
    # Of the link sent last. None: no mail was needed, because Invoice Cloud had the same password.
    link_digest = models.CharField(max_length=64, unique=True, null=True, blank=True)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("new email confirmed"), null=True, blank=True)
    # A new e-mail that must not be, after all: open until it is known not to be at Invoice Cloud.
    taken_back_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    done_there_at = models.DateTimeField(_("done at Invoice Cloud"), null=True, blank=True)
    done_here_at = models.DateTimeField(_("done here"), null=True, blank=True)
    given_up_at = models.DateTimeField(_("given up"), null=True, blank=True)
    # Why it is open, or was given up.
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices, blank=True)

    objects = CredentialChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of credentials")
        verbose_name_plural = _("changes of credentials")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.asked_at:%Y-%m-%d %H:%M}"

    def approve(self) -> bool:
        """Whether it was this call that did it: one tab, once."""
        self.approved_at = timezone.now()
        unused = CredentialChange.objects.filter(pk=self.pk, approved_at=None)
        return bool(unused.update(approved_at=self.approved_at))

    def give_up(self, reason: Reason) -> None:
        self.given_up_at, self.reason = timezone.now(), reason
        self.save(update_fields=["given_up_at", "reason"])

    def leave_open(self) -> None:
        """Nobody knows how far it came. Also takes back what another sign-in thought of it."""
        self.done_there_at, self.given_up_at = None, None
        self.reason = self.Reason.UNANSWERED
        self.save(update_fields=["done_there_at", "given_up_at", "reason"])

    def note_unanswered(self) -> bool:
        """Unless it has ended meanwhile, in another tab or by the clock. One that was taken back
        has not: what was not answered may have moved the member there since. Whether it is news:
        not noted before, and not taken back."""
        change = CredentialChange.objects.filter(pk=self.pk)
        noted = {"reason": self.Reason.UNANSWERED}
        change.exclude(taken_back_at=None).update(given_up_at=None, **noted)
        return bool(change.open().filter(reason="").update(**noted))

    def new_link(self) -> str:
        """Ends the link before. Gives the secret; the database has its digest alone."""
        secret = new_secret()
        self.link_digest = digest(secret)
        self.save(update_fields=["link_digest"])
        return secret

    @property
    def standing(self) -> str | Promise:
        """For operators: how it stands, and why."""
        if self.given_up_at:
            return _("given up: %(reason)s") % {"reason": self.get_reason_display()}
        if self.done_there_at:
            return _("done")
        if not self.approved_at or (self.new_email and not self.confirmed_at):
            return _("waiting for the link in the mail")
        reason = self.get_reason_display() or _("broken off")
        return _("open: %(reason)s") % {"reason": reason}
