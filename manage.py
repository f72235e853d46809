#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line

from inhance.management.garbage import collect_seldom

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inhance.settings")
    collect_seldom()
    execute_from_command_line(sys.argv)
