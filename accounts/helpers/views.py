"""Who has access: the list for both sides, inviting, changing, and ending."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.durations import in_words
from accounts.helpers import services as helping
from accounts.helpers.forms import InviteForm, TermsForm, is_key, too_many_accounts
from accounts.linked_accounts.listing import Asked, ListForm
from accounts.models import Helper
from accounts.models.helpers.models import MOST_HELPERS, Ended, HelperQuerySet
from accounts.ratelimit import TooManyRequests, count_attempt
from accounts.requests import MemberRequest
from accounts.sessions.typed import as_if_opened, keeps, typed
from icsso.billers.decorators import member_required

ALL_SET = gettext_lazy("You're all set. The account is on this page.")
MOST_SHOWN = 100
INVITATION = ("email", "account", "right", "ends_on", "q")


@require_safe
@member_required
def helpers(request: MemberRequest) -> HttpResponse:
    member, today = request.member, request.biller.today()
    open_ones = Helper.objects.open().filter(ends_on__gte=today).select_related("owner")
    mine = open_ones.filter(owner=member)
    helped = open_ones.filter(person=member, owner__is_active=True)
    invited = helping.invitations_of(member)
    page = Paginator(helped.order_by("pk"), MOST_SHOWN).get_page(request.GET.get("page"))
    lists = [list(mine.order_by("pk")), list(page), list(invited[:MOST_SHOWN])]
    named = helping.accounts_of([row.pk for rows in lists for row in rows])
    shown = ([(row, named.get(row.pk)) for row in rows] for rows in lists)
    context = dict(zip(("helpers", "helped", "invited"), shown, strict=True))
    further = {"has_accounts": member.links.exists(), "page": page}
    return render(request, "accounts/helpers.html", {**context, **further})


@keeps(*INVITATION)
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def invite(request: MemberRequest) -> HttpResponse:
    """Owners of many accounts first choose accounts on a separate page with a search, then go on to
    the rest of the form (`next`). Enter searches on the first page and submits on the second."""
    if not request.member.links.exists():
        return redirect("accounts:helpers")
    find = _find(request.POST)
    if find is not None:
        return _choose_among(request, find)
    form, is_going_on = _invite_form(request), "next" in request.POST
    if is_going_on and "account" not in form.errors:
        _reopen(request, is_same_list=True)
        return _page(request, "invite_helper", _invite_form(request))
    if not is_going_on and form.is_valid() and _invited(request, form):
        return redirect("accounts:helpers")
    if form.has_many and ("account" in form.errors or not form.is_bound):
        form.keep_errors_of("account")
        return _page(request, "choose_shared_accounts", form, search=ListForm({"q": form.q}))
    return _page(request, "invite_helper", form)


def _find(sent: QueryDict) -> str | None:
    """Returns which accounts to offer: matches (""), "all", "more", or "back" for the same as
    before. None once the accounts are chosen. On the page with the search, only its button says so:
    Enter in the search field, or a term that was not searched for yet, starts a search."""
    is_next = "next" in sent and sent.get("q", "") == sent.get("searched")
    return sent.get("find", "" if "searched" in sent and not is_next else None)


def _choose_among(request: MemberRequest, find: str) -> HttpResponse:
    """Shows the page with the search again. Invites nobody; keeps what was typed and checked."""
    is_same_list = find == "back"
    lost_all = _reopen(request, is_same_list=is_same_list)
    form = _invite_form(request, find)
    search = ListForm({"q": form.q})
    search.fields["q"].widget.attrs["autofocus"] = not is_same_list
    return _page(request, "choose_shared_accounts", form, search=search, lost_all=lost_all)


def _reopen(request: MemberRequest, *, is_same_list: bool) -> bool:
    """Turns a request that submits the form into one that opens it, filled in. Returns whether
    "all" was unchecked because the list has changed: it would mean all of another list."""
    fields = {name: request.POST.getlist(name) for name in INVITATION if name in request.POST}
    checked = fields.get("account", [])
    kept = [key for key in checked if is_same_list or key.isdecimal()]
    as_if_opened(request, {**fields, "account": kept})
    return len(kept) < len(checked)


def _page(request: MemberRequest, name: str, form: InviteForm, **context: Any) -> HttpResponse:
    context |= {"form": form, "is_known": bool(_terms_of(request))}
    return render(request, f"accounts/{name}.html", context)


def _invite_form(request: MemberRequest, find: str | None = None) -> InviteForm:
    kept = typed(request)
    words = kept.pop("q", request.POST.get("q", request.GET.get("q", "")))
    if isinstance(kept.get("account"), str):
        kept["account"] = [kept["account"]]
    return InviteForm(
        request.POST if request.method == "POST" else None,
        member=request.member,
        biller=request.biller,
        chosen=[*request.GET.getlist("account"), *kept.get("account", [])],
        has_more=find == "more",
        q="" if find == "all" else Asked.of(MultiValueDict({"q": [words]})).q,
        initial={**_terms_of(request), **kept},
    )


def _terms_of(request: MemberRequest) -> dict[str, object]:
    """Returns the initial values for sharing more accounts with an existing helper."""
    wanted = request.GET.get("helper", "")
    found = is_key(wanted) and request.member.helpers.open().filter(pk=int(wanted)).first()
    return {name: getattr(found, name) for name in ("email", "right", "ends_on")} if found else {}


def _count_email(request: MemberRequest, email: str) -> None:
    """Counts one email against the limits of this member, of this member and address, and of this
    address. Raises TooManyRequests."""
    member = request.member.pk
    count_attempt("helper", request=request, key=str(member))
    count_attempt("helper_mail", request=request, key=f"{member} {email}")
    count_attempt("helper_address", request=request, key=email)


def _invited(request: MemberRequest, form: InviteForm) -> bool:
    email = form.cleaned_data["email"]
    _count_email(request, email)
    try:
        shared = helping.invite(
            request,
            owner=request.member,
            email=email,
            links=form.links,
            right=form.cleaned_data["right"],
            ends_on=form.cleaned_data["ends_on"],
            language=get_language() or "en",
        )
    except helping.OtherTerms:
        words = _(
            "This person already helps you. To share more accounts, don't change their access or "
            "last day."
        )
        form.add_error("email", words)
    except helping.TooManyAccounts:
        form.add_error("account" if "account" in form.fields else None, too_many_accounts())
    except helping.AlreadyInvited:
        words = _(
            "This person is already on your list of helpers. You can change their access there."
        )
        form.add_error("email", words)
    except helping.TooMany:
        many = _("You can have at most %(most)d helpers. End someone's access first.")
        form.add_error(None, many % {"most": MOST_HELPERS})
    else:
        messages.success(request, _confirmation(shared, email))
    return form.is_valid()


def _confirmation(shared: helping.Shared, email: str) -> str:
    if shared.is_new:
        words = ngettext(
            "We emailed the invitation to %(email)s. It shares %(number)d account. The link in it"
            " works for %(life)s.",
            "We emailed the invitation to %(email)s. It shares %(number)d accounts. The link in it"
            " works for %(life)s.",
            shared.number,
        )
    else:
        words = ngettext(
            "You now share %(number)d more account with %(email)s.",
            "You now share %(number)d more accounts with %(email)s.",
            shared.number,
        )
    facts = {"email": email, "number": shared.number, "life": in_words(Helper.LIFE)}
    return words % facts


@keeps("right", "ends_on")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def helper(request: MemberRequest, pk: int) -> HttpResponse:
    """Changes the terms of one helper, or ends the helper's access."""
    today = request.biller.today()
    found = _or_404(request.member.helpers.open().filter(ends_on__gte=today), pk)
    kept = {"right": found.right, "ends_on": found.ends_on, **typed(request)}
    form = TermsForm(request.POST or None, biller=request.biller, initial=kept)
    if form.is_valid():
        count_attempt("helper", request=request, key=str(request.member.pk))
        try:
            helping.change(request, found, **form.cleaned_data)
            messages.success(request, _("The access was changed."))
        except helping.Over:
            messages.info(request, _("This access had already ended."))
        return redirect("accounts:helpers")
    context = {
        "form": form,
        "helper": found,
        "has_more": request.member.links.count() > found.accounts.count(),
        "named": helping.accounts_of([found.pk]).get(found.pk),
    }
    return render(request, "accounts/helper.html", context)


