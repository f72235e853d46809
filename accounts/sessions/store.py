"""Django's sessions, except that impossible keys are not looked up at all.

A cookie may contain any byte, and PostgreSQL refuses to search for text with a NUL in it.
"""

import re

from django.contrib.sessions.backends import cached_db

KEY = re.compile(r"[a-z0-9]{8,40}")


class SessionStore(cached_db.SessionStore):
    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key and KEY.fullmatch(key))
