from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = _("Payments")

    def ready(self) -> None:
        from backoffice.audit.registry import keep_log_of  # noqa: PLC0415

        keep_log_of(self.get_model("ReviewDecision"))
        keep_log_of(self.get_model("Reconciliation"), exclude=["top"])  # rows of the file
        keep_log_of(self.get_model("Resolution"))
