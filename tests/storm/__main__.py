"""`make faults`: the portal in a storm that a seed determines, then an audit of both sides.

Run `python -m tests.storm --seeds 7 --seconds 60`.
"""

import argparse
import logging
import os
import secrets
import signal
import subprocess
import sys

from deploy.services import interrupted
from tests.storm.surroundings import ENVIRONMENT, FOLDER

os.environ |= ENVIRONMENT
os.environ.pop("ENVIRONMENT", None)

import django

django.setup()
logging.getLogger().setLevel(logging.CRITICAL)  # of this process, whose output is the report

from tests.storm.storm import storm


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--seeds", nargs="*", type=int, help="one storm each; none: a new one")
    parser.add_argument("--seconds", type=float, default=60, help="of each storm")
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--without-chromium", action="store_true")
    return parser.parse_args()


def main() -> int:
    asked = arguments()
    seeds = asked.seeds or [secrets.randbelow(10**6)]
    if len(seeds) > 1:  # each in a process group of its own
        return max(alone(seed, asked) for seed in seeds)
    signal.signal(signal.SIGTERM, interrupted)  # so that no server is left behind
    with FOLDER:
        return storm(
            seeds[0], asked.seconds, people=asked.people, chromium=not asked.without_chromium
        )


def alone(seed: int, asked: argparse.Namespace) -> int:
    command = [sys.executable, "-m", "tests.storm", "--seeds", str(seed)]
    command += ["--seconds", str(asked.seconds), "--people", str(asked.people)]
    command += ["--without-chromium"] if asked.without_chromium else []
    environment = {k: v for k, v in os.environ.items() if k not in ENVIRONMENT}
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
