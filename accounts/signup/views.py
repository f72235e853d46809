"""Create an online account: give proof, check your email, finish with the password."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.hashers import check_password
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.linked_accounts.services import NoLongerProved
from accounts.login import stages
from accounts.login.forms import PasswordForm
from accounts.login.stale_forms import reopens
from accounts.models import Signup, UtilityAccount
from accounts.ratelimit import allowed, count_attempt
from accounts.sessions.typed import keeps, typed
from accounts.signup import services as signups
from accounts.signup.forms import signup_form
from icsso.billers.decorators import BillerRequest, biller_required, is_member
from icsso.billing.session import State, load
from icsso.client.parsing import attempts_key

# Session keys: this visitor's sign-up, and the accounts found for it with an existing login.
ASKED, FOUND = "signup", "accounts_found"


@keeps("account_number", "name", "zip", "email")
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def register(request: BillerRequest) -> HttpResponse:
    if is_member(request):
        return redirect("home")
    number = attempts_key(request.POST.get("account_number", ""))
    if request.method == "POST":
        count_attempt("sign_up", request=request, key=number)
    form = signup_form(
        request.POST or None,
        biller=request.biller,
        before=_asked_before(request),
        typed=typed(request),
    )
    if not form.is_valid() or form.account is None:
        return render(request, "accounts/register.html", {"form": form})
    try:
        asked = signups.ask(
            account=form.account,
            email=form.cleaned_data["email"],
            password=form.cleaned_data["password"],
            language=get_language() or "en",
        )
    except NoLongerProved:
        form.add_error(None, form.MISMATCH)
        return render(request, "accounts/register.html", {"form": form})
    request.session[ASKED] = asked.pk
    mail_link(request, asked)  # the same page either way: "Send again" says if none was sent
    return redirect("accounts:register_sent")


@require_safe
@biller_required
def sent(request: BillerRequest) -> HttpResponse:
    asked = _asked_before(request)
    if asked is None:
        return redirect("accounts:register")
    context = {"asked": asked, "email": asked.email, **_accounts_found(request, asked)}
    return render(request, "accounts/register_sent.html", context)


@require_POST
@biller_required
def again(request: BillerRequest) -> HttpResponse:
    """Sends a new link: for someone waiting for the email, or with an expired link."""
    secret = request.POST.get("link", "")
    asked = signups.find(secret, biller=request.biller) if secret else _asked_before(request)
    if asked is None or asked.finished_at:
        return redirect("accounts:register")
    request.session[ASKED] = asked.pk
    if mail_link(request, asked):
        messages.success(request, _("We sent you a new email. Use the link in the newest one."))
    else:
        messages.warning(
            request, _("We just sent you an email. Wait a minute before you ask again.")
        )
    return redirect("accounts:register_sent")


@reopens
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def finish(request: BillerRequest, secret: str) -> HttpResponse:
    asked = signups.find(secret, biller=request.biller, kinds=[Signup.Kind.PROOF])
    if asked is None or not asked.is_open:
        return link_ended(request, asked, secret)
    if request.method == "POST":
        count_attempt("secret", request=request, key=secret)
    form = PasswordForm(request.POST or None)
    if form.is_valid():
        if check_password(form.cleaned_data["password"], asked.password):
            return _finish(request, asked, form.cleaned_data["password"])
        form.refuse(_("That's not the password you chose when you created your online account."))
    return render(request, "accounts/finish.html", {"form": form, "email": asked.email})


def _finish(request: BillerRequest, asked: Signup, password: str) -> HttpResponse:
    try:
        member = signups.finish(asked)
    except (signups.AlreadyFinished, signups.AddressTaken):
        return render(request, "accounts/already_member.html", {"email": asked.email}, status=409)
    response = stages.begin(request, member, password, next_page="home")
    billing = load(request.session)
    number = {"number": asked.account.account_number if asked.account else ""}
    if billing and billing.state == State.CONNECTED:
        words = _("Your account %(number)s is connected. You can now see and pay your bills.")
    else:
        words = _("Welcome! Your account %(number)s is linked.")
    messages.success(request, words % number)
    return response


def link_ended(request: BillerRequest, asked: Signup | None, secret: str) -> HttpResponse:
    """Used, expired, or unknown. An expired link can be renewed on the page."""
    context = {
        "is_finished": asked is not None and asked.finished_at is not None,
        "link": secret if asked else "",
    }
    return render(request, "accounts/finish_ended.html", context, status=410)


def mail_link(request: BillerRequest, asked: Signup) -> bool:
    """Limits emails, because the address may be anyone's. Returns whether one was sent."""
    may = all(allowed(what, request=request, key=asked.email) for what in ("mail", "resend"))
    if may:
        signups.send_link(request, asked)
    return may


def _asked_before(request: BillerRequest) -> Signup | None:
    pk = request.session.get(ASKED)
    if pk is None:
        return None
    return signups.signups_at(request.biller).filter(pk=pk, finished_at=None).first()


def _accounts_found(request: BillerRequest, asked: Signup) -> dict[str, Any]:
    """Returns the number of accounts, and the first ones, for the page."""
    found = request.session.get(FOUND, {})
    if found.get("signup") != asked.pk:
        return {}
    accounts = UtilityAccount.objects.filter(
        biller=request.biller, pk__in=found["first"], customer_changes=None
    )
    return {
        "number": found["number"],
        "accounts": accounts,
        "further": found["number"] - len(found["first"]),
    }
