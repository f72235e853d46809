"""The samples for systemd: hardened alike, and a timer for each periodic command."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).parent.parent
SERVICES = sorted((ROOT / "deploy").glob("*.service"))
HARDENED = {"NoNewPrivileges=yes", "PrivateTmp=yes", "ProtectSystem=strict", "ProtectHome=yes"}


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_every_service_may_do_little_and_runs_one_thing(unit: Path) -> None:
    lines = unit.read_text().splitlines()
    assert set(lines) >= HARDENED | {"User=portal"}
    assert len([line for line in lines if line.startswith("ExecStart=")]) == 1


def test_every_periodic_command_of_the_documents_has_its_timer() -> None:
    told = re.findall(
        r"^    [*0-9/ ]+ manage\.py (\w+)", (ROOT / "docs/production.md").read_text(), re.MULTILINE
    )
    [enabled] = re.findall(r"@\{(.+)\}", (ROOT / "deploy/portal-periodic@.timer").read_text())
    assert {*enabled.split(","), "watch_pages"} == set(told)  # that one wants an address
    assert set(told) <= set(get_commands())
    assert len(SERVICES) == 3
