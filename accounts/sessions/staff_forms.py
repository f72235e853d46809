"""Forms of the back office whose session ends: what was typed comes back, as on customers' pages.

The seal of such a form (`accounts.sessions.typed`) names its fields. Those that may hold a secret
are never among them: passwords, files, what a browser must not fill in, whatever is stored
encrypted, and whatever is called a key.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict

from accounts.sessions import typed
from icsso.billers.encryption import EncryptedTextField

UNSAVED = {"off", "new-password", "current-password", "one-time-code"}
SECRETS = re.compile("password|secret|key|token|code")
NEVER = (forms.PasswordInput, forms.FileInput, forms.HiddenInput, forms.MultipleHiddenInput)


def names_of(form: forms.BaseForm) -> list[str]:
    """Returns the names under which a browser sends what may be kept of the form."""
    return [name for field in _keepable(form) for name in _sent_as(form[field])]


def restore(request: HttpRequest, shown: Iterable[forms.BaseForm]) -> bool:
    """Puts into forms that are sent together what was kept of them, which is then forgotten.
    Returns whether there was anything: a page may have others. A form that was sent has its own
    answers."""
    unsent = [form for form in shown if not form.is_bound]
    fields = typed.taken(request) if unsent else {}
    is_theirs = any(name in fields for form in unsent for name in names_of(form))
    for form in unsent if is_theirs else ():
        _fill(form, fields)
    return is_theirs


def _fill(form: forms.BaseForm, fields: Mapping[str, list[str]]) -> None:
    data: MultiValueDict[str, Any] = MultiValueDict(fields)
    for name in _keepable(form):
        widget, sent = form.fields[name].widget, form.add_prefix(name)
        form.initial[name] = widget.value_from_datadict(data, MultiValueDict(), sent)


def _keepable(form: forms.BaseForm) -> list[str]:
    return [
        name
        for name, field in form.fields.items()
        if not (field.disabled or isinstance(field.widget, NEVER) or _is_secret(form, name))
    ]


def _is_secret(form: forms.BaseForm, name: str) -> bool:
    if SECRETS.search(name) or form.fields[name].widget.attrs.get("autocomplete") in UNSAVED:
        return True
    meta = getattr(form, "_meta", None)
    if meta is None or meta.model is None:
        return False
    stored = {field.name: field for field in meta.model._meta.get_fields()}
    return isinstance(stored.get(name), EncryptedTextField)


def _sent_as(bound: forms.BoundField) -> list[str]:
    widget = bound.field.widget
    if isinstance(widget, forms.MultiWidget):
        suffixes: list[str] = widget.widgets_names  # type: ignore[attr-defined]  # no stub
        return [bound.html_name + suffix for suffix in suffixes]
    return [bound.html_name]
