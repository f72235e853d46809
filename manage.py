#!/usr/bin/env python
import gc
import os
import sys

from django.core.management import execute_from_command_line

# Number of new objects between two runs of the garbage collector. With Python's default of 700, it
# would take a third of the time of an import.
GARBAGE = 20_000

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inhance.settings")
    gc.set_threshold(GARBAGE, 10, 10)
    execute_from_command_line(sys.argv)
