"""The language is chosen without a script, kept by the browser, and by the member."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from django.test import Client

from accounts.models import User
from icsso.billers.models import Biller
from tests.cast import Cast

TEMPLATES = Path(__file__).parents[3] / "templates"


def switch(client: Client, language: str, following: str = "/"):
    return client.post(
        "/language/setlang/", {"language": language, "next": following}, HTTP_HOST="localhost"
    )


def lang_of(client: Client, **headers: str) -> str:
    page = client.get("/", HTTP_HOST="localhost", **headers).content.decode()
    return page.split('<html lang="')[1].split('"')[0]


def test_the_choice_is_kept(client: Client, biller: Biller):
    assert lang_of(client) == "en"
    response = switch(client, "es", "/accounts/login/")
    assert response["Location"] == "/accounts/login/"
    assert response.cookies["django_language"]["httponly"]
    assert lang_of(client) == "es"
    switch(client, "en")
    assert lang_of(client) == "en"


def test_the_browser_is_asked_first(client: Client, biller: Biller):
    assert lang_of(client, HTTP_ACCEPT_LANGUAGE="es-MX,es;q=0.9,en;q=0.5") == "es"


def test_the_switch_needs_no_other_cookie(biller: Biller):
    strict = Client(enforce_csrf_checks=True)
    assert switch(strict, "es").status_code == 302
    assert lang_of(strict) == "es"


def test_a_member_finds_it_again_in_another_browser(client: Client, cast: Cast):
    client.force_login(cast.laundry)
    switch(client, "es")
    assert User.objects.get(pk=cast.laundry.pk).language == "es"
    elsewhere = Client()
    elsewhere.force_login(cast.laundry)
    assert lang_of(elsewhere) == "es"


def test_a_language_we_do_not_speak_changes_nothing(client: Client, cast: Cast):
    client.force_login(cast.laundry)
    switch(client, "xx")
    assert User.objects.get(pk=cast.laundry.pk).language == "en"
    assert lang_of(client) == "en"


@pytest.mark.parametrize(
    "following", ["https://evil.example/", "//evil.example/", "/\\evil.example"]
)
def test_it_leads_to_no_other_site(client: Client, biller: Biller, following: str):
    assert "evil" not in switch(client, "es", following)["Location"]


def test_every_form_that_is_kept_is_the_one_that_the_switch_sends():
    forms = re.compile(
        r'<form id="typed"[^>]*>\s*{% csrf_token %}{% typed_by %}'
        r'|{% block form_id %} id="typed"{% endblock %}\s*{% block typed_by %}{% typed_by %}'
        r'|{% extends "accounts/kept_form_page.html" %}'
    )
    texts = {page: page.read_text() for page in TEMPLATES.glob("**/*.html")}
    kept = [page for page, text in texts.items() if re.search("{% typed_by %}|kept_form_", text)]
    assert len(kept) > 10
    for page in kept:
        assert len(forms.findall(texts[page])) == 1, page


@pytest.mark.parametrize(
    "address", ["/", "/pay/", "/accounts/login/", "/accounts/register/", "/no/such/page/"]
)
def test_the_switch_always_has_one_form(client: Client, biller: Biller, address: str):
    page = client.get(f"{address}?a=1&b=2", HTTP_HOST="localhost").content.decode()
    assert page.count('id="typed"') == 1
    assert f'formaction="/language/setlang/?next={quote(address, "")}%3Fa%3D1%26b%3D2"' in page
