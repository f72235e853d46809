"""Cloud SSO Connect: a posted token opens a visit to the framed pages; signing out ends it."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from sandbox import faults
from sandbox.models import PageSession, Token
from sandbox.responses import see_other, unstored

from .sessions import NAMES, address, over, visitor


class ConnectForm(forms.Form):
    """The fields of the contract. Their names match whatever their case."""

    RemoteAuthenticationToken = forms.CharField(max_length=500)
    ViewMode = forms.TypedChoiceField(choices=[("0", "window"), ("1", "frame")], coerce=int)
    RedirectID = forms.TypedChoiceField(choices=list(NAMES.items()), coerce=int)
    CSSUrl = forms.RegexField(r"^https?://", required=False, max_length=2000)
    ReturnUrl = forms.RegexField(r"^https?://", required=False, max_length=2000)
    CustomReturnSiteName = forms.CharField(required=False, max_length=200)

    def __init__(self, posted: dict[str, str]) -> None:
        spelling = {name.lower(): name for name in self.base_fields}
        super().__init__({spelling.get(n.lower(), n): value for n, value in posted.items()})

    def token(self) -> Token | None:
        value = self.cleaned_data["RemoteAuthenticationToken"]
        token = Token.objects.select_related("user__biller").filter(value=value).first()
        return token if token and not token.expired and token.user.biller.active else None

    def open_visit(self, token: Token) -> PageSession:
        given: dict[str, Any] = self.cleaned_data
        return PageSession.objects.create(
            user=token.user,
            view_mode=given["ViewMode"],
            redirect_id=given["RedirectID"],
            css_url=given["CSSUrl"],
            return_url=given["ReturnUrl"],
            return_site_name=given["CustomReturnSiteName"],
        )


@faults.page("cloudssoconnect")
def connect(request: HttpRequest) -> HttpResponse:
    if request.method != "POST" or in_address(request):
        return refused(request, "The token has to be posted in a form, not in the address.", 405)
    form = ConnectForm(request.POST.dict())
    if not form.is_valid():
        wrong = "; ".join(f"{name}: {' '.join(errors)}" for name, errors in form.errors.items())
        return refused(request, f"The request cannot be read. {wrong}", 400)
    token = form.token()
    if token is None:
        return over(request, None, status=200)
    visit = form.open_visit(token)
    return unstored(see_other(address(visit, NAMES[visit.redirect_id])))


def in_address(request: HttpRequest) -> bool:
    return any(name.lower() == "remoteauthenticationtoken" for name in request.GET)


def refused(request: HttpRequest, reason: str, status: int) -> HttpResponse:
    return unstored(
        render(request, "sandbox/portal_pages/refused.html", {"reason": reason}, status=status)
    )


@visitor
@require_POST
def sign_out(request: HttpRequest, visit: PageSession) -> HttpResponse:
    PageSession.objects.filter(pk=visit.pk).update(ended_at=timezone.now())
    return see_other(visit.return_url) if visit.return_url else over(request, visit)
