"""The roles that staff users are given, and the permissions of each.

Every `migrate` creates the groups and sets their permissions to the ones listed here. Which rows a
permission applies to is separate: those of the billers that the staff user works for
(`backoffice.admin_base`, `backoffice.staff_pages`). Superusers can do everything and need no role.
`docs/roles.md` shows which page needs which permission.
"""

from collections.abc import Mapping
from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.models import Group, Permission, PermissionsMixin
from django.db.models import Case, QuerySet, When
from django.utils.translation import gettext_lazy as _

Permissions = frozenset[str]

# Answers "Where is my payment?" and "Why can't I sign in?"
SUPPORT: Permissions = frozenset(
    {
        "accounts.view_member",
        "accounts.view_utilityaccount",
        "accounts.view_linkedaccount",
        "accounts.view_unlinkedaccount",
        "accounts.view_unknownaccount",
        "accounts.view_accountsync",
        "accounts.view_customerchange",
        "accounts.view_signup",
        "accounts.unlink_account",
        "accounts.view_helper",
        "accounts.end_helper",
        "accounts.decide_customer",
        "accounts.view_credentialchange",
        "accounts.resend_mail",
        "accounts.end_sessions",
        "accounts.unlock_sign_in",
        "accounts.remove_passkeys",
        "accounts.see_as_member",
        "icsso.send_paylink",
        "payments.view_checkout",
        "payments.view_payment",
        "payments.view_paymentline",
        "payments.view_failedattempt",
        "payments.view_reversal",
        "posting.view_webhookdelivery",
    }
)
# Follows the money.
FINANCE: Permissions = frozenset(
    {
        "accounts.view_utilityaccount",
        "cis.add_accountimport",
        "cis.view_accountimport",
        "payments.view_checkout",
        "payments.view_payment",
        "payments.view_paymentline",
        "payments.view_reversal",
        "payments.reverse_payment",
        "payments.view_postback",
        "payments.view_failedattempt",
        "payments.export_failedattempt",
        "payments.view_reports",
        "payments.export_payment",
        "payments.export_checkout",
        "payments.export_postback",
        "payments.review_postback",
        "payments.view_reviewdecision",
        "payments.reconcile",
        "posting.view_postingfile",
        "posting.download_postingfile",
        "posting.redeliver_postingfile",
        "posting.view_webhookdelivery",
        "posting.replay_webhookdelivery",
        "posting.view_webhookendpoint",
    }
)
# Runs a biller's portal. Only superusers create billers.
ADMINISTRATOR: Permissions = (
    SUPPORT
    | FINANCE
    | {
        "icsso.view_biller",
        "icsso.change_biller",
        "icsso.view_announcement",
        "icsso.add_announcement",
        "icsso.change_announcement",
        "icsso.delete_announcement",
        "icsso.view_waystopay",
        "icsso.add_waystopay",
        "icsso.change_waystopay",
        "icsso.delete_waystopay",
        "icsso.export_paylink",
        "icsso.replace_paylinkkey",
        "accounts.change_member",
        "accounts.view_staffuser",
        "accounts.change_staffuser",
        "accounts.view_staffinvitation",
        "accounts.add_staffinvitation",
        "accounts.change_staffinvitation",
        "icsso.view_identityprovider",
        "icsso.add_identityprovider",
        "icsso.change_identityprovider",
        "icsso.delete_identityprovider",
        "accounts.add_utilityaccount",
        "accounts.change_utilityaccount",
        "accounts.end_two_step",
        "accounts.export_privacy",
        "accounts.erase_member",
        "accounts.view_legalhold",
        "accounts.add_legalhold",
        "accounts.change_legalhold",
        "accounts.delete_unlinkedaccount",
        "accounts.export_signup",
        "posting.change_postinglayout",
        "posting.change_destination",
        "auditlog.view_logentry",
        "posting.add_webhookendpoint",
        "posting.change_webhookendpoint",
        "api.view_apitoken",
        "api.add_apitoken",
        "api.change_apitoken",
    }
)
ROLES: Mapping[str, Permissions] = {
    "support": SUPPORT,
    "finance": FINANCE,
    "administrator": ADMINISTRATOR,
}


NAMES = {"support": _("support"), "finance": _("finance"), "administrator": _("administrator")}


WHAT = {
    "support": _("answers customers: members, accounts, and where a payment is"),
    "finance": _("follows the money: payments, review, reconciliation, reports, account files"),
    "administrator": _("does all of this, and decides about settings and staff"),
}
# In forms: whoever can do least comes first.
IN_ORDER = Case(*(When(name=name, then=place) for place, name in enumerate(ROLES)), default=99)


def described(group: Group) -> str:
    """Returns the role's name with what it is for, to choose from."""
    what = WHAT.get(group.name)
    return f"{name_of(group)} – {what}" if what else name_of(group)


def name_of(group: Group) -> str:
    """Returns the role's name in the reader's language; the database holds the English one."""
    return str(NAMES.get(group.name, group.name))


def given_by(giver: PermissionsMixin) -> QuerySet[Group]:
    """Returns the roles that this person can give: those with no permission they lack."""
    if giver.is_superuser:
        return Group.objects.order_by(IN_ORDER)
    own = giver.get_all_permissions()
    given = [name for name, role in ROLES.items() if role <= own]
    return Group.objects.filter(name__in=given).order_by(IN_ORDER)


def bring_up_to_date(sender: AppConfig, **kwargs: Any) -> None:
    """Sets the groups' permissions after `migrate`, once the last app's permissions exist."""
    if sender is not [app for app in apps.get_app_configs() if app.models_module][-1]:
        return
    if "permission" not in kwargs.get("apps", apps).all_models["auth"]:
        return  # `migrate` ran for one app, which needs no permissions
    every = Permission.objects.select_related("content_type")
    known = {f"{one.content_type.app_label}.{one.codename}": one for one in every}
    for name, role in ROLES.items():
        group, _is_new = Group.objects.get_or_create(name=name)
        group.permissions.set([known[one] for one in role if one in known])
