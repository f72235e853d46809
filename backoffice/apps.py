from typing import Any

from django.apps import AppConfig
from django.contrib.admin.templatetags import admin_list
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# Django's own texts, listed here so that they are collected for translation. Its Spanish has them
# for masculine nouns ("El cuenta de servicio fue eliminado"), and says "Añadir" where we say
# "Agregar". Ours fit every name of a model.
DJANGOS_WORDS = (
    *(_("Add"), _("Add %s"), _("View %s"), _("Add another %(verbose_name)s")),
    *(_("Add another %(model)s"), _("Change selected %(model)s")),
    *(_("Delete selected %(model)s"), _("View selected %(model)s")),
    *(_("Save and add another"), _("Breadcrumbs"), _("Go"), _("Clear selection")),
    _("Click here to select the objects across all pages"),
    *(_("Select all %(total_count)s %(module_name)s"), _("No action selected.")),
    _("Items must be selected in order to perform actions on them. No items have been changed."),
    _("Delete selected %(verbose_name_plural)s"),
    _("Successfully deleted %(count)d %(items)s."),
    _("The {name} “{obj}” was added successfully."),
    _("You may edit it again below."),
    _("The {name} “{obj}” was added successfully. You may add another {name} below."),
    _("The {name} “{obj}” was changed successfully. You may edit it again below."),
    _("The {name} “{obj}” was changed successfully. You may add another {name} below."),
    _("The {name} “{obj}” was changed successfully."),
    _("The %(name)s “%(obj)s” was deleted successfully."),
    _("%(name)s with ID “%(key)s” doesn’t exist. Perhaps it was deleted?"),
    _(
        "Please enter your old password, for security’s sake, and then enter your new password "
        "twice so we can verify you typed it in correctly."
    ),
    *(_("Old password"), _("Enter the same password as before, for verification.")),
    _("Your old password was entered incorrectly. Please enter it again."),
    _("Your password can’t be a commonly used password."),
)
ICONS = {True: "yes", False: "no", None: "unknown"}


class BackOfficeConfig(AppConfig):
    name = "backoffice"
    verbose_name = _("Back office")

    def ready(self) -> None:
        # Django offers no other way to say it in words: its icon is read out as "True".
        admin_list._boolean_icon = yes_or_no  # type: ignore[attr-defined]


def yes_or_no(value: Any) -> SafeString:
    """Returns the icon of a field that is true, false, or not known, with a word for it."""
    words = {True: gettext("Yes"), False: gettext("No"), None: gettext("Unknown")}
    icon = static(f"admin/img/icon-{ICONS[value]}.svg")
    return format_html('<img src="{}" alt="{}">', icon, words[value])
