"""What the portal's own code does nowhere, read from the code: no program, no `eval`, no weak hash.

bandit and ruff look for more (`deploy/check.sh`); these hold wherever the tests run.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
APPS = (
    *("accounts", "api", "backoffice", "cis", "icsso", "inhance"),
    *("payments", "posting", "reminders", "support"),
)
SOURCES = sorted(
    path
    for app in ("accounts", "icsso", "inhance", "payments")
    for path in ROOT.glob(f"{app}/**/*.py")
)
PROGRAMS = {"subprocess", "os.system", "os.popen", "os.execv", "pty", "multiprocessing"}
FORBIDDEN = {
    *PROGRAMS,
    *("eval", "exec", "compile", "__import__"),
    *("pickle", "marshal", "shelve", "dill", "yaml"),
    *("Template", "from_string", "engines"),  # templates are files
    *("md5", "sha1", "crypt"),
    "random",  # the module; `secrets` and Django's own draw from the system
    "open",  # files by a name
}
# The files of static/, by the names that templates write; lists of stolen passwords, which go round
# as SHA-1: nothing is kept by it; PostgreSQL's own programs, and the commands that are due, with
# nothing in their arguments that anybody sends.
ALLOWED = {
    ("inhance/templatetags/integrity.py", "open"),
    ("accounts/passwords/validators.py", "sha1"),
    ("inhance/backups/services.py", "subprocess"),
    ("inhance/periodic/runner.py", "multiprocessing"),
}
# The other is no cipher: what `webauthn` raises for a key of a kind that it does not know.
OF_CRYPTOGRAPHY = {"cryptography.fernet", "cryptography.exceptions"}


def uses(code: str) -> set[str]:
    """Modules that are imported, names that are taken from them, and functions that are called."""
    found = set[str]()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            found |= {module.split(".")[0]} | {alias.name for alias in node.names}
            found |= {f"{module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call):
            found |= called(node.func)
    return found


def called(function: ast.expr) -> set[str]:
    if isinstance(function, ast.Name):
        return {function.id}
    if isinstance(function, ast.Attribute):
        # `hashlib.md5`, `engine.from_string`; but `re.compile` and `path.open` are others'.
        return {ast.unparse(function), function.attr} - {"compile", "open", "eval", "exec"}
    return set()


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_dangerous_is_used(source: Path) -> None:
    name = str(source.relative_to(ROOT))
    used = uses(source.read_text()) & FORBIDDEN
    assert {(name, use) for use in used} - ALLOWED == set()


def test_nothing_is_decided_by_where_a_server_says_the_portal_stands() -> None:
    """`path` begins with SCRIPT_NAME, which a client may have sent; `path_info` is the address."""
    ours = [path for app in APPS for path in ROOT.glob(f"{app}/**/*.py")]
    looks = re.compile(r"\brequest\.path\b|\bbuild_absolute_uri\b|\bSCRIPT_NAME\b(?! = \"\")")
    found = {
        str(path.relative_to(ROOT))
        for path in [*ours, *ROOT.glob("templates/**/*.*")]
        if looks.search(path.read_text())
    }
    # One takes the path out of what Django logs; the other writes a postback's own address.
    assert found == {"inhance/logging/json_lines.py", "payments/postbacks/middleware.py"}


@pytest.mark.parametrize(
    "code",
    [
        "import subprocess",
        "from subprocess import run",
        "import os\nos.system(text)",
        "eval(text)",
        "import pickle",
        "from django.template import Template",
        "engine.from_string(text)",
        "import hashlib\nhashlib.md5(text)",
        "from hashlib import sha1",
        "import random",
        "from random import choice",
        "open(text)",
    ],
)
def test_what_is_dangerous_is_seen(code: str) -> None:
    assert uses(code) & FORBIDDEN


def test_ciphers_are_fernet_alone() -> None:
    code = "\n".join(source.read_text() for source in SOURCES)
    imported = set(re.findall(r"^\s*(?:from|import) (cryptography\S*)", code, re.MULTILINE))
    assert imported == OF_CRYPTOGRAPHY


def test_every_library_is_pinned_with_its_hash() -> None:
    pins = (ROOT / "requirements.txt").read_text()
    entries = re.findall(r"^[a-z0-9].*(?:\n .*)*", pins, re.MULTILINE)
    assert len(entries) > 30
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+ ", entry), entry
        assert "--hash=sha256:" in entry
