"""Every page of the admin in Spanish: no English sentence, and none of Django's Spanish ones that
fit only masculine nouns."""

import re
from typing import Any

import pytest
from django.contrib.admin import site
from django.db import transaction
from django.test import Client

from accounts.models import User
from tests.backoffice.admin_addresses import OF_NOBODY, one_of_everything, pages
from tests.cast import STAFF_PASSWORD, Cast
from tests.translations.words_on_pages import words_of

# Words that every English sentence has one of, and no Spanish one has.
ENGLISH = re.compile(
    r"\b(the|of|to|is|are|was|were|and|with|for|this|that|your|you|not|be|have|by|from|an|will|or"
    r"|it|on|at|as|selected|true|false|none)\b",
    re.IGNORECASE,
)
# What Django quotes is part of it, so nothing is taken out before.
DJANGOS = re.compile(
    r"[oa]/[oa]s?\b|\bañadi|\bintroduzca|(?:^|\. )el [\w ]+ “|\blos? [\w ]+ \"", re.IGNORECASE
)
# What people wrote, what Invoice Cloud sends, and why nothing answered, as it is in the log.
DATA = re.compile(
    r"^[A-Z]\w+/[\w /-]+$|“[^”]*”|\S*[/@]\S*|Help with paying|still open|\bTrue ni False"
    r"|\bde (True|False)\b|^True o False$|\((biller_status: the|no answer)[^)]*\)"
)
records = pytest.fixture(one_of_everything)


@pytest.fixture
def reader(db: None) -> Client:
    return Client(headers={"accept-language": "es"})


def faults(answer: Any, address: str) -> list[str]:
    return [f"{address}: {text}" for text in words_of(answer) if is_fault(text)]


def is_fault(text: str) -> bool:
    return bool(ENGLISH.search(DATA.sub("", text)) or DJANGOS.search(text))


def asked(client: Client, method: str, address: str, said: dict[str, Any]) -> list[str]:
    """What is wrong on the page that answers, or on the one that it leads to. Nothing is kept."""
    kept = transaction.savepoint()
    answer = getattr(client, method)(address, said, follow=True)
    transaction.savepoint_rollback(kept)
    return faults(answer, f"{method} {address}")


def addresses(records: Cast) -> list[str]:
    own = rf"/(logout|leave)/$|/({'|'.join(OF_NOBODY)})/|<url>|/r/"
    return [address for pattern, address in pages(records) if not re.search(own, pattern)]


@pytest.mark.parametrize("method", ["get", "post"])
def test_every_page_and_every_form_that_is_sent_empty(
    records: Cast, reader: Client, method: str
) -> None:
    boss = User.objects.get(email="administrator@springfield-water.example")
    found: list[str] = []
    for address in addresses(records):
        reader.force_login(boss)
        found += asked(reader, method, address, {})
    assert not found, "\n".join(sorted(set(found)))


def test_every_action_on_a_list_and_what_only_superusers_do(records: Cast, reader: Client) -> None:
    boss = User.objects.create_superuser("boss@example.com", STAFF_PASSWORD)
    reader.force_login(boss)
    found: list[str] = []
    for address in addresses(records):
        if re.search(r"/(add|delete|take-second-factor)/$", address):
            found += asked(reader, "get", address, {})
    for model in site._registry:
        if model._meta.app_label in OF_NOBODY:
            continue
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        page = reader.get(address)
        form = page.context and page.context.get("action_form")
        for name, _label in form.fields["action"].choices if form else ():
            keys = [str(key) for key in model._default_manager.values_list("pk", flat=True)[:2]]
            said = {"action": name, "_selected_action": keys}
            found += asked(reader, "post", address, said)
            if name == "delete_selected":
                found += asked(reader, "post", address, {**said, "post": "yes"})
    assert not found, "\n".join(sorted(set(found)))


def test_what_is_saved_is_told(records: Cast, reader: Client) -> None:
    boss = User.objects.create_superuser("boss@example.com", STAFF_PASSWORD)
    reader.force_login(boss)
    account = records.account("10000106")
    reader.post(f"/admin/accounts/utilityaccount/{account.pk}/delete/", {"post": "yes"})
    told = reader.get("/admin/accounts/utilityaccount/")
    assert "Se eliminó “10000106” (cuenta de servicio)." in told.content.decode()


@pytest.mark.parametrize("english", ["Save this", "It was not saved.", "Ready for the file"])
def test_an_english_sentence_is_found(english: str) -> None:
    assert is_fault(english)


@pytest.mark.parametrize(
    "spanish",
    [
        "El cuenta de servicio “10000106” fue eliminado con éxito.",
        "El token “R/3” se modificó correctamente. Puede editarlo nuevamente abajo.",
        "Añadir cuenta",
        "Ningún registro seleccionado/a",
        "Introduzca su contraseña",
        '¿Está seguro de que quiere borrar los cuenta de servicio "10000106"?',
    ],
)
def test_djangos_masculine_sentences_are_found(spanish: str) -> None:
    assert is_fault(spanish)


@pytest.mark.parametrize("spanish", ["Se eliminó “10000106” (cuenta de servicio).", "una y/o dos"])
def test_sentences_that_fit_every_noun_are_not(spanish: str) -> None:
    assert not is_fault(spanish)
