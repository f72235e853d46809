"""Measures how much memory a piece of work takes."""

import gc
import tracemalloc
from collections.abc import Callable

from inhance.management.garbage import collect_seldom


def peak(work: Callable[[], object]) -> int:
    """Returns the peak number of bytes that Python held during the work. Garbage is collected as
    often as in a process of the portal: tests collect it less often."""
    gc.collect()
    of_tests = gc.get_threshold()
    collect_seldom()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.set_threshold(*of_tests)
