"""The check by keyboard finds what nobody would see, and nothing else."""

import pytest
from playwright.sync_api import Page

from tests.browser.keyboard import assert_seen_by_keyboard, step

FINE = """<!doctype html><html lang=en><title>Page</title><style>
    body { background: #fff } :focus { outline: 3px solid #05a; outline-offset: 2px }
    #dark { background: #222; padding: 9px } #dark :focus { outline-color: #fc0 }
    .over { position: absolute; top: 0; left: 0; width: 400px; height: 600px; display: none }
    #cover { position: relative } #cover::after { content: ''; position: absolute; inset: 0 }
    </style><main id=main><button id=one><b>One</b></button> <a href=/>Two</a>
    <label>Three <input id=three></label><div id=dark><button id=four>Four</button></div>
    <label id=cover>Five is under its label <input type=checkbox></label>
    </main><div class=over></div>"""
# Each makes one part, or all, impossible to see or to reach.
FAULTS = {
    "#one:focus { outline: none }": "has no ring",
    "#one:focus { outline-width: 2px }": "has no ring",
    "#one:focus { outline-color: transparent }": "has no ring",
    "#one:focus { outline-color: #fff }": "has no ring",
    "#one:focus { outline-color: rgb(0 80 170 / 10%) }": "has no ring",
    "#dark button:focus { outline-color: #222 }": "has no ring",
    ".over { display: block; background: #eee }": "is behind something",
    "#one { position: absolute; left: -999px }": "beside the window",
    "#one { opacity: 0 }": "is behind something",
    # What lies there is the page itself.
    "#one { pointer-events: none; clip-path: inset(50%) }": "is behind something",
}


def test_what_is_seen_is_no_fault(page: Page) -> None:
    page.set_content(FINE)
    assert assert_seen_by_keyboard(page) == 5
    page.set_content(FINE)
    assert [step(page)["faults"] for _part in range(5)] == [[]] * 5


@pytest.mark.parametrize("change", FAULTS)
def test_what_is_not_seen_is_found(page: Page, change: str) -> None:
    page.set_content(FINE)
    page.add_style_tag(content=change)
    with pytest.raises(AssertionError, match=FAULTS[change]):
        assert_seen_by_keyboard(page)
    page.set_content(FINE)
    page.add_style_tag(content=change)
    assert any(step(page)["faults"] for _part in range(5))


def test_a_part_out_of_order_is_found(page: Page) -> None:
    page.set_content(FINE.replace("id=three", "id=three tabindex=3"))
    with pytest.raises(AssertionError, match="is out of order"):
        assert_seen_by_keyboard(page)
