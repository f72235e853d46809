"""The biller's colors, readable on both grounds and kept by browsers until they change."""

import re

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from icsso.billers.branding.colors import contrast
from icsso.billers.branding.style_sheet import brand_css, brand_version
from icsso.billers.models import Biller


def test_the_page_names_the_style_sheet_of_its_biller(client: Client, biller: Biller):
    page = client.get("/", HTTP_HOST="localhost").content.decode()
    address = re.search(r"/brand\.css\?v=[0-9a-f]{10}", page)
    assert address
    response = client.get(address[0], HTTP_HOST="localhost")
    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "--accent:#0b5cad" in response.content.decode()
    assert not response.cookies


def test_another_color_has_another_address(biller: Biller):
    assert brand_version("#0b5cad") != brand_version("#0b5cae")


def test_an_address_of_yesterday_is_asked_again(client: Client, biller: Biller):
    response = client.get("/brand.css?v=0000000000", HTTP_HOST="localhost")
    assert response["Cache-Control"] == "no-cache"


@given(st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}"))
def test_buttons_and_links_read_whatever_the_color(accent: str):
    light, dark = re.findall(
        r"--accent:(#\w{6});--on-accent:(#\w{6});--link:(#\w{6})", brand_css(accent)
    )
    for (button, text, link), grounds in (
        (light, ("#ffffff", "#f2f4f6")),
        (dark, ("#14181c", "#20262c")),
    ):
        assert contrast(button, text) >= 4.5
        assert all(contrast(link, ground) >= 4.5 for ground in grounds)
        assert all(contrast(button, ground) >= 3 for ground in grounds)


@pytest.mark.parametrize("wrong", ["", "blue", "red;}body{display:none"])
def test_what_is_no_color_never_reaches_the_style_sheet(wrong: str):
    assert brand_css(wrong) == ""


def test_the_grounds_are_those_of_the_style_sheet():
    with open("static/css/base.css") as sheet:
        text = sheet.read()
    assert text.count("--raised: #f2f4f6") == 1
    assert text.count("--raised: #20262c") == 1
