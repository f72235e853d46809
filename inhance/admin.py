"""The admin site: staff sign-in and the index page."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, NamedTuple

from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import ratelimit
from accounts.fields import password_field
from accounts.login.stale_forms import reopens, typed_name
from accounts.mfa import staff_views as second_factor
from accounts.mfa.verification import has_passed
from backoffice.scope import billers_of
from inhance.as_member import as_member


class Link(NamedTuple):
    """waiting: how much work waits there, if that is known."""

    label: str | Promise
    address: str
    waiting: int


class StaffSignInForm(AdminAuthenticationForm):
    password = password_field(_("Password"))

    def __init__(self, request: HttpRequest | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.fields["username"].initial = typed_name(request)


class PortalAdminSite(AdminSite):
    login_form = StaffSignInForm
    site_header = _("Member portal")
    site_title = _("Member portal")
    index_title = _("Back office")

    def has_permission(self, request: HttpRequest) -> bool:
        """Checked by every admin page: none is shown between the password and the code."""
        return super().has_permission(request) and has_passed(request)

    def get_urls(self) -> list[Any]:
        return [
            path("second-factor/", second_factor.enter_code, name="second_factor"),
            path("second-factor/set-up/", second_factor.set_up, name="second_factor_set_up"),
            path(
                "second-factor/codes/",
                second_factor.new_recovery_codes,
                name="second_factor_codes",
            ),
            path("second-factor/leave/", second_factor.sign_out, name="second_factor_leave"),
            path("accounts/member/<int:pk>/as-member/", as_member, name="as_member"),
            *super().get_urls(),
        ]

    @reopens
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST":
            return self._checked_login(request, extra_context)
        if request.method == "GET" and super().has_permission(request):
            # The password was right, and maybe the code too: the next page checks.
            return redirect(f"{reverse('admin:second_factor')}?{request.GET.urlencode()}")
        return super().login(request, extra_context)

    def _checked_login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None
    ) -> HttpResponse:
        name = request.POST.get("username", "")
        if seconds := ratelimit.seconds_to_wait("sign_in", request=request, key=name):
            return ratelimit.too_many_requests(request, seconds=seconds)
        response = super().login(request, extra_context)
        if response.status_code == HTTPStatus.FOUND:  # else the form is shown again
            ratelimit.clear("sign_in", request=request, key=name)
        return response

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        tools = list(self.tools_for(request))
        return super().index(request, {**(extra_context or {}), "tools": tools})

    def tools_for(self, request: HttpRequest) -> Iterator[tuple[str, list[Link]]]:
        """Returns the tools that this staff user may open, by app, in the order of the lists."""
        for app in self.get_app_list(request):
            links = [
                Link(
                    tool.label,
                    reverse(f"admin:{tool.view}"),
                    tool.waiting(billers_of(request)) if tool.waiting else 0,
                )
                for model, model_admin in self._registry.items()
                for tool in getattr(model_admin, "tools", ())
                if model._meta.app_label == app["app_label"]
                and request.user.has_perm(tool.permission)
            ]
            if links:
                yield app["name"], links
