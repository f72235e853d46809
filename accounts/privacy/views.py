"""The staff's part of privacy: export and erasure of one member, on request."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from accounts.models import Member, StaffUser, UtilityAccount
from accounts.privacy import export, services
from accounts.privacy.addresses import emails_of
from accounts.privacy.registry import parts
from accounts.privacy.words import names_of, words_in
from backoffice.audit import events as audit
from backoffice.audit.events import Event
from backoffice.staff_pages import StaffRequest, render_page, staff_page

EXPORT, ERASE = "accounts.export_privacy", "accounts.erase_member"
FILES = {"json": (export.as_json, "application/json"), "html": (export.as_html, "text/html")}
Request = StaffRequest[StaffUser]
MOST_ACCOUNTS = 200


class EraseForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy(
            "For example “requested by phone, identity checked”. It stays in the audit log: do not "
            "name the person."
        ),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    stopped = forms.BooleanField(
        label=gettext_lazy(
            "AutoPay and scheduled payments are turned off at Invoice Cloud, or there are none."
        )
    )
    checked = forms.BooleanField(
        label=gettext_lazy("I made sure that the request comes from this person.")
    )

    def __init__(self, *args: object, member: Member) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.member = member

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if any(email.lower() in reason.lower() for email in emails_of(self.member)):
            raise forms.ValidationError(_("Leave out the email: it is about to be erased."))
        if named := sorted(words_in(reason) & names_of(self.member)):
            words = {"words": ", ".join(named)}
            raise forms.ValidationError(
                _("Leave out the name: it is about to be erased (%(words)s).") % words
            )
        return reason


def _member(request: Request, pk: int) -> Member:
    members = Member.objects.filter(biller__in=request.billers).select_related("biller")
    return get_object_or_404(members, pk=pk)


@staff_page(EXPORT)
@require_safe
def privacy(request: Request, pk: int) -> HttpResponse:
    member = _member(request, pk)
    return render_page(
        request,
        "admin/privacy/export.html",
        title=_("Export what is held about a member"),
        person=member,
        parts=parts(),
    )


@staff_page(EXPORT)
@require_POST
def download(request: Request, pk: int, kind: str) -> HttpResponseBase:
    member = _member(request, pk)
    write, content_type = FILES[kind]
    audit.note(member, Event.EXPORTED, request=request)
    response = StreamingHttpResponse(write(member), content_type=f"{content_type}; charset=utf-8")
    name = f"member-{member.pk}-{timezone.localdate()}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@staff_page(ERASE)
def erase(request: Request, pk: int) -> HttpResponse:
    member = _member(request, pk)
    form = EraseForm(request.POST or None, member=member)
    if request.method == "POST" and form.is_valid():
        try:
            services.erase(member, by=request.staff, reason=form.cleaned_data["reason"])
        except services.OnHold:  # placed since the page was opened; it says so
            return redirect(reverse("admin:accounts_member_erase", args=[pk]))
        messages.success(request, _("The member is erased."))
        return redirect(reverse("admin:accounts_member_erased"))
    return render_page(
        request,
        "admin/privacy/erase.html",
        title=_("Erase a member"),
        person=member,
        parts=parts(),
        form=form,
        hold=services.hold_on(member),
        autopay=_with_autopay(member),
    )


def _with_autopay(member: Member) -> list[tuple[UtilityAccount, Balance]]:
    """Returns the accounts that had AutoPay turned on when Invoice Cloud was last asked, with its
    answer. Not all of thousands are looked at: the form asks anyway."""
    links = member.all_links.select_related("account").order_by("-is_first", "pk")[:MOST_ACCOUNTS]
    known = ((link.account, kept.of(link, zone=member.biller.zone)) for link in links)
    return [(account, answer) for account, answer in known if answer and answer.autopay]


@staff_page(ERASE)
@require_safe
def erased(request: Request) -> HttpResponse:
    """What is left to do at Invoice Cloud."""
    return render_page(request, "admin/privacy/erased.html", title=_("The member is erased"))


URLS: list[URLPattern] = [
    path("erased/", erased, name="accounts_member_erased"),
    path("<int:pk>/privacy/", privacy, name="accounts_member_privacy"),
    path("<int:pk>/privacy/json/", download, {"kind": "json"}, name="accounts_member_json"),
    path("<int:pk>/privacy/html/", download, {"kind": "html"}, name="accounts_member_html"),
    path("<int:pk>/erase/", erase, name="accounts_member_erase"),
]
