"""Days that people type: in Spanish, too, 11/12 is November 12, as everywhere in the United States.
Every form of the back office uses the browser's date picker, and shows what it would send."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.utils import timezone, translation
from django.utils.formats import get_format

from accounts.helpers.forms import TermsForm
from accounts.models import User
from tests.backoffice.admin_addresses import OF_NOBODY, one_of_everything, pages
from tests.cast import STAFF_PASSWORD, Cast

PICKERS = {"date", "datetime-local", "time", "hidden"}
DAY, MOMENT = (
    date(2027, 11, 12),
    datetime(2027, 11, 12, 14, 5, tzinfo=UTC),
)  # which could be turned around
TYPED = ("11/12/2027", "11/12/27", "2027-11-12")

records = pytest.fixture(one_of_everything)


def test_days_are_typed_alike_in_both_languages() -> None:
    for language in ("en", "es"):
        with translation.override(language):
            assert {forms.DateField().clean(typed) for typed in TYPED} == {DAY}
            moments = {forms.DateTimeField().clean(f"{typed} 14:05") for typed in TYPED}
            assert moments == {timezone.make_aware(MOMENT.replace(tzinfo=None))}
            with pytest.raises(forms.ValidationError):
                forms.DateField().clean("30/11/2027")
            assert get_format("DATE_INPUT_FORMATS")[0] == "%Y-%m-%d"  # how a text field shows it


def forms_on(answer: Any) -> Iterator[forms.BaseForm]:
    """The forms that the page was made from, those in a formset or of a list included."""
    for part in getattr(answer, "context", None) or ():
        for value in [each for layer in getattr(part, "dicts", [part]) for each in layer.values()]:
            yield from _within(value)


def _within(value: Any) -> Iterator[forms.BaseForm]:
    if isinstance(value, forms.BaseForm):
        yield value
    elif form := getattr(value, "form", None):  # Django's AdminForm
        yield from _within(form)
    elif formset := getattr(value, "formset", value):
        if isinstance(formset, forms.BaseFormSet):
            yield from [*formset, formset.empty_form]
        elif isinstance(value, (list, tuple)):
            for each in value:
                yield from _within(each)


def fields_of_days(form: forms.BaseForm) -> dict[str, forms.Field]:
    kinds = (forms.DateField, forms.DateTimeField, forms.SplitDateTimeField)
    return {
        form[name].html_name: field
        for name, field in form.fields.items()
        if isinstance(field, kinds)
    }


def shown(field: forms.Field) -> str:
    value = MOMENT if isinstance(field, forms.DateTimeField) else DAY
    return str(field.widget.format_value(value))


def faults_of(field: forms.Field) -> list[str]:
    kind = getattr(field.widget, "input_type", type(field.widget).__name__)
    if kind not in PICKERS:
        return [f"shown as {kind}"]
    return [] if shown(field).startswith("2027-11-12") else [f"shows {shown(field)}"]


def test_every_form_of_the_back_office(records: Cast) -> None:
    client = Client(headers={"accept-language": "es"})
    boss = User.objects.create_superuser("boss@example.com", STAFF_PASSWORD)
    own = rf"/(logout|leave)/$|/({'|'.join(OF_NOBODY)})/|<url>|/r/"
    found, faults = set[str](), list[str]()
    for pattern, address in pages(records):
        if re.search(own, pattern):
            continue
        client.force_login(boss)
        answer = client.get(address, follow=True)
        with translation.override("es"):
            for form in forms_on(answer):
                for name, field in fields_of_days(form).items():
                    if f'name="{name}' not in answer.text:
                        continue  # of a record that can only be read
                    found.add(f"{type(form).__name__}.{name}")
                    faults += [f"{address}: {name} {fault}" for fault in faults_of(field)]
    assert not faults, "\n".join(faults)
    assert len(found) > 10, found


def test_the_customers_form_too(cast: Cast) -> None:
    for language in ("en", "es"):
        with translation.override(language):
            form = TermsForm(biller=cast.biller)
            assert [faults_of(field) for field in fields_of_days(form).values()] == [[]]
