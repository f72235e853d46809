from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import keep_log_of


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and accounts")

    def ready(self) -> None:
        # These import models, which are not loaded before this point.
        from accounts.helpers import links  # noqa: F401, PLC0415
        from accounts.linked_accounts import kept  # noqa: F401, PLC0415
        from accounts.login import audit, failures, last_login  # noqa: F401, PLC0415
        from accounts.models.kept_balance import KEPT_FIELDS  # noqa: PLC0415
        from backoffice import roles  # noqa: PLC0415

        post_migrate.connect(roles.bring_up_to_date)
        # Who changed what, and when. Never a password hash or key, and not every sign-in.
        for name in ("User", "Member", "StaffUser"):  # a proxy's signals are its own
            keep_log_of(
                self.get_model(name),
                exclude=["last_login", "signed_out_at", "billing_visited_at"],
                mask_fields=["password"],
                mask_callable="backoffice.audit.registry.hidden",
                m2m_fields={"groups"},  # billers are handled in accounts.login.audit
            )
        keep_log_of(
            self.get_model("StaffInvitation"),
            exclude=["link_digest", "link_sent_at"],
            m2m_fields={"roles"},  # other billers stay unknown to staff of one
        )
        keep_log_of(self.get_model("StaffIdentity"), exclude=["subject"])
        # Invoice Cloud reports what is owed many times a day.
        keep_log_of(self.get_model("LinkedAccount"), exclude=list(KEPT_FIELDS))
        keep_log_of(self.get_model("LegalHold"))
        keep_log_of(self.get_model("UnlinkedAccount"))
        # The portal itself gets the CustomerGUID from Invoice Cloud.
        keep_log_of(self.get_model("UtilityAccount"), exclude=["customer_guid"])
        keep_log_of(self.get_model("SecondFactor"), exclude=["key", "last_step", "undo_digest"])
        unlogged = ["public_key", "user_handle", "sign_count", "transports", "is_backed_up"]
        unlogged += ["credential_id", "used_at", "undo_digest"]
        keep_log_of(self.get_model("Passkey"), exclude=unlogged)
