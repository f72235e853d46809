"""A page by keyboard alone: whatever can have the focus takes it, and is seen when it has it."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SEEN = Path(__file__).with_name("seen.js").read_text().strip()
FAULTS = f"() => ({Path(__file__).with_name('keyboard.js').read_text().strip()})({SEEN})"
# Of what has the focus: its words, and what a person who looks for it would miss.
FOCUSED = """({hasRing, isSeen}) => {
  const at = document.activeElement, faults = [];
  if (at === document.body) return null;
  if (!hasRing(at)) faults.push("no ring");
  if (!isSeen(at)) faults.push("behind or beside the window");
  const label = at.labels?.[0]?.innerText || (at.type === "submit" ? at.value : at.name);
  const isBeside = at.tagName === "SELECT" && !at.labels?.[0]?.contains(at);
  const own = isBeside ? label : at.innerText; // not the first option of a select
  const words = at.tagName === "IFRAME" ? at.tagName : at.ariaLabel || own || label;
  return {words: words.trim().split("\\n")[0], tag: at.tagName, faults};
}"""


def assert_seen_by_keyboard(page: Page) -> int:
    """Returns how many parts of the page as it is shown now can have the focus."""
    page.keyboard.press("Tab")  # browsers draw the ring where keys are used
    number, faults = page.evaluate(FAULTS)
    assert not faults, f"{page.url}: {faults}"
    return int(number)


def step(page: Page, key: str = "Tab") -> Any:
    page.keyboard.press(key)
    return page.evaluate(f"() => ({FOCUSED})({SEEN})")


def walk(page: Page, last: str, key: str = "Tab", most: int = 120) -> list[str]:
    """Goes on until this has the focus. Returns the words of all that had it."""
    passed: list[str] = []
    while len(passed) < most and (not passed or passed[-1] != last):
        now = step(page, key)
        assert now, f"after {passed[-3:]} nothing has the focus"
        assert not now["faults"] or now["tag"] == "IFRAME", now
        passed.append(now["words"])
    assert passed[-1] == last, passed
    return passed
