"""What a visit leaves behind for a reader: pictures, words counted, and what a screen reader says.

- `SCREENSHOTS=folder` keeps a picture of each page at 390 and 1280 px, light and dark.
- `WORDS=file` adds a line for each page: its name, its language, and the visible words of `main`.
- `ACCESSIBILITY_TREE=write` writes `docs/accessibility/`; without it, the visit compares.
"""

import os
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.looks import DESK

SIZES = ({"width": 390, "height": 844}, DESK)
Node = dict[str, Any]
TREES = Path(__file__).resolve().parents[3] / "docs" / "accessibility"
WORDS = r"() => [...document.querySelector('main').innerText.matchAll(/[\p{L}\p{N}]\S*/gu)].length"
# Said as part of what they belong to.
SILENT = {"none", "generic", "InlineTextBox", "StaticText", "LineBreak", "ListMarker", "LabelText"}
SILENT |= {"DescriptionList", "LayoutTable", "LayoutTableRow", "LayoutTableCell", "RootWebArea"}
SILENT |= {"strong", "emphasis", "code", "mark", "time", "rowgroup"}
# Told in one line.
SENTENCES = {"paragraph", "listitem", "cell", "rowheader", "columnheader", "caption", "Figcaption"}
SENTENCES |= {"term", "definition", "status", "alert"}
ANNOUNCED = {"status", "alert", "paragraph", "form"}  # nothing as long as they are empty
MOST_ROWS, FEW_ROWS = 12, 5
DRAWN_BY_THE_BROWSER = {"Date"}  # whose parts are its own, and the numbers of some day
NAMES = {"DisclosureTriangle": "summary", "Figcaption": "caption", "Iframe": "frame"}
STATES = ("level", "expanded", "required", "checked", "pressed", "disabled", "live")
# What differs from one day, or one run, to the next.
CHANGING = (
    (r"https?://\S+", "(address)"),
    (r"\b[A-Z][a-z]{2,8}\s\d{1,2},\s\d{4}", "(date)"),
    (r"\b\d{1,2}:\d\d\s[AP]M(\s[A-Z]{3,4})?", "(time)"),
    (r"\b[A-Z0-9]{10}\b(?<!100001\d\d)", "(reference)"),
    (r"\bin \d+ days?\b", "in (days)"),
    (r"\b\d+ (second|minute)s? ago\b", "(time) ago"),
    (r"\b[a-z0-9]{4}(-[a-z0-9]{4}){3}\b", "(recovery code)"),
    (r"\b[A-Z2-7]{4}( [A-Z2-7]{4}){7}\b", "(key)"),
    (r"\b20\d\d\b", "(year)"),
    (r"127\.0\.0\.1", "(network)"),
)


def name_of(name: str) -> str:
    return name.strip("/").replace("/", "-") or "home"


def record(page: Page, name: str, language: str = "en") -> None:
    keep_pictures(page, name if language == "en" else f"{name}-{language}")
    file = os.environ.get("WORDS")
    if file:
        page.set_viewport_size(DESK)  # type: ignore[arg-type]
        with Path(file).open("a") as lines:
            lines.write(f"{name_of(name)}\t{language}\t{page.evaluate(WORDS)}\n")
    if language == "en":
        compare_tree(page, name_of(name))


def keep_pictures(page: Page, name: str) -> None:
    folder = os.environ.get("SCREENSHOTS")
    if not folder:
        return
    for scheme in ("light", "dark"):
        for size in SIZES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size(size)  # type: ignore[arg-type]
            file = f"{name_of(name)}-{size['width']}-{scheme}.png"
            page.screenshot(path=str(Path(folder) / file), full_page=True)
    page.emulate_media(color_scheme="light")


def compare_tree(page: Page, name: str) -> None:
    """The page as a screen reader tells it is the page that a reviewer has read."""
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    _wait_for_what_comes_later(page)
    told = "\n".join([f"title: {_steady(page.title())}", *_lines(page)]) + "\n"
    file = TREES / f"{name}.txt"
    if os.environ.get("ACCESSIBILITY_TREE") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(told)
    assert file.exists(), f"{file} is missing: run `make accessibility-tree` and read it."
    assert file.read_text() == told, f"{file} is behind: run `make accessibility-tree`."


def _wait_for_what_comes_later(page: Page) -> None:
    if page.locator("[data-balance]").count():
        expect(page.locator("[data-balances-status]")).not_to_be_empty()
    for waiting in page.locator("[data-frame-wait]").all():
        expect(waiting).to_be_hidden()


def _lines(page: Page) -> list[str]:
    """Each part of `main` that is told; of the two home pages, also what stands around it."""
    # Not detached: with this session, the virtual authenticator of another one would go.
    told = page.context.new_cdp_session(page)
    nodes = {node["nodeId"]: node for node in told.send("Accessibility.getFullAXTree")["nodes"]}
    root = next(node for node in nodes.values() if node["role"]["value"] == "RootWebArea")
    # A dialog leaves nothing else to be told.
    parts = {node["role"]["value"]: node for node in nodes.values()}
    main = parts.get("main") or parts["dialog"]
    is_home = page.url.count("/") == 3 and page.url.endswith("/")
    return _told(root if is_home else main, nodes)


def _told(node: Node, nodes: dict[str, Node], above: str = "") -> list[str]:
    """Returns a line for what is told of a part, and the lines of what stands in it below."""
    role, name = node["role"]["value"], _steady(node.get("name", {}).get("value", ""))
    if role == "StaticText":
        return [name] if name and name not in above else []
    is_told = not node.get("ignored") and role not in SILENT
    within = [nodes[child] for child in node.get("childIds", ()) if child in nodes]
    inside = [_told(child, nodes, name if is_told else above) for child in within]
    lines = [line for part in inside for line in part]
    if not is_told or (role in ANNOUNCED and not lines):
        return lines
    if role in DRAWN_BY_THE_BROWSER:
        lines = []
    if role in {"table", "list"} and len(inside) > MOST_ROWS:
        more = sum(bool(part) for part in inside) - FEW_ROWS
        lines = [line for part in inside[:FEW_ROWS] for line in part] + [f"(and {more} more)"]
    said = NAMES.get(role, role) + (f" “{name}”" if name else "") + _states(node)
    if role in SENTENCES and not any(line.startswith(" ") for line in lines):
        return [f"{said}: {' '.join(lines)}" if lines else said]
    return [said, *(f"  {line}" for line in lines)]


def _states(node: Node) -> str:
    found = {part["name"]: part["value"].get("value") for part in node.get("properties", ())}
    states = [
        name if found[name] is True else f"{name} {found[name]}"
        for name in STATES
        if found.get(name) not in (None, False, "false", "off")
        and (name != "level" or node["role"]["value"] == "heading")
    ]
    if found.get("invalid") not in (None, False, "false"):
        states.append("invalid")
    described = _steady(node.get("description", {}).get("value", ""))
    states += [f"described by “{described}”"] if described else []
    return f" ({', '.join(states)})" if states else ""


def _steady(words: str) -> str:
    # Chromium puts a space before words that are only heard.
    words = re.sub(r"\s+", " ", words).strip().replace(" ,", ",")
    for pattern, instead in CHANGING:
        words = re.sub(pattern, instead, words)
    return words
