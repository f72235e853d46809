"""The samples for systemd: hardened alike, each with one thing to run."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SERVICES = sorted((ROOT / "deploy").glob("*.service"))
HARDENED = {"NoNewPrivileges=yes", "PrivateTmp=yes", "ProtectSystem=strict", "ProtectHome=yes"}


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_every_service_may_do_little_and_runs_one_thing(unit: Path) -> None:
    lines = unit.read_text().splitlines()
    assert set(lines) >= HARDENED | {"User=portal"}
    assert len([line for line in lines if line.startswith("ExecStart=")]) == 1
