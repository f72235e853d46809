"""Everyone who signs in: members of a biller, and staff users, who belong to no biller."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, Group, PermissionsMixin
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import Audited, marks
from icsso.billers.identity_provider.models import served_by, without_required
from icsso.billers.models import Biller
from icsso.client.parsing import email_address

if TYPE_CHECKING:
    from accounts.models.linked_account import LinkedAccountQuerySet

U = TypeVar("U", bound="User")


class UserManager(BaseUserManager[U]):
    def create_user(
        self, email: str, password: str | None = None, *, biller: Biller | None = None, **extra: Any
    ) -> U:
        user = self.model(email=email_address(email), biller=biller, **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> U:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)


class User(Audited, AbstractBaseUser, PermissionsMixin):
    """A member of one biller, or staff (who belong to none). Emails are stored in lowercase."""

    biller = models.ForeignKey(
        Biller,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="members",
        verbose_name=_("biller"),
    )
    email = models.EmailField(_("email"))
    language = models.CharField(_("language"), max_length=5, default="en")
    # Django calls them groups. They are the roles of `backoffice.roles`.
    groups = models.ManyToManyField(  # type: ignore[assignment]  # the same, with another name
        Group, blank=True, related_name="user_set", verbose_name=_("roles")
    )
    # For staff: whose customers they see in the admin. Superusers see all, and don't need any.
    billers = models.ManyToManyField(
        Biller, blank=True, related_name="staff", verbose_name=_("billers")
    )
    is_staff = models.BooleanField(_("back office access"), default=False)
    is_active = models.BooleanField(_("can sign in"), default=True)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now)
    # For staff: sessions that began before this have ended.
    signed_out_at = models.DateTimeField(_("signed out"), null=True, editable=False)
    # For staff: the daily email about waiting work, and the day of the latest one.
    work_email = models.BooleanField(_("daily email about what's waiting"), default=True)
    work_emailed_on = models.DateField(_("last daily email"), null=True, editable=False)
    # When they were last on a billing page: balances from before may be wrong (`kept.undoubted`).
    billing_visited_at = models.DateTimeField(
        _("last on a billing page"), null=True, editable=False
    )
    # Whether they have ever accepted to help somebody: only then, pages look for shared accounts.
    has_helped = models.BooleanField(_("has helped somebody"), default=False, editable=False)
    # When Invoice Cloud first issued a token for this email and password: proof of registration.
    registered_at = models.DateTimeField(_("registered at Invoice Cloud"), null=True, blank=True)

    # For staff being saved: the billers they will work for. `billers` can only be saved afterward.
    future_billers: Iterable[Biller] = ()

    objects = UserManager()
    USERNAME_FIELD = "email"

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(fields=["biller", "email"], name="one_member_per_address"),
            models.UniqueConstraint(
                fields=["email"], condition=Q(biller=None), name="one_staff_per_address"
            ),
            models.CheckConstraint(
                condition=Q(biller=None) | Q(is_staff=False, is_superuser=False),
                name="staff_belong_to_no_biller",
            ),
        ]
        indexes = [models.Index(fields=["email"], name="users_by_email")]

    def __str__(self) -> str:
        return self.email

    @property
    def links(self) -> "LinkedAccountQuerySet":
        """Returns the linked accounts that the member sees. `all_links` includes the others."""
        return self.all_links.standing()

    def as_proxy(self) -> "Member | StaffUser":
        """Returns this row as a Member if it belongs to a biller, else as a StaffUser."""
        self.__class__ = Member if self.biller_id else StaffUser
        return cast("Member | StaffUser", self)

    def get_additional_data(self) -> dict[str, Any]:
        """For staff: all billers they work for, or are being added to."""
        if self.biller_id or not self.pk:
            return marks([self.biller_id])
        now = Biller.objects.filter(staff=self.pk).values_list("pk", flat=True)
        return marks([*now, *(biller.pk for biller in self.future_billers)])


class MemberManager(UserManager["Member"]):
    """Members only: a query that starts here never finds staff."""

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().exclude(biller=None)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Member":
        """Raises TypeError without a biller: only staff users have none."""
        if fields.get("biller") is None:
            raise TypeError("A member belongs to a biller: give one.")
        return super().create_user(email, password, **fields)

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "Member":
        """Raises TypeError: members have no access to the admin."""
        raise TypeError("A superuser is a staff user: use StaffUser.objects.create_superuser().")


class Member(User):
    """A customer with a login at one biller. The same address at two billers is two members."""

    if TYPE_CHECKING:  # never empty here, unlike in the table that staff share
        biller: Biller
        biller_id: int

    objects = MemberManager()  # type: ignore[misc]

    class Meta:
        proxy = True
        verbose_name = _("member")
        verbose_name_plural = _("members")
        # What staff can do for a member besides viewing (backoffice/roles.py).
        permissions = [
            ("resend_mail", "Can resend emails to a member"),
            ("end_sessions", "Can sign a member out everywhere"),
            ("unlock_sign_in", "Can unlock a member's sign-in"),
            ("see_as_member", "Can view the portal as a member sees it"),
            ("remove_passkeys", "Can remove a member's passkeys"),
            ("end_two_step", "Can turn off a member's two-step verification"),
            ("export_privacy", "Can export what is held about a member"),
            ("erase_member", "Can erase a member"),
        ]


class StaffManager(UserManager["StaffUser"]):
    """Staff only: a query that starts here never finds a member."""

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(biller=None)

    @transaction.atomic
    def create_staff(
        self,
        email: str,
        password: str | None = None,
        *,
        billers: Iterable[Biller],
        roles: Iterable[Group] = (),
        **fields: Any,
    ) -> "StaffUser":
        """Creates a staff user with what they may do. Without a password, they sign in by single
        sign-on. Raises NoBiller."""
        person = StaffUser(email=email_address(email), is_staff=True, **fields)
        person.future_billers = list(billers)
        person.set_password(password)
        person.save(using=self._db)
        person.billers.set(person.future_billers)
        person.groups.set(roles)
        return person


class NoBiller(ValueError):
    """An active staff user must work for at least one biller, unless they are a superuser."""


class StaffUser(User):
    """An employee with access to the admin, for the billers they are given."""

    # Of the session: single sign-on opens only the billers that use the same provider, and a
    # password only those that don't require it. None outside of a request.
    session_covers: Q | None = None
    issuer = ""  # of the provider that vouched for this session; "" for a password

    objects = StaffManager()  # type: ignore[misc]

    class Meta:
        proxy = True
        verbose_name = _("staff user")
        verbose_name_plural = _("staff users")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises NoBiller."""
        saved = kwargs.get("update_fields")
        if (saved is None or not {"is_active", "is_superuser"}.isdisjoint(saved)) and (
            self.is_active and not self.is_superuser and not self._has_biller()
        ):
            raise NoBiller(f"Give {self.email} a biller first, or is_active=False.")
        super().save(*args, **kwargs)

    def _has_biller(self) -> bool:
        return bool(self.future_billers) or (
            self.pk is not None and Biller.objects.filter(staff=self.pk).exists()
        )

    def managed_billers(self) -> QuerySet[Biller]:
        """Returns the billers that this person works for and that their session covers; for a
        superuser, all of them."""
        if self.is_superuser:
            return Biller.objects.all()
        own = Biller.objects.filter(staff=self.pk)
        return own if self.session_covers is None else own.filter(self.session_covers)

    def covers_everything(self) -> bool:
        """Returns whether this session covers every biller that the person works for."""
        everywhere = Biller.objects.filter(staff=self.pk)
        return self.is_superuser or not everywhere.exclude(pk__in=self.managed_billers()).exists()

    def signed_in_by(self, issuer: str) -> None:
        """Sets what the session covers. issuer: see the field."""
        self.issuer = issuer
        self.session_covers = served_by(issuer) if issuer else without_required()

    def sign_out_everywhere(self) -> None:
        """Ends every session that began before now. Staff have no `SignIn` records."""
        self.signed_out_at = timezone.now()
        self.save(update_fields=["signed_out_at"])


def deactivate_without_biller(people: Iterable[int]) -> int:
    """Deactivates and signs out staff users who have lost their last biller.

    people: primary keys. Returns how many were deactivated.
    """
    found = StaffUser.objects.filter(pk__in=people, is_active=True, is_superuser=False)
    lost = list(found.filter(is_staff=True, billers=None))
    for person in lost:
        person.is_active, person.signed_out_at = False, timezone.now()
        person.save(update_fields=["is_active", "signed_out_at"])
    return len(lost)
