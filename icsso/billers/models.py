"""Billers: the utilities whose customers this installation serves."""

import re
from collections.abc import Callable
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.encoding import punycode
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import Audited
from icsso.billers.announcements.models import Announcement  # noqa: F401  (a model of this app)
from icsso.billers.branding.contact import HasContact
from icsso.billers.branding.models import Logo  # noqa: F401  (a model of this app)
from icsso.billers.encryption import EncryptedTextField
from icsso.billers.hosts import kept
from icsso.billers.hosts.models import BillerHost
from icsso.billers.identity_provider.models import IdentityProvider  # noqa: F401  (of this app)
from icsso.billers.metrics.models import CallMeasure  # noqa: F401  (a model of this app)
from icsso.billers.onboarding.models import SettingCheck  # noqa: F401  (a model of this app)
from icsso.billers.pay_links.models import PayLinkKey  # noqa: F401  (a model of this app)
from icsso.billers.postback_samples.models import PostbackSample  # noqa: F401  (of this app)
from icsso.billers.probe_runs.models import ProbeRun  # noqa: F401  (a model of this app)
from icsso.billers.time_zones import HasTimeZone
from icsso.billers.validators import (
    check_color,
    check_https,
    check_invoice_cloud,
    check_sender,
    check_sender_name,
    check_style,
    wire_faults,
)
from icsso.billers.ways_to_pay.models import WaysToPay  # noqa: F401  (a model of this app)
from icsso.billers.wire import effective_wire
from icsso.client.addresses import origin
from icsso.client.parsing import plain_words
from icsso.client.wire.profile import WireProfile
from icsso.queries import MadeOnce

ACCENT = r"^#[0-9a-fA-F]{6}$"
DEFAULT_CSS_URL = "https://www.invoicecloud.com/ssotest/sso-gmp.css"
CHECKS = {
    "base_url": check_invoice_cloud,
    "css_url": check_style,
    "return_url": check_https,
}


class BillerQuerySet(models.QuerySet["Biller"]):
    def update(self, **values: Any) -> int:
        """Sends no signal, but the change counts at once all the same."""
        changed = super().update(**values)
        kept.forget()
        return changed


def _named(host: Any) -> "models.QuerySet[Biller]":
    return Biller.objects.filter(hosts__host=host)


_of_host = MadeOnce(_named, host=BillerHost._meta.get_field("host"))


