"""What staff do for somebody, beside changing a record: each act has a page that says what will
happen and asks, a permission of its own, and an entry in the audit log."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from backoffice.audit import events as audit
from backoffice.audit.events import Event


def _anybodys(request: HttpRequest, about: Any) -> bool:
    return True


class Act(NamedTuple):
    """fits: whether it makes sense for this one. do: False when it was done too often. is_theirs:
    whether it is for this operator to do, beside the permission."""

    slug: str
    permission: str
    label: str | Promise
    consequence: str | Promise
    event: Event | None  # None: auditlog writes its own entry
    fits: Callable[[Any], bool]
    do: Callable[[HttpRequest, Any], bool]
    is_theirs: Callable[[HttpRequest, Any], bool] = _anybodys


class Link(NamedTuple):
    label: str | Promise
    address: str


class WithActs:
    """Before `admin.ModelAdmin` among the bases."""

    acts: tuple[Act, ...] = ()
    change_form_template: Any = "admin/acts.html"

    def get_urls(self) -> list[Any]:
        site = self.admin_site  # type: ignore[attr-defined]
        own = [
            path(
                f"<path:object_id>/{act.slug}/",
                site.admin_view(partial(self.act_view, act=act)),
                name=self._name_of(act),
            )
            for act in self.acts
        ]
        return own + super().get_urls()  # type: ignore[misc, no-any-return]

    def act_view(self, request: HttpRequest, object_id: str, *, act: Act) -> HttpResponse:
        about = self.get_object(request, object_id)  # type: ignore[attr-defined]
        if about is None:
            raise Http404
        if not self._may(request, act, about):
            raise PermissionDenied
        if request.method == "POST":
            self._do(request, act, about)
            return redirect(self._back(request, about))
        back = self._back(request, about)
        each = self.admin_site.each_context(request)  # type: ignore[attr-defined]
        context = {**each, "act": act, "about": about, "title": act.label, "back": back}
        return TemplateResponse(request, "admin/act.html", context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        about = kwargs.get("obj")
        context["acts"] = self.links_for(request, about) if about else []
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc, no-any-return]

    def links_for(self, request: HttpRequest, about: Any) -> list[Link]:
        return [
            Link(act.label, reverse(f"admin:{self._name_of(act)}", args=[about.pk]))
            for act in self.acts
            if self._may(request, act, about)
        ]

    def _do(self, request: HttpRequest, act: Act, about: Any) -> None:
        if not act.do(request, about):
            messages.warning(request, _("That was done a moment ago. Wait a minute, please."))
            return
        if act.event:
            audit.note(about, act.event, request=request)
        messages.success(request, _("Done: %(act)s.") % {"act": act.label})

    def _back(self, request: HttpRequest, about: Any) -> str:
        """To whom it is about, or to the list, should the operator no longer see them."""
        opts = self.model._meta  # type: ignore[attr-defined]
        if self.get_object(request, str(about.pk)) is None:  # type: ignore[attr-defined]
            return reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[about.pk])

    def _may(self, request: HttpRequest, act: Act, about: Any) -> bool:
        may = request.user.has_perm(act.permission)
        return may and act.fits(about) and act.is_theirs(request, about)

    def _name_of(self, act: Act) -> str:
        opts = self.model._meta  # type: ignore[attr-defined]
        return f"{opts.app_label}_{opts.model_name}_{act.slug}"
