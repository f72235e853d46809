"""Reads the state diagrams of docs/state-machines.md, so that tests can hold the code to them."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "state-machines.md"
COMPOSITE = re.compile(r"state (\w+) \{")
EDGE = re.compile(r"(\w+) --> (\w+): (.+)")
Edge = tuple[str, str, str]  # from, to, label


def edges_of(section: str) -> set[Edge]:
    """Returns the labeled edges of a section's diagram; one from a composite state is returned as
    an edge from each state inside it."""
    diagram = _diagram(section)
    drawn, inside = _read(diagram)
    return {
        (start, end, label)
        for source, end, label in drawn
        for start in inside.get(source, {source})
        if start != end
    }


def _diagram(section: str) -> list[str]:
    text = PAGE.read_text().split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0]
    found = re.search(r"```mermaid\nstateDiagram-v2\n(.*?)```", text, re.DOTALL)
    assert found, f"no state diagram in the section {section!r}"
    return [line.strip() for line in found[1].splitlines()]


def _read(lines: list[str]) -> tuple[list[Edge], dict[str, set[str]]]:
    """The edges as drawn, and the plain states inside each composite one."""
    edges: list[Edge] = []
    open_ones: list[str] = []
    inside: dict[str, set[str]] = {}
    for line in lines:
        if composite := COMPOSITE.fullmatch(line):
            open_ones.append(composite[1])
            inside[composite[1]] = set()
        elif line == "}":
            open_ones.pop()
        elif edge := EDGE.fullmatch(line):
            edges.append((edge[1], edge[2], edge[3]))
            for composite_name in open_ones:
                inside[composite_name] |= {edge[1], edge[2]}
    plain = {name: states - inside.keys() for name, states in inside.items()}
    return edges, plain
