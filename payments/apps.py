from django.apps import AppConfig
from django.db.models.signals import post_save
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import keep_log_of


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = _("Payments")

    def ready(self) -> None:
        from payments import privacy  # noqa: F401, PLC0415
        from payments.checkout import recent  # noqa: F401, PLC0415
        from payments.late_fees import recording  # noqa: F401, PLC0415

        keep_log_of(self.get_model("ReviewDecision"))
        keep_log_of(self.get_model("Reconciliation"), exclude=["top"])  # rows of uploaded files
        keep_log_of(self.get_model("Resolution"))
        keep_log_of(self.get_model("Reversal"))
        _read_postbacks_again()


def _read_postbacks_again() -> None:
    """Reads postbacks again after changes of the biller's profile and reinstatements."""
    from icsso.billers.models import Biller  # noqa: PLC0415
    from payments.models import Reversal  # noqa: PLC0415
    from payments.postbacks.tasks import after_profile_change, after_reinstatement  # noqa: PLC0415

    post_save.connect(after_profile_change, sender=Biller, dispatch_uid="postbacks_read_again")
    post_save.connect(
        after_reinstatement,
        sender=Reversal,
        dispatch_uid="postbacks_read_again_when_reinstated",
    )
