from django.contrib.admin import AdminSite
from django.utils.translation import gettext_lazy as _


class PortalAdminSite(AdminSite):
    site_header = _("Member portal")
    site_title = _("Member portal")
    index_title = _("Operators")
