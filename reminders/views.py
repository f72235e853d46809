"""Closing the line on the dashboard; the calendar feed; turning reminder emails on and off."""

from datetime import timedelta
from hashlib import sha256

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.durations import in_words
from accounts.models import Member
from accounts.ratelimit import count_attempt, seconds_to_wait
from accounts.requests import MemberRequest
from accounts.tokens import digest
from icsso.billers.absolute_urls import absolute_reverse
from icsso.billers.decorators import BillerRequest, biller_required, member_required
from reminders import dashboard, unsubscribing
from reminders.calendar import feed_of
from reminders.models import CalendarFeed
from reminders.rules import SOON

AN_HOUR = 60 * 60


@require_POST
@member_required
def close(request: MemberRequest) -> HttpResponse:
    dashboard.close(request.member, request.POST.get("kind", ""))
    return redirect("home")


@require_safe
@member_required
def choices(request: MemberRequest) -> HttpResponse:
    return _page(request)


@require_POST
@member_required
def calendar(request: MemberRequest) -> HttpResponse:
    """Creates a new address, which only this page shows, or ends it."""
    if "off" in request.POST:
        CalendarFeed.objects.filter(member=request.member).delete()
        messages.success(request, _("Your calendar address no longer works."))
        return redirect("reminders:choices")
    secret = CalendarFeed.renew(request.member)
    return _page(request, absolute_reverse(request, request.biller, "reminders:feed", secret))


@require_POST
@member_required
def emails(request: MemberRequest) -> HttpResponse:
    if "off" in request.POST:
        unsubscribing.turn_off(request.member)
        messages.success(request, _("We won't send you reminder emails."))
    else:
        unsubscribing.turn_on(request.member)
        messages.success(request, _("We'll email you before a bill you've seen here is due."))
    return redirect("reminders:choices")


def _page(request: MemberRequest, address: str = "") -> HttpResponse:
    member = request.member
    context = {
        "address": address,
        "webcal": address.replace("https:", "webcal:", 1).replace("http:", "webcal:", 1),
        "feed": CalendarFeed.objects.filter(member=member).first(),
        "sends_reminders": request.biller.sends_reminders,
        "before": in_words(timedelta(days=SOON)),
        "has_no_emails": hasattr(member, "reminder_opt_out"),
    }
    return render(request, "reminders/choices.html", context)


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar, for other programs. It needs no cookie and sets none."""
    biller = getattr(request, "biller", None)
    if biller is None:
        raise Http404
    if seconds := seconds_to_wait("calendar", request=request, key=secret):
        busy = HttpResponse(status=429, content_type="text/plain; charset=utf-8")
        busy["Retry-After"] = str(seconds)
        return busy
    feeds = CalendarFeed.objects.select_related("member__biller")
    found = feeds.filter(
        digest=digest(secret), member__biller=biller, member__is_active=True
    ).first()
    if found is None:
        raise Http404
    member: Member = found.member
    with translation.override(member.language), member.biller.in_zone():
        body = feed_of(member, request.get_host().partition(":")[0])
    return _calendar(request, body)


def _calendar(request: HttpRequest, body: bytes) -> HttpResponse:
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="bills.ics"'
    response["Cache-Control"] = f"private, max-age={AN_HOUR}"
    response["X-Robots-Tag"] = "noindex"
    response["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def stop(request: BillerRequest, token: str) -> HttpResponse:
    """The link in a reminder email. A mail program posts to it without a cookie (RFC 8058); a
    person opens it and presses the button. Opening it changes nothing, because scanners open links
    too."""
    count_attempt("unsubscribe", request=request, key=token)
    member = unsubscribing.member_of(token, request.biller)
    if member is None:
        return render(request, "reminders/stop_unknown.html", status=404)
    is_off = request.method == "POST"
    if is_off:
        unsubscribing.turn_off(member)
    context = {"is_off": is_off, "page": reverse("reminders:stop", args=[token])}
    return render(request, "reminders/stop.html", context)
