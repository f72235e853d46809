"""One page about a customer, for whoever answers the phone. It is the member's page in the admin;
`?edit` opens Django's form for the few fields that staff may change."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse

from accounts.admin.members import MemberAdmin
from accounts.models import LegalHold, Member, Passkey
from backoffice.object_actions import Link
from backoffice.retention import kept_for
from support.customers import activity, facts
from support.record_page import RecordPageAdmin, rows_of_each

admin.site.unregister(Member)


@admin.register(Member)
class CustomerPageAdmin(RecordPageAdmin[Member], MemberAdmin):
    page_template = "admin/support/customer.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        members: QuerySet[Member] = super().get_queryset(request)
        hold = LegalHold.objects.in_effect().filter(
            Q(member=OuterRef("pk")) | Q(biller=OuterRef("biller"), member=None)
        )
        held_until = Subquery(hold.order_by("-ends_on").values("ends_on")[:1])
        members = members.annotate(
            held_until=held_until,
            has_passkeys=Exists(Passkey.objects.order_by().filter(member=OuterRef("pk"))),
        )
        return members.select_related("biller", "second_factor", "signup")

    def page_context(self, request: HttpRequest, record: Member) -> dict[str, Any]:
        may, number = request.user.has_perm, rows_of_each(request)
        return {
            "title": record.email,
            "acts": self._acts(request, record),
            "payments": may("payments.view_payment") and facts.payments(record, number + 1),
            "checkouts": may("payments.view_checkout") and facts.checkouts(record, number),
            **_shown(record, request),
        }

    def _acts(self, request: HttpRequest, member: Member) -> dict[str, Link]:
        """Returns the actions by the last part of their URLs, to show beside their objects."""
        links = self.links_for(request, member)
        return {link.address.split("/")[-2].replace("-", "_"): link for link in links}


def _shown(member: Member, request: HttpRequest) -> dict[str, Any]:
    number = rows_of_each(request)
    happened = activity.activity(member, request.user.has_perm, number + 1)
    # No number contains a NUL, and PostgreSQL refuses it.
    term = " ".join(request.GET.get("q", "").replace("\0", "").split())
    numbers = facts.numbers_by_state(member)
    page = facts.links(member, term=term, page=request.GET.get("page", ""), numbers=numbers)
    listed = reverse("admin:accounts_linkedaccount_changelist")
    return {
        "member": member,
        "member_key": str(member.pk),
        "of_member": f"?member={member.pk}",
        "may_decide": request.user.has_perm("accounts.decide_customer"),
        "may_unlink": request.user.has_perm("accounts.unlink_account"),
        "term": term,
        "page": page,
        "links": facts.link_rows(page, zone=member.biller.zone),
        "all_links": sum(numbers.values()),
        "states": [
            (f"{listed}?member__id__exact={member.pk}&state__exact={state}", state.label, many)
            for state in facts.State
            if (many := numbers.get(state))
        ],
        "passkeys": activity.passkeys(happened),
        "sessions": happened["sessions"],
        "failed": happened["failed"],
        "syncs": happened["syncs"],
        "unknown": happened["unknown"],
        "helpers": activity.help_in(happened["helpers"]),
        "helping": activity.help_in(happened["helping"]),
        "emails": activity.emails(happened, number + 1),
        "changes": activity.changes(happened),
        "audit": activity.audit_entries(happened),
        "kept_days": kept_for("sent_emails").days,
        "failures_kept_days": kept_for("failed_sign_ins").days,
    }
