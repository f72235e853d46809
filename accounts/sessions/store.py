"""Django's sessions, except that keys are not looked up without need.

A cookie may contain any byte, and PostgreSQL refuses to search for text with a NUL in it. A new key
need not be looked up: if there is one like it, its row cannot be inserted, and `create` takes
another one.
"""

import re

from django.contrib.sessions.backends import cached_db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.utils.crypto import get_random_string

KEY = re.compile(r"[a-z0-9]{8,40}")


class SessionStore(cached_db.SessionStore):
    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key and KEY.fullmatch(key))

    def _get_new_session_key(self) -> str:
        return get_random_string(32, VALID_KEY_CHARS)
