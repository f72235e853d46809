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
from django.db.models import QuerySet
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
        "accounts.decide_customer",
        "accounts.view_credentialchange",
        "accounts.resend_mail",
        "accounts.end_sessions",
        "accounts.unlock_sign_in",
        "accounts.see_as_member",
        "payments.view_checkout",
        "payments.view_payment",
        "payments.view_paymentline",
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
        "payments.view_postback",
        "payments.view_reports",
        "payments.export_payment",
        "payments.export_checkout",
        "payments.export_postback",
        "payments.review_postback",
        "payments.view_reviewdecision",
        "payments.reconcile",
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
        "accounts.change_member",
        "accounts.view_staffuser",
        "accounts.add_staffuser",
        "accounts.change_staffuser",
        "accounts.add_utilityaccount",
        "accounts.change_utilityaccount",
        "accounts.end_two_step",
        "accounts.delete_unlinkedaccount",
        "accounts.export_signup",
        "auditlog.view_logentry",
    }
)
ROLES: Mapping[str, Permissions] = {
    "support": SUPPORT,
    "finance": FINANCE,
    "administrator": ADMINISTRATOR,
}


NAMES = {"support": _("support"), "finance": _("finance"), "administrator": _("administrator")}


def name_of(group: Group) -> str:
    """Returns the role's name in the reader's language; the database holds the English one."""
    return str(NAMES.get(group.name, group.name))


def given_by(giver: PermissionsMixin) -> QuerySet[Group]:
    """Returns the roles that this person can give: those with no permission they lack."""
    if giver.is_superuser:
        return Group.objects.all()
    own = giver.get_all_permissions()
    return Group.objects.filter(name__in=[name for name, role in ROLES.items() if role <= own])


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
