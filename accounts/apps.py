from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and accounts")

    def ready(self) -> None:
        from auditlog.registry import auditlog  # noqa: PLC0415  (has models of its own)

        from accounts import audit, roles  # noqa: F401, PLC0415

        post_migrate.connect(roles.bring_up_to_date)
        # Who changed what, when. Never a password hash or a key, and not every sign-in.
        auditlog.register(
            self.get_model("User"),
            exclude_fields=["last_login"],
            mask_fields=["password"],
            mask_callable="icsso.audit.hidden",
            m2m_fields={"groups"},  # for whom somebody works: accounts.audit
        )
        auditlog.register(self.get_model("LinkedAccount"))
        auditlog.register(self.get_model("UnlinkedAccount"))
        # Whom Invoice Cloud knows it as is learned from Invoice Cloud, by the portal itself.
        auditlog.register(self.get_model("UtilityAccount"), exclude_fields=["customer_guid"])
        auditlog.register(self.get_model("SecondFactor"), exclude_fields=["key", "last_step"])
        # Accounts that an import changes have no entry each: the import has one.
        auditlog.register(self.get_model("AccountImport"), exclude_fields=["refused_lines"])
