"""WSGI entry point of the portal."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.urls import resolve

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def plainly(application: Application) -> Application:
    """Drops content type parameters that no browser sends with a form: Django would decode each
    field with any Python codec a client names, and some are not for text or take seconds."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        kind, *parameters = environ.get("CONTENT_TYPE", "").split(";")
        kept = [each for each in parameters if each.split("=")[0].strip().lower() == "boundary"]
        return application({**environ, "CONTENT_TYPE": ";".join([kind, *kept])}, start_response)

    return answer


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inhance.settings")
application = plainly(get_wsgi_application())
# Imports all views now, and not while the first visitors of a process wait for it.
resolve("/healthz")
