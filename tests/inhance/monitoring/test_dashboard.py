"""/metrics has all that the dashboard and the alert rules query, and each rule has a runbook."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from pytest_django.fixtures import Settings

from icsso.billers.models import Biller
from tests.inhance.monitoring.reading import BEARER, TOKEN

ROOT = Path(__file__).resolve().parents[3]
RULES = ROOT / "deploy/alerts.yaml"
NAME = re.compile(r"\bportal_[a-z_]+")
MATCHER = re.compile(r'(portal_[a-z_]+)\{(\w+)="([^"]+)"\}')


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def questions() -> list[str]:
    dashboard = json.loads((ROOT / "deploy/dashboard.json").read_text())
    targets = [each for panel in dashboard["panels"] for each in panel.get("targets", [])]
    return [target["expr"] for target in targets] + [rule["expr"] for rule in rules()]


@pytest.mark.django_db(transaction=True)
def test_every_figure_that_is_asked_for_exists(client: Client, biller: Biller, settings: Settings):
    settings.METRICS_TOKEN = TOKEN
    text = client.get("/metrics", headers=BEARER, HTTP_HOST="localhost").content.decode()
    families = dict(re.findall(r"^# TYPE (portal_\w+) (\w+)$", text, re.MULTILINE))
    known = set(families)
    for name, kind in families.items():
        if kind == "histogram":
            known |= {f"{name}_bucket", f"{name}_count", f"{name}_sum"}
    asked = {name for question in questions() for name in NAME.findall(question)}
    assert len(asked) > 20
    assert asked <= known
    # And nothing is told that no panel and no rule looks at.
    told = {name for name in families if name.startswith("portal_")}
    unseen = {name for name in told if not any(each.startswith(name) for each in asked)}
    assert not {name for name in unseen if not name.endswith("_created")}
    gauges = [each for question in questions() for each in MATCHER.findall(question)]
    for name, label, wanted in gauges:
        if families.get(name) == "gauge":
            assert re.search(rf'^{name}{{[^}}]*{label}="{wanted}"', text, re.MULTILINE)


def test_every_alert_has_a_runbook_that_exists():
    headings = (ROOT / "docs/monitoring.md").read_text().splitlines()
    anchors = {each.lstrip("# ").lower().replace(" ", "-") for each in headings if each[:1] == "#"}
    for rule in rules():
        page, _, heading = rule["annotations"]["runbook"].partition("#")
        assert page == "docs/monitoring.md", rule["alert"]
        assert heading in anchors, rule["alert"]
        assert rule["labels"]["severity"] in {"page", "ticket"}
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))