class Biller(Audited, HasTimeZone, HasContact):
    path_to_biller = "pk"

    class Proof(models.TextChoices):
        NAME = "name", _("Last name or business name")
        ZIP = "zip", _("ZIP code")
        BOTH = "both", _("Name and ZIP code")

    class NameOrder(models.TextChoices):
        UNKNOWN = "", _("Not known")
        LAST_FIRST = "last_first", _("Last name first: SMITH JOHN")
        FIRST_LAST = "first_last", _("First name first: JOHN SMITH")

    slug = models.SlugField(
        _("short name"),
        unique=True,
        help_text=_("For commands and log messages. Customers never see it."),
    )
    name = models.CharField(_("name"), max_length=100)
    is_active = models.BooleanField(_("open to customers"), default=False)

    base_url = models.URLField(_("Invoice Cloud address"), default="https://www.invoicecloud.com")
    extra_hosts = models.TextField(
        _("other servers of Invoice Cloud"),
        blank=True,
        help_text=_(
            "One per line, with https://. Their pages are allowed in frames, and the probe looks "
            "for Invoice Cloud's operations there."
        ),
    )
    api_key = EncryptedTextField(_("API key"), blank=True)
    api_key_set_at = models.DateTimeField(_("API key set"), null=True, editable=False)
    web_service_key = EncryptedTextField(_("web service key"), blank=True)
    web_service_key_set_at = models.DateTimeField(
        _("web service key set"), null=True, editable=False
    )
    biller_guid = models.UUIDField(_("biller GUID"), null=True, blank=True)
    reads_customer_records = models.BooleanField(
        _("look up customers by web service too"),
        default=False,
        help_text=_(
            "When Invoice Cloud doesn't say clearly whether an account is registered, the portal "
            "asks its older web service (SOAP, read only). Requires the biller GUID and the web "
            "service key."
        ),
    )
    wire_profile = models.JSONField(
        _("wire profile"),
        default=dict,
        blank=True,
        help_text=_("Where this biller's Invoice Cloud differs from the contract. JSON."),
    )
    css_url = models.URLField(_("CSS address"), blank=True, default=DEFAULT_CSS_URL)
    return_url = models.URLField(_("return address"), blank=True)
    return_site_name = models.CharField(_("return site name"), max_length=100, blank=True)
    opens_without_frame = models.BooleanField(
        _("open billing pages without a frame"), default=False
    )

    signup_proof = models.CharField(
        _("proof required at sign-up"), max_length=4, choices=Proof.choices, default=Proof.NAME
    )
    name_order = models.CharField(
        _("names in the billing system"),
        max_length=10,
        choices=NameOrder.choices,
        default=NameOrder.UNKNOWN,
        blank=True,
        help_text=_(
            "The preview of an account file says what it looks like. Check a few bills. While this "
            "is not known, customers must enter their whole name. Afterward, the last name is "
            "enough."
        ),
    )
    guests_prove = models.BooleanField(_("guests must give the same proof"), default=False)
    offers_existing_login = models.BooleanField(
        _("customers can bring their Invoice Cloud login"), default=True
    )
    listed_accounts_need_proof = models.BooleanField(
        _("accounts listed by Invoice Cloud need the same proof"),
        default=False,
        help_text=_(
            "Otherwise, accounts that Invoice Cloud lists under a member's confirmed email are "
            "linked without it."
        ),
    )
    # The last connection test, while the address, key, and GUID are still the tested ones.
    connection_works = models.BooleanField(_("connection works"), default=False, editable=False)
    connection_tested_at = models.DateTimeField(_("connection tested"), null=True, editable=False)
    connection_finding = models.TextField(_("connection test result"), blank=True, editable=False)
    postbacks_sampled = models.PositiveSmallIntegerField(default=0, editable=False)

    # Of the image in `Logo`; empty if there is none.
    logo_digest = models.CharField(_("logo"), max_length=16, blank=True, editable=False)
    accent = models.CharField(
        _("color"),
        max_length=7,
        default="#0b5cad",
        validators=[RegexValidator(ACCENT, _("Enter # and six digits (0–9, a–f), like #0b5cad."))],
    )
    sender_name = models.CharField(
        _("sender name"),
        max_length=100,
        blank=True,
        validators=[check_sender_name],
        help_text=_("Who emails to customers come from. If blank, the biller's name."),
    )
    sender_email = models.EmailField(
        _("sender email"),
        blank=True,
        validators=[check_sender],
        help_text=_(
            "The address that emails to customers come from. If blank, the portal's own. The mail "
            "server and the domain's SPF and DKIM records must allow it, or emails end up in spam."
        ),
    )

    sends_reminders = models.BooleanField(
        _("remind customers of bills by email"),
        default=False,
        help_text=_(
            "Only if Invoice Cloud's own reminder emails are off for this biller. Otherwise, "
            "customers get two."
        ),
    )

    objects = BillerQuerySet.as_manager()

    class Meta:
        verbose_name = _("biller")
        verbose_name_plural = _("billers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def for_host(cls, host: str) -> "Biller | None":
        """Returns the biller of a host name, open or not. The only open biller, or the only one at
        all, is returned for every host name."""
        if named := _of_host(host=host.lower().rstrip(".")):
            return named[0]
        few = list(cls.objects.filter(is_active=True)[:2]) or list(cls.objects.all()[:2])
        return few[0] if len(few) == 1 else None

    def clean(self) -> None:
        """Checks that addresses use https, that Invoice Cloud's are public, and that the color is
        readable. Only new values are checked: a DNS failure must not block other changes."""
        known = Biller.objects.filter(pk=self.pk).first() if self.pk else None
        before = known or Biller(base_url="", css_url="")
        self.base_url = self.base_url.strip().rstrip("/")
        self.extra_hosts = "\n".join(line.rstrip("/") for line in self.extra_hosts.split())
        further = [one for one in self.extra_hosts.split() if one not in before.extra_hosts.split()]
        faults = {"extra_hosts": _faults(check_invoice_cloud, *further)}
        for name, check in CHECKS.items():
            address = getattr(self, name)
            faults[name] = _faults(check, address) if address != getattr(before, name) else []
        self.wire_profile = self.wire_profile or {}
        faults["wire_profile"] = [
            ValidationError(fault) for fault in wire_faults(self.wire_profile)
        ]
        if re.fullmatch(ACCENT, self.accent):  # else its own validator has reported it
            faults["accent"] = _faults(check_color, self.accent)
        if any(faults.values()):
            raise ValidationError({name: found for name, found in faults.items() if found})

    @property
    def logo_address(self) -> str:
        """Returns the path of the logo at the biller's host names, or ""."""
        return f"/logo/{self.logo_digest}.png" if self.logo_digest else ""

    def take_keys(self, *, api_key: str = "", web_service_key: str = "") -> list[str]:
        """Sets the given keys that differ; an empty value keeps the current key.

        Returns the names of the fields that changed. Does not save.
        """
        given = {"api_key": api_key, "web_service_key": web_service_key}
        changed = [name for name, key in given.items() if key and key != getattr(self, name)]
        for name in changed:
            setattr(self, name, given[name])
            setattr(self, f"{name}_set_at", timezone.now())
        return changed

    def connection_tested(self, *, works: bool, finding: str) -> None:
        self.connection_works, self.connection_finding = works, finding
        self.connection_tested_at = timezone.now()
        self.save(update_fields=["connection_works", "connection_finding", "connection_tested_at"])

    def forget_connection_test(self) -> None:
        """Clears the result after the tested values changed. Does not save."""
        self.connection_works, self.connection_finding = False, ""
        self.connection_tested_at = None

    def serve(self, is_active: bool) -> None:
        self.is_active = is_active
        self.save(update_fields=["is_active"])

    @property
    def sender(self) -> str:
        """Returns the From header of emails to customers: Springfield Water <billing@…>."""
        # The portal's own address may come with a name, and a header is one line.
        address = self.sender_email or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
        mailbox, _at, domain = address.rpartition("@")
        name = plain_words(self.sender_name or self.name)
        return formataddr((name, f"{mailbox}@{punycode(domain)}"))

    @property
    def origins(self) -> list[str]:
        """Returns the origins of Invoice Cloud's pages, for this biller's frames and forms."""
        addresses = [self.base_url, *self.extra_hosts.split(), *self.wire.origins(self.base_url)]
        return list(dict.fromkeys(found for found in map(origin, addresses) if found))

    @property
    def wire(self) -> WireProfile:
        """Returns the installation's wire profile, and this biller's own in front of it."""
        return effective_wire(self.wire_profile)


def _faults(check: Callable[[str], None], *addresses: str) -> list[ValidationError]:
    faults = []
    for address in filter(None, addresses):
        try:
            check(address)
        except ValidationError as fault:
            faults.append(fault)
    return faults
