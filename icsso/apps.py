from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InvoiceCloudConfig(AppConfig):
    name = "icsso"
    verbose_name = _("Invoice Cloud")

    def ready(self) -> None:
        from auditlog.registry import auditlog  # noqa: PLC0415  models are not there before

        from icsso import checks  # noqa: F401, PLC0415
        from icsso.announcements import Announcement  # noqa: PLC0415
        from icsso.models import Biller, BillerHost  # noqa: PLC0415

        # Of the keys, not even as they stand encrypted: only that one was changed.
        secret = ["api_key", "web_service_key"]
        auditlog.register(Biller, mask_fields=secret, mask_callable="icsso.audit.hidden")
        auditlog.register(BillerHost)
        auditlog.register(Announcement)
