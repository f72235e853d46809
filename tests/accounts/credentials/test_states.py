"""The states of a credential change: which may follow which, the code that writes them, and the
page that draws them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts.models import Member
from accounts.models.credential_change import (
    CLOSED,
    EMAILS,
    OPEN,
    PASSWORDS,
    TRANSITIONS,
    CredentialChange,
    CredentialChangeQuerySet,
    Kind,
    Reason,
    State,
)
from tests.cast import Cast
from tests.documents.state_diagrams import PAGE, Edge, edges_of

ROOT = Path(__file__).parents[3]
MODULE = ROOT / "accounts/models/credential_change.py"
PRODUCT = ("accounts", "backoffice", "cis", "icsso", "inhance", "payments", "demo", "bench")
REASONED = {"abandon", "withdraw"}
WRITTEN = {"state", "reason", "approved_at", "confirmed_at", "applied_at", "ended_at"}


def make(change: CredentialChange, name: str) -> bool:
    """Makes a transition, by the method of this name."""
    if hasattr(CredentialChangeQuerySet, name):
        return bool(getattr(CredentialChange.objects.filter(pk=change.pk), name)())
    method = getattr(change, name)
    return bool(method(Reason.KEPT) if name in REASONED else method())


@pytest.mark.parametrize("name", TRANSITIONS)
def test_a_transition_happens_from_its_states_and_for_its_kinds_alone(
    cast: Cast, name: str
) -> None:
    rule = TRANSITIONS[name]
    member = Member.objects.get(pk=cast.laundry.pk)
    for kind in Kind:
        for state in State:
            change = CredentialChange.objects.create(member=member, kind=kind, state=state)
            is_allowed = state in rule.sources and kind in rule.kinds
            assert make(change, name) == is_allowed, (kind, state)
            stored = CredentialChange.objects.get(pk=change.pk)
            assert stored.state == (rule.target if is_allowed else state)
            if is_allowed:
                assert (stored.ended_at is not None) == (rule.target in CLOSED)
            if not hasattr(CredentialChangeQuerySet, name):
                assert change.state == stored.state


def test_of_two_who_make_the_same_transition_one_does(cast: Cast) -> None:
    member = Member.objects.get(pk=cast.laundry.pk)
    change = CredentialChange.objects.create(member=member, kind=Kind.RESET)
    same = CredentialChange.objects.get(pk=change.pk)
    assert [change.approve(), same.approve()] == [True, False]
    assert same.state == State.AWAITING_APPROVAL  # as it was read: whoever lost must look again


def modules() -> Iterator[tuple[Path, ast.Module]]:
    """All of the product that may know of a credential change, except its own module."""
    for package in PRODUCT:
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text()
            is_known = re.search(r"credential_?change", text, re.IGNORECASE)
            if is_known and path != MODULE and "migrations" not in path.parts:
                yield path, ast.parse(text)


def written(node: ast.AST) -> set[str]:
    """The fields that this statement or call writes."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in {"create", "update", "get_or_create", "update_or_create", "enter"}:
            return {str(keyword.arg) for keyword in node.keywords}
        if node.func.attr in {"save", "bulk_update"}:
            names = (each for each in ast.walk(node) if isinstance(each, ast.Constant))
            return {str(each.value) for each in names}
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        return {node.attr}
    return set()


def test_no_other_module_writes_a_state() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"  # type: ignore[attr-defined]
        for path, tree in modules()
        for node in ast.walk(tree)
        if written(node) & WRITTEN
    ]
    assert found == []


@pytest.mark.parametrize(
    "statement",
    [
        "change.state = State.COMPLETED",
        "CredentialChange.objects.filter(pk=1).update(applied_at=now)",
        "member.credential_changes.create(member=member, state=state)",
        "change.save(update_fields=['reason'])",
        "changes.enter('complete', state=state)",
    ],
)
def test_each_way_to_write_a_state_is_noticed(statement: str) -> None:
    assert any(written(node) & WRITTEN for node in ast.walk(ast.parse(statement)))


def edges_of_code(kinds: frozenset[Kind]) -> set[Edge]:
    """From the states that a change of these kinds can get into."""
    edges = {
        (source, rule.target, name)
        for name, rule in TRANSITIONS.items()
        if rule.kinds & kinds
        for source in rule.sources
    }
    reachable = {State.AWAITING_APPROVAL}
    for _ in State:
        reachable |= {target for source, target, _name in edges if source in reachable}
    return {edge for edge in edges if edge[0] in reachable}


@pytest.mark.parametrize(
    ("section", "kinds"),
    [
        ("Credential change of a password", PASSWORDS),
        ("Credential change of an email address", EMAILS),
    ],
)
def test_the_diagrams_show_what_the_code_does(section: str, kinds: frozenset[Kind]) -> None:
    assert edges_of(section) == edges_of_code(kinds)


def rows(head: str) -> Iterator[list[str]]:
    table = PAGE.read_text().split(f"| {head} |", 1)[1].split("\n\n", 1)[0]
    for line in table.splitlines()[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def test_the_page_explains_each_state() -> None:
    explained = {row[0].strip("`"): row[-1] for row in rows("state")}
    assert list(explained) == [state.value for state in State]
    assert {state for state, is_open in explained.items() if is_open} == OPEN


def test_the_page_tells_who_makes_each_transition() -> None:
    table = {name.strip("`"): by for name, _when, by in rows("transition")}
    told = {name: set(re.findall(r"`([\w.]+)`", by)) for name, by in table.items()}
    assert told == {name: callers(name) for name in TRANSITIONS}


def callers(name: str) -> set[str]:
    """The functions that call the method of this name, on anything but a module."""
    found = set()
    for path, tree in modules():
        place = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        place = place.removeprefix("accounts.").removeprefix("credentials.")
        imports = (node for node in tree.body if isinstance(node, ast.ImportFrom))
        imported = {alias.asname or alias.name for node in imports for alias in node.names}
        for function in tree.body:
            if isinstance(function, ast.FunctionDef) and calls(function, name, besides=imported):
                found.add(f"{place}.{function.name}")
    return found


def calls(function: ast.FunctionDef, name: str, *, besides: set[str]) -> bool:
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == name
        and not (isinstance(node.func.value, ast.Name) and node.func.value.id in besides)
        for node in ast.walk(function)
    )
