"""Download my data, and close my account, on "Profile and security"."""

from collections.abc import Iterator
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.linked_accounts import kept
from accounts.models import LinkedAccount, Member
from accounts.privacy import export, services
from accounts.privacy.registry import Text, hindrances
from accounts.profile.forms import CloseForm, OwnPasswordForm
from accounts.ratelimit import count_attempt
from accounts.requests import MemberRequest
from accounts.sessions.middleware import explain_nothing
from backoffice.audit import events as audit
from backoffice.audit.events import Event
from backoffice.exports.files import in_batches
from icsso.billers.decorators import BillerRequest, biller_required, member_required
from icsso.billing import visits

FILES = {"html": (export.as_html, "text/html"), "json": (export.as_json, "application/json")}
MOST_NAMED = 10
BATCH = 500


@sensitive_post_parameters("current")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def download(request: MemberRequest) -> HttpResponseBase:
    if request.method == "POST":
        count_attempt("confirm", request=request, key=str(request.member.pk))
    form = OwnPasswordForm(request.POST or None, member=request.member)
    if form.is_valid():
        count_attempt("export", request=request, key=str(request.member.pk))
        return _file(request)
    context = {"form": form, "email": request.member.email}
    return render(request, "accounts/download_data.html", context)


def _file(request: MemberRequest) -> StreamingHttpResponse:
    kind = "json" if request.POST.get("kind") == "json" else "html"
    write, content_type = FILES[kind]
    audit.note(request.member, Event.EXPORTED, request=request)
    pieces = write(request.member)
    response = StreamingHttpResponse(pieces, content_type=f"{content_type}; charset=utf-8")
    name = f"{request.biller.slug}-{timezone.localdate()}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@sensitive_post_parameters("current")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def close(request: MemberRequest) -> HttpResponse:
    visits.come_back(request)
    if request.method == "POST":
        count_attempt("confirm", request=request, key=str(request.member.pk))
    form = CloseForm(request.POST or None, member=request.member)
    if not form.is_valid():
        return _close_page(request, form, hindrances(request.member))
    try:
        tell = services.close(request.member)
    except services.NotNow as not_now:
        return _close_page(request, form, not_now.hindrances)
    # Not `auth.logout`, which would tell its receivers of somebody who is gone.
    request.session.flush()
    explain_nothing(request)
    request.user = AnonymousUser()
    if tell:
        tell()
    return redirect("accounts:closed")


def _close_page(request: MemberRequest, form: CloseForm, found: list[Text]) -> HttpResponse:
    context = {
        "form": form,
        "email": request.member.email,
        "hindrances": found,
        "autopay": autopay_of(request.member),
    }
    return render(request, "accounts/close.html", context)


@require_safe
@biller_required
def closed(request: BillerRequest) -> HttpResponse:
    return render(request, "accounts/closed_account.html")


class AutoPay(NamedTuple):
    """on: some of the accounts for which it was on when last asked about. further: how many more
    there are. is_off: whether it is known to be off now for each account."""

    on: list[LinkedAccount]
    further: int
    is_off: bool


def autopay_of(member: Member) -> AutoPay:
    """Returns what Invoice Cloud last said, without asking it. Nothing from before a visit to the
    billing pages counts, and "off" only if it was said a moment ago: AutoPay can be turned on at
    Invoice Cloud itself, and would go on paying after the account is closed."""
    on, further, off = list[LinkedAccount](), 0, list[bool]()
    for links in in_batches(_links(member), BATCH):
        known = kept.current(links, zone=member.biller.zone)
        for link in links:
            balance = known.get(link.account_id)
            state = balance.autopay if balance else None
            off.append(state is False and balance is not None and balance.is_fresh)
            if state and len(on) < MOST_NAMED:
                on.append(link)
            elif state:
                further += 1
    return AutoPay(on, further, bool(off) and all(off))


def _links(member: Member) -> Iterator[LinkedAccount]:
    links: Iterator[LinkedAccount] = member.links.select_related("account").iterator(BATCH)
    return links
