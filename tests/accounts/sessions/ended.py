"""A session that ends while a form is open."""

import re
from html import unescape

from django.conf import settings
from django.test import Client

SEAL = re.compile(r'name="typed_by" value="([^"]+)"')


def opened(browser: Client, address: str, **headers: str) -> dict[str, str]:
    """Returns what is hidden in the form of a page."""
    page = browser.get(address, headers=headers)
    found = SEAL.search(page.content.decode())
    assert found
    return {"typed_by": found[1], "csrfmiddlewaretoken": str(page.context["csrf_token"])}


def time_out(browser: Client) -> None:
    """As the browser does, which drops the cookie when its time is up."""
    browser.session.delete()
    del browser.cookies[settings.SESSION_COOKIE_NAME]


def words(browser: Client, address: str) -> str:
    return unescape(browser.get(address).content.decode())
