"""“My accounts”: the list, and what a member does with one of them."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import ratelimit
from accounts.linked_accounts import services as linking
from accounts.linked_accounts.dashboard import link_or_404
from accounts.linked_accounts.forms import NicknameForm
from accounts.linked_accounts.paging import page_of, to_prove
from accounts.linked_accounts.proof import ProofForm, ProveAgainForm
from accounts.models import UtilityAccount
from accounts.requests import MemberRequest
from accounts.sessions.typed import keeps, typed
from icsso.billers.decorators import member_required
from icsso.client.parsing import attempts_key


@require_safe
@member_required
def my_accounts(request: MemberRequest) -> HttpResponse:
    return render(request, "accounts/my_accounts.html", page_of(request).context())


@keeps("account_number", "name", "zip")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def link(request: MemberRequest) -> HttpResponse:
    form = ProofForm(request.POST or None, biller=request.biller, initial=typed(request))
    if request.method != "POST":
        return render(request, "accounts/link.html", {"form": form})
    number = attempts_key(request.POST.get("account_number", ""))
    ratelimit.count_attempt("link", request=request, key=number)
    if form.is_valid() and form.account:
        try:
            linking.link(member=request.member, account=form.account)
            return _confirm_to_see_bills(request)
        except linking.AlreadyLinked:
            return _already_linked(request, form.account)
        except linking.NoLongerProved:
            form.add_error(None, form.MISMATCH)
    return render(request, "accounts/link.html", {"form": form})


def _already_linked(request: MemberRequest, account: UtilityAccount) -> HttpResponse:
    if to_prove(request.member).filter(account=account).exists():
        return redirect("accounts:prove_again", account.pk)
    messages.info(request, _("This account is already on your list."))
    return redirect("accounts:list")


@keeps("name", "zip")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def prove_again(request: MemberRequest, pk: int) -> HttpResponse:
    """For an account that the CIS has given to another customer. Shows nothing about it."""
    accounts = UtilityAccount.objects.filter(pk=pk)
    link = get_object_or_404(to_prove(request.member), account__in=accounts)
    form = ProveAgainForm(request.POST or None, account=link.account, initial=typed(request))
    context = {"form": form, "link": link}
    if request.method != "POST":
        return render(request, "accounts/prove_again.html", context)
    number = attempts_key(link.account.account_number)
    ratelimit.count_attempt("link", request=request, key=number)
    if form.is_valid() and form.account:
        try:
            linking.prove_again(link, form.account)
            return _confirm_to_see_bills(request)
        except linking.NoLongerProved:
            form.add_error(None, form.MISMATCH)
        except linking.NoLongerLinked:
            raise Http404 from None
    return render(request, "accounts/prove_again.html", context)


def _confirm_to_see_bills(request: MemberRequest) -> HttpResponse:
    messages.success(
        request, _("The account is linked. Now confirm your password to see its bills.")
    )
    return redirect(
        reverse("accounts:confirm") + "?" + urlencode({"next": reverse("accounts:list")})
    )


@keeps("nickname")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def account(request: MemberRequest, pk: int) -> HttpResponse:
    link = link_or_404(request, pk)
    form = NicknameForm(request.POST or None, instance=link, initial=typed(request))
    if request.method == "POST" and form.is_valid():
        link.save(update_fields=["nickname"])
        messages.success(request, _("The nickname is saved."))
        return redirect("accounts:list")
    return render(request, "accounts/account.html", {"form": form, "link": link})


@require_POST
@member_required
def make_first(request: MemberRequest, pk: int) -> HttpResponse:
    linking.make_first(link_or_404(request, pk))
    messages.success(request, _("This is now your main account."))
    return redirect("accounts:list")


@keeps()
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def unlink(request: MemberRequest, pk: int) -> HttpResponse:
    link = link_or_404(request, pk, request.member.all_links.all())
    if request.method != "POST" and link.needs_proof_since:
        return redirect("accounts:prove_again", pk)
    if request.method != "POST":
        return render(request, "accounts/unlink.html", {"link": link})
    linking.unlink(link)
    messages.success(request, _("The account is no longer on your list."))
    return redirect("accounts:list")
