"""Draws each customer's next story from the seed and runs it, however it ends."""

import time
from collections.abc import Callable
from random import Random

from tests.storm.people import factors, helping, paying
from tests.storm.people.browser import Interrupted
from tests.storm.people.person import Person
from tests.storm.town import Refused

Story = Callable[[Person, Random], object]


def come_back(person: Person, random: Random) -> None:
    person.sign_in()


AT_HOME: tuple[Story, ...] = (
    Person.change_password,
    Person.change_email,
    *[Person.link_account] * 2,
    Person.look_at_bills,
    Person.unlink_account,
    factors.turn_on,
    factors.turn_off,
    helping.invite,
    helping.help_out,
    helping.help_out,
    helping.send_away,
    *[paying.quickly] * 4,
)
ANYWHERE: tuple[Story, ...] = (come_back, Person.reset_password, paying.as_guest, paying.as_guest)
STRANGERS: tuple[Story, ...] = (Person.register, Person.register, paying.as_guest)


def tell(person: Person, random: Random) -> None:
    person.town.count("stories")
    try:
        if person.is_member is None:
            person.sign_in()
        stories = (*AT_HOME, *ANYWHERE) if person.is_member else STRANGERS
        story = random.choice(stories)
        if story not in AT_HOME or person.comes_home():
            story(person, random)
    except (Interrupted, Refused):  # no page; or no mailbox
        person.town.count("interrupted")
        person.leave()
        time.sleep(random.uniform(0.5, 1.5))  # without a page, they soon try again
