from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import keep_log_of


class InvoiceCloudConfig(AppConfig):
    name = "icsso.billers"
    label = "icsso"
    verbose_name = _("Invoice Cloud")

    def ready(self) -> None:
        # Models are not loaded before this point.
        from icsso.billers import checks  # noqa: F401, PLC0415

        # Key values are never logged, not even encrypted; only that a key changed.
        secret = ["api_key", "web_service_key"]
        hidden = "backoffice.audit.registry.hidden"
        counts = ["postbacks_sampled"]
        keep_log_of(
            self.get_model("Biller"), exclude=counts, mask_fields=secret, mask_callable=hidden
        )
        keep_log_of(self.get_model("BillerHost"))
        keep_log_of(self.get_model("Announcement"))
        keep_log_of(self.get_model("SettingCheck"))
        keep_log_of(self.get_model("WaysToPay"))
        keep_log_of(
            self.get_model("IdentityProvider"),
            mask_fields=["client_secret"],
            mask_callable=hidden,
        )
        progress = ["steps", "announcement", "results", "suggestion", "updated_at"]
        keep_log_of(self.get_model("ProbeRun"), exclude=progress)
