"""What search engines may show, and what they read there."""

import re
from urllib.robotparser import RobotFileParser

import pytest
from django.test import Client

from tests.cast import Cast

PUBLIC = ["/", "/pay/", "/accounts/login/", "/accounts/register/"]
PRIVATE = ["/accounts/", "/admin/", "/api/", "/billing/", "/language/", "/p/", "/P/", "/pay/"]


def found(page: str, pattern: str) -> str:
    [words] = re.findall(pattern, page)
    return str(words)


def test_they_find_the_public_pages_and_nothing_private(client: Client, cast: Cast) -> None:
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert [line for line in lines if line.startswith("Allow")] == [f"Allow: {p}$" for p in PUBLIC]
    parser = RobotFileParser()
    parser.parse(line for line in lines if not line.startswith("Allow"))
    for address in (*PRIVATE, "/pay/abc/receipt/", "/pay/?link=A", "/P/A"):
        assert not parser.can_fetch("*", address)
    for address in ("/static/css/base.css", "/brand.css", "/logo/a.png", "/"):
        assert parser.can_fetch("*", address)


@pytest.mark.parametrize("address", PUBLIC)
def test_each_says_what_it_is_for_and_where(client: Client, cast: Cast, address: str) -> None:
    page = client.get(f"{address}?next=/billing/").content.decode()
    description = found(page, r'<meta name="description" content="([^"]*)">')
    assert "Springfield Water" in description
    assert 60 <= len(description) <= 160
    assert found(page, r'rel="canonical" href="([^"]*)"') == f"http://testserver{address}"
    spanish = Client().get(found(page, r'hreflang="es" href="([^"]*)"')).content.decode()
    assert 'lang="es"' in spanish
    assert found(spanish, r'rel="canonical" href="([^"]*)"').endswith(f"{address}?language=es")


def test_private_pages_say_nothing_to_them(client: Client, cast: Cast) -> None:
    client.force_login(cast.laundry)
    page = client.get("/").content.decode()
    assert 'name="description"' not in page
    assert "canonical" not in page
