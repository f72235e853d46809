"""The admin site: staff sign-in and the index page."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from accounts import ratelimit
from accounts.fields import password_field
from accounts.login.stale_forms import reopens, typed_name
from accounts.mfa import staff_views as second_factor
from accounts.mfa.verification import has_passed
from accounts.requests import staff_user
from accounts.sessions.again import why_again
from accounts.sessions.middleware import SIGN_OUT
from accounts.staff import invitation_views as invitation
from accounts.staff import sign_on_views as single_sign_on
from accounts.staff.password_links import set_password
from accounts.staff.settings_views import my_settings
from backoffice.navigation import address_of, current, navigation
from icsso.billers.identity_provider.models import provider_for
from icsso.billers.models import Biller
from inhance.as_member import as_member
from support.search.views import search_page
from support.work.counts import work_of


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
    empty_value_display = "–"
    enable_nav_sidebar = False  # in favor of ours, grouped by job

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
            path("search/", search_page, name="search"),
            path("invitation/new-link/", invitation.new_link, name="invitation_link"),
            path("invitation/<secret>/", invitation.accept, name="invitation"),
            path("invitation/", invitation.accept_signed_in, name="invitation_signed_in"),
            path("password/<key>/<token>/", set_password, name="set_password"),
            path("single-sign-on/", single_sign_on.begin, name="single_sign_on"),
            path(
                "single-sign-on/callback/",
                single_sign_on.finish,
                name="single_sign_on_callback",
            ),
            path("my-settings/", my_settings, name="my_settings"),
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
        return super().login(request, self._with_provider(request, extra_context))

    def logout(  # type: ignore[override]  # the stub is narrower: Django may redirect
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        at = request.session.get(SIGN_OUT)
        response = super().logout(request, extra_context)
        if response.status_code != HTTPStatus.FOUND:
            return response
        if at:
            return single_sign_on.signed_out(request, at)
        return second_factor.to_sign_in(request)

    def _with_provider(
        self, request: HttpRequest, extra_context: dict[str, Any] | None
    ) -> dict[str, Any]:
        """Adds the identity provider of this host name's biller, if its staff may use it."""
        provider = provider_for(getattr(request, "biller", None))
        ended = why_again(request, for_staff=True)
        context = {"provider": provider, "title": _("Sign in"), "ended": ended}
        return {**(extra_context or {}), **context}

    def _checked_login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None
    ) -> HttpResponse:
        name = request.POST.get("username", "")
        ratelimit.count_attempt("sign_in", request=request, key=name)
        response = super().login(request, self._with_provider(request, extra_context))
        if response.status_code == HTTPStatus.FOUND:  # else the form is shown again
            ratelimit.clear("sign_in", request=request, key=name)
        return response

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Adds the navigation, for everybody who has passed the sign-in."""
        context = super().each_context(request)
        groups = navigation(self, request) if context["has_permission"] else ()
        here, home = request.path_info, address_of("index")
        page = home if here == home else current(groups, here)
        return {
            **context,
            "navigation": groups,
            "current_page": page,
            "is_below_current": here != page,
        }

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Empty: no page shows Django's list of models, and none has to make it."""
        return []

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """What waits, then the search, then the jobs."""
        work = work_of(staff_user(request))
        is_empty = request.user.is_superuser and not Biller.objects.exists()
        context = {"work": work, "is_empty": is_empty, "is_demo_possible": settings.DEBUG}
        if is_empty:
            context["navigation"] = ()  # there is one thing to do
        return super().index(request, {**(extra_context or {}), **context})

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Apps mean nothing to staff: the first page has everything, grouped by job."""
        return redirect("admin:index")
