"""Lists on the pages of members and of accounts. Some members have thousands of accounts, so each
list is cut short."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Case, Count, F, QuerySet, Value, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import (
    CustomerChange,
    LinkedAccount,
    Member,
    Signup,
    UndeliveredEmail,
    UnknownAccount,
)
from accounts.models.sync import AccountSync

SHOWN = 20
LATEST = 5  # emails
State = LinkedAccount.State


class ReadOnlyInline(admin.TabularInline[Any, Any]):
    """The first few rows of a member or an account, in the order of `first`.

    owner: the field that refers to it. has_list: whether the rest is on a page of its own.
    """

    template = "admin/read_inline.html"
    extra = 0
    max_num = 0
    can_delete = False
    first: tuple[Any, ...] = ()
    owner = "member"
    has_list = False
    all_address = ""  # set for each request, of which each has inlines of its own

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        if self.has_list and obj:
            page = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
            self.all_address = f"{page}?{self.owner}__id__exact={obj.pk}"
        return super().get_formset(request, obj, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        owner = request.resolver_match.kwargs["object_id"] if request.resolver_match else None
        few = rows.filter(**{f"{self.owner}_id": owner}).order_by(*self.first)[:SHOWN]
        return rows.filter(pk__in=list(few.values_list("pk", flat=True))).order_by(*self.first)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LinkInline(ReadOnlyInline):
    """Accounts that Invoice Cloud did not register come first."""

    model = LinkedAccount
    show_change_link = True
    fields: ClassVar[tuple[str, ...]] = (
        *("account", "nickname", "is_first", "origin", "state", "note", "settled_at"),
        "needs_proof_since",
    )
    readonly_fields: ClassVar[tuple[str, ...]] = ("needs_proof_since",)
    first: tuple[Any, ...] = (
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


class AccountMembers(LinkInline):
    """The members who see an account. Those who have to prove it again come first."""

    owner = "account"
    has_list = True
    verbose_name_plural = _("members")
    fields = ("member", "origin", "linked_at", "state", "note", "needs_proof_since", "held_as")
    readonly_fields = ("needs_proof_since", "held_as")
    first = (F("needs_proof_since").desc(nulls_last=True), "-pk")


class AccountSignups(ReadOnlyInline):
    model = Signup
    owner = "account"
    has_list = True
    show_change_link = True
    fields = ("email", "kind", "asked_at", "finished_at")
    first = ("-asked_at", "-pk")


class AccountCustomers(ReadOnlyInline):
    model = CustomerChange
    owner = "account"
    fields = ("at", "before", "after")
    first = ("-at", "-pk")


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
    numbers = dict(member.all_links.order_by().values_list("state").annotate(Count("pk")))
    rows = (
        (f"{address}?member__id__exact={member.pk}&state__exact={state}", state.label, number)
        for state in State
        if (number := numbers.get(state))
    )
    return format_html_join(" · ", '<a href="{}">{}: {}</a>', rows) or SafeString(_("none"))


def undelivered_emails(recipient: Member | Signup) -> SafeString:
    """Returns the latest emails to this person that did not arrive: which, when, and why."""
    about = "signup" if isinstance(recipient, Signup) else "member"
    failures = UndeliveredEmail.objects.filter(**{about: recipient.pk})
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
