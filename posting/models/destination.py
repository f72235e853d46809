"""Where a biller's payment files are delivered."""

import posixpath

from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import Audited
from icsso.billers.encryption import EncryptedTextField
from icsso.billers.models import Biller


class Destination(Audited, models.Model):
    """A folder on the portal's server, or an SFTP server. The password and the private key are
    never shown."""

    class Kind(models.TextChoices):
        NONE = "none", _("nowhere: staff download them")
        FOLDER = "folder", _("a folder on the portal's server")
        SFTP = "sftp", _("an SFTP server")

    biller = models.OneToOneField(
        Biller, models.CASCADE, related_name="posting_destination", verbose_name=_("biller")
    )
    kind = models.CharField(
        _("deliver files to"), max_length=6, choices=Kind.choices, default=Kind.NONE
    )
    folder = models.CharField(_("folder"), max_length=200, blank=True)
    host = models.CharField(_("server"), max_length=253, blank=True)
    port = models.PositiveIntegerField(_("port"), default=22)
    username = models.CharField(_("user name"), max_length=100, blank=True)
    password = EncryptedTextField(_("password"), blank=True)
    private_key = EncryptedTextField(_("private key"), blank=True)
    # "SHA256:…", as OpenSSH shows it. Nothing is sent to a server with another key.
    host_key = models.CharField(_("fingerprint of the server's key"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("destination of payment files")
        verbose_name_plural = _("destinations of payment files")
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        return str(self.biller)

    def is_shared(self) -> bool:
        """Whether another biller's files go to the same folder of the same server. Another user
        name or port may lead to the same place, so these don't count."""
        if self.kind != self.Kind.SFTP:
            return False  # folders are below each biller's own
        others = Destination.objects.exclude(biller=self.biller_id).filter(
            kind=self.Kind.SFTP, host__iexact=self.host
        )
        own = _plain(self.folder)
        return any(_plain(folder) == own for folder in others.values_list("folder", flat=True))

    @property
    def in_words(self) -> str:
        """Returns where it is, without any secret."""
        if self.kind == self.Kind.SFTP:
            return f"sftp://{self.username}@{self.host}:{self.port}/{self.folder.lstrip('/')}"
        return self.folder or "." if self.kind == self.Kind.FOLDER else ""


def _plain(folder: str) -> str:
    return posixpath.normpath(f"/{folder}").lstrip("/")
