"""Who has access: the list for both sides, inviting, changing, and ending."""

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
from accounts.helpers.forms import InviteForm, TermsForm, too_many_accounts
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
    """Owners of many accounts choose them on a page of its own, which has the search, and go on to
    the rest (`next`): Enter searches on the one, and sends on the other."""
    sent, find = request.POST, _find(request.POST)
    if not request.member.links.exists():
        return redirect("accounts:helpers")
    if find is not None:
        as_if_opened(request, _typed_in(sent, is_same_list=find == "back"))
    form = _invite_form(request, find)
    is_going_on = find is None and "next" in sent
    if is_going_on and "account" not in form.errors:
        as_if_opened(request, _typed_in(sent, is_same_list=True))
        form = _invite_form(request, find)
    elif not is_going_on and form.is_valid():
        _count_email(request, form.cleaned_data["email"])
        if _invited(request, form):
            return redirect("accounts:helpers")
    has_many = form.number > form.OFFERED or bool(form.q) or find is not None
    context = {"form": form, "has_many": has_many, "more": find == "more"}
    context["helper_key"] = request.GET["helper"] if _terms_of(request) else ""
    if has_many and (find is not None or not sent or "account" in form.errors):
        form.keep_errors_of("account")
        is_another = find not in {None, "back"}
        context["search"] = search = ListForm({"q": form.q})
        search.fields["q"].widget.attrs["autofocus"] = is_another
        context["lost_all"] = is_another and not all(map(str.isdecimal, sent.getlist("account")))
    return render(request, "accounts/invite_helper.html", context)


def _find(sent: QueryDict) -> str | None:
    """Returns which accounts to choose from: matches (""), "all", "more", or "back" for the same
    as before. None if they are chosen: on the page with the search, only by its button, as Enter
    in the field and words that were not searched for yet are a search."""
    is_next = "next" in sent and sent.get("q", "") == sent.get("searched")
    return sent.get("find", "" if "searched" in sent and not is_next else None)


def _invite_form(request: MemberRequest, find: str | None) -> InviteForm:
    kept = typed(request)
    words = kept.pop("q", request.POST.get("q", request.GET.get("q", "")))
    if "account" in kept:
        kept["account"] = _listed(kept["account"])
    return InviteForm(
        request.POST if request.method == "POST" else None,
        member=request.member,
        biller=request.biller,
        chosen=[*request.GET.getlist("account"), *kept.get("account", [])],
        has_more=find == "more",
        q="" if find == "all" else Asked.of(MultiValueDict({"q": [words]})).q,
        initial={**_terms_of(request), **kept},
    )


def _typed_in(sent: QueryDict, *, is_same_list: bool) -> dict[str, list[str]]:
    """is_same_list: whether all of the list that are checked as one choice stay so."""
    fields = {name: sent.getlist(name) for name in INVITATION if name in sent}
    checked = fields.get("account", [])
    return {**fields, "account": [key for key in checked if is_same_list or key.isdecimal()]}


def _listed(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _terms_of(request: MemberRequest) -> dict[str, object]:
    """Returns the initial values for sharing more accounts with an existing helper."""
    wanted = request.GET.get("helper", "")
    if not (wanted.isdecimal() and len(wanted) <= 18):
        return {}
    found = request.member.helpers.open().filter(pk=int(wanted)).first()
    return {name: getattr(found, name) for name in ("email", "right", "ends_on")} if found else {}


def _count_email(request: MemberRequest, email: str) -> None:
    """Counts an email of this member, to this address, and of all members to it."""
    member = request.member.pk
    count_attempt("helper", request=request, key=str(member))
    count_attempt("helper_mail", request=request, key=f"{member} {email}")
    count_attempt("helper_address", request=request, key=email)


def _invited(request: MemberRequest, form: InviteForm) -> bool:
    try:
        shared = helping.invite(
            request,
            owner=request.member,
            email=form.cleaned_data["email"],
            links=form.links,
            right=form.cleaned_data["right"],
            ends_on=form.cleaned_data["ends_on"],
            language=get_language() or "en",
        )
    except helping.OtherTerms:
        words = _("This person helps you already. To share more, keep their access and last day.")
        form.add_error("email", words)
        return False
    except helping.TooManyAccounts:
        form.add_error("account" if "account" in form.fields else None, too_many_accounts())
        return False
    except helping.AlreadyInvited:
        words = _("This person is on your list of helpers already. You can change it there.")
        form.add_error("email", words)
        return False
    except helping.TooMany:
        many = _("You can have at most %(most)d helpers. End one first.") % {"most": MOST_HELPERS}
        form.add_error(None, many)
        return False
    messages.success(request, _told_of(shared, form.cleaned_data["email"]))
    return True


def _told_of(shared: helping.Shared, email: str) -> str:
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
            "You share %(number)d more account with %(email)s now.",
            "You share %(number)d more accounts with %(email)s now.",
            shared.number,
        )
    facts = {"email": email, "number": shared.number, "life": in_words(Helper.LIFE)}
    return words % facts


@keeps("right", "ends_on")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def helper(request: MemberRequest, pk: int) -> HttpResponse:
    """Changes the terms of one helper, or ends it."""
    today = request.biller.today()
    found = _or_404(request.member.helpers.open().filter(ends_on__gte=today), pk)
    kept = {"right": found.right, "ends_on": found.ends_on, **typed(request)}
    form = TermsForm(request.POST or None, biller=request.biller, initial=kept)
    if form.is_valid():
        count_attempt("helper", request=request, key=str(request.member.pk))
        try:
            helping.change(request, found, **form.cleaned_data)
            messages.success(request, _("The access is changed."))
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
