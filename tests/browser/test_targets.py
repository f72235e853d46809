"""Leaving out axe's rule about targets where all have room leaves out nothing that it finds."""

from typing import Any

from playwright.sync_api import Page

from tests.browser.chromium import load_axe
from tests.browser.looks import ARE_TARGETS_CLOSE, BUT_COLORS, RUN

# Each kind of target, large enough.
FINE = """<!doctype html><html lang=en><title>Page</title><style>
    main > * { display: block; margin: 40px; width: 60px; height: 30px }
    .over { position: absolute; top: 0; left: 300px }</style>
    <main><h1>Page</h1><button id=one>1</button><a href=/ id=two>2</a><input id=three aria-label=3>
    <select id=four aria-label=4><option>4</select><textarea id=five aria-label=5></textarea>
    <span tabindex=0 role=button id=six>6</span><details><summary>7</summary></details>
    <div tabindex=0 role=region aria-label=List>8</div>
    <div tabindex=0 role=group aria-label=Table>8</div><button class=over>9</button>
    <button class=over id=ten style="top: 100px">10</button></main>"""
SMALL = "margin: 0 40px; width: 20px; height: 10px"
# Small with room around it, which is no fault; the others each leave a target too little room.
ALONE, *FAULTS = (
    "#one { width: 20px; height: 20px }",
    f"#one, #two {{ {SMALL} }}",
    f"#three, #four {{ {SMALL} }}",
    f"#five, #six {{ {SMALL} }}",
    "#ten { top: 15px !important }",
    "#ten { top: 0 !important; left: 310px }",
)
# Small and close, but of these axe asks no size.
NO_TARGETS = f"details, [role=region], [role=group] {{ {SMALL} }}"
AS_AXE_SAYS = "async () => (await axe.run(document, {runOnly: ['target-size']})).violations"


def parts(violations: list[dict[str, Any]]) -> list[str]:
    return [node["html"] for rule in violations for node in rule["nodes"]]


def test_it_finds_what_axe_finds(page: Page) -> None:
    page.set_content(FINE)
    load_axe(page)
    assert not page.evaluate(ARE_TARGETS_CLOSE)
    assert parts(page.evaluate(RUN, BUT_COLORS)[0]) == []
    style = page.add_style_tag(content=NO_TARGETS)
    assert not page.evaluate(ARE_TARGETS_CLOSE)
    assert parts(page.evaluate(AS_AXE_SAYS)) == []
    style.evaluate("style => style.remove()")
    for change in (ALONE, *FAULTS):
        style = page.add_style_tag(content=change)
        assert page.evaluate(ARE_TARGETS_CLOSE), change
        said = parts(page.evaluate(AS_AXE_SAYS))
        assert parts(page.evaluate(RUN, BUT_COLORS)[0]) == said, change
        assert bool(said) == (change in FAULTS), change
        style.evaluate("style => style.remove()")