@require_POST
@member_required
def send_again(request: MemberRequest, pk: int) -> HttpResponse:
    found = _or_404(request.member.helpers.open(), pk)
    try:
        _count_email(request, found.email)
    except TooManyRequests:
        messages.warning(
            request, _("We just sent that email. Wait a few minutes before you send it again.")
        )
        return redirect("accounts:helpers")
    if helping.send_again(request, found):
        messages.success(request, _("We sent a new email. Only the link in the newest one works."))
    return redirect("accounts:helpers")


@require_POST
@member_required
def end(request: MemberRequest, pk: int) -> HttpResponse:
    found = _or_404(request.member.helpers.all(), pk)
    if not helping.end(found, Ended.OWNER, request=request):
        messages.info(request, _("This access had already ended."))
    elif found.accepted_at:
        messages.success(request, _("The access has ended. We told both of you by email."))
    else:
        messages.success(request, _("The invitation has ended."))
    return redirect("accounts:helpers")


@require_POST
@member_required
def accept(request: MemberRequest, pk: int) -> HttpResponse:
    """For the invited person, who needs no link while signed in."""
    member = request.member
    found = get_object_or_404(helping.invitations_of(member), pk__in=Helper.objects.filter(pk=pk))
    try:
        helping.accept(request, found, member)
    except helping.Over:
        raise Http404 from None
    messages.success(request, ALL_SET)
    return redirect("home")


@require_POST
@member_required
def stop(request: MemberRequest, pk: int) -> HttpResponse:
    """For the helper, who ends their own access."""
    if helping.end(_or_404(request.member.helping.all(), pk), Ended.HELPER, request=request):
        messages.success(request, _("You no longer help with this. We told both of you by email."))
    else:
        messages.info(request, _("This access had already ended."))
    return redirect("accounts:helpers")


def _or_404(rows: HelperQuerySet, pk: int) -> Helper:
    """A number too large for the database is simply not found."""
    wanted = Helper.objects.filter(pk=pk)
    loaded = rows.select_related("owner__biller", "person__biller")
    found: Helper = get_object_or_404(loaded, pk__in=wanted)
    return found
