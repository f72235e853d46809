"""Who may what: the roles that staff are given, and the permissions of each.

Every `migrate` makes the groups, and brings their permissions to what stands here. Which rows a
permission reaches is another question: those of the billers somebody works for
(`backoffice.scope`). Superusers may everything, and need no role.
"""

from collections.abc import Mapping
from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.models import Group, Permission, PermissionsMixin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

Permissions = frozenset[str]

# Answers "where is my payment?" and "why can I not sign in?".
SUPPORT: Permissions = frozenset(
    {
        "accounts.view_user",
        "accounts.view_utilityaccount",
        "accounts.view_linkedaccount",
        "accounts.view_unlinkedaccount",
        "accounts.view_unknownaccount",
        "accounts.view_synchronisation",
        "accounts.view_registration",
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
# Runs the portal of a biller. Creating one is a superuser's.
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
        "accounts.add_user",
        "accounts.change_user",
        "accounts.add_utilityaccount",
        "accounts.change_utilityaccount",
        "accounts.end_two_step",
        "accounts.delete_linkedaccount",
        "accounts.delete_unlinkedaccount",
        "accounts.export_registration",
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
    """In the reader's language. In the database it has one name."""
    return str(NAMES.get(group.name, group.name))


def given_by(giver: PermissionsMixin) -> QuerySet[Group]:
    """Nobody gives more than they have."""
    if giver.is_superuser:
        return Group.objects.all()
    own = giver.get_all_permissions()
    return Group.objects.filter(name__in=[name for name, role in ROLES.items() if role <= own])


def bring_up_to_date(sender: AppConfig, **kwargs: Any) -> None:
    """After each `migrate`, once the permissions of the last app have come to be."""
    if sender is not [app for app in apps.get_app_configs() if app.models_module][-1]:
        return
    every = Permission.objects.select_related("content_type")
    known = {f"{one.content_type.app_label}.{one.codename}": one for one in every}
    for name, role in ROLES.items():
        group, _is_new = Group.objects.get_or_create(name=name)
        group.permissions.set([known[one] for one in role if one in known])
