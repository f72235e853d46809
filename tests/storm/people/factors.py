"""Two-step verification as a customer uses it: a phone with the key, and codes on paper."""

import re
import time
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from tests.accounts.codes import code_of, codes_on
from tests.storm.people.browser import Page

if TYPE_CHECKING:
    from tests.storm.people.person import Person

CODE, HERE = "/accounts/login/code/", "/accounts/sign-in/two-step/"
KEY = re.compile(r"<code[^>]*>([A-Z2-7 ]{20,})</code>")


class Factor(NamedTuple):
    """codes: recovery codes that were not used; none if the page with them never came."""

    key: str
    codes: list[str]


def shown_code(person: "Person", factor: Factor) -> str:
    """Returns the code on the phone, whose clock follows the portal's."""
    return code_of(factor.key, at=time.time() + person.town.nature.ahead)


def turn_on(person: "Person", random: Random) -> None:
    page = person.browser.get(HERE)
    shown = KEY.search(page.text)
    if page.path != HERE or not shown:
        return
    factor = Factor(shown[1].replace(" ", ""), [])
    person.town.typed(factor.key)  # a secret, like a password
    before = person.factors
    person.factors = [*before, factor]
    fields = {"current": person.passwords[0], "code": shown_code(person, factor)}
    page = person.browser.press(HERE, **fields)
    if codes := codes_on(page.text):
        person.factors = [Factor(factor.key, codes)]
        person.town.count("two-step")
    elif page.path == HERE and KEY.search(page.text):
        person.factors = before  # refused: the same key is shown again


def turn_off(person: "Person", random: Random) -> None:
    path, known = f"{HERE}off/", person.factors
    page = person.browser.get(path)
    if page.path != path or known[0] is None:
        return
    person.factors = [None, *known]
    page = answer(person, page, known[0], current=person.passwords[0])
    if "Two-step verification is off" in page.text:
        person.factors = [None]
        person.town.count("two-step")
    elif page.path == path:
        person.factors = known


def pass_second_step(person: "Person", page: Page) -> Page:
    for factor in filter(None, list(person.factors)):
        page = answer(person, page, factor)
        if not page.path.startswith(CODE):
            break
    return page


def answer(person: "Person", page: Page, factor: Factor, **fields: str) -> Page:
    """Answers with the phone. If that is refused, for example because the code was just used,
    answers with a paper code."""
    path = page.path
    page = person.browser.press(path, code=shown_code(person, factor), **fields)
    if page.path == path and factor.codes:
        person.town.count("recovery codes")
        page = person.browser.press(path, code=factor.codes.pop(), **fields)
    return page


def settle_factors(person: "Person", *, asked: bool) -> None:
    """Finds out by signing in whether a second step is asked for."""
    true = [factor for factor in person.factors if (factor is not None) is asked]
    if not true:
        what = "is asked for a code" if asked else "is in without a code"
        person.town.found(f"{person.household.email} {what}, which was never told")
    person.factors = true or ([None] if not asked else person.factors)
