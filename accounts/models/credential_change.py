"""A change of a member's email or password on both sides, as a state machine (story 10).

A change is written before Invoice Cloud is called. Its state is changed by the transitions below
and by nothing else: each is one conditional update, so of two tabs, or of a tab and the periodic
command, only one succeeds. Diagram: docs/state-machines.md, "Credential change".
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.tokens import digest, new_secret

if TYPE_CHECKING:
    from accounts.models.user import Member


class Kind(models.TextChoices):
    RESET = "reset", _("forgotten password")
    RECONNECT = "reconnect", _("billing reconnected")
    PASSWORD = "password", _("new password")
    EMAIL = "email", _("new email")


class State(models.TextChoices):
    AWAITING_APPROVAL = "awaiting_approval", _("waiting for approval")
    AWAITING_CONFIRMATION = "awaiting_confirmation", _("waiting for the new email to be confirmed")
    # Invoice Cloud is being called, or the process died before its answer was saved.
    IN_PROGRESS = "in_progress", _("in progress or interrupted")
    # Invoice Cloud may or may not have made the change; the portal has not.
    UNKNOWN_OUTCOME = "unknown_outcome", _("Invoice Cloud did not answer")
    # The portal has the password; Invoice Cloud may have another one.
    PORTAL_ONLY = "portal_only", _("changed in the portal, not yet at Invoice Cloud")
    # Invoice Cloud may have the new email, which must not be used.
    WITHDRAWING = "withdrawing", _("being reversed")
    COMPLETED = "completed", _("completed")
    ABANDONED = "abandoned", _("not completed")
    REPLACED = "replaced", _("replaced by a later change")


class Reason(models.TextChoices):
    """Why a change was abandoned or is being withdrawn."""

    UNANSWERED = "unanswered", _("Invoice Cloud did not answer")
    FAULT = "fault", _("the connection to Invoice Cloud is not set up correctly")
    REFUSED = "refused", _("Invoice Cloud refused it")
    TAKEN = "taken", _("the new email belongs to someone else")
    EXPIRED = "expired", _("the link in the email was not used")
    KEPT = "kept", _("the previous email or password was kept")


WAITING: Final = frozenset({State.AWAITING_APPROVAL, State.AWAITING_CONFIRMATION})
# The two sides may differ.
OPEN: Final = frozenset(
    {State.IN_PROGRESS, State.UNKNOWN_OUTCOME, State.PORTAL_ONLY, State.WITHDRAWING}
)
CLOSED: Final = frozenset({State.COMPLETED, State.ABANDONED, State.REPLACED})
UNAPPLIED: Final = frozenset({State.IN_PROGRESS, State.UNKNOWN_OUTCOME})

PASSWORDS: Final = frozenset({Kind.RESET, Kind.RECONNECT, Kind.PASSWORD})
EMAILS: Final = frozenset({Kind.EMAIL})


class Transition(NamedTuple):
    """kinds: kinds of changes that can make this transition."""

    sources: frozenset[State]
    target: State
    kinds: frozenset[Kind]


# Keyed by the name of the method.
TRANSITIONS: Final[Mapping[str, Transition]] = {
    "approve": Transition(frozenset({State.AWAITING_APPROVAL}), State.IN_PROGRESS, PASSWORDS),
    "approve_email": Transition(
        frozenset({State.AWAITING_APPROVAL}), State.AWAITING_CONFIRMATION, EMAILS
    ),
    "confirm_email": Transition(
        frozenset({State.AWAITING_CONFIRMATION}), State.IN_PROGRESS, EMAILS
    ),
    "allow_another_password": Transition(
        frozenset({State.IN_PROGRESS}), State.AWAITING_APPROVAL, PASSWORDS
    ),
    "lose_answer": Transition(
        frozenset({State.IN_PROGRESS}), State.UNKNOWN_OUTCOME, PASSWORDS | EMAILS
    ),
    "reopen": Transition(frozenset({State.ABANDONED}), State.UNKNOWN_OUTCOME, PASSWORDS),
    "save_in_portal": Transition(
        frozenset({State.IN_PROGRESS, State.ABANDONED, State.REPLACED}),
        State.PORTAL_ONLY,
        PASSWORDS,
    ),
    "complete": Transition(UNAPPLIED, State.COMPLETED, PASSWORDS | EMAILS),
    "catch_up": Transition(frozenset({State.PORTAL_ONLY}), State.COMPLETED, PASSWORDS),
    "fall_behind": Transition(frozenset({State.COMPLETED}), State.PORTAL_ONLY, PASSWORDS),
    "withdraw": Transition(UNAPPLIED, State.WITHDRAWING, EMAILS),
    "end_withdrawal": Transition(frozenset({State.WITHDRAWING}), State.ABANDONED, EMAILS),
    "resume_withdrawal": Transition(frozenset({State.ABANDONED}), State.WITHDRAWING, EMAILS),
    "abandon": Transition(
        UNAPPLIED | {State.AWAITING_APPROVAL}, State.ABANDONED, PASSWORDS | EMAILS
    ),
    "expire": Transition(WAITING, State.ABANDONED, PASSWORDS | EMAILS),
    "replace_links": Transition(WAITING, State.REPLACED, PASSWORDS | EMAILS),
    "replace_passwords": Transition(UNAPPLIED | {State.PORTAL_ONLY}, State.REPLACED, PASSWORDS),
}


def _written(rule: Transition, fields: Mapping[str, Any]) -> dict[str, Any]:
    ended_at = timezone.now() if rule.target in CLOSED else None
    return {"state": rule.target, "ended_at": ended_at, **fields}


class CredentialChangeQuerySet(models.QuerySet["CredentialChange"]):
    def waiting(self) -> "CredentialChangeQuerySet":
        """Returns the changes whose emailed link has not been used yet."""
        return self.filter(state__in=WAITING)

    def open(self) -> "CredentialChangeQuerySet":
        """Returns the changes that may not be the same in the portal and at Invoice Cloud."""
        return self.filter(state__in=OPEN)

    def emails(self) -> "CredentialChangeQuerySet":
        return self.filter(kind__in=EMAILS)

    def passwords(self) -> "CredentialChangeQuerySet":
        return self.filter(kind__in=PASSWORDS)

    def enter(self, name: str, **fields: Any) -> int:
        """Returns how many changes made this transition. Only this method sets a state."""
        rule = TRANSITIONS[name]
        ready = self.filter(state__in=rule.sources, kind__in=rule.kinds)
        return ready.update(**_written(rule, fields))

    def begin_reconnecting(self, member: "Member") -> "CredentialChange":
        """The member has approved setting the portal's password at Invoice Cloud."""
        now = timezone.now()
        return self.create(
            member=member,
            kind=Kind.RECONNECT,
            state=State.PORTAL_ONLY,
            approved_at=now,
            applied_at=now,
        )

    def expire(self) -> int:
        """The link was never used."""
        return self.enter("expire", reason=Reason.EXPIRED)

    def replace_links(self) -> int:
        """The link must no longer work."""
        return self.enter("replace_links")

    def replace_passwords(self) -> int:
        """A different password was set in the portal."""
        return self.enter("replace_passwords")


