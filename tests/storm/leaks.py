"""No secret of the storm stands in a log of ours, or readable in the database."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from tests import cast
from tests.leaks import LINKS, matches, rows
from tests.storm.person import Person
from tests.storm.town import Town

TOKENS = re.compile(r"/pay/(?:postback|return)/([\w-]{43})/")


def leaks(town: Town, people: Iterable[Person]) -> list[str]:
    """Those that went by: passwords, links of mails, tokens of addresses, the biller's key."""
    secrets = {cast.API_KEY: "the API key"}
    secrets |= {password: "a password" for each in people for password in each.passwords}
    secrets |= {link: "a link" for used in town.used_links for link in LINKS.findall(used)}
    for hosted in town.sandbox.state()["hosted_payments"]:
        asked = hosted["request"]
        for address in (asked["PostBackURL"], asked["ReturnURL"]):
            for token in TOKENS.findall(urlsplit(address).path):
                secrets[token] = "a token of an address"
    logs = {path.name: [path.read_text(errors="replace")] for path in town.home.glob("*.log")}
    return sorted(matches(secrets, {**logs, **rows()}))
