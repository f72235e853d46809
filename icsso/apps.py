from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InvoiceCloudConfig(AppConfig):
    name = "icsso"
    verbose_name = _("Invoice Cloud")

    def ready(self) -> None:
        from auditlog.registry import auditlog  # noqa: PLC0415  models are not there before

        from icsso import checks  # noqa: F401, PLC0415
        from icsso.models import Biller, BillerHost  # noqa: PLC0415

        # Not even the encrypted keys: that one was set, and when, stands in its own field.
        auditlog.register(Biller, exclude_fields=["api_key", "web_service_key"])
        auditlog.register(BillerHost)
