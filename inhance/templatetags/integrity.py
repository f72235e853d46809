"""`<script src="…" {% integrity 'js/portal.js' %}>`: the browser runs what this release ships, or
nothing."""

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
    # A developer changes scripts while the portal runs.
    found = digest_of(path) if settings.DEBUG else _kept(path)
    return format_html('integrity="{}"', found)


def digest_of(path: str) -> str:
    """`sha384-…` of a static file, as the standard of browsers writes it."""
    place = finders.find(path)
    if place is None:
        raise FileNotFoundError(path)
    with open(place, "rb") as script:
        return digest_of_text(script.read())


def digest_of_text(script: bytes) -> str:
    return "sha384-" + b64encode(sha384(script).digest()).decode()


_kept = lru_cache(maxsize=64)(digest_of)
