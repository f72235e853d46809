"""The billing session: what this sign-in holds of Invoice Cloud, encrypted in the session."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from json import dumps, loads

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from icsso.billers.encryption import Unreadable, decrypt, encrypt

SESSION_KEY = "billing"
# A token that ends within a minute would end while the customer reads.
MARGIN = timedelta(minutes=1)


class State(StrEnum):
    CONNECTED = "connected"
    AWAY = "away"  # Invoice Cloud was not available
    RECONNECT = "reconnect"  # Invoice Cloud knows another password
    ELSEWHERE = "elsewhere"  # the account is online there under another email address
    REFUSED = "refused"  # Invoice Cloud refused, and said why


@dataclass(frozen=True, kw_only=True)
class BillingSession:
    """state: how the last attempt to connect ended.

    token: RemoteAuthenticationToken, empty unless connected. expires_at: aware UTC.
    customer_guid: of the account shown first. note: words for the customer (a masked address,
    Invoice Cloud's reason).
    """

    state: State
    token: str = ""
    expires_at: datetime | None = None
    customer_guid: str = ""
    note: str = ""

    def __repr__(self) -> str:
        return f"BillingSession({self.state})"

    @property
    def is_usable(self) -> bool:
        """Whether the token lives for at least another minute."""
        return bool(self.token and self.expires_at and self.expires_at > timezone.now() + MARGIN)


def store(session: SessionBase, billing: BillingSession) -> None:
    facts = asdict(billing)
    facts["expires_at"] = billing.expires_at.isoformat() if billing.expires_at else None
    session[SESSION_KEY] = encrypt(dumps(facts))


def load(session: SessionBase) -> BillingSession | None:
    """The billing session; None when there is none, or none that this release can read."""
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
        # A retired key, or an entry of an older release: as if it had expired.
        return None
