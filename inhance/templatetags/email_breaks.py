"""`{{ cell|break_emails }}`: a narrow column breaks an email in front of its @ and its dots,
instead of in the middle of a word."""

import re

from django import template
from django.utils.safestring import SafeString

register = template.Library()
# What stays as it is: fields with what is typed in them, tags with their attributes, and space.
BETWEEN = re.compile(r"(<textarea\b[^<>]*>[^<>]*</textarea>|<[^<>]*>|\s+)", re.IGNORECASE)


@register.filter
def break_emails(html: str) -> SafeString:
    """html: finished markup, such as a cell of a list."""
    if "@" not in html:
        return SafeString(html)
    return SafeString("".join(_broken(part) for part in BETWEEN.split(html)))


def _broken(part: str) -> str:
    is_email = "@" in part and not part.startswith("<")
    return re.sub(r"([@.])", r"<wbr>\1", part) if is_email else part