class CredentialChange(models.Model):
    """One change. It never holds a password: resuming it means asking the member or Invoice Cloud
    again."""

    LIFE = timedelta(hours=1)  # of a link

    member = models.ForeignKey(
        "accounts.Member",
        models.CASCADE,
        related_name="credential_changes",
        verbose_name=_("member"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    state = models.CharField(
        _("state"), max_length=24, choices=State.choices, default=State.AWAITING_APPROVAL
    )
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices, blank=True)
    new_email = models.EmailField(_("new email"), blank=True)
    # Of the most recent link. None: no email was needed, because Invoice Cloud had the same
    # password.
    link_digest = models.CharField(max_length=64, unique=True, null=True, blank=True)
    asked_at = models.DateTimeField(_("requested"), default=timezone.now)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("new email confirmed"), null=True, blank=True)
    applied_at = models.DateTimeField(_("changed in the portal"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = CredentialChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("credential change")
        verbose_name_plural = _("credential changes")
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=Q(state__in=sorted(WAITING | OPEN)),
                name="unfinished_changes",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {timezone.localtime(self.asked_at):%Y-%m-%d %H:%M}"

    def approve(self) -> bool:
        """Approved by an emailed link, or by a password that both sides have."""
        return self._enter("approve", approved_at=timezone.now())

    def approve_email(self) -> bool:
        """Like `approve`, for a new email, which has to be confirmed next."""
        return self._enter("approve_email", approved_at=timezone.now())

    def confirm_email(self) -> bool:
        """Confirmed by the link sent to the new email."""
        return self._enter("confirm_email", confirmed_at=timezone.now())

    def allow_another_password(self) -> bool:
        """Invoice Cloud does not accept this password; the same link works once more."""
        return self._enter("allow_another_password", approved_at=None)

    def lose_answer(self) -> bool:
        """Invoice Cloud did not answer, so it may or may not have made the change."""
        return self._enter("lose_answer")

    def reopen(self) -> bool:
        """A sign-in abandoned this change during a call that may have gone through after all."""
        return self._enter("reopen", reason="")

    def save_in_portal(self) -> bool:
        """The portal has the password now; Invoice Cloud may not."""
        return self._enter("save_in_portal", applied_at=timezone.now(), reason="")

    def complete(self) -> bool:
        """Invoice Cloud has made the change, and the portal makes it in the same transaction."""
        return self._enter("complete", applied_at=timezone.now(), reason="")

    def catch_up(self) -> bool:
        """Invoice Cloud now has the portal's password too."""
        return self._enter("catch_up")

    def fall_behind(self) -> bool:
        """Another change has set a different password at Invoice Cloud."""
        return self._enter("fall_behind")

    def withdraw(self, reason: Reason) -> bool:
        """The new email must not be used, but Invoice Cloud may already have it."""
        return self._enter("withdraw", reason=reason)

    def end_withdrawal(self) -> bool:
        """Invoice Cloud has the old email."""
        return self._enter("end_withdrawal")

    def resume_withdrawal(self) -> bool:
        """A call in progress may have changed the email at Invoice Cloud after all."""
        return self._enter("resume_withdrawal")

    def abandon(self, reason: Reason) -> bool:
        """Nothing has changed on either side."""
        return self._enter("abandon", reason=reason)

    def new_link(self) -> str:
        """Ends the previous link. Returns the secret; the database keeps only its digest."""
        secret = new_secret()
        self.link_digest = digest(secret)
        self.save(update_fields=["link_digest"])
        return secret

    @property
    def is_closed(self) -> bool:
        return self.state in CLOSED

    @property
    def is_link_fresh(self) -> bool:
        """Whether the most recent link can still be used."""
        sent_at: datetime = self.approved_at or self.asked_at
        return sent_at > timezone.now() - self.LIFE

    @property
    def standing(self) -> str | Promise:
        """Returns the state and the reason as text for staff."""
        if not self.reason:
            return self.get_state_display()
        words = {"state": self.get_state_display(), "reason": self.get_reason_display()}
        return _("%(state)s: %(reason)s") % words

    def _enter(self, name: str, **fields: Any) -> bool:
        """Returns whether this call has made the transition; if not, this object is unchanged."""
        if not CredentialChange.objects.filter(pk=self.pk).enter(name, **fields):
            return False
        for field, value in _written(TRANSITIONS[name], fields).items():
            setattr(self, field, value)
        return True
