"""The billing session: the Invoice Cloud data of a sign-in, encrypted in the Django session."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from json import dumps, loads

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from icsso.billers.encryption import Unreadable, decrypt, encrypt

SESSION_KEY = "billing"
# A token that expires within a minute could expire while the customer is reading.
MARGIN = timedelta(minutes=1)


class State(StrEnum):
    CONNECTED = "connected"
    AWAY = "away"  # Invoice Cloud was not available
    RECONNECT = "reconnect"  # Invoice Cloud has a different password
    ELSEWHERE = "elsewhere"  # the account is online there under another email address
    REFUSED = "refused"  # Invoice Cloud refused and said why
    FAULT = "fault"  # the API key or the set-up is wrong; staff have to fix it


@dataclass(frozen=True, kw_only=True)
class BillingSession:
    """state: the result of the last attempt to connect.

    token: RemoteAuthenticationToken, empty unless connected. expires_at: aware UTC.
    customer_guid: of the main account. note: text for the customer (a masked address,
    Invoice Cloud's reason). is_quoted: whether these are Invoice Cloud's own words, in English.
    """

    state: State
    token: str = ""
    expires_at: datetime | None = None
    customer_guid: str = ""
    note: str = ""
    is_quoted: bool = False

    def __repr__(self) -> str:
        return f"BillingSession({self.state})"

    @property
    def is_usable(self) -> bool:
        """Whether the token is valid for at least another minute."""
        return bool(self.token and self.expires_at and self.expires_at > timezone.now() + MARGIN)


def store(session: SessionBase, billing: BillingSession) -> None:
    facts = asdict(billing)
    facts["expires_at"] = billing.expires_at.isoformat() if billing.expires_at else None
    session[SESSION_KEY] = encrypt(dumps(facts))


def load(session: SessionBase) -> BillingSession | None:
    """Returns the billing session; None if there is none that this release can read."""
    sealed = session.get(SESSION_KEY)
    if not sealed:
        return None
    try:
        facts = loads(decrypt(sealed))
        expires_at = facts.pop("expires_at")
        return BillingSession(
            **{**facts, "state": State(facts["state"])},
            expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
        )
    except (Unreadable, ValueError, TypeError, KeyError):
        # A removed key, or an entry of an older release: treated as expired.
        return None
