"""The one-time link in a notification."""

import re

from django.core.mail import EmailMessage


def link_in(mail: EmailMessage) -> str:
    """The path of the link, as the browser would ask for it."""
    found = re.search(r"http://testserver(/\S+)", str(mail.body))
    assert found, mail.body
    return found[1]
