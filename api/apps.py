from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import keep_log_of


class ApiConfig(AppConfig):
    name = "api"
    verbose_name = _("API")

    def ready(self) -> None:
        keep_log_of(self.get_model("ApiToken"), exclude=["digest", "last_used_at"])
