"""What axe's rules about colors say, asked once about all texts that look alike.

What axe has passed, it passes again: text of this color, size, and weight on this ground. A line of
`contrast.js` is all that its measuring of contrast reads. Asked about at each look are texts that
lie on anything but what they stand in, links that only their color tells from a sentence, and texts
of which axe has not told anything.
"""

from pathlib import Path

from playwright.sync_api import Page

TEXTS = Path(__file__).with_name("contrast.js").read_text().strip().removesuffix(";")
_told: set[str] = set()


def faults_of_colors(page: Page, texts: list[str]) -> list[str]:
    """What is wrong with the texts on the page, whose lines these are. It has to know axe."""
    asked = [line for line in texts if line not in _told]
    if not asked:
        return []
    faults, told = page.evaluate(TEXTS, asked)
    _told.update(told)
    return list(faults)
