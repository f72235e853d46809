"""`{{ entry|change_in_words }}`: what an entry of a record's history says, in both languages.

Django stores a field's label in English with a capital letter, and translates just that: “Can sign
in”, though the word to translate is “can sign in”.
"""

import json
from typing import Any

from auditlog.models import LogEntry as AuditEntry
from django import template
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy, override

from backoffice.audit.events import ACTIONS

register = template.Library()
Action = AuditEntry.Action
VERBS = {
    "added": ACTIONS[Action.CREATE],
    "changed": ACTIONS[Action.UPDATE],
    "deleted": ACTIONS[Action.DELETE],
}
# Of an entry that says nothing else. Saving writes one even if nothing is different.
FLAGS = {
    ADDITION: VERBS["added"],
    CHANGE: gettext_lazy("saved without changes"),
    DELETION: VERBS["deleted"],
}
# Raised for text that looks like Django's lists: it isn't JSON, or has another structure.
OTHER = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


@register.filter
def change_in_words(entry: LogEntry) -> str:
    message = entry.change_message or "[]"
    if not message.startswith("["):
        return message  # text, as Django also allows
    names = _names_in(entry)
    try:
        parts = json.loads(message)
        said = [_part(verb, what, names) for part in parts for verb, what in part.items()]
    except OTHER:
        return message
    return "; ".join(said) or str(FLAGS[entry.action_flag])


def _part(verb: str, what: dict[str, Any], names: dict[str, Any]) -> str:
    """what: the fields, and which other record it was, if it was listed on the same page."""
    about = f"{gettext(what['name'])} {what['object']} – " if "name" in what else ""
    fields = ", ".join(str(names.get(name) or gettext(name)) for name in what.get("fields", ()))
    return f"{about}{VERBS[verb]}{fields and f': {fields}'}"


def _names_in(entry: LogEntry) -> dict[str, Any]:
    """Returns the model's words for its fields, by the label that is stored."""
    model = entry.content_type.model_class() if entry.content_type else None
    fields = [*model._meta.fields, *model._meta.many_to_many] if model else []
    with override(None):
        return {capfirst(str(field.verbose_name)): field.verbose_name for field in fields}
