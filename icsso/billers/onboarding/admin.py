"""“Going live”: the page that leads an operator through what a biller needs, each step done there.

Every act has an address of its own, and leads back to its step.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.contrib import admin, messages
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from backoffice.scope import BillerScoped
from icsso.billers.branding import preview_css
from icsso.billers.models import Biller
from icsso.billers.onboarding import steps as readiness
from icsso.billers.onboarding.connection_test import try_connection
from icsso.billers.onboarding.forms import STEP_FORMS
from icsso.client.addresses import origin

PAGE = "admin/icsso/biller/going_live.html"
SCHEMES = ("light", "dark")
# More are not counted: the page is about whether there are any.
MOST_COUNTED = 10_000
MOST_SHOWN = 5


class GoingLiveAdmin(BillerScoped, admin.ModelAdmin):  # type: ignore[type-arg]
    biller_path = "pk"

    def get_urls(self) -> list[URLPattern]:
        page = "<int:pk>/going-live/"
        own = [
            self._path(page, require_safe(self.going_live), "going_live"),
            self._path(f"{page}connection/", require_POST(self.try_it), "try_connection"),
            self._path(f"{page}setting-129/on/", require_POST(self.seen_on), "setting_129_on"),
            self._path(f"{page}setting-129/off/", require_POST(self.seen_off), "setting_129_off"),
            self._path(f"{page}open/", require_POST(self.open), "open"),
            self._path(f"{page}close/", require_POST(self.close), "close"),
            self._path(f"{page}<slug:step>/", require_POST(self.save_step), "save_step"),
            self._path("<int:pk>/preview/<slug:scheme>/", require_safe(self.preview), "preview"),
            self._path("<int:pk>/preview/<slug:scheme>.css", require_safe(self.colours), "colours"),
        ]
        return own + super().get_urls()

    def going_live(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._page(request, self._biller(request, pk, change=False))

    def save_step(self, request: HttpRequest, pk: int, step: str) -> HttpResponse:
        biller = self._biller(request, pk)
        if step not in STEP_FORMS:
            raise Http404
        form = STEP_FORMS[step](request.POST, instance=biller, prefix=step)
        if not form.is_valid():
            return self._page(request, self._biller(request, pk), wrong=form)
        form.save()
        if form.has_changed():
            said = self.construct_change_message(request, form, [])  # type: ignore[arg-type]
            self.log_change(request, biller, said)
        return self._back(request, biller, step, _("Saved."))

    def try_it(self, request: HttpRequest, pk: int) -> HttpResponse:
        biller = self._biller(request, pk)
        finding = try_connection(biller)
        level = messages.SUCCESS if finding.works else messages.ERROR
        return self._back(request, biller, "connection", finding.words, level)

    def seen_on(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._seen(request, pk, is_on=True)

    def seen_off(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._seen(request, pk, is_on=False)

    def _seen(self, request: HttpRequest, pk: int, *, is_on: bool) -> HttpResponse:
        biller = self._biller(request, pk)
        biller.setting_129_seen(is_on=is_on, by=str(request.user))
        return self._back(request, biller, "setting-129", _("Noted, with your name and the time."))

    def open(self, request: HttpRequest, pk: int) -> HttpResponse:
        biller = self._biller(request, pk)
        if missing := readiness.missing(biller):
            words = _("Customers cannot be served yet. Still missing: %(what)s.")
            words %= {"what": ", ".join(missing)}
            return self._back(request, biller, "open", words, messages.ERROR)
        biller.serve(True)
        return self._back(request, biller, "open", _("Customers are being served now."))

    def close(self, request: HttpRequest, pk: int) -> HttpResponse:
        biller = self._biller(request, pk)
        biller.serve(False)
        words = _("Customers now read that the site is not open. Calls about payments go on.")
        return self._back(request, biller, "open", words)

    def preview(self, request: HttpRequest, pk: int, scheme: str) -> HttpResponse:
        """What customers see of the look, for the frames of the page."""
        if scheme not in SCHEMES:
            raise Http404
        biller = self._biller(request, pk, change=False)
        context = {"biller": biller, "scheme": scheme}
        response = render(request, "admin/icsso/biller/preview.html", context)
        logo = origin(biller.logo_url)
        response._csp_replace = {  # type: ignore[attr-defined]
            "frame-ancestors": ["'self'"],
            "img-src": ["'self'", "data:", *[logo][: logo.startswith("https://")]],
        }
        response.xframe_options_exempt = True
        return response

    def colours(self, request: HttpRequest, pk: int, scheme: str) -> HttpResponse:
        found = finders.find("css/base.css")
        if scheme not in SCHEMES or not found:
            raise Http404
        accent = self._biller(request, pk, change=False).accent
        styles = preview_css(Path(found).read_text(), accent, scheme)
        return HttpResponse(styles, content_type="text/css; charset=utf-8")

    def _path(self, route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
        return path(route, self.admin_site.admin_view(view), name=f"icsso_biller_{name}")

    def _biller(self, request: HttpRequest, pk: int, *, change: bool = True) -> Biller:
        """One of the operator's own, which they may see, or change."""
        biller: Biller = get_object_or_404(self.get_queryset(request), pk=pk)
        may = self.has_change_permission if change else self.has_view_permission
        if not may(request, biller):
            raise PermissionDenied
        return biller

    def _back(
        self,
        request: HttpRequest,
        biller: Biller,
        step: str,
        words: str,
        level: int = messages.SUCCESS,
    ) -> HttpResponse:
        self.message_user(request, words, level)
        return redirect(f"{reverse('admin:icsso_biller_going_live', args=[biller.pk])}#{step}")

    def _page(self, request: HttpRequest, biller: Biller, *, wrong: Any = None) -> HttpResponse:
        may_change = self.has_change_permission(request, biller)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Going live: %(biller)s") % {"biller": biller},
            "opts": self.opts,
            "biller": biller,
            "may_change": may_change,
            "missing": readiness.missing(biller),
            "steps": [_shown(step, biller, wrong) for step in readiness.STEPS],
            "schemes": SCHEMES,
            "number": biller.accounts.filter(closed_at=None)[: MOST_COUNTED + 1].count(),
            "most_counted": MOST_COUNTED,
            "announced": biller.announcements.filter(ends_at__gt=timezone.now())[:MOST_SHOWN],
        }
        response = render(request, PAGE, context, status=200)
        response._csp_replace = {"frame-src": ["'self'"]}  # type: ignore[attr-defined]
        return response


def _shown(step: readiness.Step, biller: Biller, wrong: Any) -> dict[str, Any]:
    """A step with its form: the one that was refused, else a fresh one."""
    form = None
    if step.slug in STEP_FORMS:
        is_wrong = wrong is not None and wrong.prefix == step.slug
        form = wrong if is_wrong else STEP_FORMS[step.slug](instance=biller, prefix=step.slug)
    template = f"admin/icsso/biller/step_{step.slug.replace('-', '_')}.html"
    return {"step": step, "missing": step.missing(biller), "form": form, "template": template}
