"""Staff pages of a webhook endpoint: replace its secret, send days again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import StaffUser
from backoffice.audit import events as audit
from backoffice.audit.events import Event
from backoffice.staff_pages import StaffRequest, render_page, staff_page
from backoffice.zones import use_zone_of
from posting.models import WebhookEndpoint
from posting.webhooks import services
from posting.webhooks.forms import DaysForm, RotationForm
from posting.webhooks.tasks import enqueue

Request = StaffRequest[StaffUser]
CHANGE, REPLAY = "posting.change_webhookendpoint", "posting.replay_webhookdelivery"
FOLDER = "admin/posting/webhookendpoint"


def _endpoint(request: Request, pk: int) -> WebhookEndpoint:
    own = WebhookEndpoint.objects.filter(biller__in=request.billers).select_related("biller")
    endpoint = get_object_or_404(own, pk=pk)
    use_zone_of(endpoint.biller)
    return endpoint


@staff_page(CHANGE)
def replace_secret(request: Request, pk: int) -> HttpResponse:
    """Shows the new secret in this response only. It cannot be shown again."""
    endpoint = _endpoint(request, pk)
    form = RotationForm(request.POST or None, endpoint=endpoint)
    if request.method == "POST" and form.is_valid():
        secret = services.rotate_secret(endpoint)
        audit.note(endpoint, Event.SECRET_REPLACED, request=request)
        return secret_page(request, endpoint, secret)
    title = _("Replace the secret")
    template = f"{FOLDER}/replace_secret.html"
    return render_page(request, template, title=title, endpoint=endpoint, form=form)


def secret_page(request: Request, endpoint: WebhookEndpoint, secret: str) -> HttpResponse:
    """Returns the only page that ever shows the secret."""
    return render_page(
        request, f"{FOLDER}/secret.html", title=_("Secret"), endpoint=endpoint, secret=secret
    )


@staff_page(REPLAY)
def send_days_again(request: Request, pk: int) -> HttpResponse:
    endpoint = _endpoint(request, pk)
    form = DaysForm(request.POST or None, biller=endpoint.biller)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        number = services.send_days_again(
            endpoint,
            chosen["first"],
            chosen["last"],
            also_delivered=chosen["also_delivered"],
        )
        reason = f"{chosen['first']}–{chosen['last']}: {number}"
        audit.note(endpoint, Event.SENT_AGAIN, request=request, reason=reason)
        enqueue(endpoint.biller_id)
        said = ngettext("%(number)d event will be sent.", "%(number)d events will be sent.", number)
        messages.success(request, said % {"number": number})
        return redirect("admin:posting_webhookendpoint_change", endpoint.pk)
    title = _("Send days again")
    template = f"{FOLDER}/send_again.html"
    return render_page(request, template, title=title, endpoint=endpoint, form=form)
