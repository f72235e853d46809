"""Runs the web server and the SMTP server of the sandbox until it is stopped."""

import errno
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection

from sandbox import demo
from sandbox.inbox import smtp_server
from sandbox.models import Biller
from sandbox.postbacks.delivery import is_loopback
from sandbox.server import RequestHandler, Server
from sandbox.variants import services as variants


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []  # saves a second at every start

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
        parser.add_argument("--port", type=int, default=8001, help="0 for any free port")
        parser.add_argument("--smtp-port", type=int, default=8025)
        parser.add_argument("--empty", action="store_true", help="start without demo data")

    def handle(self, *, host: str, port: int, smtp_port: int, empty: bool, **options: Any) -> None:
        if not is_loopback(host):
            raise CommandError(
                f"{host} is not a loopback address; the sandbox serves no other addresses."
            )
        for ending in (signal.SIGTERM, signal.SIGINT):  # a shell lets background jobs ignore SIGINT
            signal.signal(ending, signal.default_int_handler)
        try:
            with port_errors(port, "--port"):
                server = Server((host, port), RequestHandler, ipv6=":" in host)
            prepare_database(empty=empty)
            with port_errors(smtp_port, "--smtp-port"):
                smtp_server.start(host, smtp_port)
            server.set_app(get_wsgi_application())
            self.stdout.write(
                f"Sandbox ready at http://{in_url(host)}:{server.server_port}, "
                f"SMTP on port {smtp_port}"
            )
            self.stdout.flush()
            server.serve_forever()
        except KeyboardInterrupt:
            sys.exit(0)  # all other threads are daemons and end with this one


def prepare_database(*, empty: bool) -> None:
    call_command("migrate", verbosity=0)
    if not empty and not Biller.objects.exists():
        demo.seed()
    variants.switch_on(settings.VARIANTS)
    connection.close()


def in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


@contextmanager
def port_errors(port: int, option: str) -> Iterator[None]:
    """Raises CommandError instead of OSError if the port is in use."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise CommandError(f"Port {port} is in use. Choose another with {option}.") from None
