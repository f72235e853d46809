"""The demo data, and resetting the sandbox."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from sandbox import faults, records, snapshot
from sandbox.variants import services as variants

DEMO_FILE = Path(__file__).with_name("demo.json")


def load() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(DEMO_FILE.read_text())
    return loaded


def seed() -> None:
    demo = load()
    biller = records.save_biller(demo["biller"])
    records.save_customers(biller, demo["customers"])
    for user in demo["users"]:
        records.save_user(biller, user)


@transaction.atomic
def reset(*, with_demo: bool) -> None:
    """Deletes everything: records, faults, settings, calls, and emails."""
    faults.clear()
    snapshot.empty()
    if with_demo and not snapshot.restore():
        seed()
        snapshot.keep()
    variants.switch_on(settings.VARIANTS)
