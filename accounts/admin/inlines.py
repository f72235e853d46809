"""Lists on a member's page. Some members have thousands of accounts, so each list is cut short."""

from typing import Any

from django.contrib import admin
from django.db.models import Case, Count, QuerySet, Value, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import LinkedAccount, Member, Signup, UndeliveredEmail, UnknownAccount
from accounts.models.sync import AccountSync

SHOWN = 20
LATEST = 5  # emails
State = LinkedAccount.State


class ReadOnlyInline(admin.TabularInline[Any, Member]):
    """The first few of a member's rows, in the order of `first`."""

    template = "admin/read_inline.html"
    extra = 0
    max_num = 0
    can_delete = False
    first: tuple[Any, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        member = request.resolver_match.kwargs["object_id"] if request.resolver_match else None
        few = rows.filter(member_id=member).order_by(*self.first)[:SHOWN]
        return rows.filter(pk__in=list(few.values_list("pk", flat=True))).order_by(*self.first)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LinkInline(ReadOnlyInline):
    """Accounts that Invoice Cloud did not register come first."""

    model = LinkedAccount
    show_change_link = True
    fields = ("account", "nickname", "is_first", "origin", "state", "note", "settled_at")
    first = (
        Case(
            When(state__in=[State.REFUSED, State.ELSEWHERE], then=Value(0)),
            When(state=State.PENDING, then=Value(1)),
            default=Value(2),
        ),
        "-is_first",
        "pk",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("account", "member")


class UnknownInline(ReadOnlyInline):
    model = UnknownAccount
    fields = ("account_number", "seen_at")
    first = ("account_number",)


class AccountSyncInline(ReadOnlyInline):
    model = AccountSync
    fields = ("started_at", "ended_at", "linked", "registered", "refused", "unknown", "failure")
    first = ("-started_at", "-pk")


def all_links(member: Member) -> SafeString:
    """Returns the number of linked accounts in each state, each with a link to the list."""
    address = reverse("admin:accounts_linkedaccount_changelist")
    numbers = dict(member.links.order_by().values_list("state").annotate(Count("pk")))
    rows = (
        (f"{address}?member__id__exact={member.pk}&state__exact={state}", state.label, number)
        for state in State
        if (number := numbers.get(state))
    )
    return format_html_join(" · ", '<a href="{}">{}: {}</a>', rows) or SafeString(_("none"))


def undelivered_emails(recipient: Member | Signup) -> SafeString:
    """Returns the latest emails that did not reach this address: which, when, and why."""
    failures = UndeliveredEmail.objects.filter(biller=recipient.biller_id, email=recipient.email)
    rows = (
        (
            date_format(timezone.localtime(failure.at), "SHORT_DATETIME_FORMAT"),
            failure.label,
            failure.get_reason_display(),
            f" ({failure.code})" if failure.code else "",
        )
        for failure in failures.order_by("-at")[:LATEST]
    )
    return format_html_join(SafeString("<br>"), "{}: {}, {}{}", rows) or SafeString(_("none"))
