"""`<script src="…" {% integrity 'js/portal.js' %}>`: the browser runs only what this release
ships."""

from base64 import b64encode
from functools import lru_cache
from hashlib import sha384

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def integrity(path: str) -> SafeString:
    # In development, scripts change while the portal is running.
    found = digest_of(path) if settings.DEBUG else _kept(path)
    return format_html('integrity="{}"', found)


def digest_of(path: str) -> str:
    """Returns `sha384-…` for a static file, in the format of the integrity attribute."""
    place = finders.find(path)
    if place is None:
        raise FileNotFoundError(path)
    with open(place, "rb") as script:
        return digest_of_text(script.read())


def digest_of_text(script: bytes) -> str:
    return "sha384-" + b64encode(sha384(script).digest()).decode()


_kept = lru_cache(maxsize=64)(digest_of)
