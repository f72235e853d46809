from django.apps import AppConfig
from django.db.models.signals import post_save
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import keep_log_of


class PostingConfig(AppConfig):
    name = "posting"
    verbose_name = _("Posting to the CIS")

    def ready(self) -> None:
        # Changed by the periodic command, not by staff users.
        keep_log_of(self.get_model("PostingLayout"), exclude=["built_for", "build_error"])
        keep_log_of(self.get_model("PostingColumn"))
        keep_log_of(
            self.get_model("Destination"),
            mask_fields=["password", "private_key"],
            mask_callable="backoffice.audit.registry.hidden",
        )
        # Leaves out secrets and what the portal itself writes at each attempt.
        keep_log_of(
            self.get_model("WebhookEndpoint"),
            exclude=[
                *("secret", "previous_secret", "swept_at"),
                *("failures", "failing_since", "rests_until", "queued_at"),
            ],
        )
        _send_webhooks_right_away()


def _send_webhooks_right_away() -> None:
    from payments.models import PaymentLine, Reversal  # noqa: PLC0415
    from posting.webhooks.tasks import after_line  # noqa: PLC0415

    for model in (PaymentLine, Reversal):
        post_save.connect(after_line, sender=model, dispatch_uid=f"webhooks_{model.__name__}")
