#!/usr/bin/env python
"""Starts the sandbox: `python sandbox/manage.py serve`."""

import os
import sys
from pathlib import Path


def main() -> None:
    # Python puts the directory of this file first on the path; imports need its parent.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    # Not setdefault: in a shell set up for the portal, this would start the portal.
    os.environ["DJANGO_SETTINGS_MODULE"] = "sandbox.settings"

    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
