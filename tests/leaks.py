"""Looks for secrets where none may be: the database and its file, the sessions, logs, mails.

The secrets are not listed anywhere but collected while a test runs: the passwords that were hashed
or compared, what was sent to Invoice Cloud as a key or a password, the tokens it gave, the tokens
in addresses it was given, and the links of mails (which may stand in mails and nowhere else).
"""

import json
import logging
import re
import subprocess
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, quote, quote_plus

import requests
from django.contrib.auth.hashers import BasePasswordHasher, get_hashers
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from requests.adapters import HTTPAdapter

from inhance.logging.json_lines import JsonFormatter, RequestFilter

SHORTEST = 8  # what is shorter stands everywhere by chance
IN_BODIES = {"Password": "a password", "NewPassword": "a password"}
LINKS = re.compile(r"(?<=/)[\w-]{43}(?=/)")  # 256 bits
Secrets = dict[str, str]


class Watch(logging.Handler):
    """Learns the secrets, and keeps the lines of the log as production would write them."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.secrets: Secrets = {}
        self.lines: list[str] = []
        self.addFilter(RequestFilter())
        self.setFormatter(JsonFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def learn(self, secret: str, kind: str) -> None:
        if len(secret) >= SHORTEST:
            self.secrets[secret] = kind

    def found(self) -> list[str]:
        """What was found where, without the secret itself."""
        mails = [
            message.message().as_bytes().decode() + str(message.body) for message in mail.outbox
        ]
        links = {link: "a link" for text in mails for link in LINKS.findall(text)}
        everywhere = {"the log": self.lines, **rows(), **database_files()}
        found = matches({**self.secrets, **links}, everywhere)
        return sorted(found | matches(self.secrets, {"the mails": mails}))


def matches(secrets: Secrets, places: dict[str, list[str]]) -> set[str]:
    texts = {place: "\n".join(lines) for place, lines in places.items()}
    return {
        f"{kind} in {place}"
        for secret, kind in secrets.items()
        for spelling in {secret, quote(secret), quote_plus(secret), json.dumps(secret)[1:-1]}
        for place, text in texts.items()
        if spelling in text
    }


def rows() -> dict[str, list[str]]:
    """Every value of every table, and the sessions as whoever reads them would see them."""
    found = {"the session table": [repr(each.get_decoded()) for each in Session.objects.all()]}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            found[table] = [str(value) for row in cursor.fetchall() for value in row]
    return found


def database_files() -> dict[str, list[str]]:
    """With what has been deleted since, and not yet been written over.

    Read by another process: closing a file ends all locks that a process has on it, and without
    this one's another process would take the database for closed and delete its log.
    """
    if connection.vendor != "sqlite":
        return {}
    name = Path(str(connection.settings_dict["NAME"]))
    files = [name, name.with_name(name.name + "-wal")]
    command = ["cat", *(str(file) for file in files if file.exists())]
    read = subprocess.run(command, capture_output=True, check=True)
    return {"the database file": [read.stdout.decode("latin-1")]}


@contextmanager
def watching() -> Iterator[Watch]:
    watch, root = Watch(), logging.getLogger()
    send = HTTPAdapter.send

    def watched_send(
        self: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        response = send(self, request, *args, **kwargs)
        if str(request.headers.get("Authorization", "")).startswith("Basic "):
            learn_from_call(watch, request, response)
        return response

    with ExitStack() as patches:
        patches.enter_context(patch.object(HTTPAdapter, "send", watched_send))
        for hasher in {type(hasher) for hasher in get_hashers()}:
            for name in ("encode", "verify"):
                learning = _learning(watch, getattr(hasher, name))
                patches.enter_context(patch.object(hasher, name, learning))
        root.addHandler(watch)
        patches.callback(root.removeHandler, watch)
        yield watch


def _learning(watch: Watch, method: Callable[..., Any]) -> Callable[..., Any]:
    """A hasher's method; its first argument is the password."""

    def learning(hasher: BasePasswordHasher, password: str, *args: Any, **kwargs: Any) -> Any:
        watch.learn(password, "a password")
        return method(hasher, password, *args, **kwargs)

    return learning


def learn_from_call(
    watch: Watch, request: requests.PreparedRequest, response: requests.Response
) -> None:
    basic = str(request.headers["Authorization"]).removeprefix("Basic ")
    watch.learn(basic, "an API key")
    watch.learn(b64decode(basic).decode().rstrip(":"), "an API key")
    if "form" in request.headers.get("Content-Type", ""):
        learn_from_sign_on(watch, parse_qs(str(request.body)), response)
        return
    body = json.loads(request.body or "{}")
    for name, kind in IN_BODIES.items():
        watch.learn(str(body.get(name, "")), kind)
    for token in LINKS.findall(str(body.get("PostBackURL", ""))):
        watch.learn(token, "a postback's token")
    for token in re.findall(r'"RemoteAuthenticationToken":\s*"([^"]+)"', response.text):
        watch.learn(token, "a token of Invoice Cloud")


def learn_from_sign_on(
    watch: Watch, sent: dict[str, list[str]], response: requests.Response
) -> None:
    """What a code was exchanged for at an identity provider."""
    for name in ("code", "code_verifier", "client_secret"):
        watch.learn(sent.get(name, [""])[0], f"the {name} of a single sign-on")
    for token in re.findall(r'"(?:id|access)_token":\s*"([^"]+)"', response.text):
        watch.learn(token, "a token of an identity provider")
