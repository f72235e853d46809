from django.apps import AppConfig
from django.db.models.signals import post_save
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = _("Payments")

    def ready(self) -> None:
        from backoffice.audit.registry import keep_log_of  # noqa: PLC0415

        keep_log_of(self.get_model("ReviewDecision"))
        keep_log_of(self.get_model("Reconciliation"), exclude=["top"])  # rows of the file
        keep_log_of(self.get_model("Resolution"))
        _read_postbacks_again_with_each_profile()


def _read_postbacks_again_with_each_profile() -> None:
    from icsso.billers.models import Biller  # noqa: PLC0415
    from payments.postbacks.tasks import after_profile_change  # noqa: PLC0415

    post_save.connect(after_profile_change, sender=Biller, dispatch_uid="postbacks_read_again")
