from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "inhance"
    verbose_name = _("Portal")

    def ready(self) -> None:
        # These register themselves. Monitoring that is turned off is not even imported.
        import_module("inhance.checks")
        import_module("inhance.logging.tasks")
        if settings.PRODUCTION:
            import_module("inhance.logging.uncaught").log_what_is_uncaught()
        if settings.TRACES_URL:
            import_module("inhance.monitoring.traces").start(settings.TRACES_URL)
        if settings.SENTRY_DSN:
            import_module("inhance.monitoring.errors").start(settings.SENTRY_DSN)


class PortalAdminConfig(AdminConfig):
    default_site = "inhance.admin.PortalAdminSite"
