"""No secret of the storm is in a log, or readable in the database."""

import re
from urllib.parse import urlsplit

from posting.models import WebhookEndpoint
from tests import cast
from tests.leaks import LINKS, Secrets, matches, rows
from tests.posting.files.sftp_server import PASSWORD
from tests.storm.town import Town

TOKENS = re.compile(r"/pay/(?:postback|return)/([\w-]{43})/")


def leaks(town: Town) -> list[str]:
    """Searches logs and tables for all secrets that were used."""
    logs = {name: [path.read_text(errors="replace")] for name, path in town.logs().items()}
    return sorted(matches(secrets(town), {**logs, **rows()}))


def secrets(town: Town) -> Secrets:
    """Returns the biller's key, each password that was typed, each link in an email, each token in
    a URL, and each token from Invoice Cloud."""
    found = {cast.API_KEY: "the API key", PASSWORD: "the password of the SFTP server"}
    found |= {one.secret: "a secret of webhooks" for one in WebhookEndpoint.objects.all()}
    found |= dict.fromkeys(town.passwords, "a password")
    for mail in town.control("GET", "inbox"):
        found |= dict.fromkeys(LINKS.findall(mail["text"]), "a link")
    state = town.state()
    for hosted in state["hosted_payments"]:
        asked = hosted["request"]
        for address in (asked["PostBackURL"], asked["ReturnURL"]):
            for token in TOKENS.findall(urlsplit(address).path):
                found[token] = "a token of an address"
    for user in state["users"]:
        found |= dict.fromkeys(user["token_values"], "a token of Invoice Cloud")
    return found
