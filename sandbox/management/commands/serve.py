"""Runs the sandbox: its web server and its mail server, until told to stop."""

import errno
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import BaseCommand, CommandError, call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection

from sandbox import demo
from sandbox.inbox import smtp_server
from sandbox.models import Biller
from sandbox.postbacks.delivery import is_loopback
from sandbox.server import Handler, Server


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []  # a second saved at every start

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
        parser.add_argument("--port", type=int, default=8001, help="0 takes a free one")
        parser.add_argument("--smtp-port", type=int, default=8025)
        parser.add_argument("--empty", action="store_true", help="no demo data")

    def handle(self, *, host: str, port: int, smtp_port: int, empty: bool, **options: Any) -> None:
        if not is_loopback(host):
            raise CommandError(f"{host} is not a loopback address; the sandbox serves no other.")
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            with taking(port, "--port"):
                server = Server((host, port), Handler, ipv6=":" in host)
            prepare_database(empty=empty)
            with taking(smtp_port, "--smtp-port"):
                smtp_server.start(host, smtp_port)
            server.set_app(get_wsgi_application())
            self.stdout.write(
                f"Sandbox ready at http://{written(host)}:{server.server_port}, "
                f"mail on port {smtp_port}"
            )
            self.stdout.flush()
            server.serve_forever()
        except KeyboardInterrupt:
            sys.exit(0)  # every other thread is a daemon and ends with this one


def prepare_database(*, empty: bool) -> None:
    call_command("migrate", verbosity=0)
    if not empty and not Biller.objects.exists():
        demo.seed()
    connection.close()


def written(host: str) -> str:
    return f"[{host}]" if ":" in host else host


@contextmanager
def taking(port: int, option: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise CommandError(f"Port {port} is in use. Choose another with {option}.") from None
