"""Draws what a Prometheus server answers to the queries of deploy/dashboard.json, without Grafana.

Run `python -m bench.operation.dashboard_picture http://127.0.0.1:9090 --minutes 5 PICTURE`.
"""

import argparse
import html
import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.browser.chromium import program

ROOT = Path(__file__).resolve().parents[2]
COLORS = ("#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df", "#0a7ea4", "#bc4c00", "#57606a")
STEPS, WIDE, HIGH = 60, 300, 110
NOW = time.time()
STYLE = """
body{font:12px sans-serif;margin:12px;width:1240px} h2{font-size:14px;margin:10px 0 4px}
.row{display:flex;gap:8px;flex-wrap:wrap} .panel{border:1px solid #ccc;padding:6px;flex:1}
.stat{font-size:26px} .key{font-size:10px;color:#444}
"""


def answered(server: str, question: str, *, minutes: float) -> list[dict[str, Any]]:
    asked = {
        "query": question.replace("$__rate_interval", "30s"),
        "start": NOW - minutes * 60,
        "end": NOW,
        "step": minutes * 60 / STEPS,
    }
    with urlopen(f"{server}/api/v1/query_range?{urlencode(asked)}", timeout=30) as response:  # noqa: S310  our own server
        found: list[dict[str, Any]] = json.load(response)["data"]["result"]
    return found


def panel(server: str, asked: dict[str, Any], *, minutes: float) -> str:
    lines = [
        (named(target["legendFormat"], each["metric"]), measured(each["values"]))
        for target in asked["targets"]
        for each in answered(server, target["expr"], minutes=minutes)
    ]
    title = f"<b>{html.escape(asked['title'])}</b>"
    if asked["type"] == "stat":
        last = f"{lines[0][1][-1][1]:.6g}" if lines and lines[0][1] else "no data"
        return f'<div class="panel">{title}<div class="stat">{last}</div></div>'
    return f'<div class="panel">{title}<br>{drawn(lines, minutes=minutes)}</div>'


def measured(values: list[tuple[float, str]]) -> list[tuple[float, float]]:
    """Returns minutes before now, with their values; only values that are numbers."""
    return [((NOW - at) / 60, float(value)) for at, value in values if value != "NaN"]


def named(legend: str, labels: dict[str, str]) -> str:
    for label, value in labels.items():
        legend = legend.replace("{{" + label + "}}", value)
    return legend


def drawn(lines: list[tuple[str, list[tuple[float, float]]]], *, minutes: float) -> str:
    top = max((value for _name, values in lines for _ago, value in values), default=0) or 1
    svg, keys = [], []
    for number, (name, values) in enumerate(lines[:8]):
        color = COLORS[number]
        points = " ".join(
            f"{WIDE - ago / minutes * WIDE:.0f},{HIGH - value / top * HIGH:.0f}"
            for ago, value in values
        )
        svg.append(f'<polyline points="{points}" fill="none" stroke="{color}"/>')
        keys.append(f'<span style="color:{color}">{html.escape(name)}</span>')
    return (
        f'<svg width="{WIDE}" height="{HIGH}">{"".join(svg)}</svg>'
        f'<div class="key">up to {top:.3g} · {" · ".join(keys)}</div>'
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server")
    parser.add_argument("picture", type=Path)
    parser.add_argument("--minutes", type=float, default=5)
    asked = parser.parse_args()
    parts = []
    for each in json.loads((ROOT / "deploy/dashboard.json").read_text())["panels"]:
        if each["type"] == "row":
            parts.append(f'</div><h2>{html.escape(each["title"])}</h2><div class="row">')
        else:
            parts.append(panel(asked.server, each, minutes=asked.minutes))
    page_text = f"<style>{STYLE}</style><div>{''.join(parts)}</div>"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program())
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_content(page_text)
        page.screenshot(path=asked.picture, full_page=True)
        browser.close()


if __name__ == "__main__":
    main()
