from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "inhance"
    verbose_name = _("Portal")

    def ready(self) -> None:
        import_module("inhance.checks")  # the checks register themselves


class PortalAdminConfig(AdminConfig):
    default_site = "inhance.admin.PortalAdminSite"
