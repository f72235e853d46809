"""My settings: what staff decide for themselves."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.mfa import few_codes
from accounts.models import StaffUser
from accounts.models.second_factor import SecondFactor
from accounts.requests import staff_user
from accounts.sessions.middleware import SIGNED_IN_BY
from backoffice.staff_pages import render_page


class MySettingsForm(forms.ModelForm[StaffUser]):
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("Of these pages, and of emails to you."),
    )

    class Meta:
        model = StaffUser
        fields = ("work_email", "language")
        labels = {"work_email": _("Email me once a day when something is waiting for me")}


def my_settings(request: HttpRequest) -> HttpResponse:
    return admin.site.admin_view(_my_settings)(request)


@require_http_methods(["GET", "HEAD", "POST"])
def _my_settings(request: HttpRequest) -> HttpResponse:
    person = staff_user(request)
    form = MySettingsForm(request.POST or None, instance=person)
    if form.is_valid():
        person.save(update_fields=["work_email", "language"])
        messages.success(request, _("Your settings were saved."))
        return _saved(person.language)
    factor = SecondFactor.objects.filter(user=person).first()
    context: dict[str, Any] = {
        "form": form,
        "factor": factor,
        "few_codes": few_codes.warning_for_staff(factor),
        "has_password": person.has_usable_password(),
        "issuer": request.session.get(SIGNED_IN_BY, ""),
        "billers": person.managed_billers()[:20],
    }
    return render_page(request, "admin/my_settings.html", title=_("My settings"), **context)


def _saved(language: str) -> HttpResponse:
    """The next page is in that language already."""
    response = redirect("admin:my_settings")
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
        secure=settings.LANGUAGE_COOKIE_SECURE,
    )
    return response
