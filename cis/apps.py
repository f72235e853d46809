from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import keep_log_of


class CisConfig(AppConfig):
    name = "cis"
    verbose_name = _("Billing system (CIS)")

    def ready(self) -> None:
        from cis import privacy  # noqa: F401, PLC0415

        # The audit log has one entry per import, not one per changed account.
        keep_log_of(self.get_model("AccountImport"), exclude=["rejects"])
