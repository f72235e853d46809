"""What an error means for whoever runs the probe, and what to do about it."""

from typing import NamedTuple

from icsso.client.contract import OPERATIONS
from icsso.client.errors import (
    CredentialMismatch,
    InvoiceCloudRejected,
    InvoiceCloudUnauthorized,
    InvoiceCloudUnavailable,
    NotRegistered,
)
from icsso.client.probe.results import Difference
from icsso.client.probe.steps.places import is_nowhere
from icsso.client.probe.walk import Attempt, Walk

KEY_ADVICE = (
    "Enter the API key again, as Invoice Cloud gave it. If it is the same, ask Invoice Cloud"
    " whether the key is active for this server."
)
CREDENTIALS_ADVICE = (
    "Check that the email address and the password are those used at Invoice Cloud. If they are,"
    " ask Invoice Cloud about “{}” and send the capture."
)
PAGE_ADVICE = (
    "Check the address {}. If it is right, a maintenance page or a firewall may have answered: run"
    " the probe again later, or ask Invoice Cloud."
)
FIELDS_ADVICE = "Ask Invoice Cloud which fields “{}” needs, and send the capture."
PATH_ADVICE = (
    "Ask Invoice Cloud for the server, method, and path of “{}”. A server entered under “other"
    " servers of Invoice Cloud” is tried as well."
)
PLACE_ADVICE = "Ask Invoice Cloud where to find this in the answer of “{}”, and send the capture."
CONNECTION_ADVICE = "Check the address {}, the firewall, and the outgoing proxy."


class Judgment(NamedTuple):
    """How the portal reads an answer."""

    reading: str
    is_usable: bool = True
    differences: tuple[Difference, ...] = ()
    advice: tuple[str, ...] = ()


def explained(walk: Walk, title: str, attempt: Attempt, places: tuple[str, ...] = ()) -> Judgment:
    """Returns what the error of an attempt means. places: where else it was tried."""
    if isinstance(attempt.error, InvoiceCloudUnavailable):
        return _unavailable(attempt.error, walk.target.base_url)
    if is_nowhere(attempt):
        return _nowhere(walk, title, attempt, places)
    if isinstance(attempt.error, InvoiceCloudUnauthorized):
        words = f"Invoice Cloud does not accept the API key ({attempt.status})."
        return _unusable(words, KEY_ADVICE)
    if attempt.main is not None and attempt.main.is_html:
        words = f"The answer is a web page and not data ({attempt.status})."
        return _unusable(words, PAGE_ADVICE.format(walk.target.base_url))
    if isinstance(attempt.error, InvoiceCloudRejected):
        return _refused(title, attempt)
    what = str(attempt.error).partition(": ")[2]
    return _unusable(f"The answer cannot be read: {what}.", PLACE_ADVICE.format(title))


def _unusable(reading: str, advice: str) -> Judgment:
    return Judgment(reading, is_usable=False, advice=(advice,))


def _unavailable(error: InvoiceCloudUnavailable, host: str) -> Judgment:
    if error.status is None:
        what = str(error).partition(": ")[2]
        words = f"Invoice Cloud does not respond: {what}."
        return _unusable(words, CONNECTION_ADVICE.format(host))
    wait = f" It asks to wait {error.retry_after} seconds." if error.retry_after else ""
    words = f"Invoice Cloud is not available now ({error.status}).{wait}"
    return _unusable(words, "Run the probe again later.")


def _nowhere(walk: Walk, title: str, attempt: Attempt, places: tuple[str, ...]) -> Judgment:
    name = attempt.operation
    path = walk.operation(name).path or OPERATIONS[name].path
    words = f"There is nothing at {path} ({attempt.status}).{_tried(places)}"
    return _unusable(words, PATH_ADVICE.format(title))


def _tried(places: tuple[str, ...]) -> str:
    if not places:
        return ""
    methods = ", ".join(dict.fromkeys(place.partition(" ")[0] for place in places))
    paths = ", ".join(dict.fromkeys(place.partition(" ")[2] for place in places))
    return f" Tried as well, by {methods}: {paths}."


def _refused(title: str, attempt: Attempt) -> Judgment:
    status = attempt.status
    if isinstance(attempt.error, CredentialMismatch):
        words = f"The portal reads the answer as another password ({status})."
        return _unusable(words, CREDENTIALS_ADVICE.format(title))
    if isinstance(attempt.error, NotRegistered):
        words = f"The portal reads the answer as not registered ({status})."
        return _unusable(words, CREDENTIALS_ADVICE.format(title))
    words = f"Invoice Cloud refuses the request ({status})."
    return _unusable(words, FIELDS_ADVICE.format(title))
