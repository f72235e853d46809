"""The last safety net for the log: redacts what looks like a secret or personal data.

Nothing should ever get this far. Our code logs no such data, and the tests that look for leaks read
the lines before redaction. But libraries log too, and exceptions quote their input.
"""

import json
import logging
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings

from inhance.logging.json_lines import EXTRAS, JsonFormatter
from payments.postbacks.card_numbers import masked

SECRET, EMAIL = "[secret]", "[email]"
DEEPEST = 6  # levels of nested values: our own lines have two at most
SHORTEST = 8  # anything shorter occurs everywhere by chance
MANY_DIGITS = re.compile(r"\d(?:[\W_]{0,3}\d){12}")
# Long runs of mixed characters: tokens, links, session keys, encrypted texts, GUIDs.
# Lowercase letters with capitals or digits, or capitals with digits: few tokens have no digit.
MIXED = r"(?:(?=[\w-]*[a-z])(?=[\w-]*[A-Z0-9])|(?=[\w-]*[A-Z])(?=[\w-]*[0-9]))"
TOKEN = re.compile(rf"(?<![\w-]){MIXED}[\w-]{{32,}}={{0,2}}")
ADDRESS = re.compile(r"[^\s<>@]{1,256}@[^\s<>@]+")
NAMES = r"pass(?:word|wd|phrase)?|secret|token|api[_-]?key|authorization|cookie|credential"
# Written only by our own code. One in ten timestamps would pass for a card number.
OURS = ("time", "level", "request", "task")
NAMES_OF_LINES = frozenset([*OURS, "logger", "message", "exception", *EXTRAS])
NAMED = re.compile(NAMES, re.IGNORECASE)
# `password=…`, `"Password": "…"`, `Authorization: Basic …`: to the end of the quoted text, or else
# of the field.
SAID = re.compile(
    rf"((?:{NAMES})\w{{0,20}}[\"']?\s{{0,3}}[=:]\s{{0,3}})"
    r"(\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?|[^\s\"'&,;}\])][^&,;}\])\n]*)",
    re.IGNORECASE,
)


class SafeFormatter(JsonFormatter):
    def format(self, record: logging.LogRecord) -> str:
        line = self.line(record)
        ours = {name: line[name] for name in OURS if name in line}
        return json.dumps(_safe(line) | ours, default=str)


def redacted(text: str) -> str:
    """Returns the text without card numbers, known secrets, emails, passwords and tokens."""
    if len(text) < SHORTEST and text.isalnum():  # as for most values: nothing to look for
        return text
    if known := _known_secrets():
        text = known.sub(SECRET, text)
    if "=" in text or ":" in text:
        text = SAID.sub(rf"\1{SECRET}", text)
    if "@" in text:
        text = ADDRESS.sub(EMAIL, text)
    text = TOKEN.sub(SECRET, text)
    return masked(text) if MANY_DIGITS.search(text) else text


def _safe(value: Any, *, depth: int = 0) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float) and abs(value) < 10**12 and math.isfinite(value):
        return value
    if depth < DEEPEST and isinstance(value, Mapping):
        return dict(_safe_item(str(name), said, depth=depth + 1) for name, said in value.items())
    if depth < DEEPEST and isinstance(value, list | tuple | set | frozenset):
        return [_safe(each, depth=depth + 1) for each in value]
    return redacted(str(value))


def _safe_item(name: str, said: Any, *, depth: int) -> tuple[str, Any]:
    if name in NAMES_OF_LINES:
        return name, _safe(said, depth=depth)
    return redacted(name), SECRET if NAMED.search(name) else _safe(said, depth=depth)


@lru_cache(maxsize=1)
def _known_secrets() -> re.Pattern[str] | None:
    """Returns a pattern of this installation's own secrets: its keys and its servers' passwords."""
    server = settings.DATABASES["default"]
    secrets = {
        settings.SECRET_KEY,
        *settings.SECRET_KEY_FALLBACKS,
        *settings.ENCRYPTION_KEYS,
        settings.METRICS_TOKEN,
        str(server.get("PASSWORD") or ""),
        settings.REDIS_URL,
        settings.REDIS_URL.rpartition("@")[0].rpartition(":")[2],
        settings.EMAIL_HOST_PASSWORD or "",
        settings.INVOICE_CLOUD_PROXY.rpartition("@")[0].rpartition(":")[2],
    }
    long_enough = sorted((s for s in secrets if len(s) >= SHORTEST), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, long_enough))) if long_enough else None
