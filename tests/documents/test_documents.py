"""What operators and developers read fits what there is."""

import inspect
import re
from pathlib import Path

import pytest
from django.urls import resolve

ROOT = Path(__file__).resolve().parent.parent.parent
SECURITY = (ROOT / "docs" / "security.md").read_text()
# How many requirements of level 1 and 2 each section of OWASP ASVS 5.0 has.
ASVS = {
    "1": (2, 9, 11, 3, 2), "2": (3, 3, 4, 1), "3": (0, 2, 4, 6, 5, 0, 2), "4": (3, 1, 2, 4),
    "5": (1, 3, 2, 3), "6": (3, 12, 4, 4, 5, 3, 0, 4), "7": (3, 4, 2, 5, 2, 2), "8": (2, 3, 1, 1),
    "9": (3, 4), "10": (2, 2, 4, 11, 5, 2, 3), "11": (2, 3, 3, 4, 1, 1), "12": (3, 2, 4),
    "13": (1, 5, 2, 5), "14": (2, 4, 3), "15": (3, 3, 7), "16": (1, 5, 4, 3, 3), "17": (1, 4, 2),
}  # fmt: skip
# Where a requirement asks for a page: what that page must go on saying, by requirement.
WRITTEN = [
    ("decisions/0004-names-as-proof.md", "is proved only as a whole"),  # 2.1.2
    ("decisions/0006-postbacks.md", "believed only where it agrees with the checkout"),  # 2.1.2
    ("decisions/0003-sign-in-attempts.md", "At most five passwords"),  # 2.1.3
    ("decisions/0003-sign-in-attempts.md", "each kind has three limits"),  # 2.1.3, 6.1.1
    ("security.md", "Ways to sign in: members with email and password"),  # 6.1.3
    ("decisions/0009-confirm-password.md", "lives for about 20 minutes"),  # 7.1.3
    ("production.md", "## Rotating keys"),  # 11.1.1
    ("decisions/0001-encryption.md", "The first key encrypts, all decrypt"),  # 11.1.1
    ("security.md", "| data | method | key |"),  # 11.1.2
    ("production.md", "## Settings"),  # 13.1.1
    ("architecture.md", "Imports point one way"),  # 13.1.1
    ("security.md", "| class | data | protection |"),  # 14.1.1
    ("architecture.md", "## Secrets"),  # 14.1.2
    ("security.md", "a release within 3 days"),  # 15.1.1
    ("decisions/0019-breaker.md", "a **timeout** for each operation"),  # 15.1.3
    ("decisions/0013-background-work.md", "Work that no response has to wait for"),  # 15.1.3
    ("decisions/0011-argon2.md", "which makes denial of service easy"),  # 15.1.3
    ("production.md", "## What to watch"),  # 16.1.1
]
SETTINGS = "".join(
    file.read_text()
    for file in (ROOT / "inhance/settings.py", *ROOT.glob("inhance/*/configuration.py"))
)
LINK = re.compile(r"\]\((?!https?://)([^)#]+)")


def test_every_setting_of_the_environment_is_described() -> None:
    names = set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", SETTINGS))
    described = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / "production.md").read_text()))
    assert len(names) > 15
    assert names - described == set()


def test_links_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("sandbox/*.md")]
    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in LINK.findall(page.read_text())
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_decision_is_in_the_list() -> None:
    listed = (ROOT / "docs" / "decisions" / "README.md").read_text()
    pages = {page.name for page in (ROOT / "docs" / "decisions").glob("*.md")} - {"README.md"}
    assert {page for page in pages if f"({page})" not in listed} == set()


def test_every_requirement_of_asvs_is_answered_once() -> None:
    asked = {
        f"{chapter}.{section}.{number}"
        for chapter, sections in ASVS.items()
        for section, most in enumerate(sections, start=1)
        for number in range(1, most + 1)
    }
    of_asvs = SECURITY.split("## PCI DSS", maxsplit=1)[0]
    answered = re.findall(r"^\| (\d+\.\d+\.\d+) \|", of_asvs, re.MULTILINE)
    without_rows = re.sub(r"^\|.*$", "", of_asvs, flags=re.MULTILINE)
    answered += re.findall(r"(?<![\d.])\d+\.\d+\.\d+(?![\d])", without_rows)
    assert len(asked) == 253
    assert asked - set(answered) == set()
    assert sorted(answered) == sorted(set(answered))


def test_what_security_rests_on_is_there() -> None:
    """Every test, setting and file that a row names."""
    names = set(re.findall(r"`([^`\n]+)`", SECURITY))
    tests = {name for name in names if "::" in name}
    settings = {name for name in names if re.fullmatch(r"[A-Z][A-Z_]{6,}", name)}
    files = {
        name for name in names if re.fullmatch(r"[a-z][\w/.-]*\.(py|md|sh|txt|toml|html|js)", name)
    }
    assert len(tests) > 100
    assert {test for test in tests if not _is_there(test)} == set()
    assert {file for file in files if not (ROOT / file).exists()} == set()
    assert {name for name in settings if not re.search(rf"\b{name}\b", SETTINGS)} == set()


def test_every_requirement_has_somebody_who_meets_it() -> None:
    rows = re.findall(r"^\| (\d+(?:\.\d+)+) \| (.+?) \| (.*) \|$", SECURITY, re.MULTILINE)
    assert len(rows) > 150
    assert [number for number, asked, met in rows if not (asked.strip() and met.strip())] == []
    told = SECURITY.split("## Open items")[1]
    unmet = [number for number, _, met in rows if "**not met**" in met or met.startswith("partly")]
    assert [number for number in unmet if number not in told] == []


def test_each_of_them_is_shown_by_something_that_fails_or_is_said_to_be_open() -> None:
    """A test, a check, "yours", "partly" or "not met": a page of prose proves nothing."""
    rows = re.findall(r"^\| (\d+(?:\.\d+)+) \| .+? \| (.*) \|$", SECURITY, re.MULTILINE)
    shown = re.compile(r"`tests/[\w/]+\.py::\w+`|`deploy/check\.sh`|\byours\b|^partly:|\*\*not met")
    assert [number for number, met in rows if not shown.search(met)] == []


@pytest.mark.parametrize(("page", "words"), WRITTEN)
def test_what_must_be_written_down_is(page: str, words: str) -> None:
    assert words in " ".join((ROOT / "docs" / page).read_text().split())


def _is_there(test: str) -> bool:
    file, _, name = test.partition("::")
    path = ROOT / file
    return (
        path.exists() and re.search(rf"^def {name}\(", path.read_text(), re.MULTILINE) is not None
    )


def test_the_index_of_stories_names_what_is_there() -> None:
    page = (ROOT / "docs" / "stories.md").read_text()
    rows = re.findall(r"^\| (\d.*?) \| (.*?) \| (.*?) \| `(.*?)` \|$", page, re.MULTILINE)
    assert len(rows) > 25
    for story, address, view, test in rows:
        if address.strip("`"):
            found = inspect.unwrap(resolve(address.strip("`")).func)
            assert view.strip("`") in {"", f"{found.__module__}.{found.__qualname__}"}, story
        assert _is_there(test) if "::" in test else (ROOT / test).exists(), story
