"""The words of a page of HTML, as they are seen or read out, but for those of another language."""

from html.parser import HTMLParser
from typing import NamedTuple

from django.http import HttpResponse

VOID = {"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
SAID = {"aria-label", "alt", "placeholder", "title"}
NEVER = {"script", "style"}
BUTTONS = {"submit", "button"}


class Open(NamedTuple):
    tag: str
    is_read: bool


class Words(HTMLParser):
    """found: each text, in the order of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.language = ""
        self.open: list[Open] = []

    @property
    def is_read(self) -> bool:
        return self.open[-1].is_read if self.open else True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.language = self.language or given.get("lang", "")
        own = given.get("lang", self.language) == self.language if "lang" in given else self.is_read
        is_read = own and given.get("translate") != "no" and tag not in NEVER
        if is_read:
            names = SAID | ({"value"} if given.get("type") in BUTTONS else set())
            self.found += [given[name] for name in names if given.get(name)]
        if tag not in VOID:
            self.open.append(Open(tag, is_read))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.is_read and (text := " ".join(data.split())):
            self.found.append(text)


def words_of(answer: HttpResponse) -> list[str]:
    """Returns none of a file, and of what leads elsewhere."""
    if answer.streaming:
        answer.getvalue()  # closes the file it comes from
        return []
    if "html" not in answer.headers.get("Content-Type", ""):
        return []
    page = Words()
    page.feed(answer.content.decode())
    assert page.language in {"", "es"}, page.language
    return page.found
