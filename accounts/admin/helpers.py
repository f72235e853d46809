"""Helpers in the admin: who sees whose accounts. Staff can end a helper's access."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.facts import and_more
from accounts.helpers import services as helping
from accounts.models import Helper
from accounts.models.helpers.models import Ended
from backoffice.audit.events import Event
from backoffice.large_lists import LargeListModelAdmin
from backoffice.object_actions import Facts, ObjectAction, ObjectActionsModelAdmin
from backoffice.scope import OwnBillersFilter

MOST_NAMED = 50


def _end(request: HttpRequest, helper: Helper) -> bool:
    return helping.end(helper, Ended.STAFF, request=request)


def _whose(helper: Helper) -> Facts:
    return [(_("owner"), helper.owner.email), (_("helper"), helper.email)]


END = ObjectAction[Helper](
    slug="end",
    permission="accounts.end_helper",
    label=_("End this access"),
    consequence=_(
        "From now on, the helper can't see these accounts. Payments that the helper made stay on "
        "record. We email both people about it."
    ),
    event=Event.HELPER_ENDED,
    applies_to=lambda helper: helper.ended_at is None,
    asks_reason=True,
    perform=_end,
    facts=_whose,
)


@admin.register(Helper)
class HelperAdmin(ObjectActionsModelAdmin[Helper], LargeListModelAdmin[Helper]):
    filled_by = _("A helper is listed when a member invites someone to see or pay their bills.")
    biller_path = "owner__biller"
    operations = ("view",)
    object_actions = (END,)
    list_display = ("email", "owner", "right", "state", "ends_on", "invited_at", "used_at")
    list_select_related = ("owner__biller",)
    list_filter = (("owner__biller", OwnBillersFilter), "right", "ended_by")
    ordering = ("-pk",)
    search_fields = ("email", "owner__email")
    search_help_text = _("Email")
    fields = (
        *("owner", "email", "person", "right", "ends_on", "numbers", "state", "invited_at"),
        *("accepted_at", "used_at", "ended_at"),
    )
    readonly_fields = fields

    def heading_of(self, record: Helper) -> str:
        return record.email

    @admin.display(description=_("state"))
    def state(self, helper: Helper) -> str:
        return str(helper.state)

    @admin.display(description=_("accounts"))
    def numbers(self, helper: Helper) -> SafeString | str:
        rows = helper.accounts.select_related("link__account")[:MOST_NAMED]
        said = [(_of(row.link.needs_proof_since, row.link.account),) for row in rows]
        names = format_html_join(", ", "{}", said)
        if (number := helper.accounts.count() - MOST_NAMED) > 0:
            return and_more(names, number)
        return names or gettext("none")


def _of(needs_proof_since: object, account: object) -> str:
    if needs_proof_since:
        return gettext("%(account)s (shows nothing: another customer)") % {"account": account}
    return str(account)
