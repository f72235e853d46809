"""The pages of the inbox: the emails that were sent to the sandbox's SMTP server."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from sandbox.control.same_origin import same_origin_post
from sandbox.models import Mail
from sandbox.responses import see_other

# The HTML of an email runs no scripts. Its links open in the whole window.
MAIL_POLICY = (
    "sandbox allow-popups allow-top-navigation-by-user-activation; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: http: https:"
)


@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    mails = Mail.objects.order_by("-pk").defer("html")[:200]
    return render(request, "sandbox/inbox/inbox.html", {"mails": mails})


@require_GET
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "sandbox/inbox/mail.html", {"mail": get_object_or_404(Mail, pk=pk)})


@require_GET
def mail_html(request: HttpRequest, pk: int) -> HttpResponse:
    html = f'<!doctype html><base target="_top">{get_object_or_404(Mail, pk=pk).html}'
    return HttpResponse(html, headers={"Content-Security-Policy": MAIL_POLICY})


@same_origin_post
def clear(request: HttpRequest) -> HttpResponse:
    Mail.objects.all().delete()
    return see_other("/_inbox/")
