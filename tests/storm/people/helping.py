"""A helper: invited by a member, accepts by email, pays what is shared, and is removed."""

import re
from random import Random

from django.utils import timezone

from tests.storm.people import paying
from tests.storm.people.person import Person
from tests.storm.town import Household

HELPERS = "/accounts/helpers/"
END = re.compile(rf'action="({HELPERS}\d+/end/)"')
MANY = 1_000  # numbers of households, higher than all others


def invite(person: Person, random: Random) -> None:
    """Invites a new person with an address of their own. Only one at a time."""
    if person.helpers and not person.helpers[-1].was_sent_away:
        return
    number = MANY * person.household.number + len(person.helpers)
    email, password = f"helper-{number}@example.com", f"ladders beside barn {number}"
    helper = Helper(person.town, Household(number, email, password, ()))
    path = f"{HELPERS}invite/"
    person.helpers.append(helper)
    fields = {"account": "all", "right": "pay", "ends_on": timezone.localdate().isoformat()}
    page = person.browser.send(path, email=email, **fields)
    if page.path == HELPERS:
        person.town.count("helpers")
        helper.accept()


def help_out(person: Person, random: Random) -> None:
    for helper in person.helpers[-1:]:
        if not helper.is_member:
            helper.accept()
        elif helper.comes_home():
            paying.quickly(helper, random)
            person.town.count("helped")


def send_away(person: Person, random: Random) -> None:
    page = person.browser.get(HELPERS)
    if person.helpers and (shown := END.search(page.text)):
        page = person.browser.press(shown[1])
        over = ("The access has ended", "The invitation has ended")
        if any(words in page.text for words in over):
            person.helpers[-1].was_sent_away = True


class Helper(Person):
    """Links no account, and so is nobody's customer at Invoice Cloud."""

    def accept(self) -> None:
        """Uses the newest link, even if it was opened before: it is unknown how that ended."""
        link = self.wait_for(lambda: self.link(f"{HELPERS}invitation/", self.emails[0]))
        if not link:
            return
        self.leave()
        self.is_member = None
        page = self.browser.send(link, password=self.passwords[0])
        self.is_member = self.is_at_home = page.path == "/"
        if page.status == 410 or "You have an online account" in page.text:
            self.is_member = None  # signing in shows it
            self.sign_in()
