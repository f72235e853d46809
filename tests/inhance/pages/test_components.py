"""The page with every component, for developers alone."""

import importlib
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from icsso.billers.models import Biller
from inhance import urls
from tests.browser.looks import BUT_COLORS, assert_accessible, assert_usable

FILL = "button => getComputedStyle(button).backgroundColor"


def test_every_component_in_light_dark_and_forced_colors(page: Page, biller: Biller) -> None:
    page.goto("/components/")
    page.get_by_role("button", name="Show it with errors").click()
    expect(page.locator("[aria-invalid=true]")).to_have_count(2)
    assert_accessible(page)
    page.emulate_media(forced_colors="active")
    assert_usable(page, "forced colors", BUT_COLORS)
    main, second = page.locator("main .actions .button").all()[:2]
    assert main.evaluate(FILL) != second.evaluate(FILL)


@pytest.mark.django_db
def test_not_in_production(client: Client, biller: Biller, settings: Any) -> None:
    try:
        settings.TESTING = settings.DEBUG = False
        importlib.reload(urls)
        assert not [each for each in urls.urlpatterns if "components" in str(each.pattern)]
    finally:
        settings.TESTING = True
        importlib.reload(urls)
