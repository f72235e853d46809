#!/usr/bin/env python
"""Starts the sandbox: `python sandbox/manage.py serve`."""

import os
import sys
from pathlib import Path


def main() -> None:
    # Started as a file, Python puts sandbox/ first on its path; its parent is what we import from.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    # Not setdefault: a shell set up for the portal must not make this process the portal.
    os.environ["DJANGO_SETTINGS_MODULE"] = "sandbox.settings"

    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
