"""The people and what is theirs: members and staff, utility accounts, and the links between."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.changes import CredentialChange  # noqa: F401  (a model of this app)
from accounts.runs import Synchronisation  # noqa: F401  (a model of this app)
from accounts.second_factor import SecondFactor  # noqa: F401  (a model of this app)
from accounts.sign_ins import SignIn  # noqa: F401  (a model of this app)
from icsso.audit import Audited, marks
from icsso.models import Biller

PATTERN = "varchar_pattern_ops"  # PostgreSQL's; others do without


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
        # What support does for a member, beside reading (accounts/roles.py).
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
        """Of staff, beside whose sessions there are no records (`accounts.sign_ins`)."""
        self.signed_out_at = timezone.now()
        self.save(update_fields=["signed_out_at"])

    def get_additional_data(self) -> dict[str, Any]:
        """Of staff: all they work for, or are being taken on by."""
        if self.biller_id or not self.pk:
            return marks([self.biller_id])
        now = Biller.objects.filter(staff=self.pk).values_list("pk", flat=True)
        return marks([*now, *(biller.pk for biller in self.future_billers)])


class UtilityAccount(Audited, models.Model):
    """What the biller's CIS knows of an account. Imported, never edited by customers."""

    biller = models.ForeignKey(
        Biller, models.PROTECT, related_name="accounts", verbose_name=_("biller")
    )
    account_number = models.CharField(_("account number"), max_length=50)
    name = models.CharField(_("name"), max_length=150)
    address = models.CharField(_("service address"), max_length=150, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    state = models.CharField(_("state"), max_length=20, blank=True)
    zip = models.CharField(_("ZIP code"), max_length=10, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    # The CIS no longer has it. It may still owe money: customers go on as before.
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)
    # Once Invoice Cloud has told it, it is not asked again.
    customer_guid = models.UUIDField(_("CustomerGUID"), null=True, blank=True)

    class Meta:
        verbose_name = _("utility account")
        verbose_name_plural = _("utility accounts")
        ordering = ["account_number"]
        constraints = [
            models.UniqueConstraint(
                fields=["biller", "account_number"], name="one_account_per_number"
            ),
        ]
        # Beginnings of texts are looked up by these, whatever the database's collation.
        indexes = [
            models.Index(fields=["account_number"], opclasses=[PATTERN], name="accounts_by_number"),
            models.Index(fields=["name"], opclasses=[PATTERN], name="accounts_by_name"),
            models.Index(fields=["email"], name="accounts_by_email"),
        ]

    def __str__(self) -> str:
        return self.account_number

    @property
    def masked_number(self) -> str:
        """As it may stand on a page anyone can reach: the last four digits."""
        return "····" + self.account_number[-4:]

    def learn_guid(self, guid: UUID | None) -> None:
        if guid and guid != self.customer_guid:
            self.customer_guid = guid
            self.save(update_fields=["customer_guid"])

    def forget_guid(self) -> None:
        self.customer_guid = None
        self.save(update_fields=["customer_guid"])


class LinkedAccount(Audited, models.Model):
    """An account a member has proved to be theirs, and what Invoice Cloud answered for it."""

    path_to_biller = "member.biller_id"

    class State(models.TextChoices):
        PENDING = "pending", _("not yet registered")
        REGISTERED = "registered", _("registered")
        ELSEWHERE = "elsewhere", _("registered under another address")
        REFUSED = "refused", _("refused")

    member = models.ForeignKey(User, models.CASCADE, related_name="links", verbose_name=_("member"))
    account = models.ForeignKey(
        UtilityAccount, models.PROTECT, related_name="links", verbose_name=_("account")
    )
    nickname = models.CharField(_("nickname"), max_length=40, blank=True)
    is_first = models.BooleanField(_("shown first"), default=False)
    linked_at = models.DateTimeField(_("linked"), default=timezone.now)
    state = models.CharField(
        _("at Invoice Cloud"), max_length=10, choices=State.choices, default=State.PENDING
    )
    # Invoice Cloud's reason, or the masked address it is registered under.
    note = models.CharField(_("note"), max_length=200, blank=True)
    settled_at = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        verbose_name = _("linked account")
        verbose_name_plural = _("linked accounts")
        ordering = ["-is_first", "account__account_number"]
        constraints = [
            models.UniqueConstraint(fields=["member", "account"], name="linked_once"),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.member}"

    @property
    def title(self) -> str:
        """What the customer calls it."""
        return self.nickname or self.account.address or self.account.name

    def settle(self, state: "LinkedAccount.State", note: str = "") -> None:
        self.state, self.note, self.settled_at = state, note[:200], timezone.now()
        self.save(update_fields=["state", "note", "settled_at"])


class UnlinkedAccount(Audited, models.Model):
    """Unlinked by the member, or for them in the admin. Invoice Cloud cannot unregister it and goes
    on giving it at every sign-in: this keeps it from coming back by itself. Linking it again ends
    it."""

    path_to_biller = "member.biller_id"

    member = models.ForeignKey(
        User, models.CASCADE, related_name="unlinked_accounts", verbose_name=_("member")
    )
    account = models.ForeignKey(
        UtilityAccount, models.CASCADE, related_name="unlinked_by", verbose_name=_("account")
    )
    unlinked_at = models.DateTimeField(_("unlinked"), default=timezone.now)

    class Meta:
        verbose_name = _("unlinked account")
        verbose_name_plural = _("unlinked accounts")
        constraints = [
            models.UniqueConstraint(fields=["member", "account"], name="unlinked_once"),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.member}"


class UnknownAccount(models.Model):
    """An account Invoice Cloud gives to a member and the CIS does not know: for operators."""

    member = models.ForeignKey(
        User, models.CASCADE, related_name="unknown_accounts", verbose_name=_("member")
    )
    account_number = models.CharField(_("account number"), max_length=50)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)

    class Meta:
        verbose_name = _("account unknown to the CIS")
        verbose_name_plural = _("accounts unknown to the CIS")
        constraints = [
            models.UniqueConstraint(fields=["member", "account_number"], name="unknown_once"),
        ]

    def __str__(self) -> str:
        return self.account_number


class Registration(Audited, models.Model):
    """Asked for, and waiting for the link in the mail. Becomes a member when it is used."""

    LIFE = timedelta(hours=24)
    KEPT = timedelta(days=7)  # when nobody comes

    biller = models.ForeignKey(Biller, models.CASCADE, verbose_name=_("biller"))
    account = models.ForeignKey(UtilityAccount, models.CASCADE, verbose_name=_("account"))
    email = models.EmailField(_("e-mail"))
    password = models.CharField(_("password hash"), max_length=128)
    language = models.CharField(_("language"), max_length=5, default="en")
    # SHA-256 of what stands in the link: the database alone opens nothing.
    link_digest = models.CharField(max_length=64, unique=True)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now, db_index=True)
    link_sent_at = models.DateTimeField(_("link sent"), default=timezone.now, db_index=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        permissions = [("export_registration", "Can export registrations")]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        return self.finished_at is None and self.link_sent_at > timezone.now() - self.LIFE
