"""Draws the packages and their imports into docs/packages.md, as Mermaid.

`deploy/packages.py` writes the page; `--check` fails if the page is out of date, if two packages
import each other both ways, or if a folder holds too many files.
"""

import sys
from collections import Counter
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "packages.md"
TOP = (
    "inhance",
    "support",
    "api",
    "posting",
    "reminders",
    "payments",
    "cis",
    "accounts",
    "icsso",
    "backoffice",
)
# Packages drawn with their contents; the others are one box each.
OPENED = ("support", "posting", "payments", "accounts", "icsso")
LARGEST_FOLDER = 15
BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"

Pair = tuple[str, str]


def main() -> int:
    sys.path.insert(0, str(ROOT))
    graph = grimp.build_graph(*TOP, cache_dir=None)
    imports = imports_of(graph)
    page = filled(PAGE.read_text(), imports)
    faults = [*both_ways(imports), *crowded_folders()]
    if "--check" not in sys.argv:
        PAGE.write_text(page)
    elif page != PAGE.read_text():
        faults.append("docs/packages.md is out of date: run deploy/packages.py")
    for fault in faults:
        print(fault, file=sys.stderr)
    return bool(faults)


def imports_of(graph: grimp.ImportGraph) -> Counter[Pair]:
    """Returns how many modules of one package import from another, by pair."""
    pairs: Counter[Pair] = Counter()
    for module in sorted(graph.modules):
        if ".migrations" in module:
            continue
        packages = {package_of(name) for name in graph.find_modules_directly_imported_by(module)}
        pairs.update((package_of(module), other) for other in packages - {package_of(module)})
    return pairs


def package_of(module: str) -> str:
    """`accounts.login` for `accounts.login.views`; `cis` for `cis.models`."""
    top, *inner = module.split(".")
    if top not in OPENED or not inner:
        return top
    is_package = (ROOT / top / inner[0]).is_dir()
    return f"{top}.{inner[0]}" if is_package else top


def both_ways(imports: Counter[Pair]) -> list[str]:
    pairs = {pair for pair in imports if "." in pair[0] and "." in pair[1]}
    pairs |= {pair for pair in imports if pair[0].split(".")[0] != pair[1].split(".")[0]}
    return [
        f"{one} and {other} import each other" for one, other in sorted(pairs)
        if one < other and (other, one) in pairs
    ]  # fmt: skip


def crowded_folders() -> list[str]:
    tops = [ROOT / top for top in (*TOP, "sandbox", "tests", "bench")]
    folders = [*tops, *(folder for top in tops for folder in top.rglob("*"))]
    counted = {
        folder: len([file for file in folder.glob("*.py") if file.name != "__init__.py"])
        for folder in folders
        if folder.is_dir() and folder.name != "migrations"
    }
    return [
        f"{folder.relative_to(ROOT)} holds {number} files, more than {LARGEST_FOLDER}"
        for folder, number in sorted(counted.items())
        if number > LARGEST_FOLDER
    ]


def filled(page: str, imports: Counter[Pair]) -> str:
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    drawings = [overview(imports), *(inside(top, imports) for top in OPENED)]
    return f"{before}{BEGIN}\n{''.join(drawings)}{END}{after}"


def overview(imports: Counter[Pair]) -> str:
    tops: Counter[Pair] = Counter()
    for (one, other), number in imports.items():
        pair = one.split(".")[0], other.split(".")[0]
        if pair[0] != pair[1]:
            tops[pair] += number
    return drawn("All packages", tops)


def inside(top: str, imports: Counter[Pair]) -> str:
    inner = {pair: number for pair, number in imports.items() if is_inside(top, pair)}
    return drawn(f"Inside `{top}`", Counter(inner))


def is_inside(top: str, pair: Pair) -> bool:
    return all(name.startswith(f"{top}.") for name in pair)


def drawn(title: str, pairs: Counter[Pair]) -> str:
    lines = [
        f"    {one.replace('.', '_')}[{one}] -->|{number}| {other.replace('.', '_')}[{other}]"
        for (one, other), number in sorted(pairs.items())
    ]
    return "\n".join([f"\n## {title}\n", "```mermaid", "flowchart TD", *lines, "```", "", ""])


if __name__ == "__main__":
    sys.exit(main())
