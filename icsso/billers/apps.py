from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InvoiceCloudConfig(AppConfig):
    name = "icsso"
    verbose_name = _("Invoice Cloud")

    def ready(self) -> None:
        from backoffice.audit.registry import keep_log_of  # noqa: PLC0415
        from icsso.billers import checks  # noqa: F401, PLC0415  models are not there before
        from icsso.billers.announcements.models import Announcement  # noqa: PLC0415
        from icsso.billers.models import Biller, BillerHost  # noqa: PLC0415

        # Of the keys, not even as they stand encrypted: only that one was changed.
        secret = ["api_key", "web_service_key"]
        keep_log_of(Biller, mask_fields=secret, mask_callable="backoffice.audit.registry.hidden")
        keep_log_of(BillerHost)
        keep_log_of(Announcement)
