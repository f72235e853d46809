"""Asking axe once about texts that look alike finds what asking it about every text finds."""

from playwright.sync_api import Page

from tests.browser.chromium import load_axe
from tests.browser.contrast import TEXTS, faults_of_colors
from tests.sandbox_process import SandboxProcess

# Each kind of text, in colors that are fine.
FINE = """<!doctype html><html lang=en><title>Page</title><style>
    body { background: #fff; color: #222 } .card { background: #eee } .dark { background: #222 }
    .dark p { color: #eee } .large { font-size: 30px } .faint { opacity: 1 }
    .under, .over { position: absolute; top: 600px; left: 0; width: 400px; height: 40px }
    .faint, .card p, .wide { margin: 40px 0 }</style>
    <main><p>On the page</p><div class=card><p>On a card</p></div><div class=dark><p>Words</p></div>
    <p class=large>Large</p><p class=faint>Faint</p><p>Read <a href=/>this</a> soon</p>
    <input value=A1><div class=under></div><p class=over>Lies over</p>
    <label>Of it <input></label></main>"""
# Of these, each makes one of the texts hard to read.
FAULTS = (
    "p { color: #999 }",
    ".card p { color: #888 }",
    ".card { background: #555 }",
    ".dark { background: #ccc }",
    ".large { color: #999 }",
    ".large { font-size: 14px; color: #888 }",
    ".faint { opacity: .4 }",
    ".under { background: #333 }",
    ".over { color: #bbb }",
    "input { color: #bbb }",
    "p { -webkit-text-fill-color: #bbb }",
    "a { text-decoration: none; color: #333 }",
    "label { color: #bbb }",
    "@media (prefers-color-scheme: dark) { .card p { color: #888 } }",
)
AS_AXE_SAYS = """async () => (await axe.run(document, {runOnly: ['color-contrast',
    'link-in-text-block']})).violations.flatMap(rule => rule.nodes.map(() => rule.id)).sort()"""


def found(page: Page) -> list[str]:
    return sorted(
        fault.split(":")[0] for fault in faults_of_colors(page, page.evaluate(f"({TEXTS})()"))
    )


def test_it_finds_what_axe_finds(page: Page) -> None:
    page.set_content(FINE)
    load_axe(page)
    for _ in range(2):
        assert found(page) == []
    page.emulate_media(color_scheme="dark")
    for fault in FAULTS:
        style = page.add_style_tag(content=fault)
        assert found(page) == page.evaluate(AS_AXE_SAYS) != [], fault
        style.evaluate("style => style.remove()")
        assert found(page) == [], fault


def test_what_has_passed_is_not_asked_about_again(page: Page) -> None:
    page.set_content("<p>One</p><p>Two</p>")
    load_axe(page)
    assert found(page) == []
    page.set_content("<p>Three</p>")
    page.evaluate("delete window.axe")
    assert found(page) == []


def test_axe_comes_along_at_any_site(page: Page, sandbox: SandboxProcess) -> None:
    for address in ("/robots.txt", sandbox.url, "/robots.txt"):
        page.goto(address)
        load_axe(page)
        assert page.evaluate("axe.version"), address
