"""What the database computes for a script, and a member who is signed in for it."""

from datetime import timedelta
from pathlib import Path

from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import Member
from icsso.billing import session


def database_seconds() -> float:
    """Returns the computing time of PostgreSQL's process for this connection so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def sign_in(client: Client, member: Member) -> None:
    """Signs the member in with a billing session, without a call to Invoice Cloud."""
    client.force_login(member, backend="accounts.login.backends.BillerBackend")
    signed_in = client.session
    billing = session.BillingSession(
        state=session.State.CONNECTED,
        token="a-token-of-the-usual-length-" * 3,
        expires_at=timezone.now() + timedelta(hours=1),
    )
    session.store(signed_in, billing)
    signed_in.save()
