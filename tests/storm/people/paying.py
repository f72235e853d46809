"""Customers at the payment page: they approve, decline, try another card, or walk away."""

import re
from random import Random
from typing import NamedTuple
from urllib.parse import urlsplit

import requests

from tests.storm.people.browser import Page
from tests.storm.people.person import Person
from tests.storm.town import Refused

FRAME = re.compile(r'<iframe class="frame" src="([^"]+)"')
OPTION = re.compile(r'<option value="(\d+)"')
TRIES = (  # cards tried at the payment page, one after the other: whether the card is good
    (True,),
    (True,),
    (True,),
    (False,),
    (False, True),
    (False, False),
    (),
)


def as_guest(person: Person, random: Random) -> None:
    number = random.choice(person.town.numbers)
    page = person.browser.send("/pay/", account_number=number)
    if paid := pay(person, page, random):
        person.receipts[paid.path + "receipt/"] = paid.hosted


def quickly(person: Person, random: Random) -> None:
    accounts = OPTION.findall(person.browser.get("/pay/quick/").text)
    if accounts:
        chosen = random.sample(accounts, random.randint(1, min(3, len(accounts))))
        page = person.browser.send("/pay/quick/", account=chosen, listed="yes")
        pay(person, page, random)


class Paid(NamedTuple):
    path: str
    hosted: str


def pay(person: Person, page: Page, random: Random) -> Paid | None:
    if "Was this bill already paid?" in page.text:
        page = person.browser.press(page.path, **page.hidden())
    frame = FRAME.search(page.text)
    if not frame:
        return None
    for is_good in random.choice(TRIES):
        use_card(person, frame[1], random, is_good=is_good)
    if random.random() < 0.7:
        go_back(person, frame[1])
    if random.random() < 0.7:
        person.browser.get(page.path + "receipt/")
    return Paid(page.path, frame[1])


def use_card(person: Person, hosted: str, random: Random, *, is_good: bool) -> None:
    invoices = random.sample(range(100_000, 999_999), random.choice((1, 1, 1, 2, 3)))
    lines = [
        {
            "invoice_number": f"S{n}",
            "amount": f"{random.randint(1, 99999) / 100:.2f}",
            "customer": random.randint(0, 2),  # one of those that are paid at once
        }
        for n in invoices
    ]
    fee = random.choice(("0.00", "2.50"))
    row = {"hosted_payment": hosted, "lines": lines, "fee": fee, "approve": is_good}
    try:
        person.town.control("POST", "payments", **row)
    except Refused:
        return  # paid before: the page was returned a second time
    person.town.count("approved" if is_good else "declined")


def go_back(person: Person, hosted: str) -> None:
    """Goes back as the hosted page sends the browser: to a URL of the portal."""
    try:
        answer = requests.get(hosted + "/return", allow_redirects=False, timeout=30)
    except requests.RequestException:
        return  # Invoice Cloud is unavailable
    address = urlsplit(answer.headers.get("Location", ""))
    if "/pay/return/" in address.path:
        person.browser.get(address.path)
