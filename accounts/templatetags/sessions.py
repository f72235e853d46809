"""`{% typed_by %}` in the form (with the ID `typed`) whose page keeps what was typed;
`{% session_dialog %}` on a page of
someone who is signed in."""

from datetime import timedelta
from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.durations import in_words
from accounts.models import Member, StaffUser
from accounts.sessions import life, staff_forms
from accounts.sessions.typed import SEAL, had_files, sealed

register = template.Library()


@register.simple_tag(takes_context=True)
def typed_by(context: Context) -> SafeString:
    """Says whose form it is, and of which page."""
    seal = sealed(context["request"])
    context["request"].has_form = True
    return format_html('<input type="hidden" name="{}" value="{}">', SEAL, seal)


@register.inclusion_tag("admin/typed_by.html", takes_context=True)
def typed_by_staff(context: Context, page: str = "") -> dict[str, Any]:
    """At the top of a form of the back office: keeps it, and shows what was kept.

    page: the address that opens the form, if it is sent to another.
    """
    request, form = context["request"], context.get("form")
    if "adminform" in context:
        form = context["adminform"].form
    inline = [one for each in context.get("inline_admin_formsets") or () for one in each.formset]
    forms = [form, *inline] if form else inline
    names = [name for each in forms for name in staff_forms.names_of(each)]
    if not names:
        return {}
    is_restored = staff_forms.restore(request, forms)
    return {
        "name": SEAL,
        "seal": sealed(request, names, page=page),
        "is_restored": is_restored,
        "had_files": is_restored and had_files(request),
    }


@register.simple_tag(takes_context=True)
def form_of_nothing(context: Context) -> SafeString:
    """After the content. The language switch sends the form `typed` along: on a page without one,
    it needs another."""
    is_there = getattr(context.get("request"), "has_form", False)
    return SafeString("" if is_there else '<form id="typed" method="post" hidden></form>')


@register.inclusion_tag("partials/session_dialog.html", takes_context=True)
def session_dialog(context: Context) -> dict[str, Any]:
    request = context["request"]
    user = request.user
    if not isinstance(user, Member | StaffUser):
        return {}
    is_staff = user.is_staff
    return {
        "request": request,
        "csrf_token": context.get("csrf_token", ""),
        "left": str(life.left(request, user).seconds),
        "whose": life.whose(user),
        "longest": in_words(timedelta(seconds=life.longest_seconds(user))),
        "is_staff": is_staff,
        "sign_in": reverse("admin:login") if is_staff else settings.LOGIN_URL,
        "sign_out": reverse("admin:logout" if is_staff else "accounts:logout"),
    }
