from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.lockout import may_try, too_many_attempts


class PortalAdminSite(AdminSite):
    site_header = _("Member portal")
    site_title = _("Member portal")
    index_title = _("Operators")

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST" and not may_try(request):
            return too_many_attempts(request)
        return super().login(request, extra_context)
