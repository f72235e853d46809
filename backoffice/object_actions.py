"""What staff can do with one record besides changing it, such as resending a member's email.

Each action has a page that explains it and asks to confirm, a permission, and an audit log entry.
"""

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, NamedTuple

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.admin_base import M, ScopedModelAdmin
from backoffice.audit import events as audit
from backoffice.audit.events import Event
from backoffice.staff_pages import render_page, staff_page

DONE = "object_action_done"  # session key: where to go if a second click no longer finds the record
Facts = Sequence[tuple[str | Promise, str]]  # label, value


def _everybody(request: HttpRequest, record: Any) -> bool:
    return True


def _itself(record: Model) -> Model:
    return record


def _no_facts(record: Any) -> Facts:
    return ()


class Outdated(Exception):
    """Facts that the decision depends on changed while it was carried out."""


class ObjectAction(NamedTuple, Generic[M]):
    """applies_to: whether it makes sense for this record. perform: does it; returns False if it was
    done too often. is_allowed: whether this staff user may do it, besides having the permission.
    event: for the audit log; None if saving the record writes an entry anyway. about: what the
    entry is about, if not the record. asks_reason: whether the staff user has to enter one. facts:
    what the decision depends on, by label. They are shown, and nothing is done if they have changed
    in the meantime."""

    slug: str
    permission: str
    label: str | Promise
    consequence: str | Promise
    event: Event | None
    applies_to: Callable[[M], bool]
    perform: Callable[[HttpRequest, M], bool]
    is_allowed: Callable[[HttpRequest, M], bool] = _everybody
    about: Callable[[M], Model] = _itself
    asks_reason: bool = False
    facts: Callable[[M], Facts] = _no_facts


class ActionForm(forms.Form):
    """seen: the facts that the page showed."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("It is kept in the audit log."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, posted: QueryDict | None, *, facts: Facts, asks_reason: bool) -> None:
        self.facts = json.dumps([value for _label, value in facts])
        super().__init__(posted, initial={"seen": self.facts})
        if not asks_reason:
            del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("seen", "") != self.facts and self.facts != "[]":
            self.refuse()
        return data

    def refuse(self) -> None:
        """Shows the current facts for a new decision."""
        self.data = {**self.data, "seen": self.facts}
        self.add_error(None, _("This has changed since you opened the page. Check it again."))


class Link(NamedTuple):
    label: str | Promise
    address: str


class ObjectActionsModelAdmin(ScopedModelAdmin[M]):
    """Offers `object_actions` on the page of a record."""

    object_actions: Sequence[ObjectAction[M]] = ()
    change_form_template = "admin/object_actions.html"

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path(
                f"<path:object_id>/{action.slug}/",
                staff_page(action.permission)(partial(self.action_view, action=action)),
                name=self._url_name(action.slug),
            )
            for action in self.object_actions
        ]
        return pages + super().get_urls()

    def action_view(
        self, request: HttpRequest, object_id: str, *, action: ObjectAction[M]
    ) -> HttpResponse:
        record = self.get_object(request, object_id)
        if record is None and request.session.get(DONE) == request.path_info:
            messages.info(request, _("There is nothing left to do here."))
            return redirect(reverse(f"admin:{self._url_name('changelist')}"))
        if record is None:
            raise Http404
        if not self._offers(request, action, record):
            raise PermissionDenied
        posted = request.POST if request.method == "POST" else None
        facts = action.facts(record)
        form = ActionForm(posted, facts=facts, asks_reason=action.asks_reason)
        if form.is_valid():
            key = record.pk
            try:
                self._perform(request, action, record, reason=form.cleaned_data.get("reason", ""))
                request.session[DONE] = request.path_info
                return redirect(self._address_after(request, key))
            except Outdated:
                form.refuse()
        return render_page(
            request,
            "admin/object_action.html",
            title=action.label,
            action=action,
            record=self.heading_of(record),
            facts=facts,
            form=form,
            back=self._address_after(request, record.pk),
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        record = kwargs.get("obj")
        context["object_actions"] = self.links_for(request, record) if record else []
        return super().render_change_form(request, context, *args, **kwargs)

    def links_for(self, request: HttpRequest, record: M) -> list[Link]:
        """Returns the buttons on the record's page for this staff user."""
        return [
            Link(action.label, reverse(f"admin:{self._url_name(action.slug)}", args=[record.pk]))
            for action in self.object_actions
            if self._offers(request, action, record)
        ]

    def _offers(self, request: HttpRequest, action: ObjectAction[M], record: M) -> bool:
        may = request.user.has_perm(action.permission)
        return may and action.applies_to(record) and action.is_allowed(request, record)

    def _perform(
        self, request: HttpRequest, action: ObjectAction[M], record: M, *, reason: str
    ) -> None:
        if not action.perform(request, record):
            messages.warning(request, _("This was just done. Wait a minute, then try again."))
            return
        if action.event:
            audit.note(action.about(record), action.event, request=request, reason=reason)
        messages.success(request, _("Done: %(act)s.") % {"act": action.label})

    def _address_after(self, request: HttpRequest, key: Any) -> str:
        """Returns the URL of the record, or of the list if the staff user can no longer see it."""
        if self.get_object(request, str(key)) is None:
            return reverse(f"admin:{self._url_name('changelist')}")
        return reverse(f"admin:{self._url_name('change')}", args=[key])

    def _url_name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"
