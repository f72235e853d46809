"""What a timer starts in production every minute, over and over until it is killed.

python -m tests.storm.timers post_payments
"""

import sys
import time
from contextlib import suppress

import django
from django.core.management import CommandError, call_command
from django.db import InterfaceError, OperationalError, connection


def main(command: str) -> None:
    django.setup()
    while True:
        with suppress(CommandError, OperationalError, InterfaceError):  # the next run has it
            call_command(command)
        connection.close()
        time.sleep(0.5)


if __name__ == "__main__":
    main(sys.argv[1])
