from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = _("Payments")

    def ready(self) -> None:
        from auditlog.registry import auditlog  # noqa: PLC0415  (has models of its own)

        auditlog.register(self.get_model("ReviewDecision"))
        auditlog.register(self.get_model("Reconciliation"))
        auditlog.register(self.get_model("Settlement"))
