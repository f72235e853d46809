from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InvoiceCloudConfig(AppConfig):
    name = "icsso"
    verbose_name = _("Invoice Cloud")
