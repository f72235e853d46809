"""The demo's fixed facts, and starting over."""

import json
from pathlib import Path
from typing import Any

from django.db import transaction

from sandbox import faults, records, snapshot

FACTS = Path(__file__).with_name("demo.json")


def facts() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(FACTS.read_text())
    return loaded


def seed() -> None:
    demo = facts()
    biller = records.save_biller(demo["biller"])
    records.save_customers(biller, demo["customers"])
    for user in demo["users"]:
        records.save_user(biller, user)


@transaction.atomic
def reset(*, with_demo: bool) -> None:
    """Forgets everything: records, faults, settings, calls and mails."""
    faults.clear()
    snapshot.empty()
    if with_demo and not snapshot.restore():
        seed()
        snapshot.keep()
