"""The OpenID provider by which a biller's staff sign in, such as Microsoft Entra or Google."""

import json
import re
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import Audited
from icsso.billers.encryption import EncryptedTextField
from icsso.billers.validators import check_https

DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
# The one issuer of all accounts of Microsoft: it does not say whose they are.
ENTRA = re.compile(
    r"https://login\.microsoftonline\.(?:com|us)/(?P<tenant>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/v2\.0"
)
MANY_TENANTS = re.compile(
    r"https://login\.microsoftonline\.[a-z]+/(common|organizations|consumers)"
)
GOOGLE = "https://accounts.google.com"


class Use(models.TextChoices):
    OFF = "off", _("Off")
    OFFERED = "offered", _("Offered beside the password")
    REQUIRED = "required", _("Required: passwords no longer work for this biller")


class IdentityProvider(Audited, models.Model):
    """At most one for each biller. Who may sign in is decided by `accounts.staff.sign_on`."""

    biller = models.OneToOneField(
        "icsso.Biller",
        models.CASCADE,
        related_name="identity_provider",
        verbose_name=_("biller"),
    )
    use = models.CharField(_("use"), max_length=8, choices=Use.choices, default=Use.OFFERED)
    name = models.CharField(
        _("name"),
        max_length=60,
        help_text=_("Shown on the button: “Sign in with …”"),
    )
    issuer = models.CharField(
        _("issuer"),
        max_length=300,
        validators=[check_https],
        help_text=_(
            "For example https://login.microsoftonline.com/TENANT-ID/v2.0 or "
            "https://accounts.google.com, exactly as the provider writes it."
        ),
    )
    client_id = models.CharField(_("client ID"), max_length=255)
    client_secret = EncryptedTextField(_("client secret"))
    client_secret_set_at = models.DateTimeField(_("client secret set"), null=True, editable=False)
    allowed_domains = models.TextField(
        _("allowed email domains"),
        help_text=_("One per line, such as example.com. Other addresses can't sign in."),
    )

    role_claim = models.CharField(
        _("claim with the role"),
        max_length=60,
        blank=True,
        help_text=_(
            "If the provider decides about roles, the name of the claim, such as “roles”. It must "
            "contain support, finance, or administrator. Blank: roles are given here."
        ),
    )

    # The settings with which somebody has last signed in.
    tried = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        app_label = "icsso"
        verbose_name = _("single sign-on")
        verbose_name_plural = _("single sign-on")

    def __str__(self) -> str:
        return f"{self.biller}: {self.name}"

    def clean(self) -> None:
        """Refuses an issuer that also vouches for strangers, and invalid domains."""
        if MANY_TENANTS.match(self.issuer):
            words = _("Use the address with your own tenant ID. This one is for all tenants.")
            raise ValidationError({"issuer": words})
        self.allowed_domains = "\n".join(self.allowed_domains.lower().replace("@", " ").split())
        wrong = [one for one in self.domains if not DOMAIN.fullmatch(one)]
        if wrong or not self.domains:
            words = _("Enter domains like example.com, one per line.")
            raise ValidationError({"allowed_domains": words})

    def settings_digest(self) -> str:
        """Returns a digest of every setting that could keep people from signing in."""
        secret_of = self.client_secret_set_at.isoformat() if self.client_secret_set_at else ""
        settings = (self.issuer, self.client_id, secret_of, self.domains, self.role_claim)
        return sha256(json.dumps(settings).encode()).hexdigest()

    @property
    def has_been_tried(self) -> bool:
        """Returns whether somebody has signed in with exactly these settings."""
        return self.tried == self.settings_digest()

    def note_tried(self) -> None:
        """Records that somebody has just signed in."""
        IdentityProvider.objects.filter(pk=self.pk).update(tried=self.settings_digest())

    @property
    def domains(self) -> list[str]:
        return self.allowed_domains.split()

    @property
    def tenant(self) -> str:
        """Returns the tenant ID of a single tenant of Microsoft Entra, else ""."""
        match = ENTRA.fullmatch(self.issuer)
        return match["tenant"] if match else ""

    @property
    def prompt(self) -> str:
        """Returns the `prompt` that asks for an account again. All providers know `login` except
        Google; with Entra, it would ask for the password of the same account."""
        return "select_account" if self.tenant or self.issuer == GOOGLE else "login"

    def allows(self, email: str) -> bool:
        """email: in its normal form."""
        return email.rpartition("@")[2] in self.domains


def without_required() -> Q:
    """Returns the condition for billers for which a password is enough."""
    return ~Q(identity_provider__use=Use.REQUIRED)


def served_by(issuer: str) -> Q:
    """Returns the condition for billers whose staff may sign in by this issuer."""
    return Q(identity_provider__issuer=issuer) & ~Q(identity_provider__use=Use.OFF)


def provider_for(biller: Any) -> IdentityProvider | None:
    """Returns the biller's provider if staff may use it."""
    if biller is None:
        return None
    found: IdentityProvider | None = (
        IdentityProvider.objects.filter(biller=biller).exclude(use=Use.OFF).first()
    )
    return found
