"""The billers: utilities whose customers this installation serves."""

from functools import lru_cache

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from icsso.addresses import origin
from icsso.client import InvoiceCloudClient
from icsso.encryption import EncryptedTextField

DEFAULT_CSS_URL = "https://www.invoicecloud.com/ssotest/sso-gmp.css"


class BillerQuerySet(models.QuerySet["Biller"]):
    def for_host(self, host: str) -> "Biller | None":
        """The biller of a host name; the only biller there is needs none."""
        named = self.filter(hosts__host=host.lower().rstrip(".")).first()
        if named:
            return named if named.is_active else None
        few = list(self.filter(is_active=True)[:2])
        return few[0] if len(few) == 1 else None


class Biller(models.Model):
    class Proof(models.TextChoices):
        NAME = "name", _("Last name or business name")
        ZIP = "zip", _("ZIP code")
        BOTH = "both", _("Name and ZIP code")

    slug = models.SlugField(_("short name"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    is_active = models.BooleanField(_("serves customers"), default=True)

    base_url = models.URLField(_("Invoice Cloud address"), default="https://www.invoicecloud.com")
    extra_hosts = models.TextField(
        _("further Invoice Cloud addresses"),
        blank=True,
        help_text=_("One per line, with https://. Allowed in frames beside the address above."),
    )
    api_key = EncryptedTextField(_("API key"), blank=True)
    web_service_key = EncryptedTextField(_("web service key"), blank=True)
    biller_guid = models.UUIDField(_("biller GUID"), null=True, blank=True)
    css_url = models.URLField(_("CSS address"), blank=True, default=DEFAULT_CSS_URL)
    return_url = models.URLField(_("return address"), blank=True)
    return_site_name = models.CharField(_("name of the return site"), max_length=100, blank=True)
    opens_without_frame = models.BooleanField(
        _("billing pages open without a frame"), default=False
    )

    registration_proof = models.CharField(
        _("proof at registration"), max_length=4, choices=Proof.choices, default=Proof.NAME
    )
    guests_prove = models.BooleanField(_("guests give the same proof"), default=False)
    setting_129_confirmed_at = models.DateTimeField(
        _("setting 129 confirmed"), null=True, blank=True
    )

    logo_url = models.CharField(_("logo"), max_length=200, blank=True)
    accent = models.CharField(
        _("colour"),
        max_length=7,
        default="#0b5cad",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Write it as # and six digits."))],
    )
    support_phone = models.CharField(_("support phone"), max_length=40, blank=True)
    support_email = models.EmailField(_("support e-mail"), blank=True)
    support_hours = models.CharField(_("support hours"), max_length=100, blank=True)

    objects = BillerQuerySet.as_manager()

    class Meta:
        verbose_name = _("biller")
        verbose_name_plural = _("billers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def client(self) -> InvoiceCloudClient:
        """Invoice Cloud for this biller, one pool of connections per process."""
        return _pooled_client(
            self.base_url,
            self.api_key,
            settings.INVOICE_CLOUD_CONNECT_TIMEOUT,
            settings.INVOICE_CLOUD_TIMEOUT,
            tuple(settings.INVOICE_CLOUD_PATHS.items()),
        )

    @property
    def origins(self) -> list[str]:
        """The origins of Invoice Cloud's pages: what frames and forms of this biller may reach."""
        addresses = [self.base_url, *self.extra_hosts.split()]
        return [found for found in map(origin, addresses) if found]


@lru_cache(maxsize=256)
def _pooled_client(
    base_url: str,
    api_key: str,
    connect_timeout: float,
    timeout: float,
    paths: tuple[tuple[str, str], ...],
) -> InvoiceCloudClient:
    return InvoiceCloudClient(
        base_url=base_url,
        api_key=api_key,
        connect_timeout=connect_timeout,
        timeout=timeout,
        paths=dict(paths),
    )


class BillerHost(models.Model):
    biller = models.ForeignKey(Biller, models.CASCADE, related_name="hosts")
    host = models.CharField(
        _("host name"),
        max_length=253,
        unique=True,
        validators=[
            RegexValidator(r"^[a-z0-9.-]+$", _("A host name in small letters, without https://."))
        ],
    )

    class Meta:
        verbose_name = _("host name")
        verbose_name_plural = _("host names")

    def __str__(self) -> str:
        return self.host
