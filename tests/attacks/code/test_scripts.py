"""Every script is ours, listed with its purpose and hash, and fetched with that hash alone.

Each is a module with a tag of its own and imports none: the browser would fetch what is imported
without a hash, since an import map that names hashes is an inline script, which the policy forbids.
"""

import re
from pathlib import Path

import pytest
from django.test import Client

from icsso.billers.models import Biller
from inhance.templatetags.integrity import digest_of
from tests.cast import Cast
from tests.payments.paying import HOSTED, opened

ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = sorted((ROOT / "static" / "js").glob("**/*.js"))
ROW = re.compile(
    r"^\| `(static/js/[\w/-]+\.js)` \| (.{10,}) \| `(sha384-[\w+/=]+)` \|$", re.MULTILINE
)
TAG = re.compile(r"<script\b[^>]*>")
LOADED = re.compile(r"<(?:script|link|img|iframe|source|video|audio|embed|object)\b[^>]*>")
# Tells search engines an address of the page itself; no browser loads it.
NAMED = re.compile(r'<link rel="(?:canonical" href="|alternate" hreflang="[\w-]+" href=")([^"]*)">')
DANGEROUS = re.compile(
    r"\beval\(|new Function|document\.write|postMessage|localStorage|sessionStorage|indexedDB"
    r"|document\.cookie|\bimport\b|\bexport\b|https?://|__proto__|Object\.assign|WebSocket|sendBeacon"
    r"|insertAdjacentHTML|outerHTML|srcdoc"
)
# What each may keep things in, and nothing else does.
KEEPS = {
    "remember.js": "localStorage",  # the account number of a guest who asked for it
    # The accounts a manager has selected on the other pages of a long list: our numbers for them
    # and what they owe, in this window alone, until they are paid.
    "selection.js": "sessionStorage",
    "portal.js": "sessionStorage",  # forgets that when somebody signs out
}
COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)


def test_the_list_is_what_there_is() -> None:
    listed = {
        name: digest for name, _, digest in ROW.findall((ROOT / "docs/security.md").read_text())
    }
    there = {
        str(script.relative_to(ROOT)): digest_of(str(script.relative_to(ROOT / "static")))
        for script in SCRIPTS
    }
    assert listed == there


def test_every_script_is_a_module_and_says_its_hash() -> None:
    tags = [
        (template.name, tag)
        for template in (ROOT / "templates").glob("**/*.html")
        for tag in TAG.findall(template.read_text())
        if "admin" not in template.parts
    ]
    assert len(tags) >= 8
    for name, tag in tags:
        assert tag.startswith('<script type="module" '), f"{name}: {tag}"
        found = re.search(
            r"\{% static '(js/[\w/-]+\.js)' %\}\" \{% integrity '(js/[\w/-]+\.js)' %\}", tag
        )
        assert found, f"{name}: {tag}"
        assert found[1] == found[2]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_scripts_use_nothing_dangerous(script: Path) -> None:
    code = script.read_text()
    if storage := KEEPS.get(script.name):
        assert storage in code
        code = code.replace(storage, "")
    assert dangers(code) == []


@pytest.mark.parametrize(
    "line",
    [
        "eval(text);",
        'new Function("a");',
        "document.write(text);",
        "parent.postMessage(text);",
        "localStorage.text = 1;",
        "sessionStorage.text = 1;",
        'indexedDB.open("a");',
        "send(document.cookie);",
        'import("./a.js");',
        'import { a } from "./a.js";',
        'import "./a.js";',
        'export { a } from "./a.js";',
        'fetch("https://evil.example/");',
        'fetch("/a"); // then http://evil.example/',
        "a.__proto__ = b;",
        "Object.assign(a, b);",
        "new WebSocket(a);",
        "navigator.sendBeacon(a);",
        'place.insertAdjacentHTML("beforeend", text);',
        "place.outerHTML = text;",
        "frame.srcdoc = text;",
    ],
)
def test_what_is_dangerous_is_seen(line: str) -> None:
    assert dangers(f"// A remark.\nconst a = 1;\n  {line}\n") != []


def test_a_remark_may_name_an_address() -> None:
    assert dangers("// See https://example.com/\nconst a = 1;\n") == []


def dangers(code: str) -> list[str]:
    return DANGEROUS.findall(COMMENT.sub("", code))


@pytest.mark.parametrize("address", ["/", "/accounts/login/", "/accounts/register/", "/pay/"])
def test_pages_load_nothing_else(client: Client, biller: Biller, address: str) -> None:
    page = client.get(address).content.decode()
    assert 'integrity="sha384-' in page
    assert [source for source in loaded(page) if not is_ours(source)] == []
    named = {found.partition("?")[0] for found in NAMED.findall(page)}
    assert named <= {f"http://testserver{address}"}


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="alternate stylesheet" href="https://evil.example/a.css">',
        '<link rel="stylesheet" hreflang="en" href="https://evil.example/a.css">',
        '<link rel="canonical stylesheet" href="https://evil.example/a.css">',
        '<link rel="preload" href="https://evil.example/a.css">',
    ],
)
def test_a_link_that_loads_is_seen(link: str) -> None:
    assert [source for source in loaded(link) if not is_ours(source)] != []


def test_a_page_that_frames_a_payment_loads_invoice_cloud_alone(client: Client, cast: Cast) -> None:
    page = client.get(f"/pay/{opened(cast).address}/").content.decode()
    assert 'integrity="sha384-' in page
    assert [source for source in loaded(page) if not is_ours(source)] == [HOSTED]


def loaded(page: str) -> list[str]:
    sources = [
        re.search(r'(?:src|href)="([^"]*)"', tag) for tag in LOADED.findall(NAMED.sub("", page))
    ]
    assert all(sources)
    return [source[1] for source in sources if source]


def is_ours(source: str) -> bool:
    return re.match(r"/(?!/)", source) is not None
