"""Runs the sandbox: its web server and its mail server, until told to stop."""

import errno
import signal
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError, call_command
from django.core.wsgi import get_wsgi_application

from sandbox.delivery import is_loopback
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
        call_command("migrate", verbosity=0)
        server = self.bind(host, port)
        server.set_app(get_wsgi_application())
        self.stdout.write(f"Sandbox ready at http://{host}:{server.server_port}")
        self.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            sys.exit(0)

    def bind(self, host: str, port: int) -> Server:
        try:
            return Server((host, port), Handler, ipv6=":" in host)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(f"Port {port} is in use. Choose another with --port.") from error
            raise
