"""WSGI entry point of the portal."""

import gc
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from django.core.exceptions import BadRequest
from django.core.wsgi import get_wsgi_application
from django.urls import resolve

from inhance.management.garbage import collect_seldom

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Body:
    """A request body. If it ends before all of it was sent, that is the client's fault: 400. Half a
    form must not pass for a whole one: of 1,234.50, it may have 1.

    part: what arrived of a body that broke off."""

    def __init__(self, sent: Any, announced: str) -> None:
        self._sent, self.part = sent, b""
        # More digits than any body has would take long to read, and Python refuses thousands.
        digits = announced.lstrip("0")[:18] if announced.isdecimal() else ""
        self._missing = int(digits or 0)

    def read(self, *size: int) -> bytes:
        """Servers return less than was asked for only at the end (PEP 3333)."""
        got = self._of_client(self._sent.read, *size)
        self._missing -= len(got)
        if self._missing > 0 and size and len(got) < size[0]:
            self.part = got
            raise BadRequest("The client sent only a part")
        return got

    def readline(self, *size: int) -> bytes:
        got = self._of_client(self._sent.readline, *size)
        self._missing -= len(got)
        return got

    def _of_client(self, read: Callable[..., bytes], *size: int) -> bytes:
        """Servers report what is wrong with a body, such as the size of a chunk, with errors of
        their own, which may quote it. After that, they return what arrived before."""
        try:
            return read(*size)
        except MemoryError:
            raise
        except Exception:
            with suppress(Exception):
                self.part = read(*size)
            raise BadRequest("The client sent only a part") from None


def plainly(application: Application) -> Application:
    """Drops content type parameters that no browser sends with a form: Django would decode each
    field with any Python codec that a client names, and some are not for text or take seconds. An
    incomplete body is the client's fault."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        kind, *parameters = environ.get("CONTENT_TYPE", "").split(";")
        kept = [each for each in parameters if each.split("=")[0].strip().lower() == "boundary"]
        plain = {
            "CONTENT_TYPE": ";".join([kind, *kept]),
            "wsgi.input": Body(environ["wsgi.input"], environ.get("CONTENT_LENGTH", "")),
        }
        return application({**environ, **plain}, start_response)

    return answer


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inhance.settings")
os.environ.setdefault("PORTAL_PROCESS", "web")  # limits: inhance.postgresql.configuration
application = plainly(get_wsgi_application())
# Imports all views now, so that the first visitors of a process don't wait for that.
resolve("/healthz")
# Everything imported so far stays. The collector also no longer writes to memory that processes
# share.
gc.collect()
gc.freeze()
collect_seldom()
