"""Who can prove an account by a name or a ZIP code: owners should, strangers should not.

Makes NAMES accounts (4,000) as a CIS writes them in each order, from lists of its own,
and half as many with other names and shapes. Then it tries what their owners may type and what
strangers may guess. SEED makes other accounts; with OWNERS=1, only owners try. Exits with 1 if
fewer than 99% of owners succeed, or any stranger with a letter, a first name, a status word, a
title, a particle, a legal form, or a common last name, or an owner with a first name. Who succeeds
with a word that the portal does not know is printed.
"""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inhance.settings")

import django

django.setup()

from bench.attack.measuring import attack_names, attack_zip_codes
from bench.attack.shapes import Shapes

NAMES = int(os.environ.get("NAMES", "4000"))
SEED = int(os.environ.get("SEED", "1"))
EVERY = 0 if os.environ.get("OWNERS") == "1" else 1


def main() -> int:
    is_good = True
    for last_first in (True, False):
        result = attack_names(NAMES, seed=SEED, last_first=last_first, every=EVERY)
        print(result.table(), flush=True)
        is_good &= result.is_good()
        shapes = attack_names(NAMES // 2, seed=2, last_first=last_first, maker=Shapes, every=EVERY)
        print(shapes.table(), flush=True)
        is_good &= shapes.is_good()
    result = attack_zip_codes(NAMES)
    print(result.table())
    return 0 if is_good and result.is_good() else 1


sys.exit(main())
