"""“Already pay online? Use that login.”: give it, check your email, finish with the password."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.credentials.links import create_link
from accounts.linked_accounts.services import NoLongerProved
from accounts.login import stages
from accounts.login.stale_forms import reopens, typed_name
from accounts.models import Member, Signup
from accounts.models.credential_change import Kind
from accounts.ratelimit import allowed, count_attempt
from accounts.sessions.typed import keeps, typed
from accounts.signup import existing_login
from accounts.signup import services as signups
from accounts.signup.existing_login import CannotCheck, NotAccepted
from accounts.signup.forms import ExistingLoginForm, FinishForm
from accounts.signup.views import ASKED, FOUND, link_ended, mail_link
from backoffice.audit.events import Event, note
from icsso.billers.decorators import BillerRequest, biller_required, is_member
from icsso.client.parsing import attempts_key

SHOWN = 10  # accounts: a property manager may have thousands


@reopens
@keeps("username")
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def begin(request: BillerRequest) -> HttpResponse:
    _check_offered(request)
    if is_member(request):
        return redirect("home")
    if request.method == "POST":
        # Counted with sign-ins: the same password could be guessed here.
        count_attempt("sign_in", request=request, key=request.POST.get("username", ""))
    initial = {"username": typed_name(request), **typed(request)}
    form = ExistingLoginForm(request.POST or None, initial=initial)
    if form.is_valid() and (found := _accounts(request, form, form.cleaned_data["username"])):
        return _ask(request, form.cleaned_data["username"], found)
    return render(request, "accounts/existing_login.html", {"form": form})


@keeps("account_number", "name", "zip")
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def finish(request: BillerRequest, secret: str) -> HttpResponse:
    _check_offered(request)
    asked = signups.find(secret, biller=request.biller, kinds=[Signup.Kind.EXISTING_LOGIN])
    if asked is None or not asked.is_open:
        return link_ended(request, asked, secret)
    if request.method == "POST":
        # An emailed link, a password, and maybe a proof: each is counted where it is elsewhere.
        count_attempt("secret", request=request, key=secret)
        count_attempt("sign_in", request=request, key=asked.email)
        if number := attempts_key(request.POST.get("account_number", "")):
            count_attempt("sign_up", request=request, key=number)
    form = FinishForm(request.POST or None, biller=request.biller, initial=typed(request))
    if form.is_valid() and (found := _accounts(request, form, asked.email)):
        return _finish(request, asked, form, found)
    return render(
        request, "accounts/existing_login_finish.html", {"form": form, "email": asked.email}
    )


def _check_offered(request: BillerRequest) -> None:
    if not request.biller.offers_existing_login:
        raise Http404


def _accounts(
    request: BillerRequest, form: ExistingLoginForm | FinishForm, email: str
) -> list[int]:
    """Returns the accounts of the login in the form; if there are none, the form says so."""
    try:
        return _accounts_in_any_form(request, form, email)
    except NotAccepted:
        words = _(
            "We couldn't find an account here with that email and password. Check both and try "
            "again, or create an online account with the account number on your bill."
        )
    except CannotCheck:
        words = _(
            "We can't check your login right now, so we don't know whether it's right. Try again "
            "in a few minutes, or create an online account with the account number on your bill."
        )
    form.add_error(None, words)
    return []


def _accounts_in_any_form(
    request: BillerRequest, form: ExistingLoginForm | FinishForm, email: str
) -> list[int]:
    """Invoice Cloud may have the password just as it was typed, and not its normal form. If these
    differ, it is asked again, which counts as another attempt. Raises NotAccepted and CannotCheck.
    """
    biller, password = request.biller, form.cleaned_data["password"]
    try:
        return existing_login.accounts_of(biller, email=email, password=password)
    except NotAccepted:
        typed = str(form["password"].data)
        if typed == password or not allowed("sign_in", request=request, key=email):
            raise
    found = existing_login.accounts_of(biller, email=email, password=typed)
    form.only_as_typed = True
    return found


def _ask(request: BillerRequest, email: str, found: list[int]) -> HttpResponse:
    """The page is the same for a member's address: the email tells them."""
    asked = signups.ask_with_existing_login(
        biller=request.biller, email=email, language=get_language() or "en"
    )
    request.session[ASKED] = asked.pk
    request.session[FOUND] = {"signup": asked.pk, "number": len(found), "first": found[:SHOWN]}
    mail_link(request, asked)
    return redirect("accounts:register_sent")


def _finish(
    request: BillerRequest, asked: Signup, form: FinishForm, found: list[int]
) -> HttpResponse:
    password, proved = form.cleaned_data["password"], form.account
    try:
        member = existing_login.finish(asked, password=password, listed=found, proved=proved)
    except NoLongerProved:
        form.add_error(None, form.MISMATCH)
        context = {"form": form, "email": asked.email}
        return render(request, "accounts/existing_login_finish.html", context)
    except (signups.AlreadyFinished, signups.AddressTaken):
        return render(request, "accounts/already_member.html", {"email": asked.email}, status=409)
    note(member, Event.EXISTING_LOGIN, request=request)
    if not member.has_usable_password():
        return _choose_password(request, member)
    if form.only_as_typed:
        existing_login.normalize_there(member, password)
    response = stages.begin(request, member, password, next_page="home")
    messages.success(request, _welcome(proved=bool(proved), number=len(found)))
    return response


def _choose_password(request: BillerRequest, member: Member) -> HttpResponse:
    """Goes on as “Forgot your password?” does, which sets the new one on both sides. If it breaks
    off here, the member can ask for that link by email."""
    messages.info(
        request,
        _(
            "Your email is confirmed. The password you have is too short or too easy to guess for "
            "this site, so choose a new one. It will replace the old one for your bills too."
        ),
    )
    return redirect("accounts:password_reset_confirm", create_link(member, Kind.RESET))


def _welcome(*, proved: bool, number: int) -> Any:
    if proved and number > 1:
        return _(
            "Welcome! Your account is linked. To see your other accounts here, add each one with "
            "the account number on its bill."
        )
    if number == 1:
        return _("Welcome! Your account is linked.")
    return ngettext(
        "Welcome! %(number)d account is linked.",
        "Welcome! Your %(number)d accounts are linked.",
        number,
    ) % {"number": number}
