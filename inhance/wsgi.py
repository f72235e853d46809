"""The portal as a web server runs it."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def plainly(application: Application) -> Application:
    """Keeps from it what no browser says of a form: Django would decode each field by any codec
    of Python's that a stranger names, some of which are no text, or take seconds for a page."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        kind, *parameters = environ.get("CONTENT_TYPE", "").split(";")
        kept = [each for each in parameters if each.split("=")[0].strip().lower() == "boundary"]
        return application({**environ, "CONTENT_TYPE": ";".join([kind, *kept])}, start_response)

    return answer


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inhance.settings")
application = plainly(get_wsgi_application())
